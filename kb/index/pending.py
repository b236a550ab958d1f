"""Passages that no snapshot holds yet: searched by brute force, on the same scale of scores."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.domain.search import IndexEntry
from kb.index.allowed import Allowed, Ranked, best
from kb.index.analyser import Stream
from kb.index.expression import AllOf, Clause, Ending, LexicalQuery, Phrase
from kb.index.lexical import AnalysedEntry, analyse

_K1, _B = 1.2, 0.75
"""Constants of tantivy's BM25, so that scores compare."""


class Statistics(Protocol):
    """What BM25 needs to know of the published passages; LexicalReader has it."""

    @property
    def passages(self) -> int:
        """Number of passages."""
        ...

    def average_length(self, stream: Stream) -> float:
        """Mean number of terms of a passage."""
        ...

    def frequency(self, term: str, stream: Stream) -> int:
        """Number of passages with the term."""
        ...


@dataclass(frozen=True, slots=True)
class _Row:
    entry: IndexEntry
    analysed: AnalysedEntry

    def stream(self, stream: Stream) -> list[str]:
        return self.analysed.units if stream is Stream.UNITS else self.analysed.words


class PendingIndex:
    """A few thousand passages at most; built once per change, then read by many threads."""

    def __init__(
        self,
        entries: Iterable[tuple[IndexEntry, NDArray[np.float32] | None]],
        earlier: PendingIndex | None = None,
    ) -> None:
        """Analyse ``entries``; those that ``earlier`` held unchanged are taken over from it."""
        known = earlier.rows if earlier is not None else {}
        self.rows: dict[int, _Row] = {}
        self._postings: dict[tuple[Stream, str], dict[int, int]] = defaultdict(dict)
        vectors: dict[int, NDArray[np.float32]] = {}
        for entry, vector in entries:
            row = known.get(entry.passage_id)
            if row is None or row.entry != entry:
                row = _Row(entry, analyse(entry))
            self.rows[entry.passage_id] = row
            for stream in Stream:
                for term, count in Counter(row.stream(stream)).items():
                    self._postings[stream, term][entry.passage_id] = count
            if vector is not None:
                vectors[entry.passage_id] = vector
        self._vector_ids = np.fromiter(vectors, np.int64, len(vectors))
        self._vectors = np.array(list(vectors.values()), np.float32)

    def __len__(self) -> int:
        return len(self.rows)

    def search(
        self, query: LexicalQuery, k: int, allowed: Allowed, statistics: Statistics | None
    ) -> Ranked:
        """Return the ``k`` best allowed passages by BM25.

        Args:
            query: what to find.
            k: how many.
            allowed: permission and filters.
            statistics: of the published passages; None when there are none.
        """
        scores = defaultdict(float, dict.fromkeys(self.rows, 0.0) if query.required else {})
        for bag_term in query.bag:
            counts = self._postings.get((bag_term.stream, bag_term.term))
            if not counts:
                continue
            weight = self.weight(bag_term.term, bag_term.stream, statistics)
            mean = self._mean_length(bag_term.stream, statistics)
            for passage, count in counts.items():
                length = len(self.rows[passage].stream(bag_term.stream))
                norm = _K1 * (1 - _B + _B * length / mean)
                scores[passage] += weight * count / (count + norm)
        kept = [one for one in scores if self._allows(one, allowed) and self._obeys(one, query)]
        return best(
            np.array(kept, np.int64), np.array([scores[one] for one in kept], np.float32), k
        )

    def nearest(self, query: NDArray[np.float32], k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best allowed passages by inner product with ``query`` (d,)."""
        if not len(self._vector_ids):
            return Ranked.empty()
        kept = np.array(
            [self._allows(passage, allowed) for passage in self._vector_ids.tolist()], np.bool_
        )
        return best(self._vector_ids[kept], self._vectors[kept] @ query, k)

    def vectors(self, passages: NDArray[np.int64], found: NDArray[np.float32]) -> None:
        """Put the vectors of pending passages into their rows of ``found`` (n, d)."""
        places = {passage: at for at, passage in enumerate(self._vector_ids.tolist())}
        for row, passage in enumerate(passages.tolist()):
            if passage in places:
                found[row] = self._vectors[places[passage]]

    def obeying(self, query: LexicalQuery, passage_ids: Sequence[int]) -> frozenset[int]:
        """Return those of ``passage_ids`` that are pending and meet the query's clauses."""
        return frozenset(one for one in passage_ids if one in self.rows and self._obeys(one, query))

    def weight(self, term: str, stream: Stream, statistics: Statistics | None) -> float:
        """Return the highest score one term can add, over published and pending passages."""
        passages = len(self.rows)
        containing = len(self._postings.get((stream, term), ()))
        if statistics is not None:
            passages += statistics.passages
            containing += statistics.frequency(term, stream)
        passages = max(passages, containing)  # removed passages are counted until a merge
        return (1 + _K1) * math.log(1 + (passages - containing + 0.5) / (containing + 0.5))

    def _allows(self, passage: int, allowed: Allowed) -> bool:
        entry = self.rows[passage].entry
        return allowed.has(entry.collection_id, entry.document_id)

    def _obeys(self, passage: int, query: LexicalQuery) -> bool:
        analysed = self.rows[passage].analysed
        return all(_holds(clause, analysed) for clause in query.required) and not any(
            _holds(clause, analysed) for clause in query.excluded
        )

    def _mean_length(self, stream: Stream, statistics: Statistics | None) -> float:
        if statistics is not None and statistics.passages:
            return max(statistics.average_length(stream), 1.0)
        total = sum(len(row.stream(stream)) for row in self.rows.values())
        return max(total / max(len(self.rows), 1), 1.0)


def coverage(
    query: LexicalQuery,
    best_score: float,
    statistics: Statistics | None,
    pending: PendingIndex,
) -> float:
    """Return how much of the query its best match holds, 0..1.

    It is the best BM25 score over the bound that endless repetition of every term would reach;
    terms that occur nowhere count most, as the rarest of all.
    """
    bound = sum(pending.weight(one.term, one.stream, statistics) for one in query.bag)
    return min(1.0, best_score / bound) if bound > 0 else 0.0


def _holds(clause: Clause, analysed: AnalysedEntry) -> bool:
    if isinstance(clause, Phrase):
        return _contains(analysed.field(clause.field), clause)
    parts = (_holds(part, analysed) for part in clause.clauses)
    return all(parts) if isinstance(clause, AllOf) else any(parts)


def _contains(units: list[str], phrase: Phrase) -> bool:
    *body, last = phrase.terms
    size = len(phrase.terms)
    for start in range(len(units) - size + 1):
        if units[start : start + size - 1] != body:
            continue
        end = units[start + size - 1]
        if end == last or (phrase.ending is Ending.PREFIX and end.startswith(last)):
            return True
    return False
