"""Reading against ground truth: ``kb eval parse``."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from kb.domain.errors import KbError
from kb.domain.parsed import PageSource, ParsedPage
from kb.evaluation.parse_sets import Expect, ParseCase, load_parse_set
from kb.evaluation.table_scores import TableScores, markdown_tables, table_scores
from kb.evaluation.text_scores import TextScores, plain, recall, text_scores
from kb.parsing.archive import members
from kb.parsing.sandbox import SandboxedReader
from kb.parsing.sniff import sniff

Progress = Callable[[str], None]
"""Told the name of each file when it has been read."""

_LIMITS = frozenset(
    {"limit_exceeded", "reader_out_of_memory", "reader_timed_out", "unsafe_archive"}
)
_BROKEN = frozenset({"internal", "reader_crashed"})
"""Codes that are never a right answer: our reader died or met a bug."""
_WORST = 10
_TEXT = ("similarity", "order", "word_recall", "word_precision", "char_recall", "char_precision")


@dataclass(slots=True)
class FileScores:
    """What reading one file gave."""

    name: str
    format: str = "?"
    pages: list[ParsedPage] = field(default_factory=list)
    failure: KbError | None = None
    cpu_seconds: float = 0.0
    text: TextScores | None = None
    everything: float | None = None
    """Similarity with running headers and footers: some ground truth has them, some does not."""
    tables: TableScores | None = None
    evidence: list[float] = field(default_factory=list)
    """Share of each evidence text's words found on its page."""
    right: bool | None = None
    """Whether it ended as expected; None where nothing is expected."""

    @property
    def recognised(self) -> bool:
        """Whether OCR read any of its pages."""
        return any(page.source is PageSource.OCR for page in self.pages)


def _quiet(name: str) -> None:
    del name


def evaluate_parsing(
    folder: Path, reader: SandboxedReader, *, most: int | None = None, told: Progress = _quiet
) -> dict[str, Any]:
    """Read every file of ``folder`` in the sandbox and compare it with what is known of it.

    Args:
        folder: see ``parse_sets``.
        reader: as the product uses it.
        most: only this many files, evenly spaced.
        told: progress.

    Returns:
        What ``kb eval parse`` prints.

    Raises:
        NotFound: nothing to read.
        InvalidInput: a malformed manifest.
    """
    cases = load_parse_set(folder)
    if most is not None and most < len(cases):
        cases = [cases[round(at * len(cases) / most)] for at in range(most)]
    started = time.perf_counter()
    files = []
    for case in cases:
        files.append(score(case, reader))
        told(case.name)
    figures = figures_of(files)
    figures["seconds"] = round(time.perf_counter() - started, 2)
    formats = sorted({one.format for one in files})
    if len(formats) > 1:
        figures["formats"] = {
            name: figures_of([one for one in files if one.format == name]) for name in formats
        }
    return figures | _notable(files)


