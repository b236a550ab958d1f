"""Reading order: which pieces of a page form a column, and which column comes first.

A gutter is where many lines have their nearest right neighbour behind a gap. Lines that cross it
(titles, full-width figures) cut the page into bands; in each band the left side is read before
the right one, provided both sides look like prose. Sides that are short and stand on common
baselines are a table or a form, and stay in rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.domain.parsed import Block
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_text import count_ideographs

Piece = Fragment | Block
_P = TypeVar("_P", bound=Piece)

MOST_PIECES = 700
"""Pieces compared pair by pair; a denser page is a table and read in rows."""

_DEEPEST = 6
_FEWEST_LINES = 3
_NARROWEST_GUTTER = 5.0
_FILL = 0.45
"""Share of a column's width that the median line of prose covers."""
_PROSE_CHARACTERS = 14
"""Latin characters (an ideograph counts two) in the median line of prose."""
_COMMON_BASELINES = 0.35
"""Share of lines with a partner on the same baseline up to which two sides are independent."""
_MANY_COMMON = 0.65
"""The same where both sides have lines as long as a printed one: cells of a table would share
nearly all."""
_TRIES = 4


def columns_in_order(pieces: Sequence[Piece], depth: int = 0) -> list[list[Piece]]:
    """Group a page's pieces into columns in reading order.

    Args:
        pieces: Upright fragments and finished blocks (tables) of one page or column.
        depth: How many gutters were cut before.

    Returns:
        Groups; within each the pieces are to be read in rows.
    """
    everything = list(pieces)
    if depth >= _DEEPEST or not 2 * _FEWEST_LINES <= len(everything) <= MOST_PIECES:
        return [everything]
    ordered = sorted(everything, key=_height_key)
    boxes = np.array([piece.box for piece in ordered], np.float64)
    votes = _gap_votes(boxes)
    for _ in range(_TRIES):
        gutter = _best_gutter(votes)
        if gutter is None:
            break
        parts = _cut(ordered, gutter)
        if parts is not None:
            return _read(parts, depth)
        votes[int(gutter[0]) : int(gutter[1]) + 1] = 0
    return [ordered]


def _height_key(piece: Piece) -> float:
    if isinstance(piece, Block):
        return piece.box[1]
    return (piece.box[1] + piece.box[3]) / 2


def _gap_votes(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each point across the page, how many lines have a gap to their neighbour there."""
    x0, y0, x1, y1 = boxes.T
    heights = y1 - y0
    shared = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    beside = shared > 0.3 * np.minimum(heights[:, None], heights)
    gap = x0[None, :] - x1[:, None]
    gap = np.where(beside & (gap >= 0), gap, np.inf)
    nearest = gap.argmin(axis=1)
    left = np.flatnonzero(gap.min(axis=1) < np.inf)
    right = nearest[left]
    least = np.maximum(_NARROWEST_GUTTER, 0.6 * np.minimum(heights[left], heights[right]))
    wide = x0[right] - x1[left] >= least
    starts = np.clip(x1[left][wide], 0, None).astype(np.int64) + 1
    ends = np.clip(x0[right][wide], 0, None).astype(np.int64)
    size = int(max(x1.max(), 1)) + 2
    votes = np.zeros(size + 1, np.int64)
    np.add.at(votes, np.minimum(starts, size), 1)
    np.add.at(votes, np.minimum(np.maximum(ends, starts), size), -1)
    return np.cumsum(votes)


def _best_gutter(votes: NDArray[np.int64]) -> tuple[float, float] | None:
    """The run of points with the most votes: (left, right)."""
    most = int(votes.max(initial=0))
    if most < _FEWEST_LINES:
        return None
    top = int(votes.argmax())
    end = top
    while end + 1 < len(votes) and votes[end + 1] == most:
        end += 1
    return float(top), float(end)


_Band = tuple[list[Piece], list[Piece]]


def _cut(ordered: list[Piece], gutter: tuple[float, float]) -> list[_Band | list[Piece]] | None:
    """Bands of two sides, and rows that cross the gutter; None when no band is two columns."""
    middle = (gutter[0] + gutter[1]) / 2
    parts: list[_Band | list[Piece]] = []
    band: _Band = ([], [])
    found = False
    for piece in [*ordered, None]:
        crosses = piece is None or piece.box[0] < middle < piece.box[2]
        if piece is not None and not crosses:
            band[0 if piece.box[2] <= middle else 1].append(piece)
            continue
        if band[0] or band[1]:
            if _are_columns(band):
                found = True
                parts.append(band)
            else:
                parts.append(sorted(band[0] + band[1], key=_height_key))
            band = ([], [])
        if piece is not None:
            parts.append([piece])
    return parts if found else None


def _read(parts: list[_Band | list[Piece]], depth: int) -> list[list[Piece]]:
    """Flatten the bands in reading order; neighbouring full-width rows stay together."""
    groups: list[list[Piece]] = []
    rows: list[Piece] = []
    for part in parts:
        if isinstance(part, list):
            rows.extend(part)
            continue
        if rows:
            groups.extend(columns_in_order(rows, depth + 1))
            rows = []
        for side in part:
            groups.extend(columns_in_order(side, depth + 1))
    if rows:
        groups.extend(columns_in_order(rows, depth + 1))
    return groups


def _are_columns(band: _Band) -> bool:
    """Whether both sides of a gutter are to be read one after the other."""
    left, right = ([p for p in side if isinstance(p, Fragment)] for side in band)
    if len(left) < _FEWEST_LINES or len(right) < _FEWEST_LINES:
        return False
    if not _overlap_in_height(left, right):
        return False
    if _is_prose(left) and _is_prose(right):
        return True
    shared = _common_baselines(left, right)
    if shared < _MANY_COMMON and _is_mostly_lines(left) and _is_mostly_lines(right):
        return True
    characters = min(_median_characters(left), _median_characters(right))
    return shared < _COMMON_BASELINES and characters >= _PROSE_CHARACTERS / 2


def _overlap_in_height(left: list[Fragment], right: list[Fragment]) -> bool:
    low = max(min(p.box[1] for p in left), min(p.box[1] for p in right))
    high = min(max(p.box[3] for p in left), max(p.box[3] for p in right))
    return high > low


def _is_prose(side: list[Fragment]) -> bool:
    wide = max(p.box[2] for p in side) - min(p.box[0] for p in side)
    widths = sorted(p.box[2] - p.box[0] for p in side)
    return (
        widths[len(widths) // 2] >= _FILL * wide and _median_characters(side) >= _PROSE_CHARACTERS
    )


def _is_mostly_lines(side: list[Fragment]) -> bool:
    """Whether most of the text stands in pieces as long as a printed line."""
    counts = [len(p.text) + count_ideographs(p.text) for p in side]
    return sum(n for n in counts if n >= 2 * _PROSE_CHARACTERS) > 0.6 * sum(counts)


def _median_characters(side: list[Fragment]) -> int:
    counts = sorted(len(p.text) + count_ideographs(p.text) for p in side)
    return counts[len(counts) // 2]


def _common_baselines(left: list[Fragment], right: list[Fragment]) -> float:
    """Share of the shorter side's lines that end on a baseline of the other side."""
    few, many = sorted((left, right), key=len)
    a = np.array([p.box[3] for p in few])
    b = np.array([p.box[3] for p in many])
    return float((np.abs(a[:, None] - b).min(axis=1) < 1.5).mean())  # noqa: PLR2004 - points
