"""Tables whose every cell is known, drawn with reportlab: ours beside pdfplumber and markitdown.

    python -m benchmarks.tables [--tables 8] [--only ours,pdfplumber] [--keep DIR]

Each style is drawn several times with different words, numbers, widths and fonts from a fixed
seed: ruled, ruled with merged cells, only rules above and below (booktabs), rules under the rows,
zebra stripes, no rules at all (numbers; words), a header of two rows, cells of several lines,
empty cells, a table in one column of two, a table that goes on over a page. Prose stands before
and after each. Measured: F1 of the cells (bag) and of their neighbours, as ``kb eval parse`` does.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from benchmarks.parse_speed import Read, markitdown, ours, pdfplumber
from kb.evaluation.table_scores import table_scores
from kb.parsing.pdf_ocr import OcrUse

LATIN = [
    *("revenue", "margin", "inventory", "quarter", "region", "customer", "delivery", "contract"),
    *("reserve", "supplier", "pressure", "current", "voltage", "batch", "sample", "method"),
    *("control", "yield", "factor", "index", "premium", "policy", "claim", "section"),
]
HAN = "营业收入成本费用客户合同项目日期数量单价金额备注部门地区产品型号规格状态负责人编号名称"
PROSE = (
    "The following figures were compiled by the departments concerned and checked twice before "
    "they were released. Where a value was not available the field was left empty, and values "
    "of earlier years have not been restated unless this is said. "
)
FONTS = ("Helvetica", "Times-Roman", "STSong-Light")
Style = Callable[[random.Random], "Drawn"]


@dataclass
class Drawn:
    """A table to draw and what a reader should find."""

    rows: list[list[str]]
    commands: list[tuple[object, ...]] = field(default_factory=list)
    truth: list[list[str]] | None = None
    """Where it differs from ``rows``."""
    wrapped: bool = False
    """Cells are paragraphs of several lines."""
    columns: int = 1
    """Of the page."""

    @property
    def wanted(self) -> list[list[str]]:
        return self.truth or self.rows


def word(dice: random.Random, font: str) -> str:
    if font == "STSong-Light":
        return "".join(dice.choice(HAN) for _ in range(dice.randint(2, 5)))
    return " ".join(dice.choice(LATIN) for _ in range(dice.randint(1, 2))).capitalize()


def number(dice: random.Random) -> str:
    value = dice.randint(1, 999_999)
    return dice.choice((f"{value:,}", f"{value / 100:.2f}", f"({value:,})", f"{value % 100}.5%"))


def numbers(dice: random.Random, font: str, rows: int = 0, columns: int = 0) -> list[list[str]]:
    wide = columns or dice.randint(3, 6)
    head = [word(dice, font) for _ in range(wide)]
    body = [
        [word(dice, font), *(number(dice) for _ in range(wide - 1))]
        for _ in range(rows or dice.randint(4, 12))
    ]
    return [head, *body]


def words(dice: random.Random, font: str, rows: int = 0) -> list[list[str]]:
    wide = dice.randint(3, 4)
    return [[word(dice, font) for _ in range(wide)] for _ in range(rows or dice.randint(4, 10))]


GRID = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)


def ruled(dice: random.Random, font: str) -> Drawn:
    return Drawn(numbers(dice, font), [GRID])


def merged(dice: random.Random, font: str) -> Drawn:
    """The first row spans two cells, the first column two rows."""
    rows = numbers(dice, font, columns=4)
    rows[0][2] = ""
    rows[2][0] = ""
    spans: list[tuple[object, ...]] = [("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 1), (0, 2))]
    return Drawn(rows, [GRID, *spans])


def booktabs(dice: random.Random, font: str) -> Drawn:
    lines = (("LINEABOVE", 0), ("LINEBELOW", 0), ("LINEBELOW", -1))
    return Drawn(
        numbers(dice, font), [(kind, (0, r), (-1, r), 0.8, colors.black) for kind, r in lines]
    )


def underlined(dice: random.Random, font: str) -> Drawn:
    return Drawn(numbers(dice, font), [("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey)])


def open_sides(dice: random.Random, font: str) -> Drawn:
    return Drawn(numbers(dice, font), [("INNERGRID", (0, 0), (-1, -1), 0.4, colors.grey)])


def zebra(dice: random.Random, font: str) -> Drawn:
    stripes = ("ROWBACKGROUNDS", (0, 0), (-1, -1), (colors.lightgrey, colors.white))
    return Drawn(numbers(dice, font), [stripes])


def bare_numbers(dice: random.Random, font: str) -> Drawn:
    return Drawn(numbers(dice, font), [("ALIGN", (1, 0), (-1, -1), "RIGHT")])


def bare_words(dice: random.Random, font: str) -> Drawn:
    return Drawn(words(dice, font))


def two_headers(dice: random.Random, font: str) -> Drawn:
    rows = numbers(dice, font, columns=5)
    top = ["", "2023", "", "2024", ""]
    lines = [("LINEBELOW", (1, 0), (2, 0), 0.5, colors.black)]
    lines += [("LINEBELOW", (3, 0), (4, 0), 0.5, colors.black)]
    spans = [
        ("SPAN", (1, 0), (2, 0)),
        ("SPAN", (3, 0), (4, 0)),
        ("ALIGN", (1, 0), (-1, 0), "CENTER"),
    ]
    under = [("LINEBELOW", (0, 1), (-1, 1), 0.8, colors.black)]
    return Drawn([top, *rows], [*lines, *spans, *under])


def several_lines(dice: random.Random, font: str) -> Drawn:
    rows = [
        [
            word(dice, font),
            " ".join(word(dice, font) for _ in range(dice.randint(6, 10))),
            number(dice),
        ]
        for _ in range(dice.randint(4, 7))
    ]
    return Drawn([["A", "B", "C"], *rows], [GRID], wrapped=True)


def with_gaps(dice: random.Random, font: str) -> Drawn:
    rows = numbers(dice, font, rows=9, columns=5)
    for row in rows[1:]:
        row[dice.randint(1, 4)] = ""
    return Drawn(rows, [("ALIGN", (1, 0), (-1, -1), "RIGHT")])


def in_a_column(dice: random.Random, font: str) -> Drawn:
    return Drawn(numbers(dice, font, columns=3), [GRID], columns=2)


def long_table(dice: random.Random, font: str) -> Drawn:
    return Drawn(numbers(dice, font, rows=70), [GRID])


STYLES: dict[str, Callable[[random.Random, str], Drawn]] = {
    "ruled": ruled,
    "ruled, merged cells": merged,
    "ruled, several lines a cell": several_lines,
    "ruled, column of two": in_a_column,
    "ruled, two pages": long_table,
    "rules inside only": open_sides,
    "rules under rows": underlined,
    "rules above and below": booktabs,
    "two header rows": two_headers,
    "stripes": zebra,
    "bare, numbers": bare_numbers,
    "bare, gaps": with_gaps,
    "bare, words": bare_words,
}


def draw(path: Path, drawn: Drawn, font: str) -> None:
    body = getSampleStyleSheet()["BodyText"].clone("own", fontName=font, fontSize=10)
    small = body.clone("small", fontSize=8, leading=10)
    if font == "STSong-Light":
        body.wordWrap = small.wordWrap = "CJK"
    rows: list[list[object]] = [
        [Paragraph(cell, small) if drawn.wrapped else cell for cell in row] for row in drawn.rows
    ]
    widths = [80, 150, 60] if drawn.wrapped else None
    look = [("FONT", (0, 0), (-1, -1), font, 9), *drawn.commands]
    table = Table(rows, colWidths=widths, style=look)
    story = [Paragraph(PROSE * 2, body), Spacer(1, 14), table, Spacer(1, 14)]
    story += [Paragraph(PROSE * (3 * drawn.columns), body) for _ in range(3 * drawn.columns)]
    if drawn.columns == 1:
        SimpleDocTemplate(str(path), pagesize=A4).build(story)
        return
    wide = (A4[0] - 100) / 2
    frames = [Frame(40 + n * (wide + 20), 60, wide, A4[1] - 120) for n in range(2)]
    BaseDocTemplate(str(path), pagesize=A4, pageTemplates=[PageTemplate(frames=frames)]).build(
        story
    )


def measure(sides: dict[str, Read], count: int, folder: Path) -> dict[str, dict[str, list[float]]]:
    """Style -> side -> cell F1 and neighbour F1 (as "side/neighbours") of each drawing."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    figures: dict[str, dict[str, list[float]]] = {}
    for name, make in STYLES.items():
        own: dict[str, list[float]] = {}
        for at in range(count):
            dice = random.Random(f"{name} {at}")
            font = FONTS[at % len(FONTS)]
            drawn = make(dice, font)
            path = folder / f"{name.replace(' ', '_')}_{at}.pdf"
            draw(path, drawn, font)
            for side, read in sides.items():
                scores = table_scores(read(path)[1], [drawn.wanted])
                own.setdefault(side, []).append(scores.cells)
                own.setdefault(f"{side}/neighbours", []).append(scores.neighbours)
        figures[name] = own
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=6, help="drawings of each style")
    parser.add_argument("--only", default="ours,pdfplumber,markitdown")
    parser.add_argument("--keep", type=Path, help="draw into this folder and leave it")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    makers: dict[str, Callable[[], Read]] = {
        "ours": lambda: ours(OcrUse.NEVER),
        "pdfplumber": pdfplumber,
        "markitdown": markitdown,
    }
    sides = {name: makers[name]() for name in asked.only.split(",")}
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        figures = measure(sides, asked.tables, folder)
    means = {
        name: {side: round(mean(values), 3) for side, values in own.items()}
        for name, own in figures.items()
    }
    means["all"] = {
        side: round(mean(own[side] for own in means.values()), 3) for side in means["ruled"]
    }
    if asked.json:
        print(json.dumps(means))
        return
    for name, row in means.items():
        print(f"{name:28}", "  ".join(f"{side} {value:.3f}" for side, value in row.items()))


if __name__ == "__main__":
    main()
