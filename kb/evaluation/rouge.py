"""ROUGE over words (Lin 2004), Chinese segmented.

The formulas are those of ``rouge-score``, without its tokenizer, which drops all but ASCII.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import LCSseq


@dataclass(frozen=True, slots=True)
class Rouge:
    """F1 of single words, pairs, and the longest common subsequence; 0..1."""

    rouge_1: float
    rouge_2: float
    rouge_l: float


def rouge(found: Sequence[str], wanted: Sequence[str]) -> Rouge:
    """Compare the words of a summary with those of a reference."""
    in_order = LCSseq.similarity(found, wanted)
    return Rouge(
        _shared(list(found), list(wanted)),
        _shared(list(pairwise(found)), list(pairwise(wanted))),
        _f1(in_order, len(found), len(wanted)),
    )


def best_rouge(found: Sequence[str], references: Sequence[Sequence[str]]) -> Rouge:
    """Against the reference it is nearest to by ROUGE-L."""
    return max((rouge(found, wanted) for wanted in references), key=lambda score: score.rouge_l)


def _shared(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> float:
    both = sum((Counter(found) & Counter(wanted)).values())
    return _f1(both, len(found), len(wanted))


def _f1(both: int, found: int, wanted: int) -> float:
    return 2 * both / (found + wanted) if found + wanted else 0.0
