"""Writes the sample documents in kb/samples. Run by hand after a change; the results are committed.

Needs Chromium and fonts-noto-cjk for the PDF files. The company, its partners and every figure are
invented.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import shutil
import subprocess
import tempfile
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pypdfium2
import xlsxwriter
from docx import Document
from PIL import Image, ImageChops, ImageFilter

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "kb" / "samples"
SCAN_DPI = 150


def main() -> None:
    """Write every sample."""
    _print_html("contract.html", TARGET / "采购合同-CT-2026-0147.pdf")
    _print_html("invoice.html", TARGET / "invoice-INV-20931.pdf")
    _scan("delivery-note.html", TARGET / "送货单-扫描件.pdf")
    _minutes(TARGET / "minutes-production-meeting-2026-04.docx")
    _leave_rules(TARGET / "考勤与休假管理制度.docx")
    _price_list(TARGET / "标准件价格表-2026年第二季度.xlsx")
    _mail(TARGET / "delivery-delay-PO-4471.eml")


def _print_html(name: str, target: Path) -> None:
    """Print a page of ours by Chromium, without its date and address lines."""
    browser = shutil.which("chromium") or "chromium"
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
            + ["--disable-background-networking", f"--user-data-dir={profile}"]
            + [f"--print-to-pdf={target}", str(HERE / name)],
            check=True,
            capture_output=True,
        )
    with pikepdf.open(target, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/CreationDate"] = pdf.docinfo["/ModDate"] = "D:20260601090000Z"
        pdf.save(
            target, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )


def _scan(name: str, target: Path) -> None:
    """A page as an office scanner delivers it: an image alone, a little skewed and noisy."""
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "page.pdf"
        _print_html(name, printed)
        pdf = pypdfium2.PdfDocument(printed)
        page = pdf[0].render(scale=SCAN_DPI / 72).to_pil().convert("L")
        pdf.close()
    noise = random.Random(5)  # noqa: S311 - the same scan each time
    grain = Image.frombytes("L", page.size, noise.randbytes(page.width * page.height))
    grain = grain.point(lambda value: 215 + value * 40 // 255)
    skewed = page.rotate(0.7, resample=Image.Resampling.BICUBIC, expand=False, fillcolor=255)
    scan = ImageChops.multiply(skewed.filter(ImageFilter.GaussianBlur(0.5)), grain)
    buffer = io.BytesIO()
    scan.save(buffer, "PDF", resolution=SCAN_DPI, quality=55)
    target.write_bytes(buffer.getvalue())


def _minutes(target: Path) -> None:
    document = Document()
    _date(document)
    document.add_heading("Minutes of the production meeting", 0)
    document.add_paragraph("Date: 14 April 2026, 09:00 to 10:10. Place: meeting room 2.")
    document.add_paragraph(
        "Present: production manager (chair), head of purchasing, quality engineer, "
        "maintenance lead, shift leaders A and B. Excused: head of logistics."
    )
    document.add_heading("1. Output of March", 1)
    document.add_paragraph(
        "11,840 housings were finished against a plan of 12,500 (94.7 percent). The gap comes from "
        "two stops of machining centre VC-850 number 3 with alarm E-3310, together 19 hours."
    )
    document.add_heading("2. Quality", 1)
    document.add_paragraph(
        "The scrap rate fell from 2.9 to 2.1 percent. The customer complaint about burrs at the "
        "oil bore is closed; deburring is now an inspection step of its own."
    )
    document.add_heading("3. Cooling plant", 1)
    document.add_paragraph(
        "The two water chillers of PO-4471 arrive in the second half of May. Until then night "
        "shifts run without machine 5, because the old chiller cannot hold 22 degrees."
    )
    document.add_heading("Decisions and actions", 1)
    table = document.add_table(rows=1, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("Action", "Who", "Until"), strict=True):
        cell.text = text
    for row in (
        ("Replace the spindle bearing of VC-850 number 3", "maintenance lead", "24 April"),
        ("Ask for the two missing face mills of contract CT-2026-0147", "purchasing", "17 April"),
        ("Train shift B on the burr inspection", "quality engineer", "30 April"),
    ):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("Next meeting: 12 May 2026, 09:00.")
    document.save(str(target))


def _leave_rules(target: Path) -> None:
    document = Document()
    _date(document)
    document.add_heading("考勤与休假管理制度", 0)
    document.add_paragraph(
        "文件编号：HR-ZD-012　版本：3.1　生效日期：2026年1月1日　编制：人力资源部"
    )
    for heading, paragraphs in (
        (
            "第一章　总则",
            [
                "为规范公司考勤与休假管理，保障员工权益，制定本制度。本制度适用于全体正式员工与试用期员工。"
            ],
        ),
        (
            "第二章　工作时间",
            [
                "标准工作时间为每日八小时，每周五天。行政岗位为 8:30 至 17:30，午休一小时；生产岗位按排班表执行两班制。",
                "迟到三十分钟以内记迟到一次，超过三十分钟按事假半日处理。每月允许补卡两次。",
            ],
        ),
        (
            "第三章　年休假",
            [
                "累计工作满一年不满十年的，年休假五天；满十年不满二十年的，年休假十天；满二十年的，年休假十五天。",
                "年休假原则上在当年安排，确因工作需要的，可顺延至次年三月三十一日。申请应提前五个工作日提交。",
            ],
        ),
        (
            "第四章　病假与其他假别",
            [
                "病假须提供医院证明，三天以内由部门经理审批，三天以上由人力资源部复核。",
                "婚假、产假、陪产假、丧假按国家与当地规定执行，期间工资照发。",
            ],
        ),
        (
            "第五章　加班",
            [
                "加班须事先申请并经部门经理批准。工作日加班按 150% 支付加班费，休息日优先安排补休，法定节假日按 300% 支付。"
            ],
        ),
        ("第六章　附则", ["本制度由人力资源部负责解释，自发布之日起施行，原 2.4 版同时废止。"]),
    ):
        document.add_heading(heading, 1)
        for text in paragraphs:
            document.add_paragraph(text)
    document.save(str(target))


def _date(document: Document) -> None:  # type: ignore[valid-type]
    properties = document.core_properties  # type: ignore[attr-defined]
    properties.author = "Qinglan Precision Machinery"
    properties.created = properties.modified = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def _price_list(target: Path) -> None:
    rows = (
        ("QL-BLT-M6-20", "内六角螺栓 M6×20", "8.8 级，镀锌", "百件", 18.50),
        ("QL-BLT-M8-30", "内六角螺栓 M8×30", "12.9 级，发黑", "百件", 46.00),
        ("QL-NUT-M8", "六角螺母 M8", "8 级，镀锌", "百件", 9.80),
        ("QL-WSH-08", "平垫圈 8", "304 不锈钢", "百件", 7.20),
        ("QL-BRG-6204", "深沟球轴承 6204-2RS", "P5 级", "件", 14.60),
        ("QL-BRG-7206", "角接触球轴承 7206C", "P4 级，成对", "对", 268.00),
        ("QL-SEL-35", "骨架油封 35×50×8", "氟橡胶", "件", 6.90),
        ("QL-BLT-PU6", "气管 PU 6×4", "蓝色，100 米一卷", "卷", 75.00),
        ("QL-OIL-VG68", "导轨油 VG 68", "18 升桶装", "桶", 420.00),
        ("QL-CLT-08", "半合成切削液", "200 升桶装，使用浓度 6% 至 8%", "桶", 2380.00),
    )
    with xlsxwriter.Workbook(str(target)) as book:
        book.set_properties({"title": "标准件价格表", "created": dt.datetime(2026, 4, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet("价格表")
        sheet.set_column(0, 4, 22)
        sheet.write_row(0, 0, ["青岚精密机械有限公司　标准件与耗材价格表（2026年第二季度）"])
        sheet.write_row(1, 0, ["料号", "品名", "规格", "单位", "含税单价（元）"])
        for number, row in enumerate(rows, start=2):
            sheet.write_row(number, 0, row)
        terms = book.add_worksheet("说明")
        terms.write_column(
            0,
            0,
            [
                "1. 价格有效期：2026年4月1日至6月30日，含 13% 增值税。",
                "2. 单次订货满 5,000 元免运费；满 20,000 元享受 3% 折扣。",
                "3. 轴承与油封质保期 12 个月，油品自生产日期起 24 个月内使用。",
            ],
        )


def _mail(target: Path) -> None:
    mail = EmailMessage()
    mail["From"] = "Order desk <orders@harrow-vale.example>"
    mail["To"] = "Purchasing <purchasing@qinglan.example>"
    mail["Subject"] = "Delay of delivery, your order PO-4471"
    mail["Date"] = "Wed, 22 Apr 2026 15:12:00 +0000"
    mail["Message-ID"] = "<po-4471-delay@harrow-vale.example>"
    mail.set_content(
        "Dear purchasing team,\n\n"
        "the two water chillers HV-CH-120 of your order PO-4471 will leave our works on 11 May\n"
        "instead of 27 April. The compressor supplier delivered late, and we do not ship before\n"
        "the 48-hour leak test is done.\n\n"
        "What we offer: we carry the express freight, and we send a rental chiller of 9 kW free of\n"
        "charge this week if you need one for the night shifts. Please answer until Friday.\n\n"
        "The filter cartridges HV-FLT-08 are on their way and should reach you tomorrow.\n\n"
        "With kind regards\nOrder desk, Harrow & Vale Industrial Cooling\n"
    )
    target.write_bytes(bytes(mail))


if __name__ == "__main__":
    main()
