"""How well search finds: a fixed set, indexed and searched by the product's own code."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from ir_measures import RR, R, calc_aggregate, nDCG
from numpy.typing import NDArray

from kb.access import visible_collections
from kb.chunking.passages import split_passages
from kb.domain.access import Principal, Role
from kb.domain.errors import InvalidInput
from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage
from kb.domain.search import (
    IndexEntry,
    LiveIndex,
    PassageOutline,
    PendingPassage,
    SearchFilters,
    SearchMode,
    SearchRequest,
    StoredPassage,
)
from kb.evaluation.collections import (
    CorpusDocument,
    JudgedQuery,
    RetrievalSet,
    load_retrieval_set,
)
from kb.index.generation import GenerationWriter
from kb.search.rerank import Ranker
from kb.search.retrieve import Searcher

EVALUATOR = Principal(user_id=0, name="evaluation", role=Role.ADMIN)
"""Who asks the questions of a set."""
_WHEN = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_FOLD = 5000
_DEPTH = 100
_BOX = (0.0, 0.0, 0.0, 0.0)
_OPERATORS = frozenset('"＂“”〝〞「」『』():：*＊')
_MEASURES = {
    "ndcg@10": nDCG @ 10,
    "recall@1": R @ 1,
    "recall@10": R @ 10,
    "recall@100": R @ 100,
    "mrr@10": RR @ 10,
}


class PassageEmbedder(Protocol):
    """What is needed of ``kb.embedding.protocol.Embedder``."""

    @property
    def model(self) -> str:
        """Identity."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) unit vectors."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(d,) unit vector."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        ...


class _SetStore:
    """A set as the system of record: everything is published, one collection a language."""

    def __init__(self, live: LiveIndex, passages: Iterable[StoredPassage]) -> None:
        self._live = live
        self._passages = {one.passage_id: one for one in passages}

    def live_index(self) -> LiveIndex:
        return self._live

    def pending_mark(self, live: LiveIndex | None) -> str:
        return "" if live == self._live else "other"

    def pending(self, live: LiveIndex | None) -> Sequence[PendingPassage]:
        return () if live == self._live else []

    def allowed_documents(
        self, filters: SearchFilters, principal: Principal
    ) -> frozenset[int] | None:
        """Queries are plain questions here; what looks like a filter in one is taken as such."""
        visible = visible_collections(principal)
        return frozenset(
            one.document_id
            for one in self._passages.values()
            if (not filters.languages or one.language in filters.languages)
            and (not filters.formats or one.format in filters.formats)
            and not filters.categories
            and (visible is None or one.collection_id in visible)
        )

    def collection_ids(self, names: frozenset[str], principal: Principal) -> frozenset[int]:
        visible = visible_collections(principal)
        found = {
            one.collection_id for one in self._passages.values() if one.collection_name in names
        }
        return frozenset(found if visible is None else found & visible)

    def outlines(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, PassageOutline]:
        return {n: one.outline for n, one in self.passages(passage_ids, principal).items()}

    def passages(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, StoredPassage]:
        visible = visible_collections(principal)
        return {
            one: self._passages[one]
            for one in passage_ids
            if one in self._passages
            and (visible is None or self._passages[one].collection_id in visible)
        }

    def passages_of(self, document_id: int, principal: Principal) -> Sequence[StoredPassage]:
        own = [n for n, one in self._passages.items() if one.document_id == document_id]
        return list(self.passages(own, principal).values())


@dataclass(frozen=True, slots=True)
class IndexedSet:
    """A set ready to be searched."""

    source: RetrievalSet
    searcher: Searcher
    collections: dict[str, int]
    """Collection id of each language of the corpus."""
    index_seconds: float
    passages: int
    names: dict[int, str]
    """Document of each passage, as the set calls it."""


def evaluate_retrieval(
    folder: Path, mode: SearchMode, embedder: PassageEmbedder, workspace: Path
) -> dict[str, Any]:
    """Index the set in ``folder`` inside ``workspace`` and measure one mode.

    Returns:
        What ``kb eval retrieval`` prints. A corpus of several languages is also measured from
        each language of queries to each language of documents, under ``directions``.

    Raises:
        NotFound: a file of the set is missing.
        InvalidInput: the set is malformed or has no judged query.
    """
    return measure(index_set(load_retrieval_set(folder), embedder, workspace), mode)


def index_set(
    source: RetrievalSet,
    embedder: PassageEmbedder,
    workspace: Path,
    ranker: Ranker | None = None,
) -> IndexedSet:
    """Split, embed and index the documents of ``source`` in ``workspace``.

    Args:
        source: the set.
        embedder: of the passages and queries.
        workspace: an empty folder.
        ranker: orders what is found; None: the product's own.
    """
    started = time.perf_counter()
    languages = sorted({document.language for document in source.documents})
    collections = {language: number for number, language in enumerate(languages, 1)}
    directory = workspace / "generation"
    writer = GenerationWriter(directory, embedder.dimension, embedder.model)
    stored: list[StoredPassage] = []
    batch: list[tuple[StoredPassage, str]] = []
    for number, document in enumerate(source.documents, 1):
        collection = collections[document.language]
        batch += _split(document, (number, collection), len(stored) + len(batch) + 1, embedder)
        if len(batch) >= _FOLD or number == len(source.documents):
            _fold(writer, batch, embedder)
            stored += [passage for passage, _ in batch]
            batch = []
    live = LiveIndex(generation=1, directory=directory, snapshot=writer.snapshot)
    searcher = Searcher(_SetStore(live, stored), embedder.embed_query, ranker)
    searcher.warm_up()
    seconds = time.perf_counter() - started
    names = {passage.passage_id: passage.name for passage in stored}
    return IndexedSet(source, searcher, collections, seconds, len(stored), names)


