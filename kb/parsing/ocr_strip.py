"""Columns of upright characters laid out as level lines, which is what recognisers know."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from kb.parsing.ocr_image import Grey

_WIDEST_CELL = 1.12
"""Widths of a column up to which strokes one above the other are one character."""
_INK = 0.03
"""Share of a column's width from which a row of pixels holds ink."""


def strip_of(lying: Grey) -> Grey:
    """A column lying on its left side (its top on the left) as a line of upright characters."""
    side = round(1.2 * lying.shape[0])
    paper = int(np.median(lying))
    cells = [_upright(lying[:, start:end], side, paper) for start, end in cells_of(lying)]
    return np.ascontiguousarray(np.concatenate(cells, axis=1)) if cells else lying


def cells_of(lying: Grey) -> list[tuple[int, int]]:
    """Where each character of a lying column begins and ends, in pixels from its top."""
    _, ink = cv2.threshold(lying, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    filled: NDArray[np.bool_] = ink.sum(axis=0) > _INK * lying.shape[0]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], filled, [False])).astype(np.int8)))
    pieces = [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    rows = np.flatnonzero(ink.any(axis=1))
    em = int(rows[-1] - rows[0] + 1) if len(rows) else lying.shape[0]
    cells: list[tuple[int, int]] = []
    for start, end in pieces:
        if cells and end - cells[-1][0] <= _WIDEST_CELL * em:
            cells[-1] = (cells[-1][0], end)
        else:
            cells.append((start, end))
    return [cell for start, end in cells for cell in _parted(start, end, em)]


def _parted(start: int, end: int, em: int) -> list[tuple[int, int]]:
    """Characters that touch, at equal distances."""
    count = max(1, round((end - start) / max(1, em)))
    edges = np.linspace(start, end, count + 1).astype(int).tolist()
    return list(pairwise(edges))


def _upright(cell: Grey, side: int, paper: int) -> Grey:
    """One character turned upright, in a field ``side`` pixels high."""
    character = np.rot90(cell, -1)[:side]
    high, wide = character.shape
    field = np.full((side, max(side, wide)), paper, np.uint8)
    top, left = (side - high) // 2, (field.shape[1] - wide) // 2
    field[top : top + high, left : left + wide] = character
    return field
