"""What an office puts into its files, one small file an item, through the front door."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import docx
import pikepdf
import pptx
import pytest
import xlsxwriter
from docx.oxml import parse_xml
from docx.shared import Pt
from PIL import Image, ImageDraw, ImageFont
from pptx.util import Emu, Inches

from kb.domain.parsed import ParsedDocument
from kb.parsing.reader import read_document, read_whole
from kb.parsing.sniff import sniff
from tests.support.compound_files import write_msg, write_xls
from tests.support.pdf_files import Text, write_pdf
from tests.unit.parsing.office import W, p, word, write_zip


def read(path: Path) -> ParsedDocument:
    return read_whole(path, name=path.name)


def told(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(b.kind.value, b.text) for page in document.pages for b in page.blocks]


def picture(words: str) -> bytes:
    image = Image.new("RGB", (900, 160), "white")
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(image).text((40, 50), words, "black", font)
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


# ---- DOCX
def test_docx_footers_endnotes_and_comments(tmp_path: Path) -> None:
    notes = f'<w:endnotes {W}><w:endnote w:id="3">{p("据2019年统计")}</w:endnote></w:endnotes>'
    comments = (
        f'<w:comments {W}><w:comment w:id="0" w:author="李四">{p("请核对金额")}</w:comment>'
        "</w:comments>"
    )
    body = (
        "<w:p><w:r><w:t>人口增长</w:t></w:r><w:r><w:endnoteReference w:id='3'/></w:r>"
        "<w:r><w:commentReference w:id='0'/></w:r></w:p>"
    )
    footer = f"<w:ftr {W}>{p('内部资料')}</w:ftr>"
    path = word(tmp_path / "a.docx", body, endnotes=notes, comments=comments, footer1=footer)

    assert told(read(path)) == [
        ("paragraph", "人口增长"),
        ("footnote", "[3] 据2019年统计"),
        ("footnote", "李四: 请核对金额"),
        ("page_footer", "内部资料"),
    ]


def test_docx_moved_and_deleted_parts_are_read_as_accepted(tmp_path: Path) -> None:
    body = (
        "<w:p><w:moveFrom><w:r><w:t>moved </w:t></w:r></w:moveFrom>"
        "<w:r><w:t>first</w:t></w:r></w:p>"
        "<w:p><w:moveTo><w:r><w:t>moved </w:t></w:r></w:moveTo><w:r><w:t>second</w:t></w:r></w:p>"
        f"<w:tbl><w:tr><w:tc>{p('a')}</w:tc><w:tc>{p('b')}</w:tc></w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{p('gone')}</w:tc><w:tc>{p('x')}</w:tc></w:tr>"
        f"<w:tr><w:trPr><w:ins/></w:trPr><w:tc>{p('c')}</w:tc><w:tc>{p('d')}</w:tc></w:tr></w:tbl>"
    )
    assert told(read(word(tmp_path / "a.docx", body))) == [
        ("paragraph", "first"),
        ("paragraph", "moved second"),
        ("table", "a | b\nc | d"),
    ]


def test_docx_headings_by_their_look(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("The first paragraph says what the paper is about, at some length.")
    run = made.add_paragraph().add_run("Terms of payment")
    run.bold, run.font.size = True, Pt(18)
    made.add_paragraph("Payment is due within thirty days of the date of the invoice.")
    emphasis = made.add_paragraph().add_run("Never pay in cash.")
    emphasis.bold = True
    made.save(str(tmp_path / "a.docx"))

    kinds = [kind for kind, _ in told(read(tmp_path / "a.docx"))]
    assert kinds == ["paragraph", "heading", "paragraph", "paragraph"]


def test_docx_written_by_word_s_own_parts_in_document_order(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading("Contract", 1)
    made.add_paragraph("before")
    table = made.add_table(2, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(0, 2).text = "price"
    table.cell(1, 0).text, table.cell(1, 1).text, table.cell(1, 2).text = "x", "y", "7"
    made.add_paragraph("after")
    made.sections[0].header.paragraphs[0].text = "Confidential"
    made.save(str(tmp_path / "a.docx"))

    assert told(read(tmp_path / "a.docx")) == [
        ("page_header", "Confidential"),
        ("heading", "Contract"),
        ("paragraph", "before"),
        ("table", "wide |  | price\nx | y | 7"),
        ("paragraph", "after"),
    ]


def test_docx_equations_keep_their_structure(tmp_path: Path) -> None:
    made = docx.Document()
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    paragraph = made.add_paragraph("Energy: ")
    paragraph._p.append(  # python-docx writes no equations
        parse_xml(
            f'<m:oMath xmlns:m="{math}"><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t>'
            "</m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
        )
    )
    made.save(str(tmp_path / "a.docx"))

    assert read(tmp_path / "a.docx").text == "Energy: E=mc^2"


def test_docx_images_are_read_by_ocr(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("See the stamp:")
    made.add_picture(io.BytesIO(picture("Approved by the board")), width=Pt(300))
    made.save(str(tmp_path / "a.docx"))

    assert "Approved by the board" in read(tmp_path / "a.docx").text


# ---- PPTX
def test_pptx_tables_groups_and_notes(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Review"
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1))
    box.text_frame.text = "inside the group"
    inner = group.shapes.add_group_shape()
    deep = inner.shapes.add_textbox(Inches(1), Inches(3), Inches(3), Inches(1))
    deep.text_frame.text = "group in a group"
    frame = slide.shapes.add_table(2, 2, Inches(1), Inches(5), Inches(4), Inches(1))
    for place, text in enumerate(("a", "b", "1", "2")):
        frame.table.cell(place // 2, place % 2).text = text
    slide.notes_slide.notes_text_frame.text = "mention the budget"
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "Outlook"
    made.save(str(tmp_path / "a.pptx"))

    document = read(tmp_path / "a.pptx")

    assert told(document) == [
        ("heading", "Review"),
        ("paragraph", "inside the group"),
        ("paragraph", "group in a group"),
        ("table", "a | b\n1 | 2"),
        ("footnote", "mention the budget"),
        ("heading", "Outlook"),
    ]
    assert [page.number for page in document.pages] == [1, 2]


def test_pptx_merged_cells_speak_in_each_row_and_once_in_a_row(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    table = slide.shapes.add_table(3, 3, Emu(0), Emu(0), Inches(6), Inches(2)).table
    texts = ("unit", "name", "phone", "sales", "Li", "1", "", "Wu", "2")
    for place, text in enumerate(texts):
        table.cell(place // 3, place % 3).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    made.save(str(tmp_path / "a.pptx"))

    assert told(read(tmp_path / "a.pptx")) == [
        ("table", "unit | name | phone\nsales | Li | 1\nsales | Wu | 2")
    ]


# ---- sheets
def test_xlsx_dates_merged_cells_and_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        clock = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet("发货")
        sheet.write_row(0, 0, ["地区", "日期", "数量"])
        sheet.merge_range(1, 0, 2, 0, "华北")
        sheet.write_datetime(1, 1, dt.datetime(2026, 3, 1), day)  # noqa: DTZ001 - sheets have none
        sheet.write_datetime(2, 1, dt.datetime(2026, 3, 2, 8, 30), clock)  # noqa: DTZ001
        sheet.write_column(1, 2, [5, 0.1])
        book.add_worksheet("空")
        book.add_worksheet("备注").write_string(0, 0, "完")

    document = read(path)

    assert told(document) == [
        ("heading", "发货"),
        ("table", "地区 | 日期 | 数量\n华北 | 2026-03-01 | 5\n华北 | 2026-03-02 08:30:00 | 0.1"),
        ("heading", "空"),
        ("heading", "备注"),
        ("heading", "完"),
    ]


def test_a_long_sheet_repeats_its_header_on_every_page(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "city", "sum"])
        for row in range(1, 901):
            sheet.write_row(row, 0, [f"n{row}", "Hamburg", row])

    tables = [b for page in read(path).pages for b in page.blocks if b.rows]

    assert len(tables) > 10
    assert {table.rows[0] for table in tables} == {("name", "city", "sum")}
    assert sum(len(table.rows) - 1 for table in tables) == 900


def test_xls_of_the_nineties(tmp_path: Path) -> None:
    rows: list[list[str | float]] = [["品名", "日期"], ["螺丝", 45292.0], ["螺母", 45293.0]]
    path = write_xls(tmp_path / "a.xls", "价格", rows, dates=1)

    assert told(read(path)) == [
        ("heading", "价格"),
        ("table", "品名 | 日期\n螺丝 | 2024-01-01\n螺母 | 2024-01-02"),
    ]


def test_tsv(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("name\tnote\nLi\ta, b\nWu\tc\n")

    assert told(read(path)) == [("table", "name | note\nLi | a, b\nWu | c")]


# ---- text
@pytest.mark.parametrize("codec", ["gb18030", "big5", "utf-16", "utf-8-sig"])
def test_text_in_the_encodings_of_the_office(tmp_path: Path, codec: str) -> None:
    text = "會議紀錄：本次會議決定於下週三完成所有的工作，並且通知各部門主管。" * 3
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(codec))

    assert read(path).text == text


# ---- RTF and OpenDocument
def test_rtf_in_unicode_with_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(
        rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\title Plan}}\uc1 \u21512?\u21516?\par"
        rb"{\*\generator Word;}\trowd\intbl a\cell b\cell\row\trowd\intbl 1\cell 2\cell\row"
        rb"\pard end}"
    )
    text = read(path).text

    assert "合同" in text
    assert "end" in text
    assert "Word" not in text
    assert "Arial" not in text
    assert text.index("合同") < text.index("a") < text.index("2") < text.index("end")


_OD = 'xmlns:o="o" xmlns:text="t" xmlns:table="b" xmlns:office="f" xmlns:draw="d" xmlns:pr="p"'


def open_document(path: Path, kind: str, body: str) -> Path:
    content = f"<o:document-content {_OD}><o:body>{body}</o:body></o:document-content>"
    return write_zip(
        path, {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content}
    )


def test_ods(tmp_path: Path) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    rows = "".join(
        f'<table:table-row><table:table-cell office:value-type="string"><text:p>{name}</text:p>'
        f"</table:table-cell>{cell}</table:table-row>"
        for name, cell in (
            ("day", '<table:table-cell office:value-type="string"><text:p>on</text:p>'
                    "</table:table-cell>"),
            ("start", '<table:table-cell office:value-type="date" office:date-value="2026-05-01">'
                      "<text:p>1. Mai</text:p></table:table-cell>"),
        )
    )  # fmt: skip
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" '
        f'xmlns:text="{words}"><office:body><office:spreadsheet><table:table table:name="Plan">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = write_zip(
        tmp_path / "a.ods",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:'
            'manifest:1.0"><m:file-entry m:full-path="/"/></m:manifest>',
        },
    )
    assert told(read(path)) == [("heading", "Plan"), ("table", "day | on\nstart | 2026-05-01")]


def test_odp_slides_are_pages_with_notes(tmp_path: Path) -> None:
    slides = "".join(
        f'<draw:page draw:name="p{n}"><draw:frame><draw:text-box><text:p>slide {n}</text:p>'
        "</draw:text-box></draw:frame>"
        f"<pr:notes><draw:frame><draw:text-box><text:p>note {n}</text:p></draw:text-box>"
        "</draw:frame></pr:notes></draw:page>"
        for n in (1, 2)
    )
    document = read(
        open_document(
            tmp_path / "a.odp", "presentation", f"<o:presentation>{slides}</o:presentation>"
        )
    )
    assert [page.text for page in document.pages] == ["slide 1\nnote 1", "slide 2\nnote 2"]


def test_odt_merged_cells_notes_and_tracked_deletions(tmp_path: Path) -> None:
    body = (
        "<o:text><text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>paid<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>by cheque</text:p></text:note-body></text:note> today</text:p><table:table>"
        '<table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>unit</text:p>'
        "</table:table-cell><table:table-cell><text:p>x</text:p></table:table-cell>"
        "</table:table-row><table:table-row><table:covered-table-cell/><table:table-cell>"
        "<text:p>y</text:p></table:table-cell></table:table-row></table:table></o:text>"
    )
    found = told(read(open_document(tmp_path / "a.odt", "text", body)))

    assert ("table", "unit | x\nunit | y") in found
    assert ("paragraph", "paid today") in found
    assert any(kind == "footnote" and "by cheque" in text for kind, text in found)
    assert "gone" not in str(found)


def test_odt_empty_cells_keep_their_columns(tmp_path: Path) -> None:
    body = (
        "<o:text><table:table><table:table-row><table:table-cell><text:p>a</text:p>"
        "</table:table-cell><table:table-cell table:number-columns-repeated='2'/>"
        "<table:table-cell><text:p>d</text:p></table:table-cell>"
        "<table:table-cell table:number-columns-repeated='16380'/></table:table-row>"
        "</table:table></o:text>"
    )
    assert told(read(open_document(tmp_path / "a.odt", "text", body))) == [
        ("table", "a |  |  | d | ")
    ]


# ---- mail
def test_msg_headers_body_and_attachment(tmp_path: Path) -> None:
    path = write_msg(
        tmp_path / "a.msg", subject="合同", sender="张三", body="请查收。", attached=b"KB-7731"
    )
    document = read(path)
    handed = []
    read_document(
        path,
        sniff(path, path.name),
        name=path.name,
        on_page=lambda page, total: None,
        on_attachment=handed.append,
    )
    assert document.title == "合同"
    assert document.metadata["recipients"] == "王五 <w@b.c>"
    assert "请查收。" in document.text
    assert [(a.name, a.content) for a in handed] == [("note.txt", b"KB-7731")]


# ---- images
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_every_kind_of_picture_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    Image.open(io.BytesIO(picture("Invoice number 4711"))).save(path, kind, dpi=(150, 150))

    assert "Invoice number 4711" in read(path).text


# ---- PDF
def test_a_pdf_with_an_empty_password_opens(tmp_path: Path) -> None:
    plain = write_pdf(tmp_path / "plain.pdf", [[Text(72, 100, "open to everybody")]])
    with pikepdf.open(plain) as pdf:
        pdf.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="boss", user=""))

    assert read(tmp_path / "a.pdf").text == "open to everybody"


def test_a_pdf_page_of_text_beside_a_scanned_one(tmp_path: Path) -> None:
    text = [Text(72, 100 + 14 * n, "These are words that were typed here.") for n in range(5)]
    path = write_pdf(tmp_path / "a.pdf", [text])
    scan = io.BytesIO()
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(Image.open(io.BytesIO(picture("Words under the scanner"))), (100, 200))
    page.save(scan, "PDF", resolution=150)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages.extend(pikepdf.open(scan).pages)
        pdf.save(path)

    document = read(path)

    assert [page.source.value for page in document.pages] == ["text", "ocr"]
    assert "typed here" in document.pages[0].text
    assert "Words under the scanner" in document.pages[1].text
