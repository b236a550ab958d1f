"""What is drawn on a PDF page beside text: ruling lines and pictures."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, repeat

import numpy as np
import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.domain.parsed import Box
from kb.parsing.pdf_glyphs import PageFrame, prototype

MOST_OBJECTS = 20_000
"""Objects looked at on one page; a map or a plotted chart has more and no table."""
MOST_SEGMENTS = 12_000
"""Path segments looked at on one page."""

_DEEPEST_FORM = 3
_THIN = 3.0
"""Points: a drawn rectangle no thicker than this is a line."""
_STRAIGHT = 1.0
_SHORTEST_RULE = 4.0

_PATH, _IMAGE, _FORM = (
    raw.FPDF_PAGEOBJ_PATH,
    raw.FPDF_PAGEOBJ_IMAGE,
    raw.FPDF_PAGEOBJ_FORM,
)
_pointer, _int = ctypes.c_void_p, ctypes.c_int
_get_object = prototype(raw.FPDFPage_GetObject, _pointer, _pointer, _int)
_get_type = prototype(raw.FPDFPageObj_GetType, _int, _pointer)
_get_bounds = prototype(raw.FPDFPageObj_GetBounds, _int, *[_pointer] * 5)
_get_matrix = prototype(raw.FPDFPageObj_GetMatrix, _int, _pointer, _pointer)
_count_in_form = prototype(raw.FPDFFormObj_CountObjects, _int, _pointer)
_get_in_form = prototype(raw.FPDFFormObj_GetObject, _pointer, _pointer, ctypes.c_ulong)
_count_segments = prototype(raw.FPDFPath_CountSegments, _int, _pointer)
_get_segment = prototype(raw.FPDFPath_GetPathSegment, _pointer, _pointer, _int)
_get_point = prototype(raw.FPDFPathSegment_GetPoint, _int, _pointer, _pointer, _pointer)
_segment_kind = prototype(raw.FPDFPathSegment_GetType, _int, _pointer)
_closes = prototype(raw.FPDFPathSegment_GetClose, _int, _pointer)

_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(slots=True)
class Drawn:
    """Lines and pictures of one page, in points from the top left as shown."""

    horizontal: list[Box] = field(default_factory=list)
    vertical: list[Box] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    paths: int = 0
    crowded: bool = False
    """True when the page had more objects than are looked at."""


class _Scan:
    """One walk over a page's objects, counting what it spends."""

    def __init__(self, frame: PageFrame) -> None:
        self.frame = frame
        self.drawn = Drawn()
        self.objects_left = MOST_OBJECTS
        self.segments_left = MOST_SEGMENTS
        self.rules: list[Box] = []
        self.images: list[Box] = []
        self._matrix = raw.FS_MATRIX()
        self._matrix_at = ctypes.addressof(self._matrix)

    def matrix(self, drawn: int) -> _Matrix:
        """The object's own matrix."""
        m = self._matrix
        if not _get_matrix(drawn, self._matrix_at):
            return _IDENTITY
        return (m.a, m.b, m.c, m.d, m.e, m.f)

    def walk(self, objects: Iterator[int], matrix: _Matrix, depth: int) -> None:
        """Look at each object; forms are entered down to a fixed depth."""
        handles = list(islice(objects, self.objects_left + 1))
        self.objects_left -= len(handles)
        if self.objects_left < 0:
            self.drawn.crowded = True
            handles.pop()
        kinds = list(map(_get_type, handles))
        paths = [h for h, kind in zip(handles, kinds, strict=True) if kind == _PATH]
        images = [h for h, kind in zip(handles, kinds, strict=True) if kind == _IMAGE]
        self.drawn.paths += len(paths)
        self.images.extend(_through(box, matrix) for _, box in _bounds(images))
        for path, box in _bounds(paths):
            self._path(path, box, matrix)
            if self.segments_left < 0:
                self.drawn.crowded = True
                return
        if depth < _DEEPEST_FORM:
            for handle, kind in zip(handles, kinds, strict=True):
                if kind == _FORM and not self.drawn.crowded:
                    inner = _times(self.matrix(handle), matrix)
                    count = max(0, _count_in_form(handle))
                    self.walk(map(_get_in_form, repeat(handle), range(count)), inner, depth + 1)

    def _path(self, path: int, box: Box, matrix: _Matrix) -> None:
        wide, tall = box[2] - box[0], box[3] - box[1]
        if min(wide, tall) <= _THIN:
            if max(wide, tall) >= _SHORTEST_RULE:
                self.rules.append(_through(box, matrix))
            return
        count = _count_segments(path)
        self.segments_left -= count
        if 0 < count <= MOST_SEGMENTS:
            own = _times(self.matrix(path), matrix)
            self.rules.extend(_straight_parts(path, count, own))


