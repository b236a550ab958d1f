"""The way of a query: parse, retrieve by words and by meaning, fuse, ask SQL, show.

Permission acts twice: inside both engines before the best k are chosen, and in one SQL join at
the end (``SearchStore.outlines``), so an index that lags behind can miss a hit, never leak one.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.access import visible_collections
from kb.domain.access import Principal
from kb.domain.errors import ModelFailure
from kb.domain.search import (
    FoundBy,
    PagePlaces,
    PassageOutline,
    SearchFilters,
    SearchMode,
    SearchNotice,
    SearchRequest,
    SearchResult,
)
from kb.index.allowed import Allowed, Ranked
from kb.index.expression import LexicalQuery
from kb.search.engine import Engine, OpenIndex
from kb.search.fusion import Candidate, Evidence
from kb.search.present import Found, excerpted, facets_of, group, hit_of, places_in
from kb.search.query import ParsedQuery, in_unspaced_script, parse_query
from kb.search.rerank import LearnedRanker, Ranker
from kb.search.store import SearchStore

QueryVector = NDArray[np.float32]
Matrix = NDArray[np.float32]
EmbedQuery = Callable[[str], QueryVector]

_DEPTH = 100
_DEEPEST = 1000
_QUERIES_KEPT = 512


@dataclass(frozen=True, slots=True)
class _Retrieved:
    """What the engines gave, at most ``depth`` each, before SQL had its word."""

    words: Ranked
    meaning: Ranked
    neutral: Ranked
    """By meaning again, the query freed of its script; empty in a corpus of one script."""
    depth: int

    @property
    def passages(self) -> list[int]:
        """All of them, once each."""
        parts = (self.words.passages, self.meaning.passages, self.neutral.passages)
        found: list[int] = np.unique(np.concatenate(parts)).tolist()
        return found

    @property
    def full(self) -> bool:
        """Whether an engine may have had more to give than was asked for."""
        return max(len(self.words.scores), len(self.meaning.scores)) >= self.depth


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as understood, with all that answers it."""

    mode: SearchMode
    query: ParsedQuery
    vector: QueryVector | None
    index: OpenIndex
    allowed: Allowed
    principal: Principal


