"""How close a text is to what it should be: edits, order, and what is there at all."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq, Levenshtein

LONGEST = 600_000
"""Characters from which edits are counted over words: bit-parallel matching is quadratic."""

_IDEOGRAPHS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_SPACES = re.compile(r"\s+")
_BETWEEN_IDEOGRAPHS = re.compile(rf"(?<=[{_IDEOGRAPHS}]) (?=[{_IDEOGRAPHS}])")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_RULE_ROW = re.compile(r"^\s*\|?(?:\s*:?-{1,}:?\s*\|)+\s*:?-*:?\s*$")
_OPENING = re.compile(r"^\s*(?:#{1,6}\s+|>\s+|```.*$|[-*+•·●]\s+(?:\[[ xX]\]\s+)?)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|`|~~)(?=\S)(.+?)(?<=\S)\1")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_SAME = str.maketrans(
    {"|": " ", "\u00ad": None, "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-"}
)
"""Ground truth often has typewriter's quotes and dashes where the page has the printer's."""
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextScores:
    """One text against its ground truth; everything is 0 .. 1, higher is better."""

    similarity: float
    """1 less the normalised Levenshtein distance of the texts, white space made equal."""
    order: float
    """Share of the words found that stand in the right order (longest common subsequence)."""
    word_recall: float
    """Share of the truth's words (Chinese: characters) that were found, wherever."""
    word_precision: float
    """Share of the words found that are in the truth."""
    char_recall: float
    char_precision: float


def plain(text: str) -> str:
    """Markdown without its marks, one line a line."""
    kept = []
    for line in _COMMENT.sub("", text).split("\n"):
        if _RULE_ROW.match(line):
            continue
        bare = _LINK.sub(r"\1", _OPENING.sub("", line))
        bare = _EMPHASIS.sub(r"\2", bare)
        kept.append(_ESCAPE.sub(r"\1", _BREAK.sub(" ", bare)))
    return html.unescape("\n".join(kept))


def level(text: str) -> str:
    """Make compatibility forms, quotes and dashes one; cell joints and white space one space."""
    even = unicodedata.normalize("NFKC", text).translate(_SAME)
    return _BETWEEN_IDEOGRAPHS.sub("", _SPACES.sub(" ", even).strip())


def tokens(text: str) -> list[str]:
    """Words, and single characters of scripts without spaces, lower case."""
    return _TOKEN.findall(text.lower())


def text_scores(found: str, truth: str) -> TextScores:
    """Compare two texts, both without markup (``plain``)."""
    found, truth = level(found), level(truth)
    read, wanted = tokens(found), tokens(truth)
    shared = _shared(read, wanted)
    long = max(len(found), len(truth)) > LONGEST
    a, b = (read, wanted) if long else (found, truth)
    in_order = LCSseq.similarity(read, wanted)
    letters = _shared(found.replace(" ", ""), truth.replace(" ", ""))
    return TextScores(
        similarity=round(Levenshtein.normalized_similarity(a, b), 4),
        order=round(in_order / shared, 4) if shared else float(not wanted),
        word_recall=_share(shared, len(wanted)),
        word_precision=_share(shared, len(read)),
        char_recall=_share(letters, len(truth.replace(" ", ""))),
        char_precision=_share(letters, len(found.replace(" ", ""))),
    )


def recall(found: str, wanted: str) -> float:
    """Share of the words of ``wanted`` that are in ``found``."""
    words = tokens(level(wanted))
    return _share(_shared(tokens(level(found)), words), len(words))


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    return sum((Counter(a) & Counter(b)).values())


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
