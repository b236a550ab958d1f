"""Pages for formats that have none: blocks flow onto A4 sheets, each line with its box.

The layout depends on the blocks alone, so that a page has the same number and boxes each time the
file is read, and reading can go on at any page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kb.domain.parsed import Block, BlockKind, Box, Line, PageSource, ParsedPage

WIDTH = 595.0
"""A4 in points."""
HEIGHT = 842.0
MARGIN = 56.0
BODY_SIZE = 10.5
"""Font size of running text in points; one column is half of it (an ideograph takes two)."""
LEADING = 1.45
"""Line height by font size."""
CELL_SIZE = 8.0
_HEADING_SIZES = {1: 16.0, 2: 14.0, 3: 12.0}
_GAP = 4.0
_CELL_PADDING = 3.0
_COLUMN_WIDTH = 54.0
"""Narrowest column of a table; a wider table gets a wider page."""
_TALLEST_ROW = 300.0
_FEWEST_LINES = 3
"""Of a paragraph that goes on, left at the foot of a page."""
_SHORTEST_LINE = 2
_WIDE_FROM = "\u2e80"
"""From here on (CJK radicals) characters take two columns."""
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
                   "\U0001f300-\U0003fffd]")  # fmt: skip
_NO_LINE_START = frozenset("，。、；：？！）》」』】〕〉”’…·,.;:?!)]}%")
_SENTENCE_END = re.compile(r"[。！？；]|[.!?;](?=\s)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before it has a place."""

    kind: BlockKind
    text: str = ""
    level: int | None = None
    rows: tuple[tuple[str, ...], ...] | None = None
    """Tables only; ``text`` is made from them."""
    confidence: float | None = None
    new_page: str = ""
    """Not empty: a page begins here ("page", "slide", …)."""
    warning: str = ""
    """A plain sentence for the page it falls on."""


def table_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as a block's text: cells joined by " | ", rows by newlines."""
    return "\n".join(" | ".join(row) for row in rows)


def lay_out(
    pieces: Iterable[Piece], *, first_page: int = 1, max_pages: int = 10_000
) -> Iterator[ParsedPage]:
    """Yield pages ``first_page`` to ``max_pages``, each as soon as it is full."""
    sheet = _Sheet()
    for piece in pieces:
        for page in sheet.put(piece):
            if page.number >= first_page:
                yield page
            if page.number >= max_pages:
                return
    last = sheet.finish()
    if last is not None and last.number >= first_page:
        yield last


class _Sheet:
    """The page being filled."""

    def __init__(self) -> None:
        self._number = 1
        self._blocks: list[Block] = []
        self._warnings: list[str] = []
        self._y = MARGIN
        self._width = WIDTH

    def put(self, piece: Piece) -> Iterator[ParsedPage]:
        if piece.warning and piece.warning not in self._warnings:
            self._warnings.append(piece.warning)
        if piece.new_page and self._blocks:
            yield self._turn()
        if piece.rows is not None:
            yield from self._put_table(piece, piece.rows)
        elif piece.text:
            yield from self._put_text(piece)

    def finish(self) -> ParsedPage | None:
        """Return the last page; a file without any block still has one, empty, page."""
        return self._turn() if self._blocks or self._warnings or self._number == 1 else None

    def _turn(self) -> ParsedPage:
        characters = sum(len(block.text) for block in self._blocks)
        unknown = sum(block.text.count("\ufffd") for block in self._blocks)
        quality = round(max(0.0, 1.0 - 4 * unknown / characters), 3) if characters else 0.0
        page = ParsedPage(
            number=self._number,
            width=self._width,
            height=HEIGHT,
            source=PageSource.TEXT,
            quality=quality,
            blocks=tuple(self._blocks),
            warnings=tuple(self._warnings),
        )
        self._number += 1
        self._blocks, self._warnings = [], []
        self._y, self._width = MARGIN, WIDTH
        return page

    @property
    def _room(self) -> float:
        return HEIGHT - MARGIN - self._y

    def _put_text(self, piece: Piece) -> Iterator[ParsedPage]:
        size = _font_size(piece)
        indent = 18.0 * min(piece.level or 1, 8) if piece.kind is BlockKind.LIST_ITEM else 0.0
        columns = max(8, int((WIDTH - 2 * MARGIN - indent) / (size / 2)))
        breaks = break_lines(piece.text, columns)
        step = size * LEADING
        per_page = int((HEIGHT - 2 * MARGIN) / step)
        while breaks:
            fitting = int(self._room / step)
            if (
                self._blocks
                and len(breaks) > fitting
                and (len(breaks) <= per_page or fitting < _FEWEST_LINES)
            ):
                yield self._turn()
                fitting = per_page
            taken = len(breaks) if len(breaks) <= fitting else _cut(piece.text, breaks, fitting)
            self._add_lines(piece, breaks[:taken], MARGIN + indent, size)
            breaks = breaks[taken:]

    def _add_lines(
        self, piece: Piece, breaks: list[tuple[int, int]], left: float, size: float
    ) -> None:
        start, end = breaks[0][0], breaks[-1][1]
        step = size * LEADING
        top = self._y
        right = left
        lines = []
        for begin, stop in breaks:
            wide = left + text_columns(piece.text[begin:stop]) * size / 2
            right = max(right, wide)
            box = _box(left, self._y, wide, self._y + step)
            lines.append(Line(begin - start, stop - start, box))
            self._y += step
        box = _box(left, top, right, self._y)
        self._blocks.append(
            Block(
                piece.kind,
                piece.text[start:end],
                box,
                tuple(lines),
                piece.level,
                None,
                piece.confidence,
            )
        )
        self._y += _GAP

    def _put_table(self, piece: Piece, rows: tuple[tuple[str, ...], ...]) -> Iterator[ParsedPage]:
        count = max((len(row) for row in rows), default=0)
        if not count:
            return
        needed = max(WIDTH, 2 * MARGIN + count * _COLUMN_WIDTH)
        column = (needed - 2 * MARGIN) / count
        heights = [_row_height(row, column) for row in rows]
        header = rows[0] if has_header(rows) else None
        begin = 0
        while begin < len(rows):
            if self._blocks and heights[begin] > self._room:
                yield self._turn()
            repeated = header if begin and header is not None else None
            room = self._room - (heights[0] if repeated else 0.0)
            end, used = begin + 1, heights[begin]
            while end < len(rows) and used + heights[end] <= room:
                used += heights[end]
                end += 1
            part = rows[begin:end] if repeated is None else (repeated, *rows[begin:end])
            sizes = heights[begin:end] if repeated is None else [heights[0], *heights[begin:end]]
            self._width = max(self._width, needed)
            self._add_rows(replace(piece, rows=part), sizes, column)
            begin = end

    def _add_rows(self, piece: Piece, heights: list[float], column: float) -> None:
        rows = piece.rows or ()
        top, offset, lines = self._y, 0, []
        for row, height in zip(rows, heights, strict=True):
            for place, cell in enumerate(row):
                left = MARGIN + place * column
                if cell:
                    box = _box(left, self._y, left + column, self._y + height)
                    lines.append(Line(offset, offset + len(cell), box))
                offset += len(cell) + 3
            offset -= 2
            self._y += height
        right = MARGIN + column * max(len(row) for row in rows)
        box = _box(MARGIN, top, right, self._y)
        self._blocks.append(
            Block(piece.kind, table_text(rows), box, tuple(lines), piece.level, rows)
        )
        self._y += 2 * _GAP