class Searcher:
    """Answers queries; one per process, safe for many threads."""

    def __init__(
        self,
        store: SearchStore,
        embed_query: EmbedQuery | None,
        ranker: Ranker | None = None,
    ) -> None:
        """Wire the searcher; files are opened at the first search.

        Args:
            store: the system of record.
            embed_query: text to (d,) unit vector; None when there is no embedder. A ModelFailure
                it raises means "not ready": words alone are searched, with a notice.
            ranker: orders what both engines found; None: by the weights that were learned.
        """
        self._store = store
        self._embed_query = embed_query
        self._ranker = ranker or LearnedRanker()
        self._engine = Engine(store)
        self._vectors: OrderedDict[str, QueryVector] = OrderedDict()
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Open the index as it is now; called every second, it spares searches the wait for it."""
        self._engine.follow()

    def search(self, request: SearchRequest, principal: Principal) -> SearchResult:
        """Find the documents that answer ``request`` and that ``principal`` may see."""
        started = time.perf_counter()
        query = parse_query(request.query)
        filters = _joined(request.filters, query.filters)
        allowed = self._allowed(filters, principal)
        index = self._engine.open()
        vector, notice = self._vector(query, request.mode)
        found: list[Found] = []
        if not allowed.nothing:
            asked = _Asked(request.mode, query, vector, index, allowed, principal)
            found = self._found(asked, max(request.offset, 0) + max(request.k, 0))
        groups = group(found)
        page = groups[max(request.offset, 0) :][: max(request.k, 0)]
        shown = [one.candidate.passage_id for found in page for one in excerpted(found)]
        stored = self._store.passages(shown, principal) if shown else {}
        hits = (hit_of(found, stored, query.lexical) for found in page)
        return SearchResult(
            query=request.query,
            mode=request.mode,
            took_ms=round((time.perf_counter() - started) * 1000, 2),
            generation=index.generation,
            notice=index.notice or notice,
            total=len(groups),
            hits=tuple(hit for hit in hits if hit is not None),
            facets=facets_of(groups),
        )

    def places(self, document_id: int, query: str, principal: Principal) -> tuple[PagePlaces, ...]:
        """Return where the words of ``query`` stand in a document, page by page."""
        passages = self._store.passages_of(document_id, principal)
        return places_in(passages, parse_query(query).lexical)

    def _allowed(self, filters: SearchFilters, principal: Principal) -> Allowed:
        collections = visible_collections(principal)
        if filters.collections:
            wanted = filters.collections
            collections = wanted if collections is None else collections & wanted
        if filters.collection_names:
            named = self._store.collection_ids(filters.collection_names, principal)
            collections = named if collections is None else collections & named
        documents = None
        if filters.by_property:
            documents = self._store.allowed_documents(filters, principal)
        return Allowed(collections, documents)

    def _vector(
        self, query: ParsedQuery, mode: SearchMode
    ) -> tuple[QueryVector | None, SearchNotice | None]:
        if mode is SearchMode.LEXICAL or not query.text.strip():
            return None, None
        if self._embed_query is None:
            return None, SearchNotice.WORDS_ONLY
        with self._lock:
            known = self._vectors.get(query.text)
            if known is not None:
                self._vectors.move_to_end(query.text)
                return known, None
        try:
            vector = self._embed_query(query.text)
        except ModelFailure:
            return None, SearchNotice.WORDS_ONLY
        with self._lock:
            self._vectors[query.text] = vector
            if len(self._vectors) > _QUERIES_KEPT:
                self._vectors.popitem(last=False)
        return vector, None

    def _found(self, asked: _Asked, wanted: int) -> list[Found]:
        """Return the visible candidates, best first; looks deeper when deletions left too few."""
        depth = min(max(_DEPTH, 2 * wanted), _DEEPEST)
        while True:
            retrieved = _retrieved(asked, depth)
            passages = retrieved.passages
            visible = self._visible(passages, asked.allowed, asked.principal)
            found = [
                Found(visible[one.passage_id], one)
                for one in self._ranked(asked, retrieved, visible)
            ]
            enough = 2 * len(visible) >= len(passages)
            if enough or not retrieved.full or depth >= _DEEPEST:
                return found
            depth = _DEEPEST

    def _ranked(
        self, asked: _Asked, retrieved: _Retrieved, visible: dict[int, PassageOutline]
    ) -> list[Candidate]:
        """Order what may be seen; what may not takes no part in any weight."""
        query, vector, scripts = asked.query, asked.vector, asked.index.scripts
        words = _kept(retrieved.words, visible)
        meaning = _kept(retrieved.meaning, visible)
        if vector is None:
            return _alone(words, FoundBy.WORDS)
        foreign = frozenset(n for n, one in visible.items() if query.foreign_to(one.language))
        if len(retrieved.neutral.scores):
            neutral = _kept(retrieved.neutral, visible)
            meaning = scripts.aligned(
                vector, meaning, neutral, foreign.__contains__, unspaced=query.unspaced
            )
        if asked.mode is SearchMode.VECTOR:
            return _alone(meaning, FoundBy.MEANING)
        best = float(words.scores[0]) if len(words.scores) else 0.0
        evidence = Evidence(
            query=query,
            words=words,
            meaning=meaning,
            coverage=asked.index.coverage(query.lexical, best),
            complete=len(retrieved.words.scores) < retrieved.depth,
            foreign=foreign,
        )

        def vectors(passages: Sequence[int]) -> Matrix:
            found = asked.index.vectors(passages, len(vector))
            kinds = [in_unspaced_script(visible[one].language) for one in passages]
            return scripts.centred(found, kinds)

        return self._ranker.rank(evidence, vectors)

    def _visible(
        self, passages: Sequence[int], allowed: Allowed, principal: Principal
    ) -> dict[int, PassageOutline]:
        """Ask SQL for the last word, also on filters: the index may know an older collection."""
        outlines = self._store.outlines(passages, principal)
        return {
            passage_id: outline
            for passage_id, outline in outlines.items()
            if allowed.has(outline.collection_id, outline.document_id)
        }


def _retrieved(asked: _Asked, depth: int) -> _Retrieved:
    words = meaning = neutral = Ranked.empty()
    query, vector, index = asked.query, asked.vector, asked.index
    if asked.mode is not SearchMode.VECTOR or vector is None:
        words = index.by_words(query.lexical, depth, asked.allowed)
    if vector is not None:
        meaning = index.by_meaning(vector, depth, asked.allowed)
        freed = index.scripts.neutral(vector) if asked.mode is SearchMode.HYBRID else None
        if freed is not None:
            neutral = index.by_meaning(freed, depth, asked.allowed)
    if query.lexical.restricts:
        meaning = _obeying(meaning, query.lexical, index)
        neutral = _obeying(neutral, query.lexical, index)
    return _Retrieved(words, meaning, neutral, depth)


def _kept(ranked: Ranked, visible: Container[int]) -> Ranked:
    kept = np.array([one in visible for one in ranked.passages.tolist()], np.bool_)
    return Ranked(ranked.passages[kept], ranked.scores[kept])


def _obeying(meaning: Ranked, query: LexicalQuery, index: OpenIndex) -> Ranked:
    """Keep what obeys quotes, minus and fields: meaning must not overrule them."""
    obeying = index.obeying(query, meaning.passages.tolist())
    kept = np.isin(meaning.passages, np.fromiter(obeying, np.int64, len(obeying)))
    return Ranked(meaning.passages[kept], meaning.scores[kept])


def _alone(ranked: Ranked, found_by: FoundBy) -> list[Candidate]:
    """Return one engine's ranking; BM25 is shown relative to its best, a cosine as it is."""
    scale = 1.0
    if found_by is FoundBy.WORDS and len(ranked.scores):
        scale = max(float(ranked.scores[0]), 1e-9)
    scores = np.clip(ranked.scores / scale, 0, 1).tolist()
    return [
        Candidate(passage, score, found_by)
        for passage, score in zip(ranked.passages.tolist(), scores, strict=True)
    ]


def _joined(asked: SearchFilters, typed: SearchFilters) -> SearchFilters:
    """Join the filters of the request with those typed; typed ones can only narrow."""
    return replace(
        asked,
        collection_names=asked.collection_names | typed.collection_names,
        categories=_narrower(asked.categories, typed.categories),
        languages=_narrower(asked.languages, typed.languages),
        formats=_narrower(asked.formats, typed.formats),
        created_from=max(filter(None, (asked.created_from, typed.created_from)), default=None),
        created_to=min(filter(None, (asked.created_to, typed.created_to)), default=None),
    )


_NO_VALUE = frozenset({""})
"""A value that no document has: two filters that exclude each other."""


def _narrower(asked: frozenset[str], typed: frozenset[str]) -> frozenset[str]:
    if not asked or not typed:
        return asked or typed
    return asked & typed or _NO_VALUE
