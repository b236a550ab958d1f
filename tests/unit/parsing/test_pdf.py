"""PDF files become pages of blocks with boxes."""

from pathlib import Path

import pytest

from kb.domain.errors import DamagedFile, LimitExceeded, PasswordProtected
from kb.domain.parsed import BlockKind, PageSource, ParsedPage
from kb.parsing.pdf import pdf_facts, read_pdf
from tests.support.pdf_files import HEIGHT, WIDTH, Mark, Rule, Text, paragraph, write_pdf

LINES = [
    "The supplier delivers the goods within thirty days after the order",
    "has been confirmed in writing, unless both sides agree on another",
    "date. Late delivery gives the buyer the right to withdraw.",
]


def read(path: Path, first_page: int = 1) -> list[ParsedPage]:
    return list(read_pdf(path, name="order.pdf", first_page=first_page, max_pages=50))


def texts(page: ParsedPage, kind: BlockKind) -> list[str]:
    return [block.text for block in page.blocks if block.kind is kind]


def test_lines_of_a_paragraph_are_joined_and_keep_their_boxes(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [paragraph(72, 200, LINES)])

    (page,) = read(path)

    (block,) = page.blocks
    assert block.text == " ".join(LINES)
    assert [block.text[line.start : line.end] for line in block.lines] == LINES
    first = block.lines[0].box
    assert first[0] == pytest.approx(72, abs=2)
    assert first[1] < 200 < first[3] + 1
    assert (page.width, page.height) == (WIDTH, HEIGHT)
    assert page.source is PageSource.TEXT
    assert page.quality == 1.0


def test_a_word_broken_at_the_end_of_a_line_is_made_whole(tmp_path: Path) -> None:
    lines = ["The agreement was signed by the repre-", "sentatives of a well-", "known company."]
    path = write_pdf(
        tmp_path / "a.pdf", [[*paragraph(72, 200, lines), Text(72, 400, "well-known")]]
    )

    (page,) = read(path)

    assert "representatives" in page.text
    assert page.text.count("well-known") == 2


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"left column line number {n} goes on here" for n in range(12)]
    right = [f"right column line number {n} goes on too" for n in range(12)]
    marks: list[Mark] = [Text(150, 100, "A title across both columns of this page", 18, bold=True)]
    for n in range(12):  # written row by row, as some programs do
        marks += [Text(72, 150 + 12 * n, left[n]), Text(320, 150 + 12 * n, right[n])]
    path = write_pdf(tmp_path / "a.pdf", [marks])

    (page,) = read(path)

    text = page.text
    assert text.startswith("A title across")
    assert text.index(left[11]) < text.index(right[0])
    assert page.blocks[0].kind is BlockKind.HEADING


def test_headings_have_levels_by_number_and_size(tmp_path: Path) -> None:
    marks = [
        Text(72, 100, "1 Scope", 16, bold=True),
        *paragraph(72, 130, LINES),
        Text(72, 200, "1.1 Definitions", 12, bold=True),
        *paragraph(72, 220, LINES),
        Text(72, 300, "Delivery", 10, bold=True),
        *paragraph(72, 320, LINES),
    ]
    path = write_pdf(tmp_path / "a.pdf", [marks])

    (page,) = read(path)

    headings = [(b.text, b.level) for b in page.blocks if b.kind is BlockKind.HEADING]
    assert headings == [("1 Scope", 1), ("1.1 Definitions", 2), ("Delivery", 3)]


def test_running_headers_and_page_numbers_are_marked(tmp_path: Path) -> None:
    pages = [
        [
            Text(72, 40, "Annual report of the Example Company"),
            *paragraph(72, 200, LINES),
            Text(290, 810, f"{number}"),
        ]
        for number in range(1, 5)
    ]
    path = write_pdf(tmp_path / "a.pdf", pages)

    for number, page in enumerate(read(path), 1):
        assert texts(page, BlockKind.PAGE_HEADER) == ["Annual report of the Example Company"]
        assert texts(page, BlockKind.PAGE_FOOTER) == [str(number)]
        assert page.text == " ".join(LINES)


def test_list_items_stand_alone(tmp_path: Path) -> None:
    items = ["1. apples from the north", "2. pears from the south", "(a) plums"]
    path = write_pdf(tmp_path / "a.pdf", [paragraph(72, 200, items)])

    (page,) = read(path)

    assert texts(page, BlockKind.LIST_ITEM) == items


