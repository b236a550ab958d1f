"""OCR of one page image: turned upright, straightened, read by the engine that suits its script.

Measured on the development machine, character error rate with spaces and CPU-seconds a page:

* dense English pages rendered at 200 dpi, clean / noisy: tesseract .001 / .003 in 1.3 s,
  RapidOCR .002 / .002 in 6 s; at 300 dpi the same errors for more time.
* scanned English forms and receipts at 75-100 dpi (bag-of-characters F1): tesseract .53-.97 with
  a confidence of .5-.75, RapidOCR .88-.99 in about 1.4 s. So a Latin page is read by tesseract,
  and read again by RapidOCR when tesseract is unsure of it.
* Chinese page scans at 150 dpi: RapidOCR .95-.999 in 2-3 s, tesseract with chi_sim .89-.97.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import pytesseract
from PIL import Image

from kb.domain.errors import CannotRead, MissingTool
from kb.domain.parsed import Block, Box, Line
from kb.parsing.layout import page_blocks
from kb.parsing.layout_blocks import context_of, sizes_of
from kb.parsing.layout_lines import Fragment
from kb.parsing.ocr_image import Grey, Straightened, grey_of, skew_of, straightened
from kb.parsing.ocr_lines import OcrLine
from kb.parsing.ocr_memory import kept, key_of, recalled
from kb.parsing.ocr_rapid import RapidEngine
from kb.parsing.ocr_sample import PageSample, sample_page
from kb.parsing.ocr_tesseract import TesseractEngine, installed_languages
from kb.parsing.ocr_vertical import read_columns

OCR_DPI = 200
"""Resolution at which pages are rendered for OCR."""

TESSERACT_MISSING = "tesseract is not installed, so RapidOCR read this page."

_CHINESE_SHARE = 0.1
"""Share of ideographs among the sampled letters from which RapidOCR reads the page."""
_UNSURE = 0.85
"""Confidence of tesseract below which RapidOCR reads the page again."""
_UNSURE_OF_CHINESE = 0.88
"""Confidence of RapidOCR below which tesseract reads a Chinese page again."""
_TALLER = 0.35
"""Share of a line's height by which the box of a tilted part may be taller."""
_SHORTEST_PART = 8
"""Characters."""
_LEAST_LINE = 0.5
"""Lines below this confidence are noise."""
_EM_OF_LINE = 0.9
"""Em size by the height of a line's ink, roughly: ascender to descender."""
_SAME_SIZE = 0.3
"""Share by which measured sizes scatter around one true size."""


class OcrEngine(Protocol):
    """Reads an upright page image."""

    name: str

    def read(self, grey: Grey, *, dpi: int) -> list[OcrLine]:
        """Runs of text in pixels of ``grey``."""


