"""OCR of mixed, tilted and vertical pages: real engines, pages drawn by the tests."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw, ImageFont

from kb.domain.parsed import Box, PageSource, ParsedPage
from kb.parsing.images import read_image
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_vertical import with_columns
from kb.parsing.ledger import LeftOut, dropped, measured
from kb.parsing.ocr_strip import cells_of
from kb.parsing.pdf import read_pdf
from tests.support.pdf_files import Text, write_pdf

WORDS = (
    "The committee agreed on ORCHARD terms in May",
    "Every supplier shall be told about them soon",
    "Payment follows within THIRTY days of invoice",
    "Goods are returned at the LANDLORD's expense",
)


def text_picture(lines: tuple[str, ...], size: tuple[int, int] = (1000, 380)) -> Image.Image:
    image = Image.new("L", size, 255)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        pen.text((40, 30 + 80 * row), line, fill=0, font=ImageFont.load_default(40))
    return image


def with_picture(path: Path, picture: Image.Image, box: Box) -> None:
    """Put a picture onto page 1 of a PDF, ``box`` from the top left."""
    document = pdfium.PdfDocument(path)
    page = document[0]
    packed = io.BytesIO()
    picture.convert("RGB").save(packed, "JPEG", quality=92)
    packed.seek(0)
    image = pdfium.PdfImage.new(document)
    image.load_jpeg(packed, inline=True)
    wide, tall = box[2] - box[0], box[3] - box[1]
    image.set_matrix(
        pdfium.PdfMatrix().scale(wide, tall).translate(box[0], page.get_height() - box[3])
    )
    page.insert_obj(image)
    page.gen_content()
    changed = io.BytesIO()
    document.save(changed)
    document.close()
    path.write_bytes(changed.getvalue())


def read(path: Path) -> ParsedPage:
    (page,) = read_pdf(path, name=path.name, max_pages=5)
    return measured(page)


PLACE = (100.0, 300.0, 500.0, 452.0)


def test_a_picture_between_text_is_read_where_it_stands(tmp_path: Path) -> None:
    above = Text(72, 200, "Before the picture stands this ordinary sentence of text.")
    below = Text(72, 560, "After the picture stands another ordinary sentence of text.")
    path = write_pdf(tmp_path / "mixed.pdf", [[above, below]])
    with_picture(path, text_picture(WORDS), PLACE)

    page = read(path)

    places = [page.text.find(word) for word in ("Before", "ORCHARD", "THIRTY", "After")]
    assert places == sorted(places)
    assert places[0] >= 0
    assert page.source is PageSource.TEXT
    assert page.ledger.engine
    for block in page.blocks:
        if "ORCHARD" in block.text:
            assert PLACE[0] <= block.box[0] < block.box[2] <= PLACE[2]
            assert PLACE[1] <= block.box[1] < block.box[3] <= PLACE[3]


def test_text_over_a_picture_is_not_read_twice(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "mixed.pdf", [[Text(72, 200, "Nothing here but a sentence.")]])
    with_picture(path, text_picture(WORDS, (1000, 500)), (100, 300, 500, 500))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        over = b"BT /F1 12 Tf 1 0 0 1 120 360 Tm (REGISTERED in the text layer) Tj ET"
        pdf.pages[0].contents_add(pdf.make_stream(over))
        pdf.save(path)

    page = read(path)

    assert page.text.count("REGISTERED") == 1
    assert page.text.count("ORCHARD") == 1


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("tilt", [0, 2])
def test_boxes_lie_on_the_words_of_the_page_as_it_came(
    tmp_path: Path, turned: int, tilt: int
) -> None:
    plain = Image.new("L", (1240, 900), 255)
    plain.paste(text_picture(WORDS), (100, 250))
    where = Image.new("L", plain.size, 0)
    where.paste(255, (140, 250 + 30, 1100, 250 + 75))  # the first line
    path = tmp_path / "scan.png"
    for image, paper in ((plain, 255), (where, 0)):
        changed = image.rotate(tilt, fillcolor=paper, resample=Image.Resampling.BICUBIC)
        changed = changed.rotate(-turned, expand=True)
        if paper:
            changed.save(path, dpi=(150, 150))
        else:
            known = np.asarray(changed) > 128
    (page,) = read_image(path, name="scan.png", max_pages=1)

    block = next(block for block in page.blocks if "ORCHARD" in block.text)
    first = [line for line in block.lines if line.start < block.text.find("May")]
    covered = np.zeros_like(known)
    for line in first:
        x0, y0, x1, y1 = (max(0, round(value * 150 / 72)) for value in line.box)
        covered[y0:y1, x0:x1] = True
    assert (covered & known).sum() > 0.6 * covered.sum()
    for line in block.lines:
        assert 0 <= line.start < line.end <= len(block.text)


def test_columns_of_characters_are_lines_from_the_right() -> None:
    columns = ["天地玄黄宇宙洪荒", "日月盈昃辰宿列张"]
    glyphs = [
        Fragment(character, (500 - 24 * c, 100 + 13 * r, 512 - 24 * c, 112 + 13 * r), 12)
        for c, column in enumerate(columns)
        for r, character in enumerate(column)
    ]

    found = with_columns(glyphs[::-1], (595, 842))

    assert [f.text for f in sorted(found, key=lambda f: f.box[1])] == columns
    assert {f.turn for f in found} == {1}


def test_spaced_characters_in_rows_are_no_columns() -> None:
    glyphs = [
        Fragment("文", (100 + 24 * c, 100 + 40 * r, 112 + 24 * c, 112 + 40 * r), 12)
        for r in range(4)
        for c in range(8)
    ]

    assert with_columns(glyphs, (595, 842)) == glyphs


def test_characters_of_a_column_are_told_apart() -> None:
    lying = np.full((40, 400), 255, np.uint8)
    for place in range(8):
        lying[4:36, 6 + 48 * place : 40 + 48 * place] = 0

    assert len(cells_of(lying)) == 8


def test_running_headers_are_counted_in_the_ledger(tmp_path: Path) -> None:
    pages = [
        [Text(72, 40, "Yearly report"), Text(72, 300, f"Chapter {n} tells a story of its own.")]
        for n in range(3)
    ]
    path = write_pdf(tmp_path / "report.pdf", pages)

    found = [measured(page) for page in read_pdf(path, name="report.pdf", max_pages=5)]

    assert [page.ledger.dropped for page in found] == [("running 1",)] * 3
    assert dropped({LeftOut.PICTURES: 2, LeftOut.RUNNING: 0}) == ("pictures 2",)
