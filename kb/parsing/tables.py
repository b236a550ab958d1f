"""Tables drawn with lines: from ruling lines to a grid of cells.

pdfplumber finds the same cells, at 60-120 ms a page; these few numpy steps cost about one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.domain.parsed import Box

SNAP = 3.0
"""Points within which two lines are one, or touch."""
MOST_RULES = 4000
"""Lines looked at on one page."""
MOST_CELLS = 20_000
"""Cells of one table; beyond it is a drawing on squared paper."""

_SHORTEST_SIDE = 6.0
_OVERHANG, _OVERHANG_UP = 12.0, 8.0
"""Points a row (column) line must reach beyond the outermost line across it to stand for an open
side: as much as a narrow column is wide, a row high."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table before its text is known."""

    xs: tuple[float, ...]
    """Column edges, left to right."""
    ys: tuple[float, ...]
    """Row edges, top to bottom."""
    owner: tuple[tuple[int, ...], ...]
    """For each row and column the number of the cell that covers it; merged cells repeat it."""

    @property
    def box(self) -> Box:
        """Outer edge."""
        return (self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


@dataclass(frozen=True, slots=True)
class _Rules:
    """Merged lines of one direction: ``at`` their fixed coordinate, from ``low`` to ``high``."""

    at: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def grids_of(horizontal: Sequence[Box], vertical: Sequence[Box]) -> list[Grid]:
    """Find the ruled tables of a page.

    Args:
        horizontal: Boxes of horizontal lines in points.
        vertical: Boxes of vertical lines in points.

    Returns:
        Grids of at least two columns and two rows, top to bottom.
    """
    if len(horizontal) < 2 or not vertical or len(horizontal) + len(vertical) > MOST_RULES:  # noqa: PLR2004 - two edges make a row
        return []
    rows = _merged([((b[1] + b[3]) / 2, b[0], b[2]) for b in horizontal])
    columns = _merged([((b[0] + b[2]) / 2, b[1], b[3]) for b in vertical])
    meets = (
        (columns.at[None, :] >= rows.low[:, None] - SNAP)
        & (columns.at[None, :] <= rows.high[:, None] + SNAP)
        & (rows.at[:, None] >= columns.low[None, :] - SNAP)
        & (rows.at[:, None] <= columns.high[None, :] + SNAP)
    )
    found = [_grid(rows, columns, group) for group in _groups(meets)]
    return sorted((g for g in found if g is not None), key=lambda g: (g.ys[0], g.xs[0]))


def _merged(lines: list[tuple[float, float, float]]) -> _Rules:
    """Join lines that lie on each other or continue each other."""
    levels = _snapped(np.array([line[0] for line in lines]))
    ordered = sorted(
        (float(level), line[1], line[2]) for level, line in zip(levels, lines, strict=True)
    )
    joined: list[list[float]] = []
    for at, low, high in ordered:
        if joined and joined[-1][0] == at and low <= joined[-1][2] + SNAP:
            joined[-1][2] = max(joined[-1][2], high)
        else:
            joined.append([at, low, high])
    kept = [line for line in joined if line[2] - line[1] >= _SHORTEST_SIDE] or joined[:1]
    at, low, high = np.array(kept).T
    return _Rules(at, low, high)


def _snapped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value replaced by the mean of its cluster."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cluster = np.concatenate(([0], np.cumsum(np.diff(ordered) > SNAP)))
    means = np.bincount(cluster, ordered) / np.bincount(cluster)
    result = np.empty_like(values)
    result[order] = means[cluster]
    return result


def _groups(meets: NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Connected lines: (row line numbers, column line numbers) of each table."""
    free_rows = set(range(meets.shape[0]))
    groups = []
    while free_rows:
        rows, columns = {free_rows.pop()}, set[int]()
        frontier = set(rows)
        while frontier:
            new_columns = set(np.flatnonzero(meets[list(frontier)].any(axis=0)).tolist()) - columns
            columns |= new_columns
            touched = meets[:, list(new_columns)].any(axis=1) if new_columns else np.zeros(0, bool)
            frontier = set(np.flatnonzero(touched).tolist()) - rows
            rows |= frontier
        free_rows -= rows
        groups.append((sorted(rows), sorted(columns)))
    return groups


def _grid(rows: _Rules, columns: _Rules, group: tuple[list[int], list[int]]) -> Grid | None:
    row_ids, column_ids = group
    if len(row_ids) < 2 or not column_ids:  # noqa: PLR2004 - two edges make a row
        return None
    xs = sorted(set(columns.at[column_ids].tolist()))
    ys = sorted(set(rows.at[row_ids].tolist()))
    left, right = float(rows.low[row_ids].min()), float(rows.high[row_ids].max())
    xs = _with_open_sides(xs, (left, right), _OVERHANG)
    top, bottom = float(columns.low[column_ids].min()), float(columns.high[column_ids].max())
    ys = _with_open_sides(ys, (top, bottom), _OVERHANG_UP)
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > MOST_CELLS:  # noqa: PLR2004 - 2 x 2 cells
        return None
    down, across = _walls(rows, columns, group, (xs, ys))
    owner = _owners(down, across)
    if len({cell for row in owner for cell in row}) < 3:  # noqa: PLR2004 - a box with a caption
        return None
    return Grid(tuple(xs), tuple(ys), owner)


def _with_open_sides(
    edges: list[float], reach: tuple[float, float], overhang: float
) -> list[float]:
    """Add the edges that a table without outer lines leaves out."""
    if reach[0] < edges[0] - overhang:
        edges = [reach[0], *edges]
    if reach[1] > edges[-1] + overhang:
        edges = [*edges, reach[1]]
    return edges


def _walls(
    rows: _Rules,
    columns: _Rules,
    group: tuple[list[int], list[int]],
    edges: tuple[list[float], list[float]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(line under cell [r, c], line right of cell [r, c]) for the inner edges."""
    xs, ys = edges
    row_ids, column_ids = group
    middle_x = (np.array(xs[:-1]) + np.array(xs[1:])) / 2
    middle_y = (np.array(ys[:-1]) + np.array(ys[1:])) / 2
    down = np.zeros((len(ys) - 2, len(middle_x)), bool)
    for line in row_ids:
        place = ys.index(float(rows.at[line])) - 1
        if 0 <= place < len(down):
            down[place] |= (rows.low[line] <= middle_x) & (middle_x <= rows.high[line])
    across = np.zeros((len(middle_y), len(xs) - 2), bool)
    for line in column_ids:
        place = xs.index(float(columns.at[line])) - 1
        if 0 <= place < across.shape[1]:
            across[:, place] |= (columns.low[line] <= middle_y) & (middle_y <= columns.high[line])
    return down, across


def _owners(down: NDArray[np.bool_], across: NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
    """Number the cells; grid places without a wall between them are one cell."""
    height, width = down.shape[0] + 1, across.shape[1] + 1
    parent = list(range(height * width))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for row in range(height):
        for column in range(width):
            here = row * width + column
            if column + 1 < width and not across[row, column]:
                parent[max(root(here), root(here + 1))] = min(root(here), root(here + 1))
            if row + 1 < height and not down[row, column]:
                below = here + width
                parent[max(root(here), root(below))] = min(root(here), root(below))
    return tuple(
        tuple(root(row * width + column) for column in range(width)) for row in range(height)
    )


def cells_of(
    grids: Sequence[Grid], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each box the number of its grid (-1 outside) and of its cell there (-1 outside)."""
    grid_of = np.full(len(boxes), -1, np.int64)
    cell_of = np.full(len(boxes), -1, np.int64)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    for number, grid in enumerate(grids):
        x0, y0, x1, y1 = grid.box
        inside = np.flatnonzero((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (grid_of < 0))
        column = np.clip(np.searchsorted(grid.xs, x[inside], "right") - 1, 0, len(grid.xs) - 2)
        row = np.clip(np.searchsorted(grid.ys, y[inside], "right") - 1, 0, len(grid.ys) - 2)
        grid_of[inside] = number
        cell_of[inside] = np.array(grid.owner)[row, column]
    return grid_of, cell_of
