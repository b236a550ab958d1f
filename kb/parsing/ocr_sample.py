"""How a page image is turned and which script it is in, from a few of its lines.

Line images are found by smearing ink sideways (no network: 20 ms), and a handful of them read by
RapidOCR's recogniser both ways round (about 0.1-0.3 CPU-seconds). On the development machine this
told Chinese from Latin on every page of the OCR set; tesseract's own orientation and script
detection fails on pages with little text and costs a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kb.parsing.layout_text import count_ideographs
from kb.parsing.ocr_image import Grey, shrunk, skew_of, straightened
from kb.parsing.ocr_rapid import read_crops, read_lines
from kb.parsing.ocr_strip import strip_of

_SIDE = 1200
_LINES = 6
_SURE = 0.08
"""By how much upside down must read better than upright to be believed."""
_READABLE = 0.7
"""Confidence below which the lines are looked for across the page too."""
_SURE_COLUMNS = 0.95
"""Confidence from which lines are believed to be columns of upright characters; level lines cut
at random reach .8."""
_Quad = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class PageSample:
    """What a few lines of a page tell about the whole."""

    turn: int = 0
    """Clockwise quarter turns by which the page is turned."""
    ideographs: float = 0.0
    """Share of Chinese or Japanese among the letters; 0 when nothing was read."""
    confidence: float = 0.0
    """Mean confidence of the sampled lines; 0 when no line was found."""
    letters: int = 0
    """Letters read: one that happens to look like a letter must not outvote six lines."""

    vertical: bool = False
    """Whether its lines are columns of upright characters, read from the right; ``turn`` lays
    them level, characters on their side."""

    @property
    def evidence(self) -> float:
        """How much speaks for this orientation."""
        return self.confidence * self.letters


def sample_page(grey: Grey) -> PageSample:
    """Look at a page image as it came."""
    level, upright_ink = _line_images(_levelled(grey, 0))
    across, turned_ink = _line_images(_levelled(grey, 1))
    first, second = (
        ((level, 0), (across, 1)) if upright_ink >= turned_ink else ((across, 1), (level, 0))
    )
    best = _both_ways(*first)
    if upright_ink >= turned_ink and best.ideographs >= _READABLE and _are_stacked(level, across):
        columns = _as_columns(across)
        if columns.confidence >= best.confidence - _SURE and columns.letters >= 2 * best.letters:
            return columns
    if best.confidence < _READABLE:
        columns = _as_columns(across) if turned_ink > upright_ink else PageSample()
        others = (best, _both_ways(*second), columns)
        best = max(others, key=lambda sample: sample.evidence)
    return best


def _levelled(grey: Grey, turn: int) -> Grey:
    """The page turned, its lines made level: smeared sideways, tilted lines run into each other."""
    turned = straightened(grey, turn=turn, skew=0.0).grey
    skew = skew_of(turned)
    return straightened(grey, turn=turn, skew=skew).grey if skew else turned


def _both_ways(crops: list[Grey], turn: int) -> PageSample:
    if not crops:
        return PageSample()
    upright, score = read_crops(crops)
    flipped, other = read_crops([np.rot90(crop, 2) for crop in crops])
    is_flipped = other > score + _SURE
    text = "".join(flipped if is_flipped else upright)
    letters = sum(1 for character in text if character.isalpha())
    return PageSample(
        turn + (2 if is_flipped else 0),
        count_ideographs(text) / max(1, letters),
        max(score, other) if letters else 0.0,
        letters,
    )


def _are_stacked(level: list[Grey], across: list[Grey]) -> bool:
    """Whether lines down the page are far longer than those along it: a row of columns."""
    longest = [max((crop.shape[1] for crop in crops), default=0) for crops in (level, across)]
    return longest[1] >= 2 * longest[0]


def _as_columns(crops: list[Grey]) -> PageSample:
    """What the lines say as columns of upright Chinese characters."""
    found = read_lines([strip_of(crop) for crop in crops])
    text = "".join(line for line, _ in found)
    share = count_ideographs(text) / max(1, len(text))
    if share < _READABLE:
        return PageSample()
    score = sum(score for _, score in found) / len(found)
    if score < _SURE_COLUMNS:
        return PageSample()
    return PageSample(1, share, score, len(text), vertical=True)


def _line_images(grey: Grey) -> tuple[list[Grey], float]:
    """Images of the likeliest level text lines, and how much of the page such lines cover."""
    found, scale = line_parts(grey)
    covered = float(found[:, 4].sum())
    chosen = found[np.argsort(-_weights(found))][:_LINES]
    return [_crop(grey, row[:4], scale) for row in chosen], covered


def line_parts(grey: Grey) -> tuple[NDArray[np.int64], float]:
    """Level text lines as rows of (left, top, width, height, area), and pixels of ``grey`` a unit.

    Found by smearing ink sideways.
    """
    small = shrunk(grey, _SIDE)
    ink = cv2.adaptiveThreshold(
        small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15
    )
    smeared = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 25), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(smeared, connectivity=4)
    if count < 2:  # noqa: PLR2004 - only the background
        return np.zeros((0, 5), np.int64), 1.0
    parts = stats[1:].astype(np.int64)
    wide, tall, area = parts[:, 2], parts[:, 3], parts[:, 4]
    like_text = (tall >= 7) & (tall <= 90) & (wide >= 4 * tall) & (area >= 0.3 * wide * tall)  # noqa: PLR2004
    return parts[like_text], grey.shape[0] / small.shape[0]


def _weights(parts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Long lines first, but a very long one tells no more than one of 25 characters."""
    wide, tall = parts[:, 2].astype(np.float64), parts[:, 3].astype(np.float64)
    return np.minimum(wide / np.maximum(tall, 1), 25) * np.minimum(tall, 24)


def _crop(grey: Grey, part: NDArray[np.int64], scale: float) -> Grey:
    x, y, wide, tall = (part * scale).astype(int).tolist()
    pad = max(2, tall // 5)
    # A part of a long line is enough.
    right = min(x + wide, x + 30 * tall) + pad
    return grey[max(0, y - pad) : y + tall + pad, max(0, x - pad) : right]


def looks_like_text(grey: Grey) -> bool:
    """Whether a small render of a picture shows lines of text rather than a photograph."""
    if min(grey.shape) < 24:  # noqa: PLR2004 - an icon
        return False
    larger = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    crops, covered = _line_images(np.asarray(larger, np.uint8))
    least = 0.01 if len(crops) >= 2 else 0.1  # noqa: PLR2004 - a lone line must fill a picture
    return bool(crops) and covered > least * larger.size
