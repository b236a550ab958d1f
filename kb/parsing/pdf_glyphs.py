"""All glyphs of a PDF page with their boxes, in a handful of bulk calls.

pypdfium2's own per-character calls cost about 2 µs each from Python. Here the C functions are
driven by ``map`` over precomputed addresses, through prototypes that keep the interpreter lock:
about 0.25 µs a glyph, and the rest of the work is numpy's.
"""

from __future__ import annotations

import ctypes
import math
from collections import deque
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdfium2 import raw

from kb.domain.parsed import Box
from kb.parsing.layout_lines import SLANTED

MOST_GLYPHS = 400_000
"""A page with more is cut there; a dense newspaper page has about 30,000."""

_ARABIC_FIRST, _ARABIC_LAST = 0x600, 0x8FF
_SURROGATE_FIRST, _SURROGATE_LAST = 0xD800, 0xDFFF
_BOLD_WEIGHT = 600
_BOLD_NAMES = ("bold", "black", "heavy", "semibold", "demi", "simhei", "黑体")
_MONO_NAMES = ("courier", "mono", "consol", "menlo", "cmtt")
_MONO_FLAG, _FORCE_BOLD_FLAG = 1, 1 << 18
_SLANT_TOLERANCE = math.radians(10)


def prototype(function: Any, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - ctypes
    """Bind a C function without releasing the interpreter lock, which costs more than the call."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None  # noqa: S101 - a loaded library's function has an address
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


_pointer, _int = ctypes.c_void_p, ctypes.c_int
_loose_box = prototype(raw.FPDFText_GetLooseCharBox, _int, _pointer, _int, _pointer)
_unicode = prototype(raw.FPDFText_GetUnicode, ctypes.c_uint, _pointer, _int)
_text_matrix = prototype(raw.FPDFText_GetMatrix, _int, _pointer, _int, _pointer)
_font_size = prototype(raw.FPDFText_GetFontSize, ctypes.c_double, _pointer, _int)
_text_object = prototype(raw.FPDFText_GetTextObject, _pointer, _pointer, _int)
_font_of = prototype(raw.FPDFTextObj_GetFont, _pointer, _pointer)


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text looks."""

    size: float
    """Height of the em square in points as shown."""
    bold: bool
    mono: bool
    turn: int
    """Quarter turns of the text, clockwise as shown: 0 upright … 3, or SLANTED."""


@dataclass(frozen=True, slots=True)
class PageGlyphs:
    """One page's characters in content order, in points from the top left as shown."""

    codes: NDArray[np.uint32]
    """n code points, pdfium's generated spaces and line breaks among them."""
    boxes: NDArray[np.float32]
    """n x 4: x0, y0, x1, y1; generated characters have an empty box."""
    width: float
    height: float
    cut: bool
    """True when the page had more than MOST_GLYPHS."""


def _ligatures_in_order(
    codes: NDArray[np.uint32], boxes: NDArray[np.float32]
) -> NDArray[np.uint32]:
    """The letters of an Arabic ligature in reading order.

    pdfium turns a line of Arabic around letter by letter, and with it the letters that one glyph
    stands for: they share one box.
    """
    arabic = (codes >= _ARABIC_FIRST) & (codes <= _ARABIC_LAST)
    if not arabic.any():
        return codes
    same = arabic[1:] & arabic[:-1] & (boxes[1:] == boxes[:-1]).all(axis=1)
    same &= boxes[1:, 2] > boxes[1:, 0]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    turned = codes.copy()
    for first, last in edges.reshape(-1, 2).tolist():
        turned[first : last + 1] = codes[first : last + 1][::-1]
    return turned


class PageFrame:
    """Maps a page's own coordinates to points from the top left of the page as shown."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        left, bottom, right, top = page.get_bbox()
        self.box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
        self.turns = page.get_rotation() // 90 % 4
        wide, tall = self.box[2] - self.box[0], self.box[3] - self.box[1]
        self.width, self.height = (tall, wide) if self.turns % 2 else (wide, tall)

    def place(self, user: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn n x 4 (left, top, right, bottom; y upwards) into n x 4 boxes as shown."""
        left, bottom, right, top = self.box
        x0, x1 = user[:, 0] - left, user[:, 2] - left
        y0, y1 = top - user[:, 1], top - user[:, 3]
        wide, tall = right - left, top - bottom
        if self.turns == 1:
            x0, y0, x1, y1 = tall - y1, x0, tall - y0, x1
        elif self.turns == 2:  # noqa: PLR2004 - half a turn
            x0, y0, x1, y1 = wide - x1, tall - y1, wide - x0, tall - y0
        elif self.turns == 3:  # noqa: PLR2004 - three quarters
            x0, y0, x1, y1 = y0, wide - x1, y1, wide - x0
        return np.stack(
            (np.minimum(x0, x1), np.minimum(y0, y1), np.maximum(x0, x1), np.maximum(y0, y1)),
            axis=1,
        )

    def place_one(self, left: float, bottom: float, right: float, top: float) -> Box:
        """One rectangle of the page's own coordinates as shown."""
        user = np.array([[left, top, right, bottom]], np.float32)
        x0, y0, x1, y1 = self.place(user)[0].tolist()
        return (x0, y0, x1, y1)


class GlyphReader:
    """Reads one open page; close it (or use it in ``with``) before the page is closed."""

    def __init__(self, page: pdfium.PdfPage, frame: PageFrame) -> None:
        self._text_page = page.get_textpage()
        self._handle = ctypes.cast(self._text_page.raw, ctypes.c_void_p).value
        self._frame = frame
        self._fonts: dict[int, tuple[bool, bool]] = {}
        self._matrix = raw.FS_MATRIX()
        self._matrix_at = ctypes.addressof(self._matrix)

    def __enter__(self) -> GlyphReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._text_page.close()

    def glyphs(self) -> PageGlyphs:
        """Read every character of the page with its box."""
        found = max(0, raw.FPDFText_CountChars(self._text_page))
        count = min(found, MOST_GLYPHS)
        user = np.zeros((count, 4), np.float32)
        start = user.ctypes.data
        places = range(start, start + 16 * count, 16)
        deque(map(_loose_box, repeat(self._handle), range(count), places), maxlen=0)
        return PageGlyphs(
            codes=_ligatures_in_order(self._codes(count), user),
            boxes=self._frame.place(user),
            width=self._frame.width,
            height=self._frame.height,
            cut=found > count,
        )

    def _codes(self, count: int) -> NDArray[np.uint32]:
        """Code points; from one bulk call when its UTF-16 units stand one to one."""
        buffer = np.zeros(count + 1, np.uint16)
        address = buffer.ctypes.data_as(ctypes.POINTER(ctypes.c_ushort))
        written = raw.FPDFText_GetText(self._text_page, 0, count, address)
        if written - 1 == count:
            units = buffer[:count]
            surrogate = (units >= _SURROGATE_FIRST) & (units <= _SURROGATE_LAST)
            if not surrogate.any():
                return units.astype(np.uint32)
        return np.fromiter(map(_unicode, repeat(self._handle), range(count)), np.uint32, count)

    def style(self, index: int) -> Style:
        """How the character at ``index`` looks."""
        matrix = self._matrix
        _text_matrix(self._handle, index, self._matrix_at)
        size = _font_size(self._handle, index) * math.hypot(matrix.c, matrix.d)
        bold, mono = self._font(index)
        return Style(abs(size), bold, mono, self._turn(matrix.a, matrix.b))

    def _turn(self, a: float, b: float) -> int:
        # Text angles grow anticlockwise, a page's /Rotate clockwise.
        angle = -math.atan2(b, a) / (math.pi / 2) + self._frame.turns
        nearest = round(angle)
        if abs(angle - nearest) * math.pi / 2 > _SLANT_TOLERANCE:
            return SLANTED
        return int(nearest % 4)

    def _font(self, index: int) -> tuple[bool, bool]:
        text_object = _text_object(self._handle, index)
        font = _font_of(text_object) if text_object else None
        if not font:
            return False, False
        if font not in self._fonts:
            self._fonts[font] = _looks(ctypes.cast(font, raw.FPDF_FONT))
        return self._fonts[font]


def _looks(font: object) -> tuple[bool, bool]:
    """(bold, monospaced) of a font, from its weight, flags and name."""
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(font, buffer, 256)
    name = buffer.value.decode("utf-8", "replace").lower()
    flags = max(0, raw.FPDFFont_GetFlags(font))
    bold = (
        raw.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT
        or bool(flags & _FORCE_BOLD_FLAG)
        or any(word in name for word in _BOLD_NAMES)
    )
    mono = bool(flags & _MONO_FLAG) or any(word in name for word in _MONO_NAMES)
    return bold, mono