def measure(indexed: IndexedSet, mode: SearchMode) -> dict[str, Any]:
    """Run every judged query in ``mode``; see ``evaluate_retrieval``."""
    queries = indexed.source.queries
    figures: dict[str, Any] = {
        **_measured(indexed, mode, queries, None),
        "documents": len(indexed.source.documents),
        "passages": indexed.passages,
        "index_seconds": round(indexed.index_seconds, 2),
    }
    if len(indexed.collections) > 1:
        figures["directions"] = _directions(indexed, mode)
    return figures


def _directions(indexed: IndexedSet, mode: SearchMode) -> dict[str, Any]:
    language_of = {document.id: document.language for document in indexed.source.documents}
    figures: dict[str, Any] = {}
    for asked in sorted({query.language for query in indexed.source.queries}):
        for answered, collection in indexed.collections.items():
            queries = [
                JudgedQuery(query.id, query.text, query.language, grades)
                for query in indexed.source.queries
                if query.language == asked and (grades := _in(answered, query.grades, language_of))
            ]
            if queries:
                figures[f"{asked}->{answered}"] = _measured(indexed, mode, queries, collection)
    return figures


def _in(
    language: str, grades: tuple[tuple[str, int], ...], language_of: dict[str, str]
) -> tuple[tuple[str, int], ...]:
    return tuple(pair for pair in grades if language_of[pair[0]] == language)


def _measured(
    indexed: IndexedSet, mode: SearchMode, queries: Sequence[JudgedQuery], collection: int | None
) -> dict[str, Any]:
    """Return the measures over ``queries``, searched in one collection or in all."""
    filters = SearchFilters(collections=frozenset(() if collection is None else (collection,)))
    run: dict[str, dict[str, float]] = {}
    times: list[float] = []
    for query in queries:
        request = SearchRequest(plain(query.text), mode, filters, k=_DEPTH)
        started = time.perf_counter()
        result = indexed.searcher.search(request, EVALUATOR)
        times.append((time.perf_counter() - started) * 1000)
        ranks = {hit.name: 1.0 / rank for rank, hit in enumerate(result.hits, 1)}
        run[query.id] = ranks
    if not queries:
        raise InvalidInput(field="qrels.tsv", detail="judges none of the queries")
    judged = {query.id: dict(query.grades) for query in queries}
    found = calc_aggregate(list(_MEASURES.values()), judged, run)
    p50, p95, p99 = np.percentile(times, [50, 95, 99]).round(2).tolist()
    return {
        "queries": len(queries),
        **{name: round(float(found[measure]), 4) for name, measure in _MEASURES.items()},
        "query_ms": {"p50": p50, "p95": p95, "p99": p99},
    }


def plain(text: str) -> str:
    """Return a question without what the query syntax would take for an operator.

    The sets hold questions, not queries: a quotation mark in one quotes a title, it does not
    demand the phrase.
    """
    kept = "".join(" " if char in _OPERATORS else char for char in text).split()
    words = (word.lower() if word in {"AND", "OR", "NOT"} else word.lstrip("-－") for word in kept)
    return " ".join(filter(None, words))


def _split(
    document: CorpusDocument, ids: tuple[int, int], first: int, embedder: PassageEmbedder
) -> list[tuple[StoredPassage, str]]:
    """Return the passages of a document, given its (own, collection) ids, with their texts."""
    blocks = [Block(BlockKind.TITLE, document.title, _BOX)] if document.title else []
    parts = document.text.split("\n\n")
    blocks += [Block(BlockKind.PARAGRAPH, part, _BOX) for part in parts if part.strip()]
    page = ParsedPage(1, 0, 0, PageSource.TEXT, 1.0, tuple(blocks))
    return [
        (
            StoredPassage(
                passage_id=first + passage.ordinal,
                version_id=ids[0],
                document_id=ids[0],
                ordinal=passage.ordinal,
                text=passage.text,
                text_hash=passage.text_hash,
                heading_path=passage.heading_path,
                spans=passage.spans,
                name=document.id,
                title=document.title,
                path="",
                collection_id=ids[1],
                collection_name=document.language,
                format="txt",
                language=document.language,
                category=None,
                created_at=_WHEN,
            ),
            passage.embedded_text,
        )
        for passage in split_passages([page], count_tokens=embedder.count_tokens)
    ]


def _fold(
    writer: GenerationWriter, batch: Sequence[tuple[StoredPassage, str]], embedder: PassageEmbedder
) -> None:
    vectors = embedder.embed_passages([text for _, text in batch])
    writer.apply(
        add_words=[_entry(passage) for passage, _ in batch],
        add_vectors=[
            (one.passage_id, one.document_id, one.collection_id, one.version_id, vector)
            for (one, _), vector in zip(batch, vectors, strict=True)
        ],
        remove_versions=[],
    )


def _entry(passage: StoredPassage) -> IndexEntry:
    """Index what the set gives; its document ids are no file names."""
    return IndexEntry(
        passage_id=passage.passage_id,
        version_id=passage.version_id,
        document_id=passage.document_id,
        collection_id=passage.collection_id,
        title=passage.title,
        name="",
        heading="\n".join(passage.heading_path),
        text=passage.text,
    )
