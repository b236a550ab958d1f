"""Walks WordprocessingML in document order and says what each paragraph and table is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kb.domain.parsed import BlockKind
from kb.parsing.clean import clean, inline
from kb.parsing.formulas import formula_text
from kb.parsing.limits import LONGEST_REPEATED_CELL, MAX_COLUMNS
from kb.parsing.logical import Piece
from kb.parsing.looks import heading_level, list_mark
from kb.parsing.ooxml import attribute, child, descendants, is_on, local, path_to
from kb.parsing.word_numbers import Numbering
from kb.parsing.word_styles import Style, Styles, number, outline_level

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_TRANSPARENT = frozenset(
    (
        "hyperlink", "smartTag", "ins", "moveTo", "fldSimple", "bdo", "dir", "customXml", "sdt",
        "sdtContent", "body", "hdr", "ftr", "footnote", "endnote", "comment", "txbxContent", "tc",
        "docPartBody",
    )
)  # fmt: skip
_DEEPEST_TABLE = 40
_LONGEST_HEADING = 60
_LARGER, _MUCH_LARGER = 2, 12
"""Half-points above running text that make a heading, and one of the first level."""
_PRIVATE_USE = range(0xE000, 0xF900)
_SYMBOLS = {
    0xF0FE: "☑", 0xF052: "☑", 0xF0A8: "☐", 0xF06F: "☐", 0xF0FC: "✓", 0xF0FB: "✗", 0xF0E0: "→",
    0xF0DF: "←", 0xF0B0: "°", 0xF0B1: "±", 0xF0B4: "×", 0xF06D: "μ", 0xF061: "α", 0xF062: "β",
}  # fmt: skip
_SPACES = re.compile(r"[ \t]*\n[ \t]*|[ \t]{2,}")


@dataclass(slots=True)
class Paragraph:
    """What a paragraph holds besides its text."""

    texts: list[str] = field(default_factory=list)
    attached: list[Element] = field(default_factory=list)
    """Text boxes, drawings and pictures, to be put after the paragraph."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """("footnote" | "comment", id) of what is referred to."""
    hidden: bool = False
    breaks_before: bool = False
    breaks_after: bool = False
    bold: int = 0
    """Characters in bold."""
    largest: int = 0
    """Largest font size of its text in half-points, where runs state one."""

    @property
    def text(self) -> str:
        """The text, cleaned; line breaks inside a paragraph stay."""
        joined = clean("".join(self.texts))
        return _SPACES.sub(lambda gap: "\n" if "\n" in gap.group() else " ", joined).strip()


class Body:
    """Turns elements into pieces, with the document's styles and list counters."""

    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        """Share ``numbering`` between body, headers and notes: lists go on across them."""
        self._styles = styles
        self._numbering = numbering
        self._pending_break = False
        self._started = False

    def pieces(self, parent: Element) -> Iterator[Piece | Element | tuple[str, str]]:
        """Yield pieces in document order, and between them what needs other parts of the file.

        A drawing comes as its element, a note as ("footnote" | "comment", id).
        """
        for element in parent:
            name = local(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield from self._table(element)
            elif name in _TRANSPARENT:
                yield from self.pieces(element)
            elif name == "AlternateContent":
                yield from self.pieces(_chosen(element))
            elif name in {"oMath", "oMathPara"}:
                yield Piece(BlockKind.PARAGRAPH, inline(formula_text(element)))

    def _paragraph(self, element: Element) -> Iterator[Piece | Element | tuple[str, str]]:
        paragraph = read_paragraph(element)
        text = paragraph.text
        properties = child(element, "pPr")
        style = self._styles.of(attribute(child(properties, "pStyle"), "val"))
        breaks = paragraph.breaks_before or style.page_break
        breaks = breaks or is_on(child(properties, "pageBreakBefore"))
        piece = self._piece(paragraph, text, properties, style) if text else None
        if piece is not None:
            breaks = breaks or self._pending_break
            self._pending_break = False
            self._started = True
            warning = "Hidden text was left out." if paragraph.hidden else ""
            yield replace(piece, new_page="page" if breaks else "", warning=warning)
        elif breaks:
            self._pending_break = True
        yield from paragraph.attached
        yield from paragraph.notes
        section = child(properties, "sectPr")
        if paragraph.breaks_after or (section is not None and _turns_page(section)):
            self._pending_break = True

    def _piece(
        self, paragraph: Paragraph, text: str, properties: Element | None, style: Style
    ) -> Piece:
        mark, place = self._mark(properties, style)
        own_level = outline_level([properties])
        kind, level = style.kind, style.level
        if own_level is not None:
            kind, level = BlockKind.HEADING, own_level
        if kind is BlockKind.PARAGRAPH:
            level = self._level_by_look(paragraph, f"{mark or ''} {text}".strip(), style)
            kind = BlockKind.HEADING if level else kind
        if kind is BlockKind.PARAGRAPH and (mark is not None or list_mark(text)):
            kind, level = BlockKind.LIST_ITEM, place + 1
        return Piece(kind, f"{mark} {text}" if mark else text, level)

    def _mark(self, properties: Element | None, style: Style) -> tuple[str | None, int]:
        own = child(properties, "numPr")
        list_id = attribute(child(own, "numId"), "val") or style.list_id
        place = child(own, "ilvl")
        depth = number(attribute(place, "val")) if place is not None else style.list_level
        if not list_id or list_id == "0":
            return None, 0
        return self._numbering.next(list_id, depth), depth

    def _level_by_look(self, paragraph: Paragraph, text: str, style: Style) -> int | None:
        if len(text) > _LONGEST_HEADING or "\n" in text:
            return None
        letters = sum(len(part) for part in paragraph.texts)
        bold = style.bold or (letters and paragraph.bold >= letters * 0.9)
        size = paragraph.largest or style.half_points or self._styles.body_half_points
        larger = size - self._styles.body_half_points
        level = heading_level(text)
        if level is not None:
            return level if bold or larger >= _LARGER or level == 1 else None
        if text[-1:] in "。；，,;:：.！!" or list_mark(text):
            return None
        if bold and larger > _LARGER:
            return 1 if larger >= _MUCH_LARGER else 2
        return None

    def _table(self, element: Element) -> Iterator[Piece | Element | tuple[str, str]]:
        attached: list[Element] = []
        rows_found = list(_rows(element))
        cells = [cell for row in rows_found for cell in _cells(row)]
        if len(cells) == 1:  # a frame around text rather than a table
            yield from self.pieces(cells[0])
            return
        rows = _table_rows(rows_found, attached)
        if any(any(row) for row in rows):
            breaks, self._pending_break = self._pending_break, False
            yield Piece(BlockKind.TABLE, rows=rows, new_page="page" if breaks else "")
        yield from attached


def read_paragraph(element: Element) -> Paragraph:
    """Return the text of a w:p with what hangs on it."""
    paragraph = Paragraph()
    _collect(element, paragraph)
    return paragraph


def _collect(parent: Element, into: Paragraph) -> None:
    for element in parent:
        name = local(element)
        if name == "r":
            _run(element, into)
        elif name in _TRANSPARENT:
            _collect(element, into)
        elif name == "AlternateContent":
            _collect(_chosen(element), into)
        elif name in {"oMath", "oMathPara"}:
            into.texts.append(" " + formula_text(element) + " ")
        elif name == "ruby":
            base = child(element, "rubyBase")
            _collect(base if base is not None else element, into)


def _run(element: Element, into: Paragraph) -> None:
    properties = child(element, "rPr")
    if is_on(child(properties, "vanish")):
        into.hidden = into.hidden or any(mark.text for mark in descendants(element, "t"))
        return
    before = len(into.texts)
    for part in element:
        _run_part(part, into)
    written = sum(len(text) for text in into.texts[before:])
    if written:
        into.bold += written if is_on(child(properties, "b")) else 0
        into.largest = max(into.largest, number(attribute(child(properties, "sz"), "val")))


def _run_part(  # noqa: C901, PLR0912 - one line a kind of element
    part: Element, into: Paragraph
) -> None:
    name = local(part)
    if name == "t":
        into.texts.append(part.text or "")
    elif name in _FIXED:
        into.texts.append(_FIXED[name])
    elif name == "br":
        _break(part, into)
    elif name == "lastRenderedPageBreak":
        if any(text.strip() for text in into.texts):
            into.breaks_after = True
        else:
            into.breaks_before = True
    elif name == "sym":
        into.texts.append(_symbol(part))
    elif name in {"footnoteReference", "endnoteReference", "commentReference"}:
        into.notes.append((name.removesuffix("Reference"), attribute(part, "id")))
    elif name in {"drawing", "pict", "object"}:
        into.attached.append(part)
    elif name == "AlternateContent":
        for inner in _chosen(part):
            _run_part(inner, into)
    elif name == "ruby":
        _collect(part, into)


_FIXED = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}


