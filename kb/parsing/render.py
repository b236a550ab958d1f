"""Page images for preview: of PDF and image files as they are, of other formats drawn by us."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFont

from kb.domain.errors import DamagedFile, InvalidInput, NotFound, UnsupportedFormat
from kb.domain.parsed import Block, BlockKind, Box, ParsedPage
from kb.parsing.images import frame_of, open_image
from kb.parsing.pdf_document import open_pdf
from kb.parsing.render_pdf import MOST_RENDERED, render_at

IMAGE_FORMATS = frozenset({"png", "jpeg", "jpg", "tiff", "webp", "bmp", "gif"})
WIDEST = 4000

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
_INK, _GREY, _RULE = (28, 28, 30), (130, 130, 136), (205, 205, 210)


def render_page(path: Path, format: str, number: int, width_px: int) -> bytes:
    """Page ``number`` of a PDF or image file as PNG, ``width_px`` wide.

    Raises:
        InvalidInput: A width that is not 1 .. WIDEST.
        NotFound: There is no such page.
        UnsupportedFormat: Neither a PDF nor an image; draw a logical page instead.
        PasswordProtected, DamagedFile, LimitExceeded: As when reading it.
    """
    _check_width(width_px)
    if format == "pdf":
        image = _pdf_page(path, number, width_px)
    elif format in IMAGE_FORMATS:
        image = _image_page(path, number, width_px)
    else:
        raise UnsupportedFormat(name=path.name, detected=format)
    return _png(image)


def _check_width(width_px: int) -> None:
    if not 1 <= width_px <= WIDEST:
        raise InvalidInput(field="width", detail=f"it must be between 1 and {WIDEST} pixels")


def _pdf_page(path: Path, number: int, width_px: int) -> Image.Image:
    with open_pdf(path, name=path.name) as (document, _):
        if not 1 <= number <= len(document):
            raise NotFound(kind="page", id=number)
        try:
            page = document[number - 1]
            try:
                scale = width_px / max(1.0, page.get_width())
                return render_at(page, scale)[0]
            finally:
                page.close()
        except pdfium.PdfiumError as problem:
            raise DamagedFile(name=path.name, detail=f"page {number}") from problem


def _image_page(path: Path, number: int, width_px: int) -> Image.Image:
    with open_image(path, name=path.name) as image:
        if not 1 <= number <= int(getattr(image, "n_frames", 1)):
            raise NotFound(kind="page", id=number)
        frame, _ = frame_of(image, number, name=path.name)
        if frame.mode.startswith("I;16") or frame.mode in {"I", "F"}:
            frame = frame.point(lambda value: value / 256).convert("L")
        height = max(1, round(frame.height * width_px / frame.width))
        height = min(height, MOST_RENDERED // width_px)
        if frame.mode in {"RGBA", "LA", "PA", "P"}:
            frame = _on_white(frame)
        return frame.convert("RGB").resize((width_px, height), Image.Resampling.LANCZOS)


def _on_white(image: Image.Image) -> Image.Image:
    clear = image.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return white


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def render_logical_page(page: ParsedPage, width_px: int) -> bytes:
    """A page drawn from its blocks, as PNG: for formats that have no pages of their own.

    Each line stands in its box, so boxes of hits fit the picture.

    Raises:
        InvalidInput: A width that is not 1 .. WIDEST.
    """
    _check_width(width_px)
    scale = width_px / max(1.0, page.width)
    height_px = max(1, min(round(page.height * scale), MOST_RENDERED // width_px))
    image = Image.new("RGB", (width_px, height_px), "white")
    pen = ImageDraw.Draw(image)
    for block in page.blocks:
        _draw(pen, block, scale)
    return _png(image)


def _draw(pen: ImageDraw.ImageDraw, block: Block, scale: float) -> None:
    faint = block.kind in {BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER, BlockKind.FOOTNOTE}
    ink = _GREY if faint else _INK
    if not block.lines:
        _draw_line(pen, block.text, _scaled(block.box, scale), ink)
    for line in block.lines:
        box = _scaled(line.box, scale)
        if block.kind is BlockKind.TABLE:
            pen.rectangle(box, outline=_RULE)
        _draw_line(pen, block.text[line.start : line.end], box, ink)
    if block.kind is BlockKind.FIGURE:
        pen.rectangle(_scaled(block.box, scale), outline=_RULE)


def _scaled(box: Box, scale: float) -> Box:
    return (box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale)


def _draw_line(pen: ImageDraw.ImageDraw, text: str, box: Box, ink: tuple[int, int, int]) -> None:
    """One line of text as large as its box allows."""
    text = text.replace("\n", " ").strip()
    size = min(200, int((box[3] - box[1]) * 0.78))
    if not text or size < 4:  # noqa: PLR2004 - it could not be read
        return
    font = _font(size)
    wide = pen.textlength(text, font=font)
    room = max(1.0, box[2] - box[0])
    if wide > room:
        size = max(4, int(size * room / wide))
        font = _font(size)
    pen.text((box[0], (box[1] + box[3]) / 2), text, fill=ink, font=font, anchor="lm")


@lru_cache(maxsize=64)
def _font(size: int) -> _Font:
    path = _font_path()
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@lru_cache(maxsize=1)
def _font_path() -> str:
    """A font file with Chinese if there is one; empty for Pillow's own."""
    return next((path for path in _FONTS if Path(path).is_file()), "")
