"""A table's cells as one block: rows, text and a box for each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kb.domain.parsed import Block, BlockKind, Box, Line
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_text import is_right_to_left, join_lines
from kb.parsing.tables import Grid

CELL_JOINT = " | "
_PROSE = 1500
"""Characters in one cell from which a "table" is a page laid out with lines."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of one table cell; ``box`` is None where nothing is printed."""

    text: str = ""
    box: Box | None = None


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around all."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def rows_of(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments on common baselines, top to bottom, each row left to right."""
    rows: list[list[Fragment]] = []
    low = high = 0.0
    for fragment in sorted(fragments, key=lambda f: (f.box[1] + f.box[3]) / 2):
        y0, y1 = fragment.box[1], fragment.box[3]
        shared = min(high, y1) - max(low, y0)
        if rows and shared > 0.5 * min(high - low, y1 - y0):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
            low, high = y0, y1
    for row in rows:
        row.sort(key=lambda f: f.box[0])
    return rows


def runs_leftwards(texts: Sequence[str]) -> bool:
    """Whether most texts with letters at all are Hebrew or Arabic."""
    worded = [text for text in texts if any(c.isalpha() for c in text)]
    return sum(map(is_right_to_left, worded)) * 2 > len(worded)


def cell_of(fragments: Sequence[Fragment]) -> Cell:
    """Read the fragments of one cell."""
    if not fragments:
        return Cell()
    texts = [
        " ".join(f.text for f in (row[::-1] if runs_leftwards([f.text for f in row]) else row))
        for row in rows_of(fragments)
    ]
    return Cell(join_lines(texts)[0], hull([f.box for f in fragments]))


def table_block(rows: Sequence[Sequence[Cell]], box: Box) -> Block:
    """Make the block; rows and columns without any text are left out."""
    kept = [row for row in rows if any(cell.text for cell in row)]
    wide = max((len(row) for row in kept), default=0)
    if runs_leftwards([cell.text for row in kept for cell in row]):
        kept = [[*row, *[Cell()] * (wide - len(row))][::-1] for row in kept]
    columns = [c for c in range(wide) if any(c < len(row) and row[c].text for row in kept)]
    text = ""
    lines: list[Line] = []
    for row in kept:
        text += "\n" if text else ""
        for place, column in enumerate(columns):
            cell = row[column] if column < len(row) else Cell()
            text += CELL_JOINT if place else ""
            if cell.box is not None and cell.text:
                lines.append(Line(len(text), len(text) + len(cell.text), cell.box))
            text += cell.text
    return Block(
        BlockKind.TABLE,
        text,
        box,
        tuple(lines),
        rows=tuple(tuple(row[c].text if c < len(row) else "" for c in columns) for row in kept),
    )


def ruled_table(grid: Grid, cells: dict[int, list[Fragment]]) -> Block | None:
    """The block of a ruled table, or None when its lines only frame ordinary text."""
    read = {number: cell_of(fragments) for number, fragments in cells.items()}
    if sum(1 for cell in read.values() if cell.text) < 3:  # noqa: PLR2004 - fewer tell nothing
        return None
    if any(len(cell.text) > _PROSE for cell in read.values()):
        return None
    seen = set[int]()
    rows: list[list[Cell]] = []
    for owners in grid.owner:
        row = []
        for owner in owners:
            row.append(Cell() if owner in seen else read.get(owner, Cell()))
            seen.add(owner)
        rows.append(row)
    block = table_block(rows, grid.box)
    if not block.rows or len(block.rows) < 2 or len(block.rows[0]) < 2:  # noqa: PLR2004
        return None
    return block


def grouped(
    fragments: Sequence[Fragment], grid_of: Sequence[int], cell_of: Sequence[int]
) -> dict[int, dict[int, list[Fragment]]]:
    """Fragments by table and cell; -1 collects those outside every table."""
    groups: dict[int, dict[int, list[Fragment]]] = defaultdict(lambda: defaultdict(list))
    for fragment, grid, cell in zip(fragments, grid_of, cell_of, strict=True):
        groups[grid][cell].append(fragment)
    return groups
