"""Each format's reader gives headings, text and tables in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.domain.errors import MissingTool, NoTextFound, PasswordProtected
from kb.domain.parsed import Attachment, FileType
from kb.parsing.legacy import read_ppt
from kb.parsing.reader import read_document, read_whole
from kb.parsing.report import document_json
from kb.parsing.sniff import sniff
from tests.unit.parsing.office import R, relations, write_zip


def read(path: Path, name: str = ""):
    return read_whole(path, name=name or path.name)


def kinds(document):
    return [(b.kind.value, b.text) for page in document.pages for b in page.blocks]


def test_plain_text(tmp_path):
    path = tmp_path / "说明.txt"
    path.write_text("第一章 总则\n\n本办法适用于全体员工。\n\n1. 请假\n2. 报销\n", "gb18030")
    document = read(path)
    assert (document.title, document.language) == ("第一章 总则", "zh")
    assert [kind for kind, _ in kinds(document)] == [
        "heading",
        "paragraph",
        "list_item",
        "list_item",
    ]


def test_hard_wrapped_lines_are_joined(tmp_path):
    words = "The supplier shall deliver the goods within thirty days of the order being placed"
    path = tmp_path / "a.txt"
    rest = "tinue to do so for as long as this agreement remains in force and the\nend."
    path.write_text(f"{words} and con-\n{rest}")
    assert "continue" in read(path).text


def test_markdown(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(
        "---\nauthor: 李四\n---\n# 手册\n\n见 [链接](http://x) 与 **重点**。\n\n- 一\n  - 二\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode  here\n```\n"
    )
    document = read(path)
    assert document.title == "手册"
    assert document.metadata["author"] == "李四"
    assert kinds(document) == [
        ("title", "手册"),
        ("paragraph", "见 链接 与 重点。"),
        ("list_item", "一"),
        ("list_item", "二"),
        ("table", "a | b\n1 | 2"),
        ("code", "code  here"),
    ]


def test_web_page(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(
        "<html><head><title>公告</title><script>alert(1)</script></head><body><h1>放假通知</h1>"
        "<p>国庆<b>放假</b>七天。</p><ol><li>甲</li><li>乙</li></ol><p style='display:none'>x</p>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td rowspan=2>1</td><td>2</td></tr>"
        "<tr><td>3</td></tr></table></body></html>"
    )
    document = read(path)
    assert document.title == "公告"
    assert kinds(document) == [
        ("title", "放假通知"),
        ("paragraph", "国庆放假七天。"),
        ("list_item", "1. 甲"),
        ("list_item", "2. 乙"),
        ("table", "a | b\n1 | 2\n1 | 3"),
    ]


def test_menus_around_an_article_stay_out_of_its_text(tmp_path):
    story = "".join(
        f"<p>{'The committee met again to discuss the budget of the year. ' * 6}{n}</p>"
        for n in range(6)
    )
    menu = "".join(f"<li><a href=/{n}>Section number {n} of the site</a></li>" for n in range(20))
    path = tmp_path / "a.html"
    path.write_text(
        f"<html><body><nav><ul>{menu}</ul></nav><article><h1>Budget</h1>{story}</article></body></html>"
    )
    document = read(path)
    assert "committee" in document.text
    assert "Section number" not in document.text
    assert any("Section number" in text for _, text in kinds(document))


def test_delimited_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('名称;价格\n=1+1;3\n"a;b";4\n')
    assert kinds(read(path)) == [("table", "名称 | 价格\n=1+1 | 3\na;b | 4")]


SHEET = """<worksheet><sheetData>{}</sheetData></worksheet>"""


def workbook(path: Path, cells: str) -> Path:
    main = f'<workbook {R}><sheets><sheet name="价格" sheetId="1" r:id="s"/></sheets></workbook>'
    return write_zip(
        path,
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("d", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": main,
            "xl/_rels/workbook.xml.rels": relations(("s", "worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": SHEET.format(cells),
        },
    )


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_workbook(tmp_path):
    cells = (
        f'<row r="1">{text_cell("A1", "品名")}{text_cell("B1", "单价")}</row>'
        f'<row r="2">{text_cell("A2", "螺丝")}<c r="B2"><v>3</v></c></row>'
    )
    document = read(workbook(tmp_path / "a.xlsx", cells))
    assert kinds(document) == [("heading", "价格"), ("table", "品名 | 单价\n螺丝 | 3")]


def test_a_sheet_with_a_cell_in_the_last_corner_is_read(tmp_path):
    cells = (
        f'<row r="1">{text_cell("A1", "KB-7")}</row>'
        f'<row r="1048576">{text_cell("XFD1048576", "end")}</row>'
    )
    text = read(workbook(tmp_path / "a.xlsx", cells)).text
    assert "KB-7" in text
    assert "end" in text


A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'


def shape(text: str, top: int, kind: str = "") -> str:
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{holder}</p:nvPr></p:nvSpPr><p:spPr><a:xfrm>"
        f'<a:off x="127000" y="{top * 12700}"/><a:ext cx="2540000" cy="635000"/></a:xfrm></p:spPr>'
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def test_presentation(tmp_path):
    slide = (
        f"<p:sld {A} {P}><p:cSld><p:spTree>{shape('下面', 300)}{shape('上面', 100)}"
        f"{shape('季度回顾', 20, 'title')}</p:spTree></p:cSld></p:sld>"
    )
    notes = f"<p:notes {A} {P}>{shape('记得提到预算', 0, 'body')}</p:notes>"
    path = write_zip(
        tmp_path / "a.pptx",
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("d", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation {P} {R}><p:sldIdLst><p:sldId id="256" '
            'r:id="s"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(("s", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": slide,
            "ppt/slides/_rels/slide1.xml.rels": relations(("n", "notesSlide", "../notes.xml")),
            "ppt/notes.xml": notes,
        },
    )
    document = read(path)
    assert [text for _, text in kinds(document)] == ["季度回顾", "上面", "下面", "记得提到预算"]
    page = document.pages[0]
    assert page.width == 720.0
    assert page.blocks[1].box[:2] == (10.0, 100.0)
    assert document.title == "季度回顾"


def test_mail_with_an_attachment(tmp_path):
    path = tmp_path / "a.eml"
    path.write_text(
        "From: =?utf-8?b?5byg5LiJ?= <a@b.c>\nTo: d@e.f\nSubject: =?gb2312?B?us/NrA==?=\n"
        "Date: Mon, 1 Jun 2026 10:00:00 +0800\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain; '
        "charset=utf-8\n\n请查收。\n--x\nContent-Type: text/plain\n"
        'Content-Disposition: attachment; filename="../../etc/note.txt"\n\nKB-7731\n--x--\n'
    )
    document = read(path)
    assert document.title == "合同"
    assert document.metadata["author"] == "张三 <a@b.c>"
    assert "请查收。" in document.text
    assert "Attachment: note.txt" in document.text
    assert "KB-7731" not in document.text
    handed = []
    read_document(
        path,
        sniff(path, path.name),
        name=path.name,
        on_page=lambda page, total: None,
        on_attachment=handed.append,
    )
    assert handed == [Attachment("note.txt", "text/plain", b"KB-7731")]


def test_mail_nested_without_end_is_read_or_refused(tmp_path):
    path = tmp_path / "a.eml"
    head = "From: a@b.c\nTo: d@e.f\nSubject: deep\n"
    path.write_text(head + "Content-Type: message/rfc822\n\n" * 12 + head + "\nKB-1\n")
    assert read(path).title == "deep"


def test_rich_text(tmp_path):
    path = tmp_path / "a.rtf"
    path.write_bytes(rb"{\rtf1\ansi\ansicpg936 \'ba\'cf\'cd\'ac KB-7\par next}")
    assert [text for _, text in kinds(read(path))] == ["合同 KB-7", "next"]


def test_open_document(tmp_path):
    content = (
        '<o:document-content xmlns:o="o" xmlns:text="t" xmlns:table="b"><o:body><o:text>'
        '<text:h text:outline-level="2">范围</text:h><text:p>正<text:s/>文</text:p>'
        "<text:list><text:list-item><text:p>甲</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row></table:table>'
        "</o:text></o:body></o:document-content>"
    )
    path = write_zip(
        tmp_path / "a.odt",
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content},
    )
    assert kinds(read(path)) == [
        ("heading", "范围"),
        ("paragraph", "正 文"),
        ("list_item", "甲"),
        ("table", "a | "),
    ]


def test_book(tmp_path):
    package = (
        "<package><metadata><title>手册</title></metadata><manifest>"
        '<item id="b" href="two.xhtml"/><item id="a" href="one.xhtml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    path = write_zip(
        tmp_path / "a.epub",
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<c><rootfile full-path="O/p.opf"/></c>',
            "O/p.opf": package,
            "O/one.xhtml": "<html><body><h2>第一</h2></body></html>",
            "O/two.xhtml": "<html><body><p>第二</p></body></html>",
        },
    )
    document = read(path)
    assert document.title == "手册"
    assert [page.text for page in document.pages] == ["第一", "第二"]


def test_encrypted_office_files_ask_for_the_password(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x")
    with pytest.raises(PasswordProtected):
        read_document(path, FileType("encrypted", ""), name="a.docx", on_page=lambda p, t: None)


def test_a_missing_program_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match="LibreOffice"):
        list(read_ppt(tmp_path / "a.ppt", name="a.ppt", max_pages=9))


def test_blank_text_is_told(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(" \n \n")
    with pytest.raises(NoTextFound):
        read(path)


def test_report_has_the_fields_of_the_interface(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    told = document_json(read(path))
    assert set(told) >= {"pages", "text", "language", "title", "warnings"}
    block = told["pages"][0]["blocks"][0]
    assert block["rows"] == [["a", "b"], ["1", "2"]]
    assert len(block["box"]) == 4
