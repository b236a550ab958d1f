"""PDF pages as images, never larger than is safe."""

from __future__ import annotations

import math

import pypdfium2 as pdfium
from PIL import Image

MOST_RENDERED = 25_000_000
"""Pixels of one render; A4 at 400 dpi has 15 million."""


def render(page: pdfium.PdfPage, *, dpi: int) -> tuple[Image.Image, int]:
    """The page as shown, forms and annotations drawn, and the resolution really used.

    A page so large that it would go beyond MOST_RENDERED is rendered more coarsely.
    """
    width, height = page.get_size()
    pixels = max(1.0, width * height) * (dpi / 72) ** 2
    if pixels > MOST_RENDERED:
        dpi = max(1, math.floor(dpi * math.sqrt(MOST_RENDERED / pixels)))
    bitmap = page.render(scale=dpi / 72, rev_byteorder=True)
    try:
        return bitmap.to_pil().convert("RGB"), dpi
    finally:
        bitmap.close()
