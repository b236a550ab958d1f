"""Images become pages through OCR: real engines, pictures drawn by the tests."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from kb.domain.errors import DamagedFile, LimitExceeded
from kb.domain.parsed import PageSource
from kb.parsing.images import image_facts, read_image
from kb.parsing.ocr import ocr_image
from kb.parsing.ocr_image import skew_of
from kb.parsing.ocr_sample import sample_page
from kb.parsing.pdf import read_pdf
from kb.parsing.render import render_page

WORDS = ["Invoice number 40718", "Please pay within thirty days", "to the account given below"]


def picture(lines: list[str] = WORDS) -> Image.Image:
    image = Image.new("L", (1000, 500), 255)
    pen = ImageDraw.Draw(image)
    for place, line in enumerate(lines):
        pen.text((80, 80 + 90 * place), line, fill=0, font=ImageFont.load_default(44))
    return image


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_text_is_read_in_every_orientation(tmp_path: Path, turned: int) -> None:
    path = tmp_path / "scan.png"
    picture().rotate(-turned, expand=True).save(path, dpi=(150, 150))

    (page,) = read_image(path, name="scan.png", max_pages=5)

    assert page.source is PageSource.OCR
    assert page.quality > 0.8
    assert "40718" in page.text
    assert "thirty days" in page.text
    for block in page.blocks:
        assert block.confidence is not None
        assert -2 <= block.box[0] <= block.box[2] <= page.width + 2
        assert -2 <= block.box[1] <= block.box[3] <= page.height + 2


def test_boxes_are_in_points_of_the_image_as_it_came(tmp_path: Path) -> None:
    blocks = ocr_image(picture(["Invoice number 40718"]), dpi=144)

    x0, y0, x1, y1 = blocks[0].lines[0].box
    assert x0 == pytest.approx(40, abs=8)
    assert y0 == pytest.approx(44, abs=12)
    assert x1 > x0 + 150
    assert y1 < 80


def test_tilt_is_measured() -> None:
    lines = [f"{n} lines of text tell how far a page is tilted" for n in range(5)]
    tilted = picture(lines).rotate(-2, fillcolor=255, resample=Image.Resampling.BICUBIC)

    assert skew_of(np.asarray(tilted)) == pytest.approx(2, abs=0.4)
    assert skew_of(np.asarray(picture(lines))) == 0


@pytest.mark.parametrize("tilt", [-2, 2])
@pytest.mark.parametrize("turned", [0, 90])
def test_a_dense_tilted_page_is_turned_upright(tilt: int, turned: int) -> None:
    """At this density the lines of a tilted page run into each other when smeared sideways."""
    page = Image.new("L", (1650, 2330), 255)
    pen = ImageDraw.Draw(page)
    for row in range(46):
        words = (
            "The committee agreed that every supplier shall be told by the end of May, or later."
        )
        pen.text((160, 170 + 43 * row), words, fill=15, font=ImageFont.load_default(31))
    page = page.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=255).rotate(-turned, expand=True)

    found = sample_page(np.asarray(page))

    assert found.turn == turned // 90
    assert found.letters > 50


def test_every_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "fax.tiff"
    second = picture(["Second page of the fax"])
    picture().save(path, save_all=True, append_images=[second], dpi=(150, 150))

    assert image_facts(path, name="fax.tiff").pages == 2
    (page,) = read_image(path, name="fax.tiff", first_page=2, max_pages=5)
    assert page.number == 2
    assert "Second page" in page.text
    assert Image.open(io.BytesIO(render_page(path, "tiff", 2, 300))).size == (300, 150)


def test_a_scanned_pdf_page_is_read_by_ocr(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    picture().save(path, resolution=150)

    (page,) = read_pdf(path, name="scan.pdf", max_pages=5)

    assert page.source is PageSource.OCR
    assert "thirty days" in page.text


def test_damaged_and_oversized_images_are_refused(tmp_path: Path) -> None:
    broken, huge = tmp_path / "broken.png", tmp_path / "huge.png"
    whole = io.BytesIO()
    picture().save(whole, "PNG")
    broken.write_bytes(whole.getvalue()[:200])
    Image.new("1", (9000, 9000)).save(huge)

    with pytest.raises(DamagedFile):
        list(read_image(broken, name="broken.png", max_pages=5))
    with pytest.raises(LimitExceeded):
        list(read_image(huge, name="huge.png", max_pages=5))