def _break(part: Element, into: Paragraph) -> None:
    if attribute(part, "type") != "page":
        into.texts.append("\n")
    elif any(text.strip() for text in into.texts):
        into.breaks_after = True
    else:
        into.breaks_before = True


def _symbol(part: Element) -> str:
    try:
        code = int(attribute(part, "char"), 16)
    except ValueError:
        return ""
    if code in _PRIVATE_USE:
        return _SYMBOLS.get(code, "")
    return chr(code) if code <= sys.maxunicode else ""


def _chosen(element: Element) -> Element:
    """Return the branch of mc:AlternateContent to read: the first one that holds anything."""
    branches = [part for part in element if local(part) in {"Choice", "Fallback"}]
    for branch in branches:
        if len(branch):
            return branch
    return branches[0] if branches else element


def _turns_page(section: Element) -> bool:
    return attribute(child(section, "type"), "val") not in {"continuous", "nextColumn"}


def _rows(table: Element) -> Iterator[Element]:
    for element in table:
        name = local(element)
        if name == "tr":
            if child(child(element, "trPr"), "del") is None:
                yield element
        elif name in _TRANSPARENT:
            yield from _rows(element)


def _cells(row: Element) -> Iterator[Element]:
    for element in row:
        name = local(element)
        if name == "tc":
            yield element
        elif name in _TRANSPARENT and name != "tc":
            yield from _cells(element)


