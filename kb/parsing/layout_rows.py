"""Printed lines of a column, and tables that are only aligned, without ruling lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kb.domain.parsed import Block, Box
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_text import count_ideographs, is_cjk, is_right_to_left
from kb.parsing.tables_blocks import Cell, hull, rows_of, table_block

_NUMBER = re.compile(
    r"^[\s(\[$€£¥￥+\-–—−<>≈~]*[\d.,]*\d[\d.,]*\s*[%‰)\]a-zA-Z*万亿元]{0,4}$|^[-–—−]+$|^[$€£¥￥%]$"
)
MARKER = re.compile(
    r"^(?:[•●○■□▪◦‣⁃∙·*\-–—➢✓§]|\(?[0-9]{1,3}[.)、]|\(?[a-zA-Z][.)]|\(?[ivxIVX]{1,5}[.)]"
    r"|[（(][0-9a-zA-Z一二三四五六七八九十]{1,3}[)）]|[①-⑳])$"
)
_LEADER = re.compile(r"(?:[.·…_]\s?){5,}")
_FEWEST_ROWS = 3
_FEWEST_WORD_COLUMNS = 3
"""Columns from which aligned words are a table; two may be a list of names or a form."""
_SHORT_CELL = 30
"""Latin characters (an ideograph counts two) in the median cell of a table of words."""
_TYPICAL = 0.6
"""Share of the fullest row's cells that a row needs to say where the columns are."""
_ALIGNED = 2.0
"""Points by which edges of aligned cells may differ."""
_MOST_SINGLE = 4
"""Rows of one cell that may stand between two rows of several."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A printed line."""

    text: str
    box: Box
    size: float
    bold: bool
    mono: bool
    confidence: float | None = None


def text_line(row: Sequence[Fragment]) -> TextLine:
    """Join the fragments of one baseline."""
    if len(row) == 1:
        only = row[0]
        return TextLine(only.text, only.box, only.size, only.bold, only.mono, only.confidence)
    if any(is_right_to_left(f.text) for f in row):
        row = row[::-1]
    text = row[0].text
    for before, after in pairwise(row):
        text += _joint(before, after) + after.text
    main = max(row, key=lambda f: len(f.text))
    total = sum(len(f.text) for f in row)
    bold = sum(len(f.text) for f in row if f.bold) * 2 > total
    known = [(f.confidence, len(f.text)) for f in row if f.confidence is not None]
    confidence = sum(c * n for c, n in known) / sum(n for _, n in known) if known else None
    return TextLine(text, hull([f.box for f in row]), main.size, bold, main.mono, confidence)


def _joint(before: Fragment, after: Fragment) -> str:
    gap = max(after.box[0] - before.box[2], before.box[0] - after.box[2])
    em = min(before.size, after.size)
    beside_cjk = is_cjk(before.text[-1]) or is_cjk(after.text[0])
    return "" if gap < (0.5 if beside_cjk else 0.12) * em else " "


def lines_and_tables(pieces: Sequence[Fragment | Block]) -> list[TextLine | Block]:
    """Read one column: printed lines top to bottom, aligned rows as table blocks."""
    blocks = sorted((p for p in pieces if isinstance(p, Block)), key=lambda b: b.box[1])
    rows = rows_of([p for p in pieces if isinstance(p, Fragment)])
    result: list[TextLine | Block] = []
    waiting: list[list[Fragment]] = []
    for row in rows:
        middle = (row[0].box[1] + row[0].box[3]) / 2
        while blocks and blocks[0].box[1] <= middle:
            result.extend(_with_aligned_tables(waiting))
            waiting = []
            result.append(blocks.pop(0))
        waiting.append(row)
    return result + _with_aligned_tables(waiting) + list(blocks)


def _with_aligned_tables(rows: list[list[Fragment]]) -> list[TextLine | Block]:
    result: list[TextLine | Block] = []
    index = 0
    while index < len(rows):
        end = _table_end(rows, index)
        table = _aligned_table(rows[index:end]) if end - index >= _FEWEST_ROWS else None
        if table is not None:
            result.append(table)
            index = end
        else:
            result.append(text_line(rows[index]))
            index += 1
    return result


def _is_table_row(row: list[Fragment]) -> bool:
    cells = row[1:] if MARKER.match(row[0].text) else row
    return len(cells) > 1 and not any(_LEADER.search(f.text) for f in cells)


def _table_end(rows: list[list[Fragment]], start: int) -> int:
    """Where the run of rows with several cells ends that begins at ``start``."""
    if not _is_table_row(rows[start]):
        return start
    end, singles = start + 1, 0
    for index in range(start + 1, len(rows)):
        gap = rows[index][0].box[1] - rows[index - 1][0].box[3]
        if gap > 3 * max(f.size for f in rows[index]):
            break
        if _is_table_row(rows[index]):
            end, singles = index + 1, 0
        else:
            singles += 1
            if singles > _MOST_SINGLE or _is_long(rows[index]):
                break
    return end


def _is_long(row: list[Fragment]) -> bool:
    text = "".join(f.text for f in row)
    return len(text) + count_ideographs(text) > 90  # noqa: PLR2004 - a line of prose


