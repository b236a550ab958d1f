"""How good a sentence would be in a summary, from words and places alone: no model is needed."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kb.domain.passages import Passage
from kb.enrichment.candidates import Candidate, is_article, is_first_article
from kb.enrichment.summary_words import (
    chatting_share,
    naming_share,
    telling_words,
    words_of,
)

Floats = NDArray[np.float64]
_OPENING_WORDS = 80
_NEIGHBOURS = (-2, -1, 1, 2)
_FROM_SPOKEN = 0.5
_FROM_RULES = 0.2
_FIRST_ARTICLE = 2.0
"""Rules open with their purpose and basis, by the conventions they are drafted by; two deviations
more than an average sentence puts it among the chosen."""
_QUESTION = ("?", "？")

FEATURES = (
    "centrality", "frequency", "density", "weight", "repeated", "pairs", "substance", "length",
    "length_squared", "first", "early", "place", "opens", "leaning", "telling", "opening",
    "neighbours", "digits", "title", "question", "naming", "chatting",
)  # fmt: skip


class Register(StrEnum):
    """How a document speaks."""

    WRITTEN = "written"
    SPOKEN = "spoken"
    """Minutes word by word, interviews, chats: most lines are somebody's turn."""
    RULES = "rules"
    """Laws, regulations, articles of association: numbered articles."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """Candidates with their words and features."""

    found: tuple[Candidate, ...]
    words: tuple[tuple[str, ...], ...]
    """All words of each."""
    telling: tuple[frozenset[str], ...]
    """Those that say something."""
    features: Floats
    """(sentences, FEATURES), each column scaled to mean 0 and deviation 1 in its document."""
    register: Register


WEIGHTS: dict[Register, tuple[float, ...]] = {
    Register.WRITTEN: (
        0.109, 0.106, 0.103, 0.131, 0.034, 0.08, -0.081, -0.045, -0.087, 0.059, 0.022,
        0.001, 0.045, -0.023, 0.185, 0.058, 0.046, -0.005, 0.105, 0.006, 0.119, 0.106,
    ),
    Register.SPOKEN: (
        0.033, 0.063, 0.108, -0.103, 0.032, 0.185, -0.098, 0.032, -0.059, 0.031, 0.025,
        -0.017, -0.01, 0.021, 0.003, -0.022, -0.002, -0.03, 0.0, -0.008, 0.415, -0.136,
    ),
}  # fmt: skip
"""In the order of FEATURES."""


def register_of(found: Sequence[Candidate], passages: Sequence[Passage], turns: int) -> Register:
    """Spoken when half of the lines are turns of a speaker, rules when articles are numbered."""
    if sum(is_article(candidate.text) for candidate in found) > _FROM_RULES * len(found):
        return Register.RULES
    lines = sum(bool(line.strip()) for passage in passages for line in passage.text.splitlines())
    return Register.SPOKEN if turns > _FROM_SPOKEN * max(lines, 1) else Register.WRITTEN


def study(
    found: Sequence[Candidate], passages: Sequence[Passage], title: str, register: Register
) -> Sentences:
    """Look at every sentence against the words of the whole document.

    Args:
        found: candidates in document order; at least one.
        passages: all of the document's prose: each takes part in what counts as central.
        title: of the document, or empty.
        register: written or spoken.
    """
    words = [words_of(candidate.text) for candidate in found]
    telling = [telling_words(own) for own in words]
    document = _Document(passages, telling, title)
    rows = [document.features(at, candidate, words[at]) for at, candidate in enumerate(found)]
    matrix = np.array(rows, np.float64)
    scaled = (matrix - matrix.mean(axis=0)) / (matrix.std(axis=0) + 1e-6)
    return Sentences(
        tuple(found),
        tuple(map(tuple, words)),
        tuple(map(frozenset, telling)),
        scaled,
        register,
    )


def merits(sentences: Sentences) -> Floats:
    """(sentences,): how much of a summary's wording each is expected to carry.

    A linear model of the features for each register (``benchmarks/summaries.py --fit`` computes
    the weights and says how they do on kinds of documents that were left out).
    """
    if sentences.register is not Register.RULES:
        plain: Floats = sentences.features @ np.array(WEIGHTS[sentences.register])
        return plain
    merit: Floats = sentences.features @ np.array(WEIGHTS[Register.WRITTEN])
    first = [is_first_article(candidate.text) for candidate in sentences.found]
    return merit + _FIRST_ARTICLE * np.array(first)


class _Document:
    """Counts over the whole text."""

    def __init__(
        self, passages: Sequence[Passage], telling: Sequence[Sequence[str]], title: str
    ) -> None:
        counts: Counter[str] = Counter()
        for passage in passages:
            counts.update(telling_words(words_of(passage.text)))
        total = sum(counts.values()) or 1
        self.shares = {word: count / total for word, count in counts.items()}
        self.length = math.sqrt(sum(share**2 for share in self.shares.values())) or 1.0
        self.logs = {word: math.log1p(count) for word, count in counts.items()}
        self.telling = telling
        self.spread = Counter(word for own in telling for word in set(own))
        self.pairs = Counter(pair for own in telling for pair in set(itertools.pairwise(own)))
        opening = telling_words(words_of(passages[0].text)) if passages else []
        self.opening = frozenset(opening[:_OPENING_WORDS])
        headings = " ".join(heading for p in passages[:1] for heading in p.heading_path)
        self.title = frozenset(telling_words(words_of(f"{title} {headings}")))

    def features(self, at: int, candidate: Candidate, words: Sequence[str]) -> list[float]:
        """In the order of FEATURES."""
        own = self.telling[at]
        distinct = set(own)
        many = max(len(distinct), 1)
        counts = Counter(own)
        length = math.sqrt(sum(count**2 for count in counts.values())) or 1.0
        shares = [self.shares.get(word, 0.0) for word in own]
        central = sum(count * self.shares.get(word, 0.0) for word, count in counts.items())
        weight = sum(self.logs.get(word, 0.0) for word in distinct)
        pairs = sum(self.pairs[pair] - 1 for pair in set(itertools.pairwise(own)))
        long = math.log1p(len(words))
        return [
            central / length / self.length,
            math.log(1e-4 + sum(shares) / max(len(own), 1)),
            weight / max(len(words), 1),
            math.log1p(weight),
            sum(self.spread[word] > 1 for word in distinct) / many,
            min(pairs / max(len(own), 1), 3.0),
            len(own) / max(len(words), 1),
            long,
            long**2,
            1 / (1 + at),
            1 / (1 + 10 * candidate.place),
            candidate.place,
            candidate.opens,
            candidate.leaning,
            candidate.telling,
            len(distinct & self.opening) / many,
            self._shared_with_neighbours(at, distinct) / many,
            any(character.isdigit() for character in candidate.text),
            len(distinct & self.title) / max(len(self.title), 1),
            candidate.text.endswith(_QUESTION),
            naming_share(words),
            chatting_share(words),
        ]

    def _shared_with_neighbours(self, at: int, distinct: set[str]) -> int:
        places = (at + step for step in _NEIGHBOURS)
        return sum(
            len(distinct.intersection(self.telling[n]))
            for n in places
            if 0 <= n < len(self.telling)
        )