def _table_rows(rows: list[Element], attached: list[Element]) -> tuple[tuple[str, ...], ...]:
    """Return cell texts by row: a merged cell speaks in each row it covers, once in a row."""
    made: list[tuple[str, ...]] = []
    above: dict[int, str] = {}
    for row in rows:
        texts: list[str] = [""] * number(attribute(path_to(row, "trPr", "gridBefore"), "val"))
        for cell in _cells(row):
            properties = child(cell, "tcPr")
            text = cell_text(cell, attached)
            merge = child(properties, "vMerge")
            if merge is not None and attribute(merge, "val") != "restart":
                covered = above.get(len(texts), "")
                text = text or (covered if len(covered) <= LONGEST_REPEATED_CELL else "")
            above[len(texts)] = text
            span = number(attribute(child(properties, "gridSpan"), "val")) or 1
            texts.extend([text, *[""] * (min(span, MAX_COLUMNS) - 1)])
        made.append(tuple(texts[:MAX_COLUMNS]))
    width = max((len(row) for row in made), default=0)
    return tuple(row + ("",) * (width - len(row)) for row in made if any(row))


def cell_text(cell: Element, attached: list[Element], depth: int = 0) -> str:
    """Return a cell's paragraphs and nested tables on one line."""
    if depth > _DEEPEST_TABLE:
        return inline("".join(mark.text or "" for mark in descendants(cell, "t")))
    parts: list[str] = []
    for element in cell:
        name = local(element)
        if name == "p":
            paragraph = read_paragraph(element)
            attached.extend(paragraph.attached)
            parts.append(inline(paragraph.text))
        elif name == "tbl":
            parts.extend(
                cell_text(inner, attached, depth + 1)
                for row in _rows(element)
                for inner in _cells(row)
            )
        elif name in _TRANSPARENT:
            parts.append(cell_text(element, attached, depth + 1))
        elif name == "AlternateContent":
            parts.append(cell_text(_chosen(element), attached, depth + 1))
    return " ".join(part for part in parts if part)
