"""Pages per CPU-second and text similarity of our PDF reader beside markitdown.

    python benchmarks/parse_speed.py DIR [--pages 40] [--files 30] [--ocr]

Both sides read the same files in one process, one after the other; CPU time is user + system of
this process and its children. Files without a text layer are left out, and ours reads no
pictures, unless ``--ocr`` is given, since markitdown does no OCR. Ground truth is found as
``txt/NAME.txt``, ``gt/NAME.pdf.md`` or ``NAME.txt`` beside or above the file. Similarity is
2 x matches / total over words (Chinese: characters) in order, as difflib counts them, and the F1
of the bag of them.
"""

from __future__ import annotations

import argparse
import logging
import re
import resource
import statistics
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium

from kb.domain.errors import KbError
from kb.parsing.pdf import read_pdf
from kb.parsing.pdf_ocr import OcrUse

FEWEST_CHARACTERS = 30
TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_]+")


@dataclass
class Reading:
    cpu: float
    text: str


@dataclass
class Row:
    name: str
    pages: int
    chinese: bool
    ours: Reading
    theirs: Reading
    truth: str | None


def cpu_seconds() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(read: Callable[[Path], str], path: Path) -> Reading:
    before = cpu_seconds()
    text = read(path)
    return Reading(cpu_seconds() - before, text)


def ours(path: Path, use: OcrUse = OcrUse.NEVER) -> str:
    pages = list(read_pdf(path, name=path.name, max_pages=100_000, ocr=use))
    return "\n\n".join(page.text for page in pages)


def markitdown() -> Callable[[Path], str]:
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda path: converter.convert(str(path)).text_content


def truth_of(path: Path) -> str | None:
    for folder in (path.parent, path.parent.parent):
        for place in (
            folder / "txt" / f"{path.stem}.txt",
            folder / "gt" / f"{path.name}.md",
            folder / f"{path.stem}.txt",
        ):
            if place.is_file():
                return place.read_text("utf-8", "replace")
    return None


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text.lower())


def in_order(a: list[str], b: list[str]) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def bag(a: list[str], b: list[str]) -> float:
    shared = sum((Counter(a) & Counter(b)).values())
    return 2 * shared / max(1, len(a) + len(b))


def is_chinese(text: str) -> bool:
    return len(re.findall(r"[\u3400-\u9fff]", text)) > 0.2 * max(1, len(text))


def candidates(folder: Path, most_pages: int, *, ocr: bool) -> list[tuple[Path, int]]:
    found = []
    for path in sorted(folder.rglob("*.pdf")):
        try:
            document = pdfium.PdfDocument(path)
            pages = len(document)
            has_text = all(
                document[i].get_textpage().count_chars() > FEWEST_CHARACTERS
                for i in range(min(pages, 3))
            )
        except pdfium.PdfiumError:
            continue
        if 0 < pages <= most_pages and (has_text or ocr):
            found.append((path, pages))
    return found


def measure(folder: Path, most_pages: int, most_files: int, *, ocr: bool) -> list[Row]:
    theirs = markitdown()
    rows: list[Row] = []
    found = candidates(folder, most_pages, ocr=ocr)
    use = OcrUse.WHERE_NEEDED if ocr else OcrUse.NEVER
    step = max(1, len(found) // most_files)
    if found:  # imports and caches of both sides are not what is measured
        ours(found[0][0])
        theirs(found[0][0])
    for path, pages in found[::step][:most_files]:
        try:
            mine = timed(partial(ours, use=use), path)
            other = timed(theirs, path)
        except KbError as problem:
            print(f"{path.name}: {problem}", file=sys.stderr)
            continue
        rows.append(Row(path.name, pages, is_chinese(mine.text), mine, other, truth_of(path)))
        print_row(rows[-1])
    return rows


def print_row(row: Row) -> None:
    line = (
        f"{row.name[:44]:44} {row.pages:4} p  ours {1000 * row.ours.cpu / row.pages:7.1f} ms"
        f"  markitdown {1000 * row.theirs.cpu / row.pages:7.1f} ms"
        f"  x{row.theirs.cpu / max(row.ours.cpu, 1e-4):6.1f}"
    )
    if row.truth is not None:
        truth = tokens(row.truth)
        for side in (row.ours, row.theirs):
            read = tokens(side.text)
            line += f"  {in_order(truth, read):.3f}/{bag(truth, read):.3f}"
    print(line, flush=True)


def summarise(title: str, rows: list[Row]) -> None:
    if not rows:
        return
    pages = sum(row.pages for row in rows)
    mine = pages / sum(row.ours.cpu for row in rows)
    other = pages / sum(row.theirs.cpu for row in rows)
    middle = statistics.median(row.theirs.cpu / max(row.ours.cpu, 1e-4) for row in rows)
    print(
        f"{title}: {len(rows)} files, {pages} pages; pages per CPU-second: ours {mine:.1f}, "
        f"markitdown {other:.1f}, ratio {mine / other:.1f}, median of files {middle:.1f}"
    )
    judged = [row for row in rows if row.truth is not None]
    for name, side in (("ours", "ours"), ("markitdown", "theirs")):
        scores = [
            (in_order(truth, read), bag(truth, read))
            for row in judged
            for truth, read in [(tokens(row.truth or ""), tokens(getattr(row, side).text))]
        ]
        if scores:
            order, words = zip(*scores, strict=True)
            print(
                f"  {name:10} text in order mean {statistics.mean(order):.4f} "
                f"median {statistics.median(order):.4f} least {min(order):.3f}; "
                f"bag of words mean {statistics.mean(words):.4f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=40, help="longest file that is read")
    parser.add_argument("--files", type=int, default=30, help="number of files")
    parser.add_argument("--ocr", action="store_true", help="scanned files too")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    rows = measure(asked.folder, asked.pages, asked.files, ocr=asked.ocr)
    summarise("all", rows)
    summarise("English and other", [row for row in rows if not row.chinese])
    summarise("Chinese", [row for row in rows if row.chinese])


if __name__ == "__main__":
    main()
