"""Words and meaning in one ranking: normalised scores, weighted by how much the words tell.

Each side is scaled so that its best is 1 and the worst of a full list is 0. The weight of the
words is

    w = min(1, coverage / 0.25) * sigmoid(bias[kind] + sum of learned weights * signs)

Coverage is the best BM25 score over the highest one possible for the query: near 0 when the
query's words are not in the corpus (another language, other wording), so that meaning decides.
The signs (``signs_of``) say what the query is like and which side is sure of its first. The
weights stand in ``ranking.json``; ``benchmarks/train_ranking.py`` learns them.

A passage in another script than the query's rarely has words in common with it. Counting that as
a score of 0 would let a middling passage in the query's own language push out the right page in
the other, so its closeness in meaning stands in for the words, unless words do reach that script:
a part number is written the same in every language.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.domain.search import FoundBy
from kb.index.allowed import Ranked
from kb.search.query import ParsedQuery, QueryKind

_FULL_COVERAGE = 0.25
_MOST_COVERAGE = 0.5
_RIVALS = 10
_LONG = 40
"""Terms from which a query counts as long."""

SIGNS = (
    "unspaced",
    "length",
    "coverage",
    "words_stand_out",
    "meaning_stands_out",
    "agreement",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may become (part of) a hit."""

    passage_id: int
    score: float
    """0..1."""
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """What was learned; see ``ranking.json``."""

    words: Mapping[str, float]
    """Bias by kind of query, and a weight for each of ``SIGNS``."""
    feedback: Mapping[str, float]
    """See ``kb.search.rerank``."""


@lru_cache(maxsize=1)
def learned_weights() -> RankingWeights:
    """Return the weights that ship with the product."""
    read = json.loads(Path(__file__).with_name("ranking.json").read_text("utf-8"))
    return RankingWeights(read["words"], read["feedback"])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What both engines found that may be seen; one side may be empty."""

    query: ParsedQuery
    words: Ranked
    """By BM25."""
    meaning: Ranked
    """By inner product, both scripts on one scale."""
    coverage: float
    """Best BM25 score over the highest possible one, 0..1."""
    complete: bool
    """Whether the list of words holds all that match; what it lacks has the score 0 there."""
    foreign: frozenset[int]
    """Passages in another script than the query's."""


def signs_of(found: Evidence) -> NDArray[np.float64]:
    """Return the ``SIGNS`` of one query, each around 0..1."""
    words, meaning = found.words, found.meaning
    spread = float(meaning.scores[0] - meaning.scores[-1])
    common = np.intersect1d(words.passages[:_RIVALS], meaning.passages[:_RIVALS])
    return np.array(
        [
            found.query.unspaced,
            min(len(found.query.lexical.bag) / _LONG, 1.0),
            min(found.coverage, _MOST_COVERAGE),
            _sharpness(words, float(words.scores[0])),
            _sharpness(meaning, spread),
            len(common) / _RIVALS,
        ],
        np.float64,
    )


def reach_of_coverage(coverage: float) -> float:
    """Return how much words can count at all, 0..1."""
    return min(1.0, coverage / _FULL_COVERAGE)


def weight_of_words(found: Evidence, weights: RankingWeights) -> float:
    """Return the share of the words in the fused score, 0..1."""
    if not len(found.words.scores):
        return 0.0
    if not len(found.meaning.scores):
        return 1.0
    learned = np.array([weights.words[name] for name in SIGNS])
    evidence = weights.words[found.query.kind.value] + float(signs_of(found) @ learned)
    return reach_of_coverage(found.coverage) / (1 + math.exp(-evidence))


def fuse(found: Evidence, weight: float) -> list[Candidate]:
    """Return the candidates of both sides, best first; equal scores in order of id.

    Args:
        found: by both engines.
        weight: of the words, 0..1.
    """
    passages, by_words, by_meaning = sides(found)
    scores = weight * by_words + (1 - weight) * by_meaning
    in_words = frozenset(found.words.passages.tolist())
    in_meaning = frozenset(found.meaning.passages.tolist())
    return [
        Candidate(passage, score, _found_by(passage in in_words, passage in in_meaning))
        for passage, score in sorted(
            zip(passages.tolist(), scores.tolist(), strict=True), key=lambda one: (-one[1], one[0])
        )
    ]


def sides(
    found: Evidence,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (n,) passages with their scaled scores by words and by meaning, 0..1."""
    by_words = _scaled(found.words, floor=0.0 if found.complete else None)
    by_meaning = _scaled(found.meaning, floor=None)
    stand_in = 1 - _reach(found.words, found.coverage, found.foreign)
    passages = np.union1d(found.words.passages, found.meaning.passages)
    ids = passages.tolist()
    close = np.array([by_meaning.get(one, 0.0) for one in ids], np.float64)
    matching = np.array([by_words.get(one, 0.0) for one in ids], np.float64)
    if found.foreign:
        foreign = np.array([one in found.foreign for one in ids], np.bool_)
        matching = np.where(foreign, np.maximum(matching, stand_in * close), matching)
    return passages, matching, close


def kinds() -> tuple[str, ...]:
    """Return the names of the biases in ``RankingWeights.words``."""
    return tuple(kind.value for kind in QueryKind)


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
