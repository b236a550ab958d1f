"""PDF pages as images, never larger than is safe."""

from __future__ import annotations

import math

import pypdfium2 as pdfium
from PIL import Image

MOST_RENDERED = 25_000_000
"""Pixels of one render; A4 at 400 dpi has 15 million."""
_LONGEST_SIDE = 16_000


def render(page: pdfium.PdfPage, *, dpi: int) -> tuple[Image.Image, int]:
    """The page as shown at about ``dpi``, and the resolution really used."""
    image, scale = render_at(page, dpi / 72)
    return image, max(1, round(scale * 72))


def render_at(page: pdfium.PdfPage, scale: float) -> tuple[Image.Image, float]:
    """The page as shown, annotations drawn, at ``scale`` pixels a point, and the scale used.

    A page so large that it would go beyond MOST_RENDERED is rendered more coarsely.
    """
    width, height = page.get_size()
    pixels = max(1.0, width * scale) * max(1.0, height * scale)
    if pixels > MOST_RENDERED:
        scale *= math.sqrt(MOST_RENDERED / pixels)
    longest = max(width, height) * scale
    if longest > _LONGEST_SIDE:
        scale *= _LONGEST_SIDE / longest
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        return bitmap.to_pil().convert("RGB"), scale
    finally:
        bitmap.close()
