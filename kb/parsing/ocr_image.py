"""Page images made ready for OCR: grey, within limits, upright and straight."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kb.domain.errors import LimitExceeded
from kb.domain.parsed import Box

MOST_PIXELS = 60_000_000
"""An A4 page at 600 dpi has 35 million."""

Grey = NDArray[np.uint8]

_PROBE_SIDE = 900
_WIDEST_SKEW = 8.0
_LEAST_SKEW = 0.25
"""Degrees; less costs more sharpness than it brings."""


@dataclass(frozen=True, slots=True)
class Straightened:
    """An image turned and rotated so that its lines run level, and the way back."""

    grey: Grey
    back: NDArray[np.float64]
    """2 x 3: pixels of ``grey`` to pixels of the original."""

    def box_back(self, box: Box) -> Box:
        """A box of ``grey`` as the smallest box around it in the original."""
        x0, y0, x1, y1 = box
        corners = np.array([(x0, y0, 1), (x1, y0, 1), (x0, y1, 1), (x1, y1, 1)], np.float64)
        placed = corners @ self.back.T
        left, top = placed.min(axis=0).tolist()
        right, bottom = placed.max(axis=0).tolist()
        return (left, top, right, bottom)

    @property
    def tilt(self) -> float:
        """Sine of the angle by which lines ran off level."""
        return float(np.abs(self.back[0, :2]).min())


def grey_of(image: Image.Image, *, name: str) -> Grey:
    """The image as grey values on white; transparency is white, a dark page stays as it is.

    Raises:
        LimitExceeded: More than MOST_PIXELS pixels.
    """
    if image.width * image.height > MOST_PIXELS:
        raise LimitExceeded(name=name, detail=f"an image of {image.width} x {image.height} pixels")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        values = np.asarray(image, np.float32)
        low, high = float(values.min(initial=0)), float(values.max(initial=1))
        return ((values - low) * (255 / max(high - low, 1))).astype(np.uint8)
    return np.asarray(image.convert("L"), np.uint8)


def shrunk(grey: Grey, longest: int) -> Grey:
    """The image with its longer side at most ``longest`` pixels."""
    scale = longest / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def skew_of(grey: Grey) -> float:
    """Degrees clockwise by which level text lines are tilted; 0 when it cannot be told.

    The angle at which the rows' ink varies most (projection profile), first in whole degrees,
    then finer.
    """
    small = shrunk(grey, _PROBE_SIDE)
    if min(small.shape) < 40:  # noqa: PLR2004 - a crop of one line
        return 0.0
    ink = cv2.adaptiveThreshold(
        small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15
    )
    ys, xs = np.nonzero(ink)
    if not 200 < len(xs) < 0.4 * ink.size:  # noqa: PLR2004 - blank, or a photograph
        return 0.0
    if len(xs) > 60_000:  # noqa: PLR2004 - a sample is enough
        pick = np.random.default_rng(0).choice(len(xs), 60_000, replace=False)
        xs, ys = xs[pick], ys[pick]
    best, step = 0.0, 1.0
    level = _sharpness(xs, ys, 0.0)
    for step in (1.0, 0.25, 0.05):
        reach = _WIDEST_SKEW if step == 1.0 else 4 * step
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(angles, key=lambda angle: _sharpness(xs, ys, float(angle))))
    if _sharpness(xs, ys, best) < 1.08 * level or abs(best) < _LEAST_SKEW:
        return 0.0
    return best


def _sharpness(xs: NDArray[np.int64], ys: NDArray[np.int64], angle: float) -> float:
    rows = ys - xs * math.tan(math.radians(angle))
    profile = np.bincount((rows - rows.min()).astype(np.int64)).astype(np.float64)
    return float(np.square(np.diff(profile)).sum())


def straightened(grey: Grey, *, turn: int, skew: float) -> Straightened:
    """Undo ``turn`` clockwise quarter turns, then ``skew`` degrees of tilt."""
    height, width = grey.shape
    upright = np.ascontiguousarray(np.rot90(grey, turn))  # anticlockwise
    back = _turn_back(turn, width, height)
    if not skew:
        return Straightened(upright, back)
    tall, wide = upright.shape
    forward = cv2.getRotationMatrix2D((wide / 2, tall / 2), skew, 1.0)
    level = cv2.warpAffine(
        upright, forward, (wide, tall), flags=cv2.INTER_CUBIC, borderValue=(_paper(upright),)
    )
    undo = np.vstack((cv2.invertAffineTransform(forward), (0, 0, 1)))
    return Straightened(np.asarray(level, np.uint8), back @ undo)


def _paper(grey: Grey) -> float:
    return float(np.median(grey[:: max(1, grey.shape[0] // 50), :: max(1, grey.shape[1] // 50)]))


def _turn_back(turn: int, width: int, height: int) -> NDArray[np.float64]:
    """Pixels of the image turned anticlockwise by ``turn`` to those of the original."""
    return {
        0: np.array([[1, 0, 0], [0, 1, 0]], np.float64),
        1: np.array([[0, -1, width], [1, 0, 0]], np.float64),
        2: np.array([[-1, 0, width], [0, -1, height]], np.float64),
        3: np.array([[0, 1, 0], [-1, 0, height]], np.float64),
    }[turn % 4]
