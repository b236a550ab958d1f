"""The index as a search sees it: the published snapshot and what is still pending, as one."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import IndexCorrupt, NotFound
from kb.domain.search import LiveIndex, SearchNotice
from kb.index.allowed import Allowed, Ranked, best
from kb.index.expression import LexicalQuery
from kb.index.generation import GenerationReader
from kb.index.pending import PendingIndex, coverage
from kb.search.scripts import Scripts, survey
from kb.search.store import SearchStore

_RETRY_DAMAGED_S = 5.0
_FOLLOWED_S = 2.0
"""Whoever follows the index has called within so many seconds."""
_SURVEY_GROWTH = 1.5
"""How much the index grows before its scripts are looked at again."""


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """One consistent view for the length of a search."""

    generation: int | None
    reader: GenerationReader | None
    pending: PendingIndex
    notice: SearchNotice | None
    scripts: Scripts
    """What is known of the vectors of each script; empty before the first snapshot."""

    def by_words(self, query: LexicalQuery, k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best by BM25, published and pending; nothing from damaged files."""
        statistics = self.reader.statistics if self.reader is not None else None
        fresh = self.pending.search(query, k, allowed, statistics)
        if self.reader is None or statistics is None:
            return fresh
        return _merged(self.reader.lexical(query, k, allowed), fresh, self._fresh_ids(), k)

    def by_meaning(self, vector: NDArray[np.float32], k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best by inner product, published and pending."""
        fresh = self.pending.nearest(vector, k, allowed)
        if self.reader is None:
            return fresh
        return _merged(self.reader.vector(vector, k, allowed), fresh, fresh.passages, k)

    def obeying(self, query: LexicalQuery, passage_ids: Sequence[int]) -> frozenset[int]:
        """Return those of ``passage_ids`` that meet the query's clauses."""
        fresh = self.pending.obeying(query, passage_ids)
        if self.reader is None:
            return fresh
        published = self.reader.obeying(query, passage_ids)
        return fresh | (published - frozenset(self.pending.rows))

    def vectors(self, passages: Sequence[int], dimension: int) -> NDArray[np.float32]:
        """Return (n, d) vectors of passages; zeros for those that have none."""
        wanted = np.array(passages, np.int64)
        if self.reader is None:
            found = np.zeros((len(wanted), dimension), np.float32)
        else:
            found = self.reader.lookup.vectors(wanted, dimension)
        self.pending.vectors(wanted, found)
        return found

    def coverage(self, query: LexicalQuery, best_score: float) -> float:
        """Return how much of the query its best match holds, 0..1."""
        statistics = self.reader.statistics if self.reader is not None else None
        return coverage(query, best_score, statistics, self.pending)

    def _fresh_ids(self) -> NDArray[np.int64]:
        return np.fromiter(self.pending.rows, np.int64, len(self.pending))


def _merged(published: Ranked, fresh: Ranked, replaced: NDArray[np.int64], k: int) -> Ranked:
    """Merge two rankings on one scale; what is pending replaces what was published."""
    if not len(replaced):
        return published
    kept = ~np.isin(published.passages, replaced)
    return best(
        np.concatenate([published.passages[kept], fresh.passages]),
        np.concatenate([published.scores[kept], fresh.scores]),
        k,
    )


@dataclass(frozen=True, slots=True)
class _Survey:
    directory: Path
    vectors: int
    scripts: Scripts


@dataclass(frozen=True, slots=True)
class _PendingState:
    live: LiveIndex | None
    mark: str
    index: PendingIndex


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is open, as a whole."""

    live: LiveIndex | None
    reader: GenerationReader | None
    scripts: Scripts
    damaged: bool
    """Files of the newest snapshot are not as they were written."""


class Engine:
    """Follows the live generation: opens new snapshots, keeps the pending passages at hand."""

    def __init__(self, store: SearchStore) -> None:
        """Follow what ``store`` calls live."""
        self._store = store
        self._lock = threading.Lock()
        self._reader: GenerationReader | None = None
        self._directory: Path | None = None
        self._damaged: tuple[LiveIndex, float] | None = None
        self._pending: _PendingState | None = None
        self._survey: _Survey | None = None
        self._pending_lock = threading.Lock()
        self._ready: _Ready | None = None
        self._followed = -_FOLLOWED_S

    def follow(self) -> None:
        """Open the newest snapshot and keep it ready.

        While somebody calls this every second, no search waits for files to be verified and
        mapped: it is answered from the snapshot that is open and what is pending since then.
        """
        self._followed = time.monotonic()
        self._opened(self._store.live_index())

    def open(self) -> OpenIndex:
        """Return the index as it is now; damaged files give a notice, never an error."""
        live = self._store.live_index()
        ready = self._ready
        if live is not None and ready is not None and ready.live != live and self._is_followed():
            try:
                return self._view(ready)
            except NotFound:  # that generation is gone from SQL
                pass
        return self._opened(live)

    def _is_followed(self) -> bool:
        return self._lock.locked() or time.monotonic() - self._followed < _FOLLOWED_S

    def _opened(self, live: LiveIndex | None) -> OpenIndex:
        # First what is pending by SQL, then the snapshot: a fold between the two shows a
        # passage twice, which the merge undoes, and never hides one.
        pending = self._refresh_pending(live)
        with self._lock:
            reader = self._refresh_reader(live)
            scripts = self._refresh_survey(live, reader)
            damaged = self._damaged is not None
            ready = self._ready = _Ready(live, reader, scripts, damaged=damaged)
        if damaged and live is not None and reader is not None and reader.snapshot < live.snapshot:
            # The newest snapshot cannot be opened: the one before answers, and what came since.
            pending = self._refresh_pending(replace(live, snapshot=reader.snapshot))
        return _seen(ready, pending)

    def _view(self, ready: _Ready) -> OpenIndex:
        return _seen(ready, self._refresh_pending(ready.live))

    def _refresh_pending(self, live: LiveIndex | None) -> PendingIndex:
        mark = self._store.pending_mark(live)
        with self._pending_lock:
            state = self._pending
            if state is None or (state.live, state.mark) != (live, mark):
                entries = [
                    (one.entry, None if one.vector is None else _decoded(one.vector))
                    for one in self._store.pending(live)
                ]
                earlier = state.index if state is not None else None
                state = self._pending = _PendingState(live, mark, PendingIndex(entries, earlier))
            return state.index

    def _refresh_reader(self, live: LiveIndex | None) -> GenerationReader | None:
        if live is None or not live.snapshot:
            self._reader = self._directory = None
            return None
        if self._reader is None or self._directory != live.directory:
            self._reader, self._directory = GenerationReader(live.directory), live.directory
            self._damaged = None
        reader = self._reader
        if self._due(live, reader):
            try:
                reader.refresh(live.snapshot)
                self._damaged = None
            except IndexCorrupt:
                self._damaged = (live, time.monotonic())
        return reader

    def _refresh_survey(self, live: LiveIndex | None, reader: GenerationReader | None) -> Scripts:
        if live is None or reader is None:
            return Scripts()
        known, vectors = self._survey, reader.lookup.live
        if known is None or known.directory != live.directory or _grown(known.vectors, vectors):
            scripts = survey(reader.lookup, self._store)
            known = self._survey = _Survey(live.directory, vectors, scripts)
        return known.scripts

    def _due(self, live: LiveIndex, reader: GenerationReader) -> bool:
        if self._damaged is not None:
            snapshot, since = self._damaged
            return snapshot != live or time.monotonic() - since > _RETRY_DAMAGED_S
        return reader.snapshot < live.snapshot


def _grown(before: int, now: int) -> bool:
    return not before / _SURVEY_GROWTH <= now <= before * _SURVEY_GROWTH


def _seen(ready: _Ready, pending: PendingIndex) -> OpenIndex:
    return OpenIndex(
        generation=ready.live.generation if ready.live is not None else None,
        reader=ready.reader,
        pending=pending,
        notice=_notice(ready),
        scripts=ready.scripts,
    )


def _notice(ready: _Ready) -> SearchNotice | None:
    if ready.live is None:
        return SearchNotice.NO_INDEX
    reader = ready.reader
    lacks = reader is not None and (reader.damage is not None or not reader.snapshot)
    return SearchNotice.INDEX_DAMAGED if lacks or ready.damaged else None


def _decoded(vector: bytes) -> NDArray[np.float32]:
    return np.frombuffer(vector, "<f2").astype(np.float32)
