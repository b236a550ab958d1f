"""Page images for preview."""

import io
from pathlib import Path

import pytest
from PIL import Image

from kb.domain.errors import InvalidInput, NotFound, UnsupportedFormat
from kb.domain.parsed import Block, BlockKind, Line, PageSource, ParsedPage
from kb.parsing.render import render_logical_page, render_page
from tests.support.pdf_files import Text, write_pdf


def shown(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


def test_a_pdf_page_is_as_wide_as_asked_for(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(72, 200, "Hello", 40)]])

    image = shown(render_page(path, "pdf", 1, 595))

    assert image.size == (595, 842)
    assert image.crop((72, 165, 200, 200)).getextrema()[0] < 80


def test_a_logical_page_is_drawn_where_its_boxes_are() -> None:
    box = (50.0, 100.0, 300.0, 120.0)
    block = Block(BlockKind.PARAGRAPH, "季度报告 Quarterly report", box, (Line(0, 21, box),))
    page = ParsedPage(1, 400, 400, PageSource.TEXT, 1.0, (block,))

    image = shown(render_logical_page(page, 400))

    assert image.crop((50, 100, 300, 120)).getextrema()[0] < 120
    assert image.crop((0, 200, 400, 400)).getextrema()[0] == 255


def test_impossible_requests_are_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[]])

    with pytest.raises(NotFound):
        render_page(path, "pdf", 2, 100)
    with pytest.raises(InvalidInput):
        render_page(path, "pdf", 1, 0)
    with pytest.raises(UnsupportedFormat):
        render_page(path, "docx", 1, 100)