def break_lines(text: str, columns: int) -> list[tuple[int, int]]:
    """Return (start, end) of each line of ``text`` when ``columns`` half-widths fit on one.

    Words stay whole where they can, Chinese breaks anywhere but before closing punctuation.
    """
    breaks: list[tuple[int, int]] = []
    begin = 0
    for part in text.split("\n"):
        stop = begin + len(part)
        breaks.extend(_break_part(text, begin, stop, columns))
        begin = stop + 1
    return breaks


def _break_part(text: str, begin: int, stop: int, columns: int) -> Iterator[tuple[int, int]]:
    while begin < stop:
        end = min(stop, begin + columns)
        slice_ = text[begin:end]
        if not slice_.isascii():
            end = begin + _fitting(slice_, columns)
        if end < stop:
            end = _good_break(text, begin, end)
        yield begin, end
        begin = end
        while begin < stop and text[begin] == " ":
            begin += 1


def _fitting(text: str, columns: int) -> int:
    used = 0
    for at, char in enumerate(text):
        used += 2 if char >= _WIDE_FROM and _WIDE.match(char) else 1
        if used > columns:
            return max(at, 1)
    return len(text)


def _good_break(text: str, begin: int, end: int) -> int:
    if text[end] in _NO_LINE_START and end - begin > _SHORTEST_LINE:
        return end + 1 if text[end] in "，。、；：？！" else end
    if text[end] == " " or text[end] >= _WIDE_FROM or text[end - 1] >= _WIDE_FROM:
        return end
    space = text.rfind(" ", begin + (end - begin) // 3, end)
    return space if space > begin else end


def _cut(text: str, breaks: list[tuple[int, int]], fitting: int) -> int:
    """Return how many lines to take so that a page ends with a sentence where it nearly does."""
    fitting = max(fitting, 1)
    for taken in range(fitting, max(fitting - 4, 1), -1):
        start, end = breaks[taken - 1]
        if _SENTENCE_END.search(text[end - 1 : end + 1]):
            return taken
        del start
    return fitting


def text_columns(text: str) -> int:
    """Return the width of ``text`` in half-widths."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def has_header(rows: tuple[tuple[str, ...], ...]) -> bool:
    """Say whether the first row names the columns: filled, and without plain numbers."""
    if len(rows) <= 1 or not rows[0]:
        return False
    first = rows[0]
    filled = sum(bool(cell) for cell in first)
    numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in first)
    return filled >= len(first) * 0.6 and numbers <= filled * 0.2


_NUMBER = re.compile(r"[-+¥$€£]?\s*\d[\d,.\s]*%?|\d{4}-\d\d-\d\d.*")


def _font_size(piece: Piece) -> float:
    if piece.kind is BlockKind.TITLE:
        return 18.0
    if piece.kind is BlockKind.HEADING:
        return _HEADING_SIZES.get(piece.level or 3, 11.5)
    if piece.kind in {BlockKind.FOOTNOTE, BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER}:
        return 9.0
    return 9.5 if piece.kind is BlockKind.CODE else BODY_SIZE


def _row_height(row: tuple[str, ...], column: float) -> float:
    columns = max(2, int((column - 2 * _CELL_PADDING) / (CELL_SIZE / 2)))
    lines = max((-(-text_columns(cell) // columns) for cell in row if cell), default=1)
    return min(max(lines, 1) * CELL_SIZE * LEADING + 2 * _CELL_PADDING, _TALLEST_ROW)


def _box(x0: float, y0: float, x1: float, y1: float) -> Box:
    return (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))
