"""PNG, JPEG, TIFF, WebP and BMP: each frame is a page, read by OCR."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from kb.domain.errors import DamagedFile, LimitExceeded
from kb.domain.parsed import PageLedger, PageSource, ParsedPage
from kb.parsing.facts import DocumentFacts
from kb.parsing.layout_text import clean_text
from kb.parsing.ledger import LeftOut, dropped
from kb.parsing.ocr import ocr_blocks, recognise
from kb.parsing.ocr_image import MOST_PIXELS

_LEAST_DPI, _MOST_DPI = 60, 1200
_USUAL_WIDTH = 8.27
"""Inches: a picture that does not say its resolution is taken for an A4 page's width."""
_TAGS = {
    ExifTags.Base.ImageDescription: "subject",
    ExifTags.Base.Artist: "author",
    ExifTags.Base.DateTime: "created",
    ExifTags.Base.Software: "creator",
}
_BROKEN = (OSError, SyntaxError, ValueError, IndexError, EOFError, KeyError, TypeError)
"""What Pillow's decoders raise on damaged files."""
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "MPO", "PPM")


@contextmanager
def open_image(path: Path, *, name: str) -> Iterator[Image.Image]:
    """Open an image file without decoding it yet.

    Raises:
        DamagedFile: It is no image that can be decoded.
        LimitExceeded: More than MOST_PIXELS pixels.
    """
    try:
        with warnings.catch_warnings():
            # Our own limit follows; Pillow's warnings about size and odd tags say nothing new.
            warnings.simplefilter("ignore")
            image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as problem:
        raise LimitExceeded(name=name, detail="too many pixels") from problem
    except UnidentifiedImageError as problem:
        raise DamagedFile(name=name, detail="not a readable image") from problem
    except _BROKEN as problem:
        raise DamagedFile(name=name, detail="the image cannot be opened") from problem
    try:
        yield image
    finally:
        image.close()


def frame_of(image: Image.Image, number: int, *, name: str) -> tuple[Image.Image, int]:
    """Page ``number`` of an image file as it is to be seen, and its dots per inch.

    Raises:
        DamagedFile: It cannot be decoded.
        LimitExceeded: More than MOST_PIXELS pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.seek(number - 1)
            if image.width * image.height > MOST_PIXELS:
                raise LimitExceeded(
                    name=name, detail=f"an image of {image.width} x {image.height} pixels"
                )
            image.load()
            frame = ImageOps.exif_transpose(image)
    except _BROKEN as problem:
        raise DamagedFile(name=name, detail="the image data cannot be decoded") from problem
    return frame, dpi_of(frame)


def dpi_of(image: Image.Image) -> int:
    """The stated resolution if it makes sense, else that of a page as wide as A4."""
    stated = image.info.get("dpi")
    try:
        value = round(float(stated[0])) if stated else 0
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        value = 0
    # 72 and 96 are what programs write when they do not know.
    if _LEAST_DPI <= value <= _MOST_DPI and value not in {72, 96}:
        return value
    return max(_LEAST_DPI, min(_MOST_DPI, round(min(image.size) / _USUAL_WIDTH)))


def read_image(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Read an image file frame by frame.

    Raises:
        DamagedFile: It cannot be decoded.
        LimitExceeded: Too many frames or pixels.
    """
    with open_image(path, name=name) as image:
        count = int(getattr(image, "n_frames", 1))
        if count > max_pages:
            raise LimitExceeded(name=name, detail=f"{count} pages, the limit is {max_pages}")
        for number in range(first_page, count + 1):
            frame, dpi = frame_of(image, number, name=name)
            yield replace(_page(frame, dpi, name), number=number)


def _page(frame: Image.Image, dpi: int, name: str) -> ParsedPage:
    found = recognise(frame, dpi=dpi, name=name)
    blocks = tuple(map(found.block_back, ocr_blocks(found)))
    notes = found.warnings if blocks else (*found.warnings, "No text was found on this page.")
    return ParsedPage(
        1,
        frame.width * 72 / dpi,
        frame.height * 72 / dpi,
        PageSource.OCR,
        round(found.confidence, 4),
        blocks,
        notes,
        PageLedger(
            engine=found.engine,
            confidence=round(found.confidence, 4),
            dropped=dropped({LeftOut.UNREADABLE: found.unreadable}),
            reread_by=found.reread_by,
        ),
    )


def image_facts(path: Path, *, name: str) -> DocumentFacts:
    """Pages and the few tags an image file carries.

    Raises:
        DamagedFile: It is no image that can be decoded.
        LimitExceeded: More than MOST_PIXELS pixels.
    """
    with open_image(path, name=name) as image:
        try:
            tags = image.getexif()
            metadata = {
                meaning: clean_text(str(tags[tag]))[:500]
                for tag, meaning in _TAGS.items()
                if tags.get(tag)
            }
            return DocumentFacts(int(getattr(image, "n_frames", 1)), "", metadata)
        except _BROKEN:
            # Broken tags do not make the picture unreadable.
            return DocumentFacts(1)
