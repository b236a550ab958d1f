"""From glyphs to fragments: runs of text on one baseline without a wide gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.domain.parsed import Box
from kb.parsing.layout_text import clean_text, has_cjk, is_cjk, is_ideograph

WIDE_GAP = 1.0
"""Ems between two glyphs from which they are not one run: wider than a justified word space most
of the time; the layout joins what turns out to be one line again."""

SLANTED = 4
"""``turn`` of text that is not along one of the page's axes, such as a watermark."""

_BACKWARD = 0.6
"""Ems that a glyph may start before the end of its neighbour (kerning, accents)."""
_SAME_BASELINE = 0.4
"""Share of the smaller height by which two glyphs of a run must overlap."""
_AUTO_SPACE = 0.6
"""Ems up to which a gap beside an ideograph is typography, not a space."""
_RIGHT_TO_LEFT = ((0x590, 0x8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC))
_MARKS = np.array([0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x3000], np.uint32)
_BREAKS = np.array([0x0A, 0x0D, 0x02], np.uint32)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run of text in one style, the smallest thing that the layout moves."""

    text: str
    box: Box
    size: float
    """Em in points."""
    bold: bool = False
    mono: bool = False
    turn: int = 0
    """Quarter turns clockwise as shown."""
    confidence: float | None = None
    """0..1 from OCR."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Glyph runs of a page: ``first[i] .. last[i]`` are glyph indices, ``boxes[i]`` their hull."""

    first: NDArray[np.int64]
    middle: NDArray[np.int64]
    last: NDArray[np.int64]
    boxes: NDArray[np.float32]


def visible(codes: NDArray[np.uint32], boxes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Indices of the glyphs that leave ink: no spaces, no generated characters."""
    inked = (boxes[:, 2] - boxes[:, 0] > 0.01) & (boxes[:, 3] - boxes[:, 1] > 0.01)  # noqa: PLR2004
    return np.flatnonzero(inked & ~np.isin(codes, _MARKS) & (codes >= 0x20))  # noqa: PLR2004


def runs_of(
    codes: NDArray[np.uint32],
    boxes: NDArray[np.float32],
    inked: NDArray[np.int64],
    cell: NDArray[np.int64],
) -> Runs:
    """Cut the glyphs where a line ends, a gap is wide or a table cell begins.

    Args:
        codes: The page's code points in content order.
        boxes: One row a code point, text upright.
        inked: Indices of the visible glyphs.
        cell: For each visible glyph a number that changes from table cell to table cell.
    """
    if not len(inked):
        none = np.zeros(0, np.int64)
        return Runs(none, none, none, np.zeros((0, 4), np.float32))
    box = boxes[inked]
    lines = np.cumsum(np.isin(codes, _BREAKS), dtype=np.int64)[inked]
    left, right = box[:-1], box[1:]
    em = np.minimum(left[:, 3] - left[:, 1], right[:, 3] - right[:, 1])
    gap = right[:, 0] - left[:, 2]
    rtl = _in_rtl_line(codes[inked], lines)[1:]
    gap = np.where(rtl, np.maximum(gap, left[:, 0] - right[:, 2]), gap)
    shared = np.minimum(left[:, 3], right[:, 3]) - np.maximum(left[:, 1], right[:, 1])
    cut = (
        (lines[1:] != lines[:-1])
        | (cell[1:] != cell[:-1])
        | (gap > WIDE_GAP * em)
        | (~rtl & (gap < -_BACKWARD * em - (left[:, 2] - left[:, 0]) / 2))
        | (shared < _SAME_BASELINE * em)
    )
    starts = np.concatenate(([0], np.flatnonzero(cut) + 1))
    ends = np.concatenate((starts[1:], [len(inked)])) - 1
    hull = np.stack(
        (
            np.minimum.reduceat(box[:, 0], starts),
            np.minimum.reduceat(box[:, 1], starts),
            np.maximum.reduceat(box[:, 2], starts),
            np.maximum.reduceat(box[:, 3], starts),
        ),
        axis=1,
    )
    return Runs(inked[starts], inked[(starts + ends) // 2], inked[ends], hull)


def _in_rtl_line(codes: NDArray[np.uint32], lines: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each glyph stands in a line with Hebrew or Arabic, which runs leftwards."""
    rtl = np.zeros(len(codes), bool)
    for first, last in _RIGHT_TO_LEFT:
        rtl |= (codes >= first) & (codes <= last)
    return np.isin(lines, np.unique(lines[rtl])) if rtl.any() else rtl


def run_text(text: str, boxes: NDArray[np.float32], first: int, last: int) -> str:
    """The cleaned characters of a run, without the spaces pdfium invents beside ideographs.

    Args:
        text: The page's characters, one for each row of ``boxes``.
        boxes: n x 4.
        first: Index of the first glyph.
        last: Index of the last glyph; a soft hyphen after it is taken along.
    """
    end = last + 1
    if end < len(text) and text[end] == "\x02":
        end += 1
    run = text[first:end]
    if " " in run and has_cjk(run):
        run = _without_invented_spaces(run, boxes[first:end])
    return clean_text(run)


def _without_invented_spaces(run: str, boxes: NDArray[np.float32]) -> str:
    kept: list[str] = []
    for index, character in enumerate(run):
        if character == " " and 0 < index < len(run) - 1:
            before, after = run[index - 1], run[index + 1]
            if is_cjk(before) or is_cjk(after):
                gap = float(boxes[index + 1, 0] - boxes[index - 1, 2])
                em = float(boxes[index + 1, 3] - boxes[index + 1, 1])
                generated = boxes[index, 2] - boxes[index, 0] <= 0.01  # noqa: PLR2004
                if (generated and gap < _AUTO_SPACE * em) or _between_ideographs(
                    before, after, gap, em
                ):
                    continue
        kept.append(character)
    return "".join(kept)


def _between_ideographs(before: str, after: str, gap: float, em: float) -> bool:
    """A space in the file that shows no gap between two ideographs is an artefact."""
    return gap < 0.15 * em and is_ideograph(before) and is_ideograph(after)


def turned(box: Box, turn: int, width: float, height: float) -> Box:
    """The box when the page is turned by ``turn`` quarters anticlockwise.

    Args:
        box: On a page of ``width`` x ``height`` points.
        turn: How far its text is turned clockwise; after this it stands upright.
        width: Of the page as shown.
        height: Of the page as shown.
    """
    x0, y0, x1, y1 = box
    if turn == 1:
        return (y0, width - x1, y1, width - x0)
    if turn == 2:  # noqa: PLR2004 - half a turn
        return (width - x1, height - y1, width - x0, height - y0)
    if turn == 3:  # noqa: PLR2004 - three quarters
        return (height - y1, x0, height - y0, x1)
    return box
