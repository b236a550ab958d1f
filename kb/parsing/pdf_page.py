"""One PDF page as found: fragments, ruled tables and pictures, before any layout."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from kb.domain.parsed import Block, Box, PageSource
from kb.parsing.layout_blocks import Sizes, sizes_of
from kb.parsing.layout_furniture import Mark, marks_of
from kb.parsing.layout_lines import SLANTED, Fragment, Runs, run_text, runs_of, turned, visible
from kb.parsing.layout_vertical import with_columns
from kb.parsing.ledger import LeftOut
from kb.parsing.pdf_annotations import written_on
from kb.parsing.pdf_glyphs import GlyphReader, PageFrame, PageGlyphs
from kb.parsing.pdf_objects import Drawn, drawn_on
from kb.parsing.tables import Grid, cells_of, grids_of
from kb.parsing.tables_blocks import grouped, ruled_table

_LINE_FEED = 0x0A
_TALLER = 1.3
"""Ems from which a run's hull is taller than its middle glyph explains."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a page tells its neighbours."""

    marks: list[Mark]
    """What may be running headers and footers."""
    sizes: Sizes
    """How much text there is of each size."""


@dataclass(slots=True)
class RawPage:
    """Everything read from one page, in points from the top left as shown."""

    number: int
    width: float
    height: float
    fragments: list[Fragment] = field(default_factory=list)
    tables: list[Block] = field(default_factory=list)
    notes: list[Block] = field(default_factory=list)
    """Comments that were put onto the page."""
    images: list[Box] = field(default_factory=list)
    paths: int = 0
    unknown: float = 0.0
    """Share of glyphs without a usable character."""
    warnings: list[str] = field(default_factory=list)
    source: PageSource = PageSource.TEXT
    engine: str = ""
    """OCR engine that read it or pictures on it."""
    reread_by: str = ""
    left_out: dict[LeftOut, int] = field(default_factory=dict)
    damaged: bool = False
    """True when the page could not be opened at all."""
    traits: Traits | None = None
    """What its neighbours compare themselves with, once somebody asked."""

    @property
    def characters(self) -> int:
        """Characters in fragments and tables."""
        return sum(len(f.text) for f in self.fragments) + sum(len(t.text) for t in self.tables)


def traits_of(page: RawPage) -> Traits:
    """Look once at what a page tells its neighbours."""
    if page.traits is None:
        page.traits = Traits(
            marks_of(page.fragments, page.height),
            sizes_of((f.size, f.bold, len(f.text)) for f in page.fragments),
        )
    return page.traits


def raw_page(document: pdfium.PdfDocument, page: pdfium.PdfPage, number: int) -> RawPage:
    """Read an open page."""
    frame = PageFrame(page)
    drawn = drawn_on(page, frame)
    found = RawPage(number, frame.width, frame.height, images=drawn.images, paths=drawn.paths)
    if drawn.crowded:
        found.warnings.append("The page has too many drawn objects to look for ruled tables.")
    with GlyphReader(page, frame) as reader:
        glyphs = reader.glyphs()
        if glyphs.cut:
            found.warnings.append("The page has too many characters; the rest was dropped.")
        visible_glyphs = visible(glyphs.codes, glyphs.boxes)
        inked = _on_page(glyphs, visible_glyphs)
        outside = len(visible_glyphs) - len(inked)
        if outside:
            found.left_out[LeftOut.OUTSIDE] = outside
        found.unknown = _unknown_share(glyphs.codes[inked])
        turns = _turns(glyphs.codes, inked, reader)
        text = _text(glyphs.codes)
        for turn in np.unique(turns).tolist():
            part = inked[turns == turn]
            grids = [] if turn or drawn.crowded else _grids(drawn)
            _read_turn(found, _Upright(glyphs, text, part, turn), reader, grids)
    written = written_on(document, page, frame)
    found.fragments[:] = with_columns(found.fragments, (found.width, found.height))
    found.fragments.extend(written.fragments)
    found.notes = written.notes
    return found


def _text(codes: NDArray[np.uint32]) -> str:
    """One character for each code; what is no character becomes U+FFFD."""
    bad = (codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))  # noqa: PLR2004 - Unicode
    return np.where(bad, 0xFFFD, codes).astype("<u4").tobytes().decode("utf-32-le")


