"""Words of a text as numbers: TF-IDF over words of alphabetic scripts and Chinese characters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RUNS = re.compile(r"[㐀-鿿豈-﫿]+|[^\W\d_㐀-鿿豈-﫿]{2,}|\d+")
_HAN_START = "㐀"
_FEWEST_DOCUMENTS = 2
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Words:
    """A vocabulary with the rarity of each term."""

    terms: tuple[str, ...]
    rarity: Floats
    """(terms,) inverse document frequency."""

    def vector(self, counts: Counter[str], numbers: dict[str, int]) -> tuple[list[int], Floats]:
        """Numbers and weights of the terms that occur: sub-linear TF times IDF, length 1."""
        found = [(numbers[term], count) for term, count in counts.items() if term in numbers]
        places = [place for place, _ in found]
        weights = (1 + np.log(np.array([count for _, count in found], np.float32))) * self.rarity[
            places
        ]
        return places, (weights / max(float(np.linalg.norm(weights)), 1e-9)).astype(np.float32)

    def numbers(self) -> dict[str, int]:
        """Number of each term."""
        return {term: at for at, term in enumerate(self.terms)}


def term_counts(text: str) -> Counter[str]:
    """How often each term occurs.

    Words of alphabetic scripts, pairs of them, numbers as one term a length, Chinese characters
    and pairs of characters.
    """
    return Counter(_terms(text.lower()))


def vocabulary(counted: Sequence[Counter[str]], most: int) -> Words:
    """The terms of the most documents, of those in at least two (in one where there are few).

    Args:
        counted: terms of each document.
        most: size of the vocabulary.
    """
    spread = Counter(term for counts in counted for term in counts)
    fewest = _FEWEST_DOCUMENTS if len(counted) > 10 * _FEWEST_DOCUMENTS else 1
    kept = sorted(
        (term for term, documents in spread.items() if documents >= fewest),
        key=lambda term: (-spread[term], term),
    )[:most]
    documents = np.array([spread[term] for term in kept], np.float32)
    rarity = np.log((1 + len(counted)) / (1 + documents)) + 1
    return Words(tuple(kept), rarity.astype(np.float32))


def _terms(text: str) -> Iterator[str]:
    before = ""
    for run in _RUNS.findall(text):
        if run[0] >= _HAN_START and run[0] <= "\ufaff":
            yield from run
            yield from (run[at : at + 2] for at in range(len(run) - 1))
            before = ""
        elif run[0].isdigit():
            before = f"#{len(run)}"
            yield before
        else:
            yield run
            if before:
                yield f"{before} {run}"
            before = run
