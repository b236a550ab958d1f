"""Documents: one live document for a content, a trash that gives back, honest reading."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from kb.domain.documents import DocumentFilter, DocumentStatus
from kb.domain.errors import Conflict, InvalidInput, NotFound
from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage
from kb.storage import documents, families, pages
from kb.storage.database import Database

AddDocument = Callable[..., tuple[int, int]]


def page(number: int, text: str) -> ParsedPage:
    block = Block(BlockKind.PARAGRAPH, text, (1.0, 2.0, 3.0, 4.0))
    return ParsedPage(number, 595.0, 842.0, PageSource.TEXT, 1.0, (block,))


def test_a_content_is_live_once_in_a_collection(
    database: Database, add_document: AddDocument
) -> None:
    add_document("a.pdf", b"same")

    with pytest.raises(Conflict):
        add_document("b.pdf", b"same")


def test_a_deleted_content_may_come_again_and_then_blocks_the_restore(
    database: Database, add_document: AddDocument
) -> None:
    first, _ = add_document("a.pdf", b"same")
    with database.write() as tx:
        families.to_trash(tx, first)
    second, _ = add_document("b.pdf", b"same")

    assert second != first
    with pytest.raises(Conflict), database.write() as tx:
        families.from_trash(tx, first)


def test_a_purged_document_takes_its_original_only_when_nobody_else_has_it(
    database: Database, add_document: AddDocument
) -> None:
    first, _ = add_document("a.pdf", b"same")
    with database.write() as tx:
        families.to_trash(tx, first)
    second, _ = add_document("b.pdf", b"same")

    with database.write() as tx:
        families.purge(tx, first)
        assert len(documents.known_blobs(tx)) == 1
        families.purge(tx, second)
        assert documents.known_blobs(tx) == {}


def test_who_may_not_see_a_collection_finds_nothing_in_it(
    database: Database, add_document: AddDocument, collection: int
) -> None:
    document, _ = add_document()

    with database.read() as tx:
        assert documents.list_documents(tx, DocumentFilter(), frozenset({collection}))
        assert documents.list_documents(tx, DocumentFilter(), frozenset()) == []
        with pytest.raises(NotFound):
            documents.get(tx, document, frozenset({collection + 1}))


def test_lists_filter_by_status_and_name_without_wildcards(
    database: Database, add_document: AddDocument
) -> None:
    add_document("50%_off.pdf", b"1")
    _, version = add_document("other.pdf", b"2")
    with database.write() as tx:
        documents.set_status(tx, version, DocumentStatus.READY)

    with database.read() as tx:
        ready = documents.list_documents(tx, DocumentFilter(status="ready"), None)
        named = documents.list_documents(tx, DocumentFilter(name_contains="%_"), None)
    assert [view.name for view in ready] == ["other.pdf"]
    assert [view.name for view in named] == ["50%_off.pdf"]


def test_pages_come_back_as_they_were_read(database: Database, add_document: AddDocument) -> None:
    _, version = add_document()
    with database.write() as tx:
        pages.add(tx, version, [page(1, "一"), page(2, "二")])
    with database.write() as tx:
        pages.add(tx, version, [page(2, "two again")])

    with database.read() as tx:
        assert [p.text for p in pages.of_version(tx, version)] == ["一", "two again"]
        assert [p.number for p in pages.of_version(tx, version, 2)] == [2]
        assert pages.last(tx, version) == 2


@pytest.mark.parametrize("typed", ["a\0b", "a\ud800"])
def test_what_no_database_can_hold_is_the_callers_fault_or_finds_nothing(
    database: Database, add_document: AddDocument, typed: str
) -> None:
    add_document("ab.pdf")
    with contextlib.suppress(InvalidInput), database.read() as tx:
        assert documents.names_like(tx, typed, None, limit=5) == []
