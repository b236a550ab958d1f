"""Words that give a kind of document away: those of the label's own names and descriptions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from kb.domain.understanding import Label
from kb.embedding.protocol import Vectors

_CHINESE_BREAKS = re.compile(r"[、，。；：,\s/（）()]|[有或和与的]")
_ENGLISH_BREAKS = re.compile(
    r"[,.;:()/]|\b(?:and|or|with|such|as|that|an?|the|of|to|in|by|for|from|is|are|be|also)\b"
)
_FORMATS = {
    "presentation": frozenset({".ppt", ".pptx", ".odp", ".key"}),
    "e-mail": frozenset({".eml", ".msg"}),
    "data table": frozenset({".xls", ".xlsx", ".xlsm", ".csv", ".ods"}),
}
_SINGLE_WORD = 0.5
"""An English word alone says less than a phrase or a Chinese term."""


class Cues:
    """The telling words of each label; one that many labels use tells less."""

    def __init__(self, labels: Sequence[Label]) -> None:
        terms = [_terms(label) for label in labels]
        shared = Counter(term for found in terms for term in found)
        self._labels = [
            [(term, _pattern(term), _weight(term, len(labels) / shared[term])) for term in found]
            for found in terms
        ]
        self._formats = [
            frozenset(
                suffix
                for word, suffixes in _FORMATS.items()
                if word in label.name_en.lower().replace("email", "e-mail")
                for suffix in suffixes
            )
            for label in labels
        ]

    def shares(self, text: str) -> Vectors:
        """How the cues found in ``text`` spread over the labels: (labels,), sums to at most 1."""
        folded = " ".join(text.lower().split())
        found = np.zeros(len(self._labels), np.float32)
        for at, terms in enumerate(self._labels):
            for term, pattern, weight in terms:
                hits = len(pattern.findall(folded)) if pattern else folded.count(term)
                found[at] += weight * (1 + math.log(hits)) if hits else 0
            found[at] /= math.sqrt(max(len(terms), 1))
        shares: Vectors = found / np.maximum(found.sum(), _ENOUGH)
        return shares

    def format_matches(self, name: str) -> Vectors:
        """1 for labels that are named after the file's format, such as presentation for PPTX."""
        suffix = PurePath(name).suffix.lower()
        return np.array([suffix in suffixes for suffixes in self._formats], np.float32)


_ENOUGH = np.float32(3)
"""Below this weight of cues in all, they count for less than their full share."""


def _terms(label: Label) -> set[str]:
    chinese = f"{label.name_zh}，{label.description_zh}"
    terms = {part for part in _CHINESE_BREAKS.split(chinese) if 2 <= len(part) <= 6}  # noqa: PLR2004 - usual length of a term
    english = f"{label.name_en}, {label.description_en}".lower()
    for part in _ENGLISH_BREAKS.split(english):
        phrase = " ".join(part.split())
        if len(phrase) > 2 and len(phrase.split()) <= 3:  # noqa: PLR2004 - as above
            terms.add(phrase)
    return terms


def _pattern(term: str) -> re.Pattern[str] | None:
    """English needs word boundaries, Chinese has none."""
    return re.compile(rf"\b{re.escape(term)}s?\b") if term.isascii() else None


def _weight(term: str, rarity: float) -> float:
    return math.log(rarity) * (_SINGLE_WORD if term.isascii() and " " not in term else 1)
