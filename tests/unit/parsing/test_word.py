"""Word documents are read as a person reads them, in document order."""

from __future__ import annotations

import pytest

from kb.domain.errors import DamagedFile, LimitExceeded, UnsafeContent
from kb.domain.parsed import BlockKind
from kb.parsing.word import docx_facts, read_docx
from kb.parsing.word_numbers import chinese, roman, written
from tests.unit.parsing.office import W, p, word, write_zip

STYLES = f"""<w:styles {W}>
<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/>
<w:basedOn w:val="a"/></w:style>
<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="公司标题"/>
<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style></w:styles>"""
NUMBERING = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>
<w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>
<w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""


@pytest.fixture
def blocks(tmp_path):
    def read(body: str, **parts: str):
        path = word(tmp_path / "a.docx", body, **parts)
        pages = list(read_docx(path, name="a.docx", max_pages=100))
        return [(block.kind.value, block.text) for page in pages for block in page.blocks]

    return read


def test_headings_come_from_styles_outline_and_look(blocks):
    body = (
        p("付款", '<w:pStyle w:val="2"/>')
        + p("总则", '<w:pStyle w:val="Mine"/>')
        + p("第三章 违约责任", run="<w:b/>")
        + p("第三章规定的付款方式，双方应当遵守。")
    )
    assert [kind for kind, _ in blocks(body, styles=STYLES)] == [
        "heading",
        "heading",
        "heading",
        "paragraph",
    ]


def test_lists_carry_the_numbers_that_word_shows(blocks):
    def entry(text: str, level: int) -> str:
        properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>'
        return p(text, properties)

    body = entry("a", 0) + entry("b", 1) + entry("c", 1) + entry("d", 0) + entry("e", 1)
    texts = [text for _, text in blocks(body, numbering=NUMBERING)]
    assert texts == ["1. a", "（一） b", "（二） c", "2. d", "（一） e"]


def test_tracked_changes_are_accepted_and_hidden_text_left_out(blocks):
    body = (
        "<w:p><w:r><w:t>keep </w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r></w:p>"
    )
    assert blocks(body) == [("paragraph", "keep new")]


def test_tables_have_rows_and_merged_cells_speak_in_each_row(tmp_path):
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"

    wide = '<w:gridSpan w:val="2"/>'
    merged, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = (
        "<w:tbl>"
        f"<w:tr>{cell('部门')}{cell('姓名')}{cell('电话')}</w:tr>"
        f"<w:tr>{cell('财务', merged)}{cell('张三')}{cell('1')}</w:tr>"
        f"<w:tr>{cell('', goes_on)}{cell('合计', wide)}</w:tr>"
        "</w:tbl>"
    )
    page = next(read_docx(word(tmp_path / "a.docx", body), name="a", max_pages=1))
    table = page.blocks[0]
    assert table.rows == (("部门", "姓名", "电话"), ("财务", "张三", "1"), ("财务", "合计", ""))
    assert table.text.split("\n")[1] == "财务 | 张三 | 1"
    assert [table.text[line.start : line.end] for line in table.lines][:4] == [
        "部门",
        "姓名",
        "电话",
        "财务",
    ]


def test_notes_headers_boxes_and_controls_are_read(blocks):
    header = f"<w:hdr {W}>{p('机密')}</w:hdr>"
    notes = f'<w:footnotes {W}><w:footnote w:id="2">{p("见附件")}</w:footnote></w:footnotes>'
    body = (
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        f"<w:p><w:r><w:pict><w:txbxContent>{p('框内')}</w:txbxContent></w:pict></w:r></w:p>"
        f"<w:sdt><w:sdtContent>{p('控件')}</w:sdtContent></w:sdt>"
    )
    assert blocks(body, header1=header, footnotes=notes) == [
        ("page_header", "机密"),
        ("paragraph", "正文"),
        ("footnote", "[2] 见附件"),
        ("paragraph", "框内"),
        ("paragraph", "控件"),
    ]


def test_equations_become_text(blocks):
    body = (
        "<w:p><w:oMath><w:f><w:num><w:r><w:t>a+b</w:t></w:r></w:num>"
        "<w:den><w:r><w:t>c</w:t></w:r></w:den></w:f></w:oMath></w:p>"
    )
    assert blocks(body) == [("paragraph", "(a+b)/c")]


def test_a_page_break_begins_a_page(tmp_path):
    body = p("one") + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' + p("two")
    pages = list(read_docx(word(tmp_path / "a.docx", body), name="a", max_pages=9))
    assert [page.text for page in pages] == ["one", "two"]
    assert [page.number for page in pages] == [1, 2]


def test_deeply_nested_tables_end(blocks):
    body = p("KB-1")
    for _ in range(300):
        body = f"<w:tbl><w:tr><w:tc>{body}</w:tc><w:tc>{p('x')}</w:tc></w:tr></w:tbl>"
    assert "KB-1" in blocks(body)[0][1]


def test_title_and_author_are_told(tmp_path):
    core = (
        '<cp xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>季度报告</dc:title>'
        "<dc:creator>王五</dc:creator></cp>"
    )
    path = write_zip(tmp_path / "a.docx", {"docProps/core.xml": core, "word/document.xml": "<a/>"})
    facts = docx_facts(path, name="a.docx")
    assert (facts.title, facts.metadata) == ("季度报告", {"author": "王五"})


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', UnsafeContent),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16"), UnsafeContent),
        ("<w:document><w:body>", DamagedFile),
        ("<other/>", DamagedFile),
        (f"<w:document {W}>" + " " * 9_000_000 + "</w:document>", LimitExceeded),
    ],
)
def test_a_hostile_document_part_is_refused(tmp_path, document, error):
    path = write_zip(tmp_path / "a.docx", {"word/document.xml": document})
    with pytest.raises(error):
        list(read_docx(path, name="a.docx", max_pages=9))


def test_numerals_are_written_as_word_writes_them():
    assert [chinese(n) for n in (1, 10, 12, 21, 105, 110, 1003)] == [
        "一",
        "十",
        "十二",
        "二十一",
        "一百零五",
        "一百一十",
        "一千零三",
    ]
    assert [roman(n) for n in (4, 9, 14, 1990)] == ["iv", "ix", "xiv", "mcmxc"]
    assert [written(n, "upperLetter") for n in (1, 27)] == ["A", "AA"]
    assert BlockKind.HEADING.value == "heading"
