"""Which PDF pages, or pictures on them, OCR reads, and how that joins the text layer.

The probe is cheap: it looks at numbers that reading the page gave anyway. A page goes to OCR when
it has no text but ink, when its text layer is garbage, or when a picture covers it; a picture on
a page with text is read by itself when lines of text are seen in a small render of it.
"""

from __future__ import annotations

from enum import StrEnum

import pypdfium2 as pdfium

from kb.domain.parsed import PageSource
from kb.parsing.layout_lines import Fragment
from kb.parsing.ledger import LeftOut
from kb.parsing.ocr import OCR_DPI, OcrPage, recognise
from kb.parsing.pdf_page import RawPage
from kb.parsing.pdf_regions import (
    area_of,
    garbage_lines,
    is_consonants,
    odd_share,
    picture_regions,
    read_regions,
)
from kb.parsing.render_pdf import render

_FEW_CHARACTERS = 16
_COVERED_CHARACTERS = 150
"""Characters on a page below which a picture that covers it holds the real text."""
_COVERING = 0.5
_MANY_PATHS = 120
"""Drawn shapes on a page without text from which they may be outlined letters."""
_UNKNOWN = 0.15
_ODD = 0.25
_FEWEST_JUDGED, _JUDGED = 40, 1500


class OcrUse(StrEnum):
    """Whether a reader may use OCR at all."""

    WHERE_NEEDED = "where needed"
    NEVER = "never"


class OcrNeed(StrEnum):
    """Why a page is read by OCR."""

    NONE = "none"
    NO_TEXT = "no text layer"
    GARBAGE = "garbage text layer"
    COVERED = "a picture covers the page"
    REGIONS = "pictures with text"


def ocr_need(page: RawPage) -> OcrNeed:
    """Decide from what was read of the page."""
    area = max(1.0, page.width * page.height)
    shares = [area_of(box) / area for box in page.images]
    if page.characters < _FEW_CHARACTERS:
        inked = sum(shares) > 0.02 or page.paths >= _MANY_PATHS  # noqa: PLR2004 - not a speck
        return OcrNeed.NO_TEXT if inked else OcrNeed.NONE
    if is_garbage(page):
        return OcrNeed.GARBAGE
    if max(shares, default=0.0) >= _COVERING and page.characters < _COVERED_CHARACTERS:
        return OcrNeed.COVERED
    if picture_regions(page) or garbage_lines(page):
        return OcrNeed.REGIONS
    return OcrNeed.NONE


def is_garbage(page: RawPage) -> bool:
    """Whether the text layer is glyph soup: unmapped glyphs, or letters of no language."""
    if page.unknown > _UNKNOWN:
        return True
    text = "".join(f.text for f in page.fragments) + "".join(t.text for t in page.tables)
    text = text[:_JUDGED]
    if len(text) < _FEWEST_JUDGED:
        return False
    return odd_share(text) > _ODD or is_consonants(text)


def with_ocr(page: RawPage, opened: pdfium.PdfPage, need: OcrNeed, *, name: str) -> OcrPage | None:
    """Read what the probe found and put it into ``page``.

    Returns:
        The recognised page when its frame (turned, straightened) is now the page's, else None.
    """
    if need is OcrNeed.REGIONS:
        read_regions(page, opened, name=name)
        return None
    image, dpi = render(opened, dpi=OCR_DPI)
    found = recognise(image, dpi=dpi, name=name)
    page.warnings.extend(found.warnings)
    if need is not OcrNeed.NO_TEXT:
        page.warnings.append(f"Read by OCR: {need.value}.")
    if not found.fragments:
        if need is OcrNeed.NO_TEXT:
            page.source = PageSource.OCR
        return None
    page.source = PageSource.OCR
    page.engine, page.reread_by = found.engine, found.reread_by
    page.left_out[LeftOut.UNREADABLE] = found.unreadable
    if need is OcrNeed.GARBAGE:
        page.left_out[LeftOut.GARBAGE] = len(page.fragments)
        page.tables.clear()
        page.fragments[:] = found.fragments
    else:
        kept = [f for f in page.fragments if not _is_covered(f, found.fragments)]
        page.fragments[:] = [*found.fragments, *kept]
    page.unknown = 0.0
    page.width, page.height = found.width, found.height
    return found


def _is_covered(fragment: Fragment, others: tuple[Fragment, ...]) -> bool:
    """OCR has read the same place."""
    x, y = (fragment.box[0] + fragment.box[2]) / 2, (fragment.box[1] + fragment.box[3]) / 2
    return any(o.box[0] <= x <= o.box[2] and o.box[1] <= y <= o.box[3] for o in others)