def ruled(rows: list[list[str]], top: float = 200) -> list[Mark]:
    marks: list[Mark] = []
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            marks.append(Text(76 + 120 * c, top + 14 + 20 * r, text))
    bottom, right = top + 20 * len(rows), 72 + 120 * len(rows[0])
    marks += [Rule(72, top + 20 * r, right, top + 20 * r) for r in range(len(rows) + 1)]
    marks += [Rule(72 + 120 * c, top, 72 + 120 * c, bottom) for c in range(len(rows[0]) + 1)]
    return marks


def test_a_ruled_table_becomes_rows_and_its_text_stands_once(tmp_path: Path) -> None:
    rows = [["Part", "Price", "Number"], ["Bolt M8", "0.12", "400"], ["Nut M8", "0.08", "400"]]
    path = write_pdf(tmp_path / "a.pdf", [[*ruled(rows), *paragraph(72, 300, LINES)]])

    (page,) = read(path)

    (table,) = (b for b in page.blocks if b.kind is BlockKind.TABLE)
    assert table.rows == tuple(map(tuple, rows))
    assert table.text.splitlines()[1] == "Bolt M8 | 0.12 | 400"
    assert page.text.count("Bolt M8") == 1
    cell = next(ln for ln in table.lines if table.text[ln.start : ln.end] == "0.08")
    assert 190 < cell.box[0] < 200


def test_aligned_numbers_without_lines_become_a_table(tmp_path: Path) -> None:
    marks: list[Mark] = []
    for n, (name, old, new) in enumerate(
        [
            ("Sales", "1,200", "1,350"),
            ("Costs", "(800)", "(910)"),
            ("Taxes", "90", "101"),
            ("Profit", "310", "339"),
        ]
    ):
        marks += [
            Text(72, 200 + 14 * n, name),
            Text(300, 200 + 14 * n, old),
            Text(400, 200 + 14 * n, new),
        ]
    path = write_pdf(tmp_path / "a.pdf", [marks])

    (page,) = read(path)

    (table,) = page.blocks
    assert table.rows is not None
    assert table.rows[1] == ("Costs", "(800)", "(910)")


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_boxes_fit_the_page_as_shown_when_it_is_rotated(tmp_path: Path, rotate: int) -> None:
    path = write_pdf(tmp_path / "a.pdf", [paragraph(72, 200, LINES)], rotate=rotate)

    (page,) = read(path)

    (block,) = page.blocks
    assert block.text == " ".join(LINES)
    assert (page.width, page.height) == ((HEIGHT, WIDTH) if rotate != 180 else (WIDTH, HEIGHT))
    x0, y0, x1, y1 = block.lines[0].box
    assert 0 <= x0 < x1 <= page.width
    assert 0 <= y0 < y1 <= page.height
    corner = {90: (x1, HEIGHT - 190), 180: (x1, WIDTH - 72), 270: (y1, WIDTH - 72)}[rotate]
    assert corner[0] == pytest.approx(corner[1], abs=6)


def test_reading_goes_on_at_a_later_page(tmp_path: Path) -> None:
    pages = [[Text(72, 40, "Header"), Text(72, 300, f"Words of page {n}")] for n in range(1, 9)]
    path = write_pdf(tmp_path / "a.pdf", pages)

    assert read(path, first_page=6) == read(path)[5:]


def test_facts_name_title_and_pages(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[], []], title="采购合同")

    facts = pdf_facts(path, name="a.pdf")

    assert (facts.pages, facts.title) == (2, "采购合同")


def test_a_password_is_said_to_be_needed(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [paragraph(72, 200, LINES)], password="secret")

    with pytest.raises(PasswordProtected):
        read(path)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[]] * 51)

    with pytest.raises(LimitExceeded):
        read(path)


def test_a_damaged_cross_reference_table_is_repaired(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [paragraph(72, 200, LINES)])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"startxref")] + b"startxref\n7\n%%EOF")

    (page,) = read(path)

    assert page.text == " ".join(LINES)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.4\n" + b"\x00\xff" * 500])
def test_what_cannot_be_repaired_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)

    with pytest.raises(DamagedFile) as caught:
        read(path)

    assert str(tmp_path) not in str(caught.value)


def test_an_empty_page_is_a_page_without_blocks(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[]])

    (page,) = read(path)

    assert page.blocks == ()
