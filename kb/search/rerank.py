"""A second look at the best candidates: what do they have in common?

Pseudo-relevance feedback on the vectors of the passages themselves (Rocchio, 1971; for dense
retrieval: Li et al., 2021): what stands near the passages that the fused ranking is sure of is
likely to answer too, also where the query's own words or its language led it astray. Vectors are
compared after the mean of their script was taken off, so that a page and its translation meet.

Three signs, each scaled to 0..1 over the candidates: closeness to the first, to the first three,
and to the first eight without the passage itself. Their weights (``ranking.json``) are learned;
together they count as much as the meaning of the first passage is in accord with the query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.search.fusion import (
    Candidate,
    Evidence,
    RankingWeights,
    fuse,
    learned_weights,
    sides,
    weight_of_words,
)

Matrix = NDArray[np.float32]
Vectors = Callable[[Sequence[int]], Matrix]
"""Passages to their (n, d) vectors, centred by script, of length 1; zeros where there is none."""

FEEDBACK = ("first", "three", "neighbours")
DEEP = 100
"""Candidates that are looked at again."""
_FEW, _MANY = 3, 8


class Ranker(Protocol):
    """Orders what both engines found."""

    def rank(self, found: Evidence, vectors: Vectors) -> list[Candidate]:
        """Return the candidates, best first, with scores of 0..1."""
        ...


class LearnedRanker:
    """Fusion by a learned weight, then feedback."""

    def __init__(self, weights: RankingWeights | None = None) -> None:
        """Rank by ``weights``; None: those that ship with the product."""
        self._weights = weights

    def rank(self, found: Evidence, vectors: Vectors) -> list[Candidate]:
        """Return the candidates, best first."""
        weights = self._weights or learned_weights()
        fused = fuse(found, weight_of_words(found, weights))
        if len(fused) < _FEW or not len(found.meaning.scores):
            return fused
        head = fused[:DEEP]
        near = vectors([one.passage_id for one in head])
        signs = feedback(np.array([one.score for one in head]), near)
        shares = np.array([weights.feedback[name] for name in FEEDBACK])
        added = trust(found, head[0].passage_id) * (signs @ shares)
        most = 1 + float(shares.sum())
        again = [
            replace(one, score=(one.score + float(more)) / most)
            for one, more in zip(head, added, strict=True)
        ]
        rest = [replace(one, score=one.score / most) for one in fused[DEEP:]]
        return [*sorted(again, key=lambda one: (-one.score, one.passage_id)), *rest]


def trust(found: Evidence, first: int) -> float:
    """Return how near by meaning the fused ranking's first is to the query, 0..1.

    Where words and meaning contradict each other, what is near the first by meaning says little.
    """
    passages, _, by_meaning = sides(found)
    return float(by_meaning[np.searchsorted(passages, first)])


def feedback(scores: NDArray[np.float64], vectors: Matrix) -> NDArray[np.float64]:
    """Return (n, 3) signs of 0..1.

    Args:
        scores: (n,) of the fused ranking, falling.
        vectors: (n, d); rows of zeros are passages without a vector: the score of the fused
            ranking stands in for their signs.
    """
    known = np.any(vectors != 0, axis=1)
    signs = np.empty((len(scores), len(FEEDBACK)))
    signs[:] = (scores / max(float(scores[0]), 1e-9))[:, None]
    if np.count_nonzero(known) < _FEW:
        return signs
    weights, rows = scores[known], vectors[known].astype(np.float64)
    among = rows @ rows[:_MANY].T * weights[:_MANY]
    own = np.zeros(len(rows))
    own[:_MANY] = np.diagonal(among)[:_MANY]
    toward = rows[:_FEW] * weights[:_FEW, None]
    close = np.stack([rows @ rows[0], rows @ toward.sum(axis=0), among.sum(axis=1) - own], axis=1)
    low, high = close.min(axis=0), close.max(axis=0)
    signs[known] = (close - low) / np.maximum(high - low, 1e-9)
    return signs
