"""What Word's styles make of a paragraph: a heading of some level, a title, a list, a caption."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.domain.parsed import BlockKind
from kb.parsing.ooxml import attribute, child, is_on, local, path_to

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|заголовок)\s*(\d)", re.I)
_TITLE = frozenset({"title", "标题", "標題", "文档标题"})
_CAPTION = re.compile(r"caption|题注|標號", re.I)
_CODE = re.compile(r"\bcode|source code|html preformatted|代码|plain text", re.I)
_BODY_TEXT_LEVEL = 9
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style with what it inherits."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int | None = None
    list_id: str = ""
    list_level: int = 0
    bold: bool = False
    half_points: int = 0
    """Font size, 0 when not stated."""
    page_break: bool = False


class Styles:
    """The paragraph styles of a document by id."""

    def __init__(self, root: Element | None) -> None:
        """Read word/styles.xml; None means only defaults."""
        self._elements: dict[str, Element] = {}
        self._made: dict[str, Style] = {}
        self._default = ""
        self.body_half_points = 0
        for element in root if root is not None else ():
            if local(element) == "style" and attribute(element, "type") in {"paragraph", ""}:
                key = attribute(element, "styleId")
                self._elements[key] = element
                if attribute(element, "default") in {"1", "true"}:
                    self._default = key
            elif local(element) == "docDefaults":
                size = path_to(element, "rPrDefault", "rPr", "sz")
                self.body_half_points = number(attribute(size, "val"))
        self.body_half_points = self.of("").half_points or self.body_half_points or 21

    def of(self, key: str) -> Style:
        """Return the style with id ``key``; the default one for an unknown id."""
        key = key if key in self._elements else self._default
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, key: str) -> Style:
        chain = self._chain(key)
        properties = [child(element, "pPr") for element in chain]
        runs = [child(element, "rPr") for element in chain]
        names = [attribute(child(element, "name"), "val") for element in chain]
        kind, level = _kind(names, properties)
        list_id, list_level = "", 0
        for found in (child(group, "numPr") for group in properties):
            if found is not None:
                list_id = list_id or attribute(child(found, "numId"), "val")
                list_level = list_level or number(attribute(child(found, "ilvl"), "val"))
        sizes = [number(attribute(child(run, "sz"), "val")) for run in runs]
        bold = next((mark for run in runs if (mark := child(run, "b")) is not None), None)
        breaks = [group for group in properties if is_on(child(group, "pageBreakBefore"))]
        return Style(
            kind,
            level,
            list_id,
            list_level,
            is_on(bold),
            next(filter(None, sizes), 0),
            bool(breaks),
        )

    def _chain(self, key: str) -> list[Element]:
        chain: list[Element] = []
        while key in self._elements and len(chain) < _DEPTH:
            element = self._elements[key]
            chain.append(element)
            key = attribute(child(element, "basedOn"), "val")
        return chain


def _kind(  # noqa: PLR0911 - one line a kind
    names: list[str], properties: list[Element | None]
) -> tuple[BlockKind, int | None]:
    first = names[0].strip().lower() if names else ""
    if first in _TITLE:
        return BlockKind.TITLE, None
    if first.startswith(("toc ", "目录")) and "heading" not in first:
        return BlockKind.PARAGRAPH, None
    level = outline_level(properties)
    for name in names:
        match = _HEADING.match(name.strip())
        if match:
            return BlockKind.HEADING, level or int(match.group(1)) or 1
    if level is not None:
        return BlockKind.HEADING, level
    if _CAPTION.search(first):
        return BlockKind.CAPTION, None
    if _CODE.search(first):
        return BlockKind.CODE, None
    return BlockKind.PARAGRAPH, None


def outline_level(properties: list[Element | None]) -> int | None:
    """Return the heading level (from 1) that the nearest w:outlineLvl gives, None for body text."""
    for group in properties:
        outline = child(group, "outlineLvl")
        if outline is not None:
            level = number(attribute(outline, "val"))
            return level + 1 if level < _BODY_TEXT_LEVEL else None
    return None


def number(text: str) -> int:
    """Return a whole number, 0 for nonsense."""
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0
