"""Parts of a PDF page that OCR reads: pictures with text, and lines whose text layer means nothing.

What the text layer tells rightly is painted over before OCR looks, so nothing is read twice.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from kb.domain.parsed import Box
from kb.parsing.layout_lines import Fragment, turned
from kb.parsing.layout_text import count_ideographs
from kb.parsing.ledger import LeftOut
from kb.parsing.ocr import OCR_DPI, OcrPage, recognise
from kb.parsing.ocr_image import Grey
from kb.parsing.ocr_sample import looks_like_text
from kb.parsing.pdf_page import RawPage
from kb.parsing.render_pdf import render

_REGION = 0.015
"""Share of the page from which a picture may hold text worth reading: a stamp, a line."""
_IN_MARGIN = 0.04
"""The same where it lies within the margin at top or bottom, where logos stand."""
_MARGIN = 0.13
_NARROWEST = 24.0
"""Points."""
_COVERED = 0.25
"""Share of a picture that the text layer covers from which the text is on it, not in it."""
_MOST_REGIONS = 6
_PROBE_DPI = 72
_ROUND = 1.5
"""Points painted over around text that is known."""
_SHOWN = 0.001
"""Share of the page from which a picture is worth a word in the ledger."""
_CONSONANTS = 0.12
"""Share of vowels among Latin letters below which they are no language."""
_FEWEST_LETTERS = 200
_ODD_LINE = 0.4
_FEWEST_ODD = 12
"""Odd characters that lines of a page must have together to be read by OCR."""
_VOWELS = re.compile("[aeiouyAEIOUYàâäéèêëîïôöùûüáíóúãõåæø]")
_LATIN = re.compile("[A-Za-zÀ-ÿ]")


def area_of(box: Box) -> float:
    """Square points."""
    return (box[2] - box[0]) * (box[3] - box[1])


def picture_regions(page: RawPage) -> list[Box]:
    """Pictures large enough to hold text, and hardly covered by a text layer; no two overlap."""
    area = max(1.0, page.width * page.height)
    top, bottom = _MARGIN * page.height, (1 - _MARGIN) * page.height
    chosen: list[Box] = []
    for box in sorted(page.images, key=area_of, reverse=True):
        least = _IN_MARGIN if box[3] < top or box[1] > bottom else _REGION
        if area_of(box) < least * area or min(box[2] - box[0], box[3] - box[1]) < _NARROWEST:
            continue
        if not any(_shared(box, other) > 0 for other in chosen) and _covered(page, box) < _COVERED:
            chosen.append(box)
    return chosen[:_MOST_REGIONS]


def _shared(box: Box, other: Box) -> float:
    wide = min(box[2], other[2]) - max(box[0], other[0])
    tall = min(box[3], other[3]) - max(box[1], other[1])
    return max(0.0, wide) * max(0.0, tall)


def _covered(page: RawPage, box: Box) -> float:
    """Share of the box with text over it."""
    known = sum(_shared(known, box) for known in _known(page))
    return known / max(1.0, area_of(box))


def _known(page: RawPage) -> list[Box]:
    """Where the text layer has text, as shown."""
    size = (page.width, page.height)
    boxes = [table.box for table in page.tables]
    return boxes + [_shown(f, size) for f in page.fragments]


def _shown(fragment: Fragment, size: tuple[float, float]) -> Box:
    if fragment.turn not in (1, 2, 3):
        return fragment.box
    wide, tall = (size[1], size[0]) if fragment.turn % 2 else size
    return turned(fragment.box, 4 - fragment.turn, wide, tall)


def garbage_lines(page: RawPage) -> list[Fragment]:
    """Lines of glyph soup on a page whose text layer is sound otherwise."""
    if all(f.text.isascii() for f in page.fragments):
        return _soup(page.fragments)
    odd = [f for f in page.fragments if _odd(f.text) > _ODD_LINE * len(f.text)]
    if sum(_odd(f.text) for f in odd) >= _FEWEST_ODD:
        return odd
    return _soup(page.fragments)


def _odd(text: str) -> int:
    return sum(1 for c in text if c == "\ufffd" or (ord(c) > 0xFF and _is_odd(c)))  # noqa: PLR2004


def _soup(fragments: list[Fragment]) -> list[Fragment]:
    """Neighbouring lines without vowels, as a shifted ToUnicode map leaves them."""
    found: list[Fragment] = []
    run: list[Fragment] = []
    for fragment in [*fragments, None]:
        if fragment is not None and len(_VOWELS.findall(fragment.text)) < _CONSONANTS * max(
            1, len(_LATIN.findall(fragment.text))
        ):
            run.append(fragment)
            continue
        if is_consonants("".join(f.text for f in run)):
            found.extend(run)
        run = []
    return found


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


def is_consonants(text: str) -> bool:
    """Whether Latin letters are those of no language: next to no vowels among many."""
    letters = len(_LATIN.findall(text))
    if letters < _FEWEST_LETTERS or letters < 0.5 * (len(text) - count_ideographs(text)):
        return False
    return len(_VOWELS.findall(text)) < _CONSONANTS * letters


def read_regions(page: RawPage, opened: pdfium.PdfPage, *, name: str) -> None:
    """Read by OCR the pictures that show lines of text, and lines that are garbage."""
    garbage = garbage_lines(page)
    size = (page.width, page.height)
    places = {id(f): _shown(f, size) for f in garbage}
    sound = [f for f in page.fragments if id(f) not in places]
    known = [t.box for t in page.tables] + [_shown(f, size) for f in sound]
    readable = _readable(picture_regions(page), known, opened)
    areas = _merged(list(places.values()))
    read, lines = 0, 0
    if readable or areas:
        whole, dpi = render(opened, dpi=OCR_DPI)
        pixels = _painted(np.asarray(whole.convert("L"), np.uint8), known, dpi)
        for box in (*readable, *areas):
            image = Image.fromarray(pixels[_pixels(box, dpi)])
            found = recognise(image, dpi=dpi, name=name)
            _add(page, found, box)
            is_picture = box in readable
            read += bool(found.fragments) and is_picture
            lines += 0 if is_picture else len(found.fragments)
            if found.fragments and is_picture:
                note = f"A picture was read by OCR ({len(found.fragments)} lines)."
                page.warnings.append(note)
    if lines:
        page.fragments[:] = [f for f in page.fragments if id(f) not in places]
        page.left_out[LeftOut.GARBAGE] = len(garbage)
        page.warnings.append(f"Read by OCR: {len(garbage)} lines of garbage in the text layer.")
    count_pictures(page, read)


def count_pictures(page: RawPage, read: int) -> None:
    """Put into the ledger how many pictures gave no text."""
    least = _SHOWN * page.width * page.height
    count = sum(area_of(box) >= least for box in page.images) - read
    if count > 0:
        page.left_out[LeftOut.PICTURES] = count


def _readable(boxes: list[Box], known: list[Box], opened: pdfium.PdfPage) -> list[Box]:
    if not boxes:
        return []
    preview, dpi = render(opened, dpi=_PROBE_DPI)
    grey = _painted(np.asarray(preview.convert("L"), np.uint8), known, dpi)
    return [box for box in boxes if looks_like_text(grey[_pixels(box, dpi)])]


def _painted(grey: Grey, known: list[Box], dpi: int) -> Grey:
    """The page without what is known, each place painted with the lightness around it."""
    painted = grey.copy()
    for x0, y0, x1, y1 in known:
        place = _pixels((x0 - _ROUND, y0 - _ROUND, x1 + _ROUND, y1 + _ROUND), dpi)
        under = grey[place]
        if under.size:
            painted[place] = round(float(np.median(under)))
    return painted


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes of neighbouring lines as one."""
    merged: list[Box] = []
    for box in sorted(boxes, key=lambda b: b[1]):
        tall = box[3] - box[1]
        near = (box[0] - 1, box[1] - tall, box[2] + 1, box[3])
        at = next((i for i, other in enumerate(merged) if _shared(near, other) > 0), None)
        if at is None:
            merged.append(box)
        else:
            old = merged[at]
            merged[at] = (
                min(old[0], box[0]),
                min(old[1], box[1]),
                max(old[2], box[2]),
                max(old[3], box[3]),
            )
    return [(b[0] - 3, b[1] - 3, b[2] + 3, b[3] + 3) for b in merged]


def _add(page: RawPage, found: OcrPage, place: Box) -> None:
    """What was read in a part of the page, where it stands on the page."""
    size = (page.width, page.height)
    for fragment in found.fragments:
        box = _moved(found.box_back(fragment.box), (max(0.0, place[0]), max(0.0, place[1])))
        if found.turn:
            box = turned(box, found.turn, *size)
        page.fragments.append(replace(fragment, box=box, turn=found.turn))
    unreadable = page.left_out.get(LeftOut.UNREADABLE, 0)
    page.left_out[LeftOut.UNREADABLE] = unreadable + found.unreadable
    if found.fragments:
        page.engine = found.engine
        page.reread_by = found.reread_by or page.reread_by


def _pixels(box: Box, dpi: int) -> tuple[slice, slice]:
    x0, y0, x1, y1 = (max(0, round(value * dpi / 72)) for value in box)
    return slice(y0, max(y1, y0 + 1)), slice(x0, max(x1, x0 + 1))


def _moved(box: Box, by: tuple[float, float]) -> Box:
    return (box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1])
