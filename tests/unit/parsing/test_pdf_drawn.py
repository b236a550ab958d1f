"""Forms, notes, tables and furniture in PDFs drawn by reportlab."""

from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate, Table

from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.pdf import read_pdf

NUMBERS = [
    ["Region", "2023", "2024"],
    ["North", "1,204", "1,377"],
    ["South", "988", "1,020"],
    ["East", "455", "(31)"],
    ["West", "730", "12.5%"],
]
RULES = {
    "ruled": [("GRID", (0, 0), (-1, -1), 0.5, colors.black)],
    "open sides": [("INNERGRID", (0, 0), (-1, -1), 0.5, colors.black)],
    "under rows": [("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.black)],
    "above and below": [
        ("LINEABOVE", (0, 0), (-1, 0), 1, colors.black),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
        ("LINEBELOW", (0, -1), (-1, -1), 1, colors.black),
    ],
    "stripes": [("ROWBACKGROUNDS", (0, 0), (-1, -1), (colors.lightgrey, colors.white))],
    "bare": [],
}


def read(path: Path) -> list[ParsedPage]:
    return list(read_pdf(path, name=path.name, max_pages=50))


def tables(pages: list[ParsedPage]) -> list[list[list[str]]]:
    return [[list(row) for row in b.rows] for p in pages for b in p.blocks if b.rows]


def drawn(path: Path, rows: list[list[str]], look: list[tuple[object, ...]]) -> Path:
    SimpleDocTemplate(str(path), pagesize=A4).build([Table(rows, style=look)])
    return path


@pytest.mark.parametrize("look", RULES.values(), ids=RULES.keys())
def test_a_table_is_found_whatever_rules_it_has(tmp_path: Path, look: list) -> None:
    path = drawn(tmp_path / "a.pdf", NUMBERS, look)

    assert tables(read(path)) == [NUMBERS]


def test_words_in_columns_are_a_table(tmp_path: Path) -> None:
    rows = [
        ["Item", "Supplier", "State"],
        ["Bolt", "Northern Works", "open"],
        ["Washer", "Hansen", "paid"],
        ["Hinge", "Hansen", "open"],
        ["Bracket", "Eastern Metal", "late"],
    ]

    assert tables(read(drawn(tmp_path / "a.pdf", rows, []))) == [rows]


def test_a_header_over_two_columns_does_not_join_them(tmp_path: Path) -> None:
    top = ["", "Sales", "", "Staff", ""]
    body = [
        ["Region", "2023", "2024", "2023", "2024"],
        ["North", "1,204", "1,377", "12", "14"],
        ["South", "9,880", "1,020", "11", "10"],
        ["East", "4,550", "1,031", "19", "18"],
        ["West", "7,300", "1,012", "21", "25"],
    ]
    look = [
        ("SPAN", (1, 0), (2, 0)),
        ("SPAN", (3, 0), (4, 0)),
        ("ALIGN", (1, 0), (-1, -1), "CENTER"),
    ]

    (found,) = tables(read(drawn(tmp_path / "a.pdf", [top, *body], look)))

    assert found[1:] == body
    assert found[0] == top


def test_form_values_are_read_where_they_stand(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    canvas.drawString(72, 700, "Name of the applicant:")
    form = canvas.acroForm
    form.textfield(name="who", value="Li Hua", x=220, y=690, width=160, height=20)
    form.textfield(
        name="pin", value="4711", x=220, y=600, width=160, height=20, fieldFlags="password"
    )
    form.checkbox(name="yes", checked=True, x=72, y=650, size=14)
    form.checkbox(name="no", checked=False, x=172, y=650, size=14)
    canvas.save()

    (page,) = read(tmp_path / "a.pdf")

    assert "Name of the applicant: Li Hua" in page.text
    assert "4711" not in page.text
    assert page.text.count("☑") == 1


def test_notes_on_a_page_are_kept_with_their_place(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    canvas.drawString(72, 700, "The clause as it was signed.")
    canvas.textAnnotation("Ask legal about this", Rect=[300, 690, 320, 710])
    canvas.save()

    (page,) = read(tmp_path / "a.pdf")

    (note,) = [b for b in page.blocks if b.kind is BlockKind.FOOTNOTE]
    assert note.text == "Ask legal about this"
    assert note.box == pytest.approx((300, A4[1] - 710, 320, A4[1] - 690), abs=1)


def test_a_line_that_happens_to_repeat_is_no_footer(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for number in range(1, 5):
        for row in range(8):
            text = (
                "the same words stand here on each page"
                if row == 5
                else f"words {'abcdefgh'[row] * number} of it"
            )
            canvas.drawString(72, 200 - 12 * row, text)
        canvas.drawCentredString(A4[0] / 2, 40, str(number))
        canvas.showPage()
    canvas.save()

    pages = read(tmp_path / "a.pdf")

    assert all("the same words stand here" in page.text for page in pages)
    assert all([b.text for b in p.blocks if b.kind is BlockKind.PAGE_FOOTER] for p in pages)


def test_two_sides_of_short_answers_are_read_one_after_the_other(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(1190, 842))
    for side, x in (("left", 60), ("right", 660)):
        for question in range(4):
            y = 760 - 150 * question - (23 if side == "right" else 0)
            asked = f"{side} {question}: does the country have an institution of legal aid and what"
            canvas.drawString(x, y, asked)
            canvas.drawString(x, y - 14, f"does it do for those who cannot pay, on the {side}?")
            for answer in range(3):
                canvas.drawString(
                    x + 15, y - 32 - 17 * answer, f"{side} answer number {question}.{answer}"
                )
    canvas.save()

    (page,) = read(tmp_path / "a.pdf")

    assert page.text.rindex("left") < page.text.index("right")