def _on_page(glyphs: PageGlyphs, inked: NDArray[np.int64]) -> NDArray[np.int64]:
    box = glyphs.boxes[inked]
    seen = (box[:, 2] > 0) & (box[:, 3] > 0)
    seen &= (box[:, 0] < glyphs.width) & (box[:, 1] < glyphs.height)
    return inked[seen]


def _unknown_share(codes: NDArray[np.uint32]) -> float:
    """Glyphs mapped to nothing: replacement characters, private use, noncharacters."""
    if not len(codes):
        return 0.0
    private = (codes >= 0xE000) & (codes < 0xF900) & ~((codes >= 0xF020) & (codes < 0xF100))  # noqa: PLR2004
    return float((private | (codes == 0xFFFD) | (codes >= 0xF0000)).mean())  # noqa: PLR2004


def _turns(
    codes: NDArray[np.uint32], inked: NDArray[np.int64], reader: GlyphReader
) -> NDArray[np.int64]:
    """Quarter turns of each visible glyph, asked once for each of pdfium's lines."""
    if not len(inked):
        return np.zeros(0, np.int64)
    line = np.cumsum(codes == _LINE_FEED)[inked]
    _, first, place = np.unique(line, return_index=True, return_inverse=True)
    asked = np.array([reader.style(int(inked[index])).turn for index in first], np.int64)
    return asked[place]


def _grids(drawn: Drawn) -> list[Grid]:
    return grids_of(drawn.horizontal, drawn.vertical)


@dataclass(frozen=True, slots=True)
class _Upright:
    """The glyphs of one direction of writing."""

    glyphs: PageGlyphs
    text: str
    inked: NDArray[np.int64]
    turn: int


def _read_turn(found: RawPage, part: _Upright, reader: GlyphReader, grids: list[Grid]) -> None:
    """Add the fragments and tables of one direction to the page."""
    boxes = _frame_boxes(part.glyphs, part.turn)
    grid_of, cell_of = cells_of(grids, boxes[part.inked])
    runs = runs_of(part.glyphs.codes, boxes, part.inked, grid_of * 1_000_000 + cell_of)
    fragments, first = _fragments(part, boxes, runs, reader)
    if not grids:
        found.fragments.extend(fragments)
        return
    place = np.searchsorted(part.inked, first)
    groups = grouped(fragments, grid_of[place].tolist(), cell_of[place].tolist())
    for number, cells in groups.items():
        table = ruled_table(grids[number], cells) if number >= 0 else None
        if table is None:
            found.fragments.extend(f for inside in cells.values() for f in inside)
        else:
            found.tables.append(table)


def _frame_boxes(glyphs: PageGlyphs, turn: int) -> NDArray[np.float32]:
    """Glyph boxes in the frame in which text turned by ``turn`` stands upright."""
    if turn in (0, SLANTED):
        return glyphs.boxes
    # Columns turn like numbers.
    x0, y0, x1, y1 = turned(tuple(glyphs.boxes.T), turn, glyphs.width, glyphs.height)
    return np.stack((x0, y0, x1, y1), axis=1)


def _fragments(
    part: _Upright, boxes: NDArray[np.float32], runs: Runs, reader: GlyphReader
) -> tuple[list[Fragment], list[int]]:
    """Fragments with text and the index of the first glyph of each."""
    fragments: list[Fragment] = []
    starts: list[int] = []
    columns = (runs.first.tolist(), runs.middle.tolist(), runs.last.tolist(), runs.boxes.tolist())
    for first, middle, last, box in zip(*columns, strict=True):
        text = run_text(part.text, boxes, first, last)
        if not text:
            continue
        looks = reader.style(middle)
        size = looks.size
        if box[3] - box[1] > _TALLER * size:
            # The middle glyph may be a subscript, the first one a large check box.
            size = sorted((reader.style(first).size, size, reader.style(last).size))[1]
        fragments.append(
            Fragment(text, (*box,), size or box[3] - box[1], looks.bold, looks.mono, part.turn)
        )
        starts.append(first)
    return fragments, starts