def _bounds(handles: list[int]) -> list[tuple[int, Box]]:
    """Objects with left, bottom, right, top in the coordinates of their container."""
    edges = np.zeros((len(handles), 4), np.float32)
    at = edges.ctypes.data
    rows = range(at, at + 16 * len(handles), 16)
    places = ([row + offset for row in rows] for offset in (0, 4, 8, 12))
    known = list(map(_get_bounds, handles, *places))
    return [
        (handle, (x0, y0, x1, y1))
        for handle, (x0, y0, x1, y1), ok in zip(handles, edges.tolist(), known, strict=True)
        if ok
    ]


def _straight_parts(path: int, count: int, matrix: _Matrix) -> Iterator[Box]:
    """The axis-parallel line segments of a path."""
    segments = list(map(_get_segment, repeat(path), range(count)))
    points = np.zeros((count, 2), np.float32)
    at = points.ctypes.data
    places = range(at, at + 8 * count, 8)
    deque(map(_get_point, segments, places, [place + 4 for place in places]), maxlen=0)
    last = first = (0.0, 0.0)
    steps = zip(map(_segment_kind, segments), map(_closes, segments), points.tolist(), strict=True)
    for kind, closes, (x, y) in steps:
        here = _point(x, y, matrix)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = here
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield from _rule(last, here)
        if closes:
            yield from _rule(here, first)
        last = here


def _rule(start: tuple[float, float], end: tuple[float, float]) -> Iterator[Box]:
    wide, tall = abs(end[0] - start[0]), abs(end[1] - start[1])
    if min(wide, tall) <= _STRAIGHT and max(wide, tall) >= _SHORTEST_RULE:
        yield (
            min(start[0], end[0]),
            min(start[1], end[1]),
            max(start[0], end[0]),
            max(start[1], end[1]),
        )


def _point(x: float, y: float, m: _Matrix) -> tuple[float, float]:
    return (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])


def _through(box: Box, matrix: _Matrix) -> Box:
    if matrix == _IDENTITY:
        return box
    corners = [_point(x, y, matrix) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return (min(xs), min(ys), max(xs), max(ys))


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    x, y = _point(e, f, outer)
    return (
        a * outer[0] + b * outer[2],
        a * outer[1] + b * outer[3],
        c * outer[0] + d * outer[2],
        c * outer[1] + d * outer[3],
        x,
        y,
    )


def drawn_on(page: pdfium.PdfPage, frame: PageFrame) -> Drawn:
    """Find the ruling lines and pictures of an open page."""
    scan = _Scan(frame)
    count = max(0, raw.FPDFPage_CountObjects(page))
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value
    scan.walk(map(_get_object, repeat(handle), range(count)), _IDENTITY, 0)
    drawn = scan.drawn
    page_box = (0.0, 0.0, frame.width, frame.height)
    for box in _placed(scan.rules, frame):
        inside = _clipped(box, page_box)
        if inside is None:
            continue
        wide, tall = inside[2] - inside[0], inside[3] - inside[1]
        (drawn.horizontal if wide >= tall else drawn.vertical).append(inside)
    clipped = (_clipped(box, page_box) for box in _placed(scan.images, frame))
    drawn.images = [box for box in clipped if box is not None]
    return drawn


def _placed(boxes: list[Box], frame: PageFrame) -> list[Box]:
    """User-space rectangles (left, bottom, right, top) as shown."""
    if not boxes:
        return []
    user = np.array(boxes, np.float32)[:, [0, 3, 2, 1]]
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in frame.place(user).tolist()]


def _clipped(box: Box, to: Box) -> Box | None:
    x0, y0 = max(box[0], to[0]), max(box[1], to[1])
    x1, y1 = min(box[2], to[2]), min(box[3], to[3])
    return (x0, y0, x1, y1) if x0 <= x1 and y0 <= y1 else None
