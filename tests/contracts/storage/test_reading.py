"""Slices, families, ledgers and cancelled work in the system of record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.documents import JobState, NewDocument, Stage
from kb.domain.errors import Cancelled, Conflict, LeaseLost
from kb.domain.parsed import PageLedger, PageSource, ParsedPage
from kb.domain.passages import Passage
from kb.storage import documents, families, generations, jobs, pages, passages
from kb.storage.database import Database
from kb.storage.generations import Aspect
from kb.storage.passages import Portion, merged

AddDocument = Callable[..., tuple[int, int]]


def cut(*texts: str, first: int = 0) -> list[Passage]:
    return [Passage(first + at, text, (), ()) for at, text in enumerate(texts)]


def attachment(name: str, content: bytes = b"x") -> NewDocument:
    sha256 = hashlib.sha256(content).hexdigest()
    return NewDocument(0, name, "", sha256, len(content), "txt", "text/plain", None)


def test_passages_that_stay_the_same_keep_their_ids(
    database: Database, add_document: AddDocument
) -> None:
    _, version = add_document()
    with database.write() as tx:
        passages.keep(tx, version, cut("one", "two", "three"))
        before = passages.ids_and_pages(tx, version)

    with database.write() as tx:
        kept = passages.keep(tx, version, cut("one", "changed"))
        gone = passages.drop_from(tx, version, 2)
        after = passages.ids_and_pages(tx, version)

    assert (kept.added, kept.replaced, gone) == (1, 1, 1)
    assert after[0] == before[0]
    assert after[1][0] not in {passage for passage, _ in before.values()}


def test_the_index_is_told_which_passages_are_new(
    database: Database, add_document: AddDocument
) -> None:
    _, version = add_document()
    with database.write() as tx:
        passages.keep(tx, version, cut("one", "two", "three"))
        generations.announce(tx, version, Aspect.WORDS, first=1, last=1)

        found = passages.entries(tx, [Portion(version, 1, 1)], "m")
        whole = passages.entries(tx, [Portion(version)], "m")

    assert [entry.text for entry, _ in found] == ["two"]
    assert [entry.text for entry, _ in whole] == ["one", "two", "three"]


portions = st.builds(
    Portion, st.integers(1, 3), st.integers(0, 12), st.none() | st.integers(0, 14)
).filter(lambda p: p.last is None or p.last >= p.first)


@given(st.lists(portions, max_size=8))
def test_merged_portions_hold_the_same_passages(given_portions: list[Portion]) -> None:
    def covered(some: list[Portion]) -> set[tuple[int, int]]:
        return {
            (p.version_id, at)
            for p in some
            for at in range(p.first, (20 if p.last is None else p.last) + 1)
        }

    found = merged(given_portions)

    assert covered(found) == covered(given_portions)
    assert len(found) <= len(given_portions)


def test_an_attachment_is_taken_out_once_and_goes_with_its_message(
    database: Database, add_document: AddDocument, collection: int
) -> None:
    parent, _ = add_document("offer.eml", b"mail")
    with database.write() as tx:
        assert families.add_child(tx, parent, attachment("a.txt")) is not None
        assert families.add_child(tx, parent, attachment("a.txt")) is None
        (child,) = families.children(tx, parent)
        assert families.depth(tx, child.id) == 2
        assert documents.get(tx, child.id, None).collection_id == collection

    with database.write() as tx:
        families.to_trash(tx, parent)
    with database.write() as tx:
        assert documents.get(tx, child.id, None).deleted_at is not None
        with pytest.raises(Conflict):
            families.from_trash(tx, child.id)
    with database.write() as tx:
        families.from_trash(tx, parent)
    with database.write() as tx:
        assert documents.get(tx, child.id, None).deleted_at is None
        families.purge(tx, parent)
        assert not documents.any_document(tx)


def test_what_was_in_the_trash_before_stays_there(
    database: Database, add_document: AddDocument
) -> None:
    parent, _ = add_document("offer.eml", b"mail")
    with database.write() as tx:
        families.add_child(tx, parent, attachment("kept.txt", b"1"))
        families.add_child(tx, parent, attachment("thrown.txt", b"2"))
        thrown = families.children(tx, parent)[1].id
    with database.write() as tx:
        families.to_trash(tx, thrown)
    with database.write() as tx:
        families.to_trash(tx, parent)
    with database.write() as tx:
        families.from_trash(tx, parent)

    with database.read() as tx:
        assert [child.name for child in families.children(tx, parent)] == ["kept.txt"]


def test_the_worst_pages_come_first_and_in_parts(
    database: Database, add_document: AddDocument
) -> None:
    _, version = add_document()
    ledger = PageLedger(engine="tesseract", confidence=0.4, dropped=("2 lines",))
    with database.write() as tx:
        pages.add(
            tx,
            version,
            [
                ParsedPage(n, 595, 842, PageSource.OCR, quality, (), (), ledger)
                for n, quality in enumerate((0.9, 0.2, 0.2, 1.0), 1)
            ],
        )

    with database.read() as tx:
        first = pages.worst(tx, None, below=0.95, limit=2)
        place = (first[-1].page.quality, first[-1].version_id, first[-1].page.number)
        rest = pages.worst(tx, None, below=0.95, after=place)
        unseen = pages.worst(tx, frozenset(), below=0.95)

    assert [found.page.number for found in first + rest] == [2, 3, 1]
    assert first[0].page.ledger == ledger
    assert unseen == []


def test_cancelled_work_loses_its_lease_and_says_why(
    database: Database, add_document: AddDocument
) -> None:
    _, version = add_document()
    with database.write() as tx:
        job_id = jobs.enqueue(tx, stage=Stage.PARSE, queue="parse", version_id=version)
        job = jobs.claim(tx, job_id, holder="here:1:1", lease_seconds=60)
        assert job is not None
        assert jobs.held(tx, job)

    with database.write() as tx:
        assert jobs.cancel(tx, version, Cancelled(name="a.pdf")) == [Stage.PARSE]

    with database.write() as tx:
        assert not jobs.held(tx, job)
        with pytest.raises(LeaseLost):
            jobs.hold(tx, job, lease_seconds=60)
        found = jobs.get(tx, job_id)
    assert found.state is JobState.CANCELLED
    assert found.failure is not None
    assert found.failure.code == "cancelled"


def test_waking_leaves_a_running_stage_alone(database: Database, add_document: AddDocument) -> None:
    _, version = add_document()
    with database.write() as tx:
        jobs.wake(tx, stage=Stage.EMBED, queue="embed", version_id=version)
        (job_id,) = (job for job, _ in jobs.due(tx))
        job = jobs.claim(tx, job_id, holder="here:1:1", lease_seconds=60)
        assert job is not None
        jobs.wake(tx, stage=Stage.EMBED, queue="embed", version_id=version)
        assert jobs.held(tx, job)
        jobs.postpone(tx, job, seconds=60)
        assert jobs.due(tx) == []
        jobs.wake(tx, stage=Stage.EMBED, queue="embed", version_id=version)
        assert jobs.due(tx) == [(job_id, "embed")]
