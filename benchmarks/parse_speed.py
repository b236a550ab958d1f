"""Our PDF reader beside others: pages per CPU-second, text, order and tables, in one run.

    python benchmarks/parse_speed.py DIR... [--pages 60] [--files 30] [--ocr] [--only a,b] [--json]

Each file is read by every side in turn, in one process, the order of the sides rotating from
file to file; CPU time is user + system of this process and its children. Sides: ours (all
blocks with boxes, headings, tables), markitdown, pdfplumber (``extract_text`` and
``extract_tables``), unstructured (``strategy="fast"``), docling-parse (docling's own text layer,
which is docling without its layout models). One that cannot be imported is left out; install them
in an environment of their own, not in the project's:

    python -m venv /tmp/rivals && /tmp/rivals/bin/pip install -e . markitdown[pdf] \
        unstructured[pdf] docling-parse && /tmp/rivals/bin/python benchmarks/parse_speed.py DIR

Files without a text layer are left out, and ours reads no pictures, unless ``--ocr`` is given:
none of the others does OCR. Ground truth is found as the manifest's ``ground_truth``; the measures
are those of ``kb eval parse``.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2 as pdfium

from kb.domain.errors import KbError
from kb.evaluation.parse_sets import ParseCase, load_parse_set
from kb.evaluation.table_scores import Rows, markdown_tables, table_scores
from kb.evaluation.text_scores import plain, text_scores
from kb.parsing.pdf import read_pdf
from kb.parsing.pdf_ocr import OcrUse

FEWEST_CHARACTERS = 30
LOST, WELL_READ = 0.5, 0.9
CHINESE = re.compile(r"[\u3400-\u9fff]")
Found = tuple[str, list[Rows]]
Read = Callable[[Path], Found]


@dataclass
class Reading:
    cpu: float
    wall: float
    text: float | None = None
    order: float | None = None
    cells: float | None = None
    error: str = ""


@dataclass
class Row:
    name: str
    pages: int
    chinese: bool
    sides: dict[str, Reading] = field(default_factory=dict)


def ours(use: OcrUse) -> Read:
    def read(path: Path) -> Found:
        pages = list(read_pdf(path, name=path.name, max_pages=100_000, ocr=use))
        tables = [block.rows for page in pages for block in page.blocks if block.rows]
        return "\n\n".join(page.text for page in pages), tables

    return read


def ours_whole(use: OcrUse) -> Read:
    """With running headers and footers, which some ground truth has and all the others return."""

    def read(path: Path) -> Found:
        pages = list(read_pdf(path, name=path.name, max_pages=100_000, ocr=use))
        blocks = [block for page in pages for block in page.blocks]
        return "\n".join(block.text for block in blocks), [b.rows for b in blocks if b.rows]

    return read


def markitdown() -> Read:
    from markitdown import MarkItDown

    converter = MarkItDown()

    def read(path: Path) -> Found:
        text = converter.convert(str(path)).text_content
        return plain(text), markdown_tables(text)

    return read


def pdfplumber() -> Read:
    import pdfplumber as library

    def read(path: Path) -> Found:
        texts: list[str] = []
        tables: list[Rows] = []
        with library.open(path) as document:
            for page in document.pages:
                texts.append(page.extract_text() or "")
                tables += [
                    [[cell or "" for cell in row] for row in table]
                    for table in page.extract_tables()
                ]
                page.close()
        return "\n".join(texts), tables

    return read


def unstructured() -> Read:
    import spacy
    from unstructured.nlp import tokenize
    from unstructured.partition.pdf import partition_pdf

    if not spacy.util.is_package("en_core_web_sm"):
        # It downloads this model at its first file. A blank pipeline gives the same text (what
        # kind each element is comes out differently) and takes less time.
        blank = spacy.blank("en")
        blank.add_pipe("sentencizer")
        tokenize._load_spacy_model = lambda: blank  # noqa: SLF001 - it has no other door

    def read(path: Path) -> Found:
        elements = partition_pdf(str(path), strategy="fast", languages=["eng"])
        return "\n".join(str(element) for element in elements), []

    return read


def docling_parse() -> Read:
    from docling_core.types.doc.page import TextCellUnit
    from docling_parse.pdf_parser import DoclingPdfParser

    parser = DoclingPdfParser(loglevel="fatal")

    def read(path: Path) -> Found:
        document = parser.load(str(path))
        texts = [
            cell.text
            for _, page in document.iterate_pages()
            for cell in page.iterate_cells(TextCellUnit.LINE)
        ]
        document.unload()
        return "\n".join(texts), []

    return read


RIVALS: dict[str, Callable[[], Read]] = {
    "markitdown": markitdown,
    "pdfplumber": pdfplumber,
    "unstructured": unstructured,
    "docling-parse": docling_parse,
}


def sides_of(only: list[str], use: OcrUse) -> dict[str, Read]:
    sides = {"ours": ours(use), "ours, furniture": ours_whole(use)}
    for name, make in RIVALS.items():
        if only and name not in only:
            continue
        try:
            sides[name] = make()
        except ImportError as problem:
            print(f"{name} left out: {problem}", file=sys.stderr)
    return sides


def cpu_seconds() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def judged(read: Read, case: ParseCase) -> Reading:
    cpu, wall = cpu_seconds(), time.perf_counter()
    try:
        text, tables = read(case.path)
    except KbError as problem:
        text, tables, error = "", [], problem.code
    except Exception as problem:  # noqa: BLE001 - whatever a rival raises is its failure
        text, tables, error = "", [], type(problem).__name__
    else:
        error = ""
    found = Reading(cpu_seconds() - cpu, time.perf_counter() - wall, error=error)
    if case.truth is not None:
        scores = text_scores(text, plain(case.truth) if case.markdown else case.truth)
        found.text, found.order = scores.similarity, scores.order
        if case.markdown and (wanted := markdown_tables(case.truth)):
            found.cells = table_scores(tables, wanted).cells
    return found


def candidates(folder: Path, most_pages: int, *, ocr: bool) -> Iterator[tuple[ParseCase, Row]]:
    for case in load_parse_set(folder):
        if case.path.suffix != ".pdf":
            continue
        try:
            document = pdfium.PdfDocument(case.path)
            pages = len(document)
            texts = [document[i].get_textpage().get_text_bounded() for i in range(min(pages, 3))]
        except pdfium.PdfiumError:
            continue
        has_text = all(len(text) > FEWEST_CHARACTERS for text in texts)
        if 0 < pages <= most_pages and (has_text or ocr):
            whole = "".join(texts)
            chinese = len(CHINESE.findall(whole)) > 0.2 * max(1, len(whole))
            yield case, Row(case.name, pages, chinese)


def measure(sides: dict[str, Read], found: list[tuple[ParseCase, Row]]) -> list[Row]:
    names = list(sides)
    for read in sides.values():  # imports and caches are not what is measured
        judged(read, found[0][0])
    for place, (case, row) in enumerate(found):
        start = place % len(names)
        for name in names[start:] + names[:start]:
            row.sides[name] = judged(sides[name], case)
        print_row(row)
    return [row for _, row in found]


def print_row(row: Row) -> None:
    parts = [f"{row.name[-40:]:40} {row.pages:4} p"]
    for name in row.sides:
        one = row.sides[name]
        part = f"{name} {1000 * one.cpu / row.pages:6.1f} ms"
        part += "" if one.text is None else f" {one.text:.3f}"
        part += "" if one.cells is None else f" tables {one.cells:.3f}"
        parts.append(part + (f" ({one.error})" if one.error else ""))
    print("  ".join(parts), file=sys.stderr, flush=True)


def mean_of(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.mean(known), 4) if known else None


def summary(rows: list[Row]) -> dict[str, dict[str, object]]:
    pages = sum(row.pages for row in rows)
    mine = sum(row.sides["ours"].cpu for row in rows)
    figures: dict[str, dict[str, object]] = {}
    for name in rows[0].sides:
        own = [row.sides[name] for row in rows]
        cpu = sum(one.cpu for one in own)
        figures[name] = {
            "pages_per_cpu_second": round(pages / cpu, 2),
            "pages_per_second": round(pages / sum(one.wall for one in own), 2),
            "ours_times_as_fast": round(cpu / mine, 2),
            "text_similarity": mean_of([one.text for one in own]),
            "order": mean_of([one.order for one in own]),
            "table_cell_f1": mean_of([one.cells for one in own]),
            "failed": sum(1 for one in own if one.error),
        }
    return figures


def lost_to_a_rival(rows: list[Row]) -> list[str]:
    """Files that ours reads below 0.5 and a rival above 0.9."""
    return [
        row.name
        for row in rows
        if (row.sides["ours"].text or 0) < LOST
        and any((one.text or 0) > WELL_READ for one in row.sides.values())
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, default=60, help="longest file that is read")
    parser.add_argument("--files", type=int, default=30, help="number of files")
    parser.add_argument("--ocr", action="store_true", help="scanned files too")
    parser.add_argument("--only", default="", help="these rivals, separated by commas")
    parser.add_argument("--truth", action="store_true", help="files with ground truth only")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    use = OcrUse.WHERE_NEEDED if asked.ocr else OcrUse.NEVER
    sides = sides_of([name for name in asked.only.split(",") if name], use)
    found = [one for f in asked.folders for one in candidates(f, asked.pages, ocr=asked.ocr)]
    if asked.truth:
        found = [one for one in found if one[0].truth is not None]
    rows = measure(sides, found[:: max(1, len(found) // asked.files)][: asked.files])
    groups = {
        "all": rows,
        "English and other": [row for row in rows if not row.chinese],
        "Chinese": [row for row in rows if row.chinese],
    }
    figures = {
        name: {"files": len(part), "pages": sum(row.pages for row in part), **summary(part)}
        for name, part in groups.items()
        if part
    }
    lost = lost_to_a_rival(rows)
    if asked.json:
        print(json.dumps(figures | {"lost": lost}, ensure_ascii=False))
        return
    for name, group in figures.items():
        print(f"{name}: {group.pop('files')} files, {group.pop('pages')} pages")
        for side, own in group.items():
            print(f"  {side:14}", "  ".join(f"{key} {value}" for key, value in own.items()))
    print("below 0.5 where another is above 0.9:", ", ".join(lost) or "none")


if __name__ == "__main__":
    main()
