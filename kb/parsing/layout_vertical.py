"""Vertical Chinese: columns of single characters become lines of a page turned on its side."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from kb.domain.parsed import Box
from kb.parsing.layout_lines import Fragment, turned
from kb.parsing.layout_text import count_ideographs

_FEWEST = 12
"""Single characters from which a page is looked at."""
_SHARE = 0.5
"""Share of the page's characters that must stand alone."""
_SHORTEST = 3
"""Characters of a column."""
_SAME_COLUMN = 0.45
"""Ems by which middles of one column may differ."""
_LARGEST_GAP = 1.1
"""Ems of white between two characters of a column."""


def with_columns(fragments: Sequence[Fragment], size: tuple[float, float]) -> list[Fragment]:
    """The fragments of a page, columns of single ideographs made lines that run downwards.

    Such a line has ``turn`` 1: turned on its side, the page's rightmost column is its first line.

    Args:
        fragments: Of one page, in content order.
        size: Of the page as shown, in points.
    """
    single = [f for f in fragments if f.turn == 0 and len(f.text) <= 2]  # noqa: PLR2004 - or "10"
    letters = sum(len(f.text) for f in fragments)
    alone = count_ideographs("".join(f.text for f in single))
    if alone < _FEWEST or alone < _SHARE * letters or not _runs_down(single):
        return list(fragments)
    columns = [run for column in _columns(single) for run in _runs(column)]
    joined = {id(f) for run in columns for f in run}
    lines = [_line(run, size) for run in columns]
    return [*lines, *(f for f in fragments if id(f) not in joined)]


def _runs_down(single: Sequence[Fragment]) -> bool:
    """Whether characters stand nearer to the one below than to the one beside."""
    boxes = np.array([f.box for f in single[:600]], np.float64)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    em = float(np.median([f.size for f in single]))
    across, down = x[None, :] - x[:, None], y[None, :] - y[:, None]
    same_row, same_column = np.abs(down) < 0.4 * em, np.abs(across) < 0.4 * em
    beside = np.where(same_row & (across > 0.4 * em), across, np.inf).min(axis=1)
    below = np.where(same_column & (down > 0.4 * em), down, np.inf).min(axis=1)
    return bool(np.median(below) < np.median(beside))


def _columns(single: Sequence[Fragment]) -> list[list[Fragment]]:
    """Characters with a common middle, from the right."""
    columns: list[list[Fragment]] = []
    middle = 0.0
    for fragment in sorted(single, key=lambda f: -_middle(f.box)):
        here = _middle(fragment.box)
        if columns and abs(here - middle) <= _SAME_COLUMN * fragment.size:
            columns[-1].append(fragment)
        else:
            columns.append([fragment])
            middle = here
    return columns


def _middle(box: Box) -> float:
    return (box[0] + box[2]) / 2


def _runs(column: list[Fragment]) -> list[list[Fragment]]:
    """A column from its top, parted where there is white; what is too short is no column."""
    ordered = sorted(column, key=lambda f: f.box[1])
    runs = [ordered[:1]]
    for above, fragment in pairwise(ordered):
        if fragment.box[1] - above.box[3] > _LARGEST_GAP * fragment.size:
            runs.append([])
        runs[-1].append(fragment)
    return [run for run in runs if len(run) >= _SHORTEST]


def _line(run: list[Fragment], size: tuple[float, float]) -> Fragment:
    box = (
        min(f.box[0] for f in run),
        min(f.box[1] for f in run),
        max(f.box[2] for f in run),
        max(f.box[3] for f in run),
    )
    # Vertical forms of punctuation become ordinary ones.
    text = unicodedata.normalize("NFC", "".join(map(_plain, run)))
    return replace(run[0], text=text, box=turned(box, 1, *size), turn=1)


def _plain(fragment: Fragment) -> str:
    text = fragment.text
    return unicodedata.normalize("NFKC", text) if "\ufe10" <= text <= "\ufe4f" else text
