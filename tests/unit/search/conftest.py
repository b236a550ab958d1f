"""A system of record in memory, and an embedder whose meanings are given."""

import datetime as dt

import numpy as np
import pytest

from kb.access import visible_collections
from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.passages import Span
from kb.domain.search import CategoryName, IndexEntry, LiveIndex, PendingPassage, StoredPassage
from kb.index.generation import GenerationWriter
from kb.search.retrieve import Searcher

DIMENSION = 8


class MemoryStore:
    """Obeys ``SearchStore`` over dictionaries; ``fold`` plays the index writer."""

    def __init__(self, directory):
        self.live = LiveIndex(1, directory, 0)
        self.rows = {}
        self.vectors = {}
        self.waiting = set()
        self.trash = set()

    def add(self, passage, text, *, document=None, collection=1, vector=None, **properties):
        document = document or passage
        self.rows[passage] = StoredPassage(
            passage_id=passage,
            version_id=document,
            document_id=document,
            ordinal=0,
            text=text,
            text_hash=text,
            heading_path=properties.get("heading_path", ()),
            spans=(Span(0, len(text), properties.get("page", 1), (0, passage, 100, passage + 10)),),
            name=properties.get("name", f"f{document}.pdf"),
            title=properties.get("title", ""),
            path="",
            collection_id=collection,
            collection_name=f"C{collection}",
            format=properties.get("format", "pdf"),
            language=properties.get("language", "zh"),
            category=properties.get("category"),
            created_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        )
        if vector is not None:
            self.vectors[passage] = unit(vector)
        self.waiting.add(passage)

    def entry(self, passage):
        row = self.rows[passage]
        return IndexEntry(
            passage,
            row.version_id,
            row.document_id,
            row.collection_id,
            row.title,
            row.name,
            "\n".join(row.heading_path),
            row.text,
        )

    def fold(self):
        writer = GenerationWriter(self.live.directory, DIMENSION, "model")
        vectors = [
            (n, r.document_id, r.collection_id, r.version_id, self.vectors[n])
            for n, r in self.rows.items()
            if n in self.waiting and n in self.vectors
        ]
        manifest = writer.apply([self.entry(n) for n in sorted(self.waiting)], vectors, [])
        self.waiting = set()
        self.live = LiveIndex(1, self.live.directory, manifest.number)

    def live_index(self):
        return self.live

    def pending_mark(self, live):
        return repr(sorted(self.waiting)) + repr(sorted(self.vectors))

    def pending(self, live):
        return [
            PendingPassage(
                self.entry(n),
                self.vectors[n].astype("<f2").tobytes() if n in self.vectors else None,
            )
            for n in sorted(self.waiting)
        ]

    def allowed_documents(self, filters, principal):
        return frozenset(
            row.document_id
            for row in self.passages(list(self.rows), principal).values()
            if (not filters.languages or row.language in filters.languages)
            and (not filters.formats or row.format in filters.formats)
            and (
                not filters.categories
                or (row.category is not None and row.category.name in filters.categories)
            )
            and (not filters.documents or row.document_id in filters.documents)
        )

    def collection_ids(self, names, principal):
        visible = visible_collections(principal)
        return frozenset(
            row.collection_id
            for row in self.rows.values()
            if row.collection_name.casefold() in names
            and (visible is None or row.collection_id in visible)
        )

    def outlines(self, passage_ids, principal):
        return {n: row.outline for n, row in self.passages(passage_ids, principal).items()}

    def passages(self, passage_ids, principal):
        visible = visible_collections(principal)
        return {
            n: self.rows[n]
            for n in passage_ids
            if n in self.rows
            and self.rows[n].document_id not in self.trash
            and (visible is None or self.rows[n].collection_id in visible)
        }

    def passages_of(self, document_id, principal):
        own = [n for n, row in self.rows.items() if row.document_id == document_id]
        return list(self.passages(own, principal).values())


def unit(values):
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


@pytest.fixture
def store(tmp_path):
    return MemoryStore(tmp_path / "generation")


@pytest.fixture
def meanings():
    """Query text to vector; what is not in it points nowhere near anything."""
    return {}


@pytest.fixture
def searcher(store, meanings):
    return Searcher(store, lambda text: meanings.get(text, unit([0, 0, 0, 0, 0, 0, 0, 1])))


@pytest.fixture
def admin():
    return Principal(1, "admin", Role.ADMIN)


@pytest.fixture
def member():
    """May read collection 1 only."""
    return Principal(2, "member", Role.MEMBER, (Grant(1, Level.READ),))


@pytest.fixture
def contract():
    return CategoryName("contract", "合同", "contract")
