"""One page read again by the OCR engine that is asked for."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from kb.domain.parsed import PageLedger, PageSource, ParsedPage
from kb.parsing.ledger import LeftOut, dropped
from kb.parsing.ocr import OCR_DPI, ocr_blocks, recognise
from kb.parsing.render import render_page

ENGINES = ("rapidocr", "tesseract")


def reread_page(
    path: Path, file_format: str, *, name: str, number: int, width: float, engine: str
) -> ParsedPage:
    """Return page ``number`` (from 1), ``width`` points wide, as ``engine`` reads its image.

    Raises:
        CannotRead: the page cannot be drawn or recognised.
    """
    drawn = render_page(path, file_format, number, max(1, round(width * OCR_DPI / 72)))
    image = Image.open(io.BytesIO(drawn)).convert("RGB")
    dpi = max(1, round(image.width * 72 / width))
    found = recognise(image, dpi=dpi, name=name, engine=engine)
    blocks = tuple(map(found.block_back, ocr_blocks(found)))
    return ParsedPage(
        number,
        width,
        image.height * 72 / dpi,
        PageSource.OCR,
        round(found.confidence, 4),
        blocks,
        found.warnings,
        PageLedger(
            engine=found.engine,
            confidence=round(found.confidence, 4),
            dropped=dropped({LeftOut.UNREADABLE: found.unreadable}),
            reread_by=found.reread_by,
        ),
    )