def score(case: ParseCase, reader: SandboxedReader) -> FileScores:
    """Read one file and compare it with what is known of it."""
    found = FileScores(case.name)
    before = reader.cpu_seconds
    with _unpacked(case.path) as path:
        try:
            _read(path, found, reader)
        except KbError as failure:
            found.failure = failure
    found.cpu_seconds = reader.cpu_seconds - before
    text = "\n".join(page.text for page in found.pages)
    if case.truth is not None:
        truth = plain(case.truth) if case.markdown else case.truth
        found.text = text_scores(text, truth)
        everything = "\n".join(block.text for page in found.pages for block in page.blocks)
        found.everything = text_scores(everything, truth).similarity
    if case.markdown and (wanted := markdown_tables(case.truth or "")):
        rows = [block.rows for page in found.pages for block in page.blocks if block.rows]
        found.tables = table_scores(rows, wanted)
    by_page = {page.number: page.text for page in found.pages}
    found.evidence = [recall(by_page.get(one.page, ""), one.text) for one in case.evidence]
    if case.expect is not None:
        found.right = as_expected(case, found.failure, text)
    return found


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file itself; the sets keep web pages gzipped one by one."""
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kb-eval-") as folder:
        whole = Path(folder) / path.stem
        with gzip.open(path) as source, whole.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield whole


def _read(path: Path, found: FileScores, reader: SandboxedReader) -> None:
    file_type = sniff(path, path.name)
    found.format = file_type.format
    if file_type.format == "zip":  # taken in as the files inside
        for member in members(path, name=path.name):
            inner = sniff(member.path, member.name)
            reader.read(member.path, member.name, inner, on_page=lambda p, _: found.pages.append(p))
        return
    reader.read(path, path.name, file_type, on_page=lambda page, _: found.pages.append(page))


def as_expected(case: ParseCase, failure: KbError | None, text: str) -> bool:
    """Whether a file ended as a robustness manifest expects."""
    code = failure.code if failure is not None else None
    if code in _BROKEN or any(forbidden in text for forbidden in case.must_not_contain):
        return False
    if code is None and case.expect is not Expect.EITHER:
        plainly = all(wanted in text for wanted in case.must_contain)
        accepts = case.expect in {Expect.OK, Expect.OK_OR_LIMIT, Expect.REJECT_OR_DETECT}
        empty = case.expect is Expect.REJECT_OR_EMPTY and not text.strip()
        return (accepts and plainly) or empty
    if case.expect is Expect.OK:
        return False
    return case.expect is not Expect.OK_OR_LIMIT or code in _LIMITS


def figures_of(files: Sequence[FileScores]) -> dict[str, Any]:
    """Means over the files that can be judged; a file that failed counts as empty text."""
    pages = sum(len(one.pages) for one in files)
    failed = Counter(one.failure.code for one in files if one.failure is not None)
    figures: dict[str, Any] = {
        "files": len(files),
        "pages": pages,
        "failed": dict(sorted(failed.items())),
    }
    judged = [one.text for one in files if one.text is not None]
    if judged:
        figures["judged"] = len(judged)
        figures |= {_named(name): _mean(getattr(one, name) for one in judged) for name in _TEXT}
        figures["text_similarity_with_headers_and_footers"] = _mean(
            [one.everything for one in files if one.everything is not None]
        )
    tables = [one.tables for one in files if one.tables is not None]
    if tables:
        figures["table_files"] = len(tables)
        figures["table_cell_f1"] = _mean(one.cells for one in tables)
        figures["table_neighbour_f1"] = _mean(one.neighbours for one in tables)
    if evidence := [share for one in files for share in one.evidence]:
        figures["evidence"] = len(evidence)
        figures["evidence_word_recall"] = _mean(evidence)
    if expected := [one.right for one in files if one.right is not None]:
        figures["expected"] = len(expected)
        figures["expected_share"] = _mean(expected)
    cpu = sum(one.cpu_seconds for one in files)
    born = [one for one in files if one.pages and not one.recognised]
    figures["cpu_seconds"] = round(cpu, 2)
    figures["pages_per_cpu_second"] = _speed(files)
    figures["pages_per_cpu_second_without_ocr"] = _speed(born)
    return figures


def _named(name: str) -> str:
    return "text_similarity" if name == "similarity" else name


def _mean(values: Iterator[float] | Sequence[float]) -> float:
    return round(mean(values), 4)


def _speed(files: Sequence[FileScores]) -> float:
    cpu = sum(one.cpu_seconds for one in files)
    return round(sum(len(one.pages) for one in files) / cpu, 2) if cpu else 0.0


def _notable(files: Sequence[FileScores]) -> dict[str, Any]:
    """The files a person looks at next."""
    judged = sorted(
        ((one.text.similarity, one.name) for one in files if one.text is not None),
    )
    return {
        "worst": [{"file": name, "text_similarity": share} for share, name in judged[:_WORST]],
        "failures": [
            {"file": one.name, "code": one.failure.code, "message": one.failure.sentence("en")}
            for one in files
            if one.failure is not None
        ],
        "unexpected": [one.name for one in files if one.right is False],
    }


def as_text(figures: dict[str, Any]) -> str:
    """The figures for a person."""
    lines = [f"{name:<34} {value}" for name, value in figures.items() if not _is_nested(value)]
    by_format: dict[str, list[str]] = defaultdict(list)
    for name, own in figures.get("formats", {}).items():
        shown = ("files", "pages", "text_similarity", "order", "table_cell_f1")
        by_format[name] = [f"{key} {own[key]}" for key in shown if key in own]
    lines += [f"{name:<10} {', '.join(values)}" for name, values in by_format.items()]
    lines += [f"failed: {one['file']}: {one['code']}" for one in figures["failures"]]
    lines += [f"not as expected: {name}" for name in figures["unexpected"]]
    return "\n".join(lines)


def _is_nested(value: object) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and value != {})
