"""The numbers and levels of Word's lists and headings, counted as Word counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.parsing.ooxml import attribute, child, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DIGITS = "零一二三四五六七八九"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_LEVEL_MARK = re.compile(r"%(\d)")
_LEVELS = 9
_LARGEST = 9999
_CIRCLED = 20


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str
    start: int
    legal: bool


class Numbering:
    """Counts paragraphs of numbered lists."""

    def __init__(self, root: Element | None) -> None:
        """Read word/numbering.xml; None means the document has no lists."""
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._counters: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        for element in root if root is not None else ():
            if local(element) == "abstractNum":
                self._add_abstract(element)
            elif local(element) == "num":
                self._add_list(element)

    def _add_abstract(self, element: Element) -> None:
        levels = {}
        for level in element:
            if local(level) == "lvl":
                levels[_whole(attribute(level, "ilvl"))] = _level(level)
        self._levels[attribute(element, "abstractNumId")] = levels

    def _add_list(self, element: Element) -> None:
        number = attribute(element, "numId")
        self._lists[number] = attribute(child(element, "abstractNumId"), "val")
        for override in element:
            start = child(override, "startOverride")
            if local(override) == "lvlOverride" and start is not None:
                place = _whole(attribute(override, "ilvl"))
                self._starts[number, place] = _whole(attribute(start, "val"))

    def next(self, number: str, place: int) -> str | None:
        """Return the mark of the next paragraph of list ``number`` at level ``place`` (from 0).

        Returns:
            "1.2" or "（三）"; empty for a bullet; None when there is no such list.
        """
        abstract = self._lists.get(number)
        levels = self._levels.get(abstract or "")
        if abstract is None or not levels or not 0 <= place < _LEVELS:
            return None
        level = levels.get(place)
        if level is None or level.format in {"bullet", "none"}:
            return ""
        counters = self._counters.setdefault(abstract, [None] * _LEVELS)
        if number not in self._begun:
            self._begun.add(number)
            for (owner, overridden), start in self._starts.items():
                if owner == number:
                    counters[overridden] = start - 1
        current = counters[place]
        counters[place] = level.start if current is None else current + 1
        for deeper in range(place + 1, _LEVELS):
            counters[deeper] = None
        return self._mark(level, levels, counters)

    def _mark(self, level: _Level, levels: dict[int, _Level], counters: list[int | None]) -> str:
        def fill(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            shown = levels.get(place, level)
            value = counters[place] if 0 <= place < _LEVELS else None
            value = shown.start if value is None else value
            return written(value, "decimal" if level.legal else shown.format)

        return _LEVEL_MARK.sub(fill, level.text).strip()


def _level(element: Element) -> _Level:
    start = child(element, "start")
    return _Level(
        format=attribute(child(element, "numFmt"), "val") or "decimal",
        text=attribute(child(element, "lvlText"), "val"),
        start=_whole(attribute(start, "val")) if start is not None else 1,
        legal=child(element, "isLgl") is not None,
    )


def written(value: int, style: str) -> str:  # noqa: PLR0911 - one line a style
    """Return ``value`` as Word writes it in ``style`` (ST_NumberFormat)."""
    style = style.lower()
    if value < 1 or value > _LARGEST:
        return str(value)
    if "letter" in style:
        text = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return text.upper() if style.startswith("upper") else text
    if "roman" in style:
        return roman(value).upper() if style.startswith("upper") else roman(value)
    if "ideographtraditional" in style:
        return _STEMS[(value - 1) % 10]
    if style.startswith(("chinese", "japanesecounting", "taiwanesecounting", "ideographdigital")):
        return chinese(value)
    if "enclosedcircle" in style and value <= _CIRCLED:
        return chr(0x2460 + value - 1)
    return f"{value:02d}" if style == "decimalzero" else str(value)


def roman(value: int) -> str:
    """Return ``value`` in small Roman numerals."""
    text = ""
    for worth, letters in _ROMAN:
        text += letters * (value // worth)
        value %= worth
    return text


def chinese(value: int) -> str:
    """Return ``value`` (1 to 9,999) in Chinese: 10 is 十, 21 is 二十一, 105 is 一百零五."""
    text, gap = "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // power % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if text.startswith("一十") else text


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