def _aligned_table(rows: list[list[Fragment]]) -> Block | None:
    """A table block when the rows share columns, else None."""
    full = [row for row in rows if _is_table_row(row)]
    columns = _column_spans(full)
    if len(columns) < 2 or len(full) < _FEWEST_ROWS:  # noqa: PLR2004
        return None
    if not (_has_numbers(full, len(columns)) or _has_words(full, columns)):
        return None
    table_rows = [_cells(row, columns) for row in rows]
    return table_block(table_rows, hull([f.box for row in rows for f in row]))


def _has_numbers(rows: list[list[Fragment]], columns: int) -> bool:
    """Whether what stands right of the first column is numbers often enough."""
    cells = [f.text for row in rows for f in row[1:]]
    numbers = sum(1 for text in cells if _NUMBER.match(text))
    return numbers >= (0.5 if columns == 2 else 0.25) * len(cells)  # noqa: PLR2004


def _has_words(rows: list[list[Fragment]], columns: list[tuple[float, float]]) -> bool:
    """Whether short texts stand in columns so well filled and aligned that it is no chance."""
    cells = [f for row in rows for f in row]
    lengths = sorted(len(f.text) + count_ideographs(f.text) for f in cells)
    if len(columns) < _FEWEST_WORD_COLUMNS or lengths[len(lengths) // 2] > _SHORT_CELL:
        return False
    if len(cells) < 0.8 * len(rows) * len(columns):
        return False
    return all(_is_aligned(cells, column) for column in columns)


def _is_aligned(cells: list[Fragment], column: tuple[float, float]) -> bool:
    """Whether the cells of a column share their left edge, right edge or middle."""
    own = [f for f in cells if f.box[0] < column[1] and f.box[2] > column[0]]
    edges = (
        [f.box[0] for f in own],
        [f.box[2] for f in own],
        [(f.box[0] + f.box[2]) / 2 for f in own],
    )
    for places in edges:
        middle = sorted(places)[len(places) // 2]
        near = sum(1 for place in places if abs(place - middle) <= _ALIGNED)
        if near >= 0.8 * len(places):
            return True
    return False


def _bridging(rows: list[list[Fragment]]) -> set[int]:
    """``id`` of the cells that span columns: over two cells of many other rows."""
    x0 = np.array([f.box[0] for row in rows for f in row])
    x1 = np.array([f.box[2] for row in rows for f in row])
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    most = max(len(row) for row in rows)
    found: set[int] = set()
    for row in rows:
        for cell in row if len(row) < most else ():
            over = (x0 < cell.box[2] - 1) & (x1 > cell.box[0] + 1)
            spanned = int((np.bincount(row_of[over], minlength=len(rows)) > 1).sum())
            if spanned >= max(2, 0.3 * len(rows)):
                found.add(id(cell))
    return found


def _column_spans(rows: list[list[Fragment]]) -> list[tuple[float, float]]:
    """X ranges that are separated by white in nearly all rows."""
    most = max((len(row) for row in rows), default=0)
    # Headers over groups of columns stand where the columns' own cells do not.
    typical = [row for row in rows if len(row) >= _TYPICAL * most]
    if len(typical) < max(_FEWEST_ROWS, len(rows) // 2):
        typical = rows
    bridging = _bridging(typical)
    cells = [f for row in typical for f in row if id(f) not in bridging]
    edges = sorted([(f.box[0], 1) for f in cells] + [(f.box[2], -1) for f in cells])
    allowed = max(0, len(typical) // 10)
    spans: list[tuple[float, float]] = []
    depth, start = 0, 0.0
    for x, step in edges:
        before, depth = depth, depth + step
        if before <= allowed < depth:
            start = x
        elif before > allowed >= depth:
            spans.append((start, x))
    return _joined_symbols(spans, rows)


def _joined_symbols(
    spans: list[tuple[float, float]], rows: list[list[Fragment]]
) -> list[tuple[float, float]]:
    """Columns that hold only currency or percent signs and brackets join their number."""
    joined: list[tuple[float, float]] = []
    pending: float | None = None
    for low, high in spans:
        texts = [f.text for row in rows for f in row if f.box[0] < high and f.box[2] > low]
        symbols = all(len(text) == 1 and not text.isalnum() for text in texts)
        if symbols and all(text in "%)" for text in texts) and joined:
            joined[-1] = (joined[-1][0], high)
        elif symbols:
            pending = low if pending is None else pending
        else:
            joined.append((low if pending is None else pending, high))
            pending = None
    return joined


def _cells(row: list[Fragment], columns: list[tuple[float, float]]) -> list[Cell]:
    held: list[list[Fragment]] = [[] for _ in columns]
    for fragment in row:
        shares = [min(fragment.box[2], high) - max(fragment.box[0], low) for low, high in columns]
        over = [c for c, share in enumerate(shares) if share > 0]
        # A cell over several columns belongs to the first of them.
        column = over[0] if len(over) > 1 else max(range(len(columns)), key=lambda c: shares[c])
        held[column].append(fragment)
    return [_cell(fragments) for fragments in held]


def _cell(fragments: list[Fragment]) -> Cell:
    if not fragments:
        return Cell()
    line = text_line(fragments)
    return Cell(line.text, line.box)