@dataclass(frozen=True, slots=True)
class OcrPage:
    """One recognised page, in points of the image turned upright and straight."""

    fragments: tuple[Fragment, ...]
    width: float
    height: float
    straight: Straightened
    dpi: int
    engine: str
    confidence: float
    """Mean over characters; 0 when nothing was read."""
    warnings: tuple[str, ...] = ()
    turn: int = 0
    """Clockwise quarter turns by which the image came."""
    reread_by: str = ""
    """The other engine, where it read the page too; ``engine`` is the one that was kept."""
    unreadable: int = 0
    """Lines left out because no engine was sure of them: specks, scribbles, pictures."""

    def box_back(self, box: Box) -> Box:
        """A box of this page in points of the image as it came."""
        scale = self.dpi / 72
        x0, y0, x1, y1 = box
        found = self.straight.box_back((x0 * scale, y0 * scale, x1 * scale, y1 * scale))
        return (found[0] / scale, found[1] / scale, found[2] / scale, found[3] / scale)

    def block_back(self, block: Block) -> Block:
        """A block with its boxes on the image as it came."""
        parts = (part for line in block.lines for part in self._level_parts(line, block.text))
        lines = tuple(replace(part, box=self.box_back(part.box)) for part in parts)
        return replace(block, box=self.box_back(block.box), lines=lines)

    def _level_parts(self, line: Line, text: str) -> list[Line]:
        """A line cut so short that the box around each tilted part is hardly taller than it.

        Cut at the space nearest to equal parts; widths go by the share of characters.
        """
        x0, y0, x1, y1 = line.box
        rise = (x1 - x0) * self.straight.tilt
        count = math.ceil(rise / max(_TALLER * (y1 - y0), 1e-6))
        length = line.end - line.start
        if count < 2 or length < 2 * _SHORTEST_PART:  # noqa: PLR2004 - nothing to cut
            return [line]
        count = min(count, length // _SHORTEST_PART)
        guesses = [line.start + length * part // count for part in range(1, count)]
        cuts = sorted({line.start, *(_at_space(text, guess) for guess in guesses), line.end})
        edges = [x0 + (x1 - x0) * (cut - line.start) / length for cut in cuts]
        return [
            Line(start, end, (left, y0, right, y1))
            for start, end, left, right in zip(cuts, cuts[1:], edges, edges[1:], strict=False)
        ]


def _at_space(text: str, place: int) -> int:
    """The start of a word nearest to ``place``, which stays where there is none."""
    near = range(place - _SHORTEST_PART // 2, place + _SHORTEST_PART // 2 + 1)
    starts = [at for at in near if text[at - 1 : at].isspace()]
    return min(starts, key=lambda at: abs(at - place), default=place)


def recognise(
    image: Image.Image, *, dpi: int, name: str, language_hint: str = "", engine: str = ""
) -> OcrPage:
    """Read a page image.

    Args:
        image: As it came, in any orientation.
        dpi: Pixels per inch; gives the points of the result.
        name: For failures.
        language_hint: BCP 47; "zh…" or "ja…" settles the script, else the page tells.
        engine: Name of the engine that must read it; "" lets the script choose.

    Raises:
        LimitExceeded: Too many pixels.
    """
    grey = grey_of(image, name=name)
    key = key_of(grey, (dpi, language_hint, engine, *sorted(installed_languages())))
    return recalled(key, OcrPage) or kept(key, _recognised(grey, dpi, language_hint, engine))


def _recognised(grey: Grey, dpi: int, language_hint: str, engine: str) -> OcrPage:
    sample = sample_page(grey)
    if language_hint[:2] in {"zh", "ja"}:
        sample = replace(sample, ideographs=1.0)
    upright = straightened(grey, turn=sample.turn, skew=0.0)
    skew = skew_of(upright.grey)
    if skew:
        upright = straightened(grey, turn=sample.turn, skew=skew)
    if sample.vertical and engine != TesseractEngine.name:
        read = _Reading(RapidEngine.name, read_columns(upright.grey))
    else:
        read = _read(upright.grey, sample, dpi, engine)
    kept = [line for line in read.lines if line.confidence >= _LEAST_LINE]
    scale = 72 / dpi
    return OcrPage(
        tuple(_fragments(kept, scale)),
        upright.grey.shape[1] * scale,
        upright.grey.shape[0] * scale,
        upright,
        dpi,
        read.engine,
        mean_confidence(kept),
        read.warnings,
        sample.turn,
        read.reread_by,
        len(read.lines) - len(kept),
    )


def mean_confidence(lines: list[OcrLine]) -> float:
    """Mean over characters, 0..1."""
    characters = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / max(1, characters)


@dataclass(frozen=True, slots=True)
class _Reading:
    engine: str
    lines: list[OcrLine]
    warnings: tuple[str, ...] = ()
    reread_by: str = ""


def _read(grey: Grey, sample: PageSample, dpi: int, wanted: str) -> _Reading:
    """By the engine that is wanted, or by the one that suits the script and, if unsure, both."""
    rapid, packs = RapidEngine(), installed_languages()
    chinese = sample.ideographs >= _CHINESE_SHARE
    tesseract = TesseractEngine("chi_sim" if chinese else "eng")
    if wanted == tesseract.name:
        if tesseract.language not in packs:
            raise MissingTool(
                name="page", tool=f"tesseract-ocr ({tesseract.language})", instead="PDF"
            )
        try:
            return _Reading(tesseract.name, tesseract.read(grey, dpi=dpi))
        except (pytesseract.TesseractError, RuntimeError) as problem:
            raise CannotRead(name="page", detail=f"tesseract: {problem}"[:300]) from problem
    if wanted == rapid.name:
        return _Reading(rapid.name, rapid.read(grey, dpi=dpi))
    if tesseract.language not in packs:
        notes = () if chinese else (TESSERACT_MISSING,)
        return _Reading(rapid.name, rapid.read(grey, dpi=dpi), notes)
    engines = (rapid, tesseract) if chinese else (tesseract, rapid)
    return _by_both(grey, dpi, engines, _UNSURE_OF_CHINESE if chinese else _UNSURE)


def _by_both(grey: Grey, dpi: int, engines: tuple[OcrEngine, OcrEngine], unsure: float) -> _Reading:
    """By the first engine, and by the second where the first fails or is unsure."""
    first, second = engines
    try:
        lines = first.read(grey, dpi=dpi)
    except (pytesseract.TesseractError, RuntimeError) as problem:
        note = f"{first.name} failed ({type(problem).__name__}), so {second.name} read this page."
        return _Reading(second.name, second.read(grey, dpi=dpi), (note,), second.name)
    if mean_confidence(lines) >= unsure or (not lines and first.name == RapidEngine.name):
        return _Reading(first.name, lines)
    try:
        again = second.read(grey, dpi=dpi)
    except (pytesseract.TesseractError, RuntimeError):
        return _Reading(first.name, lines)
    if _worth(again) >= _worth(lines):
        return _Reading(second.name, again, (), second.name)
    return _Reading(first.name, lines, (), second.name)


def _worth(lines: list[OcrLine]) -> float:
    """How sure a reading is, times how much it read."""
    return mean_confidence(lines) * _letters(lines)


def _letters(lines: list[OcrLine]) -> int:
    return sum(1 for line in lines for character in line.text if character.isalnum())


def _fragments(lines: list[OcrLine], scale: float) -> list[Fragment]:
    """Lines in points; sizes near the usual one are made equal, since ink heights scatter."""
    heights = sorted(line.box[3] - line.box[1] for line in lines)
    usual = heights[len(heights) // 2] if heights else 0.0
    fragments = []
    for line in lines:
        x0, y0, x1, y1 = (value * scale for value in line.box)
        tall = line.box[3] - line.box[1]
        size = usual if abs(tall - usual) <= _SAME_SIZE * usual else tall
        fragments.append(
            Fragment(
                line.text, (x0, y0, x1, y1), size * scale * _EM_OF_LINE, confidence=line.confidence
            )
        )
    return fragments


def ocr_image(
    image: Image.Image, *, dpi: int = OCR_DPI, language_hint: str = "", name: str = "image"
) -> tuple[Block, ...]:
    """Blocks of text found in an image, boxes in points of the image as it came.

    Raises:
        LimitExceeded: Too many pixels.
    """
    page = recognise(image, dpi=dpi, name=name, language_hint=language_hint)
    return tuple(map(page.block_back, ocr_blocks(page)))


def ocr_blocks(page: OcrPage) -> list[Block]:
    """Lay out a recognised page by itself, boxes still in its upright frame."""
    sizes = sizes_of((f.size, False, len(f.text)) for f in page.fragments)
    context = context_of([sizes], page.height)
    lay_out = partial(page_blocks, tables=(), running={}, context=context)
    return lay_out(page.fragments, size=(page.width, page.height))
