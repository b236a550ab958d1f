"""Which PDF pages, or pictures on them, OCR reads, and how that joins the text layer.

The probe is cheap: it looks at numbers that reading the page gave anyway. A page goes to OCR when
it has no text but ink, when its text layer is garbage, or when a picture covers it; a picture on
a page with text is read by itself when lines of text are seen in a small render of it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from enum import StrEnum

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from kb.domain.parsed import Box, PageSource
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_text import count_ideographs
from kb.parsing.ocr import OCR_DPI, OcrPage, recognise
from kb.parsing.ocr_sample import looks_like_text
from kb.parsing.pdf_page import RawPage
from kb.parsing.render_pdf import render

_FEW_CHARACTERS = 16
_COVERED_CHARACTERS = 150
"""Characters on a page below which a picture that covers it holds the real text."""
_COVERING = 0.5
_MANY_PATHS = 120
"""Drawn shapes on a page without text from which they may be outlined letters."""
_REGION = 0.04
"""Share of the page from which a picture may hold text worth reading."""
_MOST_REGIONS = 6
_UNKNOWN = 0.15
_ODD = 0.25
_FEWEST_JUDGED, _JUDGED = 40, 1500
_CONSONANTS = 0.12
"""Share of vowels among Latin letters below which they are no language."""
_PROBE_DPI = 72
_VOWELS = re.compile("[aeiouyAEIOUYàâäéèêëîïôöùûüáíóúãõåæø]")
_LATIN = re.compile("[A-Za-zÀ-ÿ]")


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
    shares = [_area(box) / area for box in page.images]
    if page.characters < _FEW_CHARACTERS:
        inked = sum(shares) > 0.02 or page.paths >= _MANY_PATHS  # noqa: PLR2004 - not a speck
        return OcrNeed.NO_TEXT if inked else OcrNeed.NONE
    if is_garbage(page):
        return OcrNeed.GARBAGE
    if max(shares, default=0.0) >= _COVERING and page.characters < _COVERED_CHARACTERS:
        return OcrNeed.COVERED
    return OcrNeed.REGIONS if picture_regions(page) else OcrNeed.NONE


def is_garbage(page: RawPage) -> bool:
    """Whether the text layer is glyph soup: unmapped glyphs, or letters of no language."""
    if page.unknown > _UNKNOWN:
        return True
    text = "".join(f.text for f in page.fragments) + "".join(t.text for t in page.tables)
    text = text[:_JUDGED]
    if len(text) < _FEWEST_JUDGED:
        return False
    return odd_share(text) > _ODD or _is_consonants(text)


def odd_share(text: str) -> float:
    """Share of characters that running text of any language has next to none of."""
    if text.isascii():
        return 0.0
    odd = sum(1 for character in text if ord(character) > 0xFF and _is_odd(character))  # noqa: PLR2004
    return odd / len(text)


def _is_odd(character: str) -> bool:
    code = ord(character)
    if 0x0180 <= code < 0x0370 or 0xA490 <= code < 0xAC00:  # noqa: PLR2004 - rare Latin, rare scripts
        return True
    return unicodedata.category(character) in {"Co", "Cn", "Cs", "Sk", "Lm"} and code != 0x3005  # noqa: PLR2004


def _is_consonants(text: str) -> bool:
    letters = len(_LATIN.findall(text))
    if letters < 5 * _FEWEST_JUDGED or letters < 0.5 * (len(text) - count_ideographs(text)):
        return False
    return len(_VOWELS.findall(text)) < _CONSONANTS * letters


def picture_regions(page: RawPage) -> list[Box]:
    """Pictures large enough to hold text and without a text layer over them."""
    area = max(1.0, page.width * page.height)
    large = [box for box in page.images if _area(box) >= _REGION * area]
    return [box for box in large if _characters_in(page, box) < _FEW_CHARACTERS][:_MOST_REGIONS]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _characters_in(page: RawPage, box: Box) -> int:
    return sum(
        len(f.text)
        for f in page.fragments
        if box[0] < (f.box[0] + f.box[2]) / 2 < box[2]
        and box[1] < (f.box[1] + f.box[3]) / 2 < box[3]
    )


def with_ocr(page: RawPage, opened: pdfium.PdfPage, need: OcrNeed, *, name: str) -> OcrPage | None:
    """Read what the probe found and put it into ``page``.

    Returns:
        The recognised page when its frame (turned, straightened) is now the page's, else None.
    """
    if need is OcrNeed.REGIONS:
        _read_regions(page, opened, name)
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
    if need is OcrNeed.GARBAGE:
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


def _read_regions(page: RawPage, opened: pdfium.PdfPage, name: str) -> None:
    """Read the pictures that show lines of text."""
    preview, probe_dpi = render(opened, dpi=_PROBE_DPI)
    grey = np.asarray(preview.convert("L"), np.uint8)
    readable = [
        box for box in picture_regions(page) if looks_like_text(grey[_pixels(box, probe_dpi)])
    ]
    if not readable:
        return
    whole, dpi = render(opened, dpi=OCR_DPI)
    pixels = np.asarray(whole.convert("L"), np.uint8)
    for box in readable:
        found = recognise(Image.fromarray(pixels[_pixels(box, dpi)]), dpi=dpi, name=name)
        page.fragments.extend(
            replace(fragment, box=_moved(found.box_back(fragment.box), box))
            for fragment in found.fragments
        )
        if found.fragments:
            page.warnings.append(f"A picture was read by OCR ({len(found.fragments)} lines).")


def _pixels(box: Box, dpi: int) -> tuple[slice, slice]:
    x0, y0, x1, y1 = (round(value * dpi / 72) for value in box)
    return slice(max(0, y0), max(y1, y0 + 1)), slice(max(0, x0), max(x1, x0 + 1))


def _moved(box: Box, by: Box) -> Box:
    return (box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1])
