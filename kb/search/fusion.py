"""Words and meaning in one ranking: normalised scores, weighted by how much the words tell.

Each side is scaled so that its best is 1 and the worst of a full list is 0. The weight of the
words is

    w = min(1, coverage / 0.25)
        * sigmoid(bias[kind] + 3 coverage + 2 sharpness(words) - 4 sharpness(meaning))

Coverage is the best BM25 score over the highest one possible for the query: near 0 when the
query's words are not in the corpus (another language, other wording), so that meaning decides.
Sharpness is how far the first stands out from the next nine: the side that is sure counts more.
The constants were chosen from a coarse grid over the nine development sets of
``benchmarks/README.md`` together (worst set first, then the mean). In an earlier round of the
grid, holding out any one set left the choice the same, except for the court judgments: without
them, the only set on which an embedder is far behind, words would get too little. Codes lean on
words further: an embedding of a part number says little.

A passage in another script than the query's rarely has words in common with it. Counting that as
a score of 0 would let a middling passage in the query's own language push out the right page in
the other, so its closeness in meaning stands in for the words, unless words do reach that script:
a part number is written the same in every language.
"""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from kb.domain.search import FoundBy
from kb.index.allowed import Ranked
from kb.search.query import QueryKind

_FULL_COVERAGE = 0.25
_BIAS = {
    QueryKind.CODE: 3.3,
    QueryKind.KEYWORDS: 1.3,
    QueryKind.QUESTION: 1.3,
    QueryKind.TEXT: 1.3,
}
_COVERAGE, _MOST_COVERAGE = 3.0, 0.5
_WORDS, _MEANING = 2.0, 4.0
_RIVALS = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may become (part of) a hit."""

    passage_id: int
    score: float
    """0..1."""
    found_by: FoundBy


def weight_of_words(words: Ranked, meaning: Ranked, coverage: float, kind: QueryKind) -> float:
    """Return the share of the words in the fused score, 0..1.

    Args:
        words: by BM25.
        meaning: by inner product.
        coverage: best BM25 score over the highest possible one, 0..1.
        kind: of the query.
    """
    if not len(words.scores):
        return 0.0
    if not len(meaning.scores):
        return 1.0
    spread = float(meaning.scores[0] - meaning.scores[-1])
    evidence = _BIAS[kind] + _COVERAGE * min(coverage, _MOST_COVERAGE)
    evidence += _WORDS * _sharpness(words, float(words.scores[0]))
    evidence -= _MEANING * _sharpness(meaning, spread)
    return min(1.0, coverage / _FULL_COVERAGE) / (1 + math.exp(-evidence))


def fuse(
    words: Ranked,
    meaning: Ranked,
    weight: float,
    depth: int,
    coverage: float = 1.0,
    foreign: Container[int] = frozenset(),
) -> list[Candidate]:
    """Return the candidates of both sides, best first; equal scores in order of id.

    Args:
        words: by BM25, at most ``depth``.
        meaning: by inner product, at most ``depth``.
        weight: of the words, 0..1.
        depth: how many were asked of each side; a shorter list of words is complete, so what
            it lacks has the score 0 there.
        coverage: best BM25 score over the highest possible one, 0..1.
        foreign: passages in another script than the query's.
    """
    by_words = _scaled(words, floor=None if len(words.scores) >= depth else 0.0)
    by_meaning = _scaled(meaning, floor=None)
    stand_in = 1 - _reach(words, coverage, foreign)
    candidates = []
    for passage in by_words.keys() | by_meaning.keys():
        close = by_meaning.get(passage, 0.0)
        matching = by_words.get(passage, 0.0)
        if passage in foreign:
            matching = max(matching, stand_in * close)
        score = weight * matching + (1 - weight) * close
        found_by = _found_by(passage in by_words, passage in by_meaning)
        candidates.append(Candidate(passage, score, found_by))
    return sorted(candidates, key=lambda one: (-one.score, one.passage_id))


def _reach(words: Ranked, coverage: float, foreign: Container[int]) -> float:
    """Return how well the query's words do match passages in another script, 0..1."""
    matched = (
        score
        for passage, score in zip(words.passages.tolist(), words.scores.tolist(), strict=True)
        if passage in foreign
    )
    best = max(matched, default=0.0)
    if best <= 0:
        return 0.0
    reached = coverage * best / float(words.scores[0])
    return min(1.0, max(0.0, reached / _FULL_COVERAGE - 1))


def _sharpness(ranked: Ranked, scale: float) -> float:
    if len(ranked.scores) == 1:
        return 1.0
    first = float(ranked.scores[0])
    return (first - float(ranked.scores[1:_RIVALS].mean())) / scale if scale > 0 else 0.0


def _scaled(ranked: Ranked, floor: float | None) -> dict[int, float]:
    """Scale to 0..1; ``floor`` None: the worst of the list becomes 0 (1 when it is alone)."""
    scores = ranked.scores.astype(np.float64)  # keeps apart what float32 would round together
    if not len(scores):
        return {}
    low = float(scores[-1]) if floor is None else floor
    span = float(scores[0]) - low
    scaled = np.clip((scores - low) / span, 0, 1) if span > 0 else np.ones(len(scores))
    return dict(zip(ranked.passages.tolist(), scaled.tolist(), strict=True))


def _found_by(words: bool, meaning: bool) -> FoundBy:  # noqa: FBT001 - two facts, no switches
    if words and meaning:
        return FoundBy.BOTH
    return FoundBy.WORDS if words else FoundBy.MEANING
