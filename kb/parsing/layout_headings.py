"""Whether a paragraph is a heading, and of which level."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from kb.parsing.layout_rows import TextLine
from kb.parsing.layout_text import count_ideographs

_LARGER = 1.14
_STEPS = ((1.7, 1), (1.35, 2))
"""Times the body size, and the level of a heading that large."""
_SMALL_CAPITALS = 0.75
"""Times the body size that a heading in body size may seem to be smaller."""
_MOST_CHARACTERS = 160
_MOST_LINES = 4
_DECIMAL = re.compile(
    r"^(\d{1,2}(?:\.\d{1,2}){0,5})[.、]?\s+\S|^(\d{1,2}(?:\.\d{1,2}){1,5})[.、]?\s*\S"
)
_CHAPTER = re.compile(r"^第\s*[零一二三四五六七八九十百千\d]+\s*([编篇部章节])\s*")
_CHINESE = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}\s*[、.．]|([（(][一二三四五六七八九十]{1,3}[)）]))\s*\S"
)
_LATIN = re.compile(
    r"^(?:(part|chapter|appendix|annex|exhibit|schedule)|(article|section))\s+[\dA-Z][\dA-Z.]{0,6}\b",
    re.IGNORECASE,
)
_CHAPTER_LEVELS = {"编": 1, "篇": 1, "部": 1, "章": 1, "节": 2}
_SENTENCE_ENDS = (".", "。", "；", ";", "，", ",", "！", "!", "、")
_ONLY_MARKS = re.compile(r"^[\W\d_]*$")
_SQUEEZE = re.compile(r"[\W_]+")


class Surroundings(Protocol):
    """What is needed to know of the page."""

    @property
    def body_size(self) -> float:
        """Em in points of most characters around."""

    @property
    def body_bold(self) -> bool:
        """True where bold tells nothing."""

    @property
    def outline(self) -> Mapping[str, int]:
        """Squeezed bookmark title -> level."""


def squeezed(text: str) -> str:
    """Letters and digits only, lower case, for comparing titles."""
    return _SQUEEZE.sub("", text).lower()


def numbered_level(text: str) -> int | None:
    """Level that the text's own numbering gives: "2.1 …" is 2, "第三章 …" is 1."""
    if found := _CHAPTER.match(text):
        return _CHAPTER_LEVELS[found.group(1)]
    if found := _CHINESE.match(text):
        return 2 if found.group(1) else 1
    if found := _DECIMAL.match(text):
        number = found.group(1) or found.group(2)
        return number.count(".") + 1
    if found := _LATIN.match(text):
        return 1 if found.group(1) else 2
    return None


def heading_level(text: str, lines: Sequence[TextLine], around: Surroundings) -> int | None:
    """Level of the heading that these lines are, or None when they are something else."""
    if not text or len(text) > _MOST_CHARACTERS or len(lines) > _MOST_LINES:
        return None
    level = around.outline.get(squeezed(text)) if around.outline else None
    if level is not None or _ONLY_MARKS.match(text):
        return level
    number = numbered_level(text)
    ratio = min(line.size for line in lines) / around.body_size
    if ratio >= _LARGER and not (text.endswith(_SENTENCE_ENDS) and len(text) > 80):  # noqa: PLR2004
        by_size = next((level for times, level in _STEPS if ratio >= times), 3)
        return number or by_size
    return (number or 3) if _stands_out(text, lines, around, number) else None


def _stands_out(
    text: str, lines: Sequence[TextLine], around: Surroundings, number: int | None
) -> bool:
    """Headings in body size: bold, in capitals, or numbered and short."""
    size = len(text) + count_ideographs(text)
    is_sentence = text.endswith(_SENTENCE_ENDS) and not (number and len(text) < 40)  # noqa: PLR2004
    if is_sentence or size > 120 or lines[0].size < _SMALL_CAPITALS * around.body_size:  # noqa: PLR2004
        return False
    bold = all(line.bold for line in lines) and not around.body_bold
    if bold:
        return len(text) > 1
    letters = [c for c in text if c.isalpha()]
    capitals = len(letters) > 3 and all(c.isupper() for c in letters) and text.isascii()  # noqa: PLR2004
    if number is not None and len(lines) == 1:
        named = _LATIN.match(text) or _CHAPTER.match(text) or _CHINESE.match(text)
        return size < 60 and (capitals or named is not None or number > 1)  # noqa: PLR2004
    return capitals and len(lines) <= 2 and len(text) < 80  # noqa: PLR2004
