"""Folders of documents with what is known about them: ground truth, expectations, evidence.

Understood, in this order: ``manifest.jsonl`` {file, ground_truth?, expect?, must_contain?,
must_not_contain?}; ``ground_truth.jsonl[.gz]`` {file, text}; ``questions.jsonl`` {doc, evidence}
with the documents in ``pdfs`` or beside it; any other folder is read without being judged.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from kb.domain.errors import InvalidInput, NotFound


class Expect(StrEnum):
    """What a good reader does with a file."""

    OK = "ok"
    REJECT = "reject"
    REJECT_OR_LIMIT = "reject_or_limit"
    OK_OR_LIMIT = "ok_or_limit"
    REJECT_OR_DETECT = "reject_or_detect"
    REJECT_OR_EMPTY = "reject_or_empty"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that stands on a page."""

    page: int
    """From 1."""
    text: str


@dataclass(frozen=True, slots=True)
class ParseCase:
    """One file to read."""

    path: Path
    name: str
    """Relative to the folder."""
    truth: str | None = None
    """What its text should be; Markdown where ``markdown`` says so."""
    markdown: bool = False
    expect: Expect | None = None
    must_contain: tuple[str, ...] = ()
    must_not_contain: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def load_parse_set(folder: Path) -> list[ParseCase]:
    """List the files of ``folder`` and what is known of each.

    Raises:
        NotFound: there is no file to read.
        InvalidInput: a line of a manifest is not JSON or names no file.
    """
    if (folder / "manifest.jsonl").is_file():
        cases = [_listed(folder, row) for row in _rows(folder / "manifest.jsonl")]
    elif (truths := _either(folder, "ground_truth.jsonl")) is not None:
        cases = [_judged(folder, row) for row in _rows(truths)]
    elif (folder / "questions.jsonl").is_file():
        cases = list(_asked(folder))
    else:
        cases = [
            ParseCase(path, path.relative_to(folder).as_posix())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        ]
    if not cases:
        raise NotFound(kind="file", id=str(folder))
    return cases


def _either(folder: Path, name: str) -> Path | None:
    places = (folder / name, folder / f"{name}.gz")
    return next((place for place in places if place.is_file()), None)


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InvalidInput(field=f"{path.name}:{number}", detail="not JSON") from error
            if not isinstance(row, dict):
                raise InvalidInput(field=f"{path.name}:{number}", detail="not an object")
            yield row


def _file(folder: Path, row: dict[str, Any], field: str = "file") -> Path:
    name = row.get(field)
    path = folder / str(name)
    if not isinstance(name, str) or not path.is_file():
        raise InvalidInput(field=field, detail=f"no such file: {name}")
    return path


def _listed(folder: Path, row: dict[str, Any]) -> ParseCase:
    path = _file(folder, row)
    truth = _file(folder, row, "ground_truth") if row.get("ground_truth") else None
    return ParseCase(
        path,
        str(row["file"]),
        truth=truth.read_text("utf-8", "replace") if truth is not None else None,
        markdown=truth is not None and truth.suffix == ".md",
        expect=Expect(row["expect"]) if row.get("expect") in list(Expect) else None,
        must_contain=tuple(row.get("must_contain") or ()),
        must_not_contain=tuple(row.get("must_not_contain") or ()),
    )


def _judged(folder: Path, row: dict[str, Any]) -> ParseCase:
    return ParseCase(_file(folder, row), str(row["file"]), truth=str(row.get("text", "")))


def _asked(folder: Path) -> Iterator[ParseCase]:
    """Files with the evidence of the questions about them; pages there are counted from 0."""
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    for row in _rows(folder / "questions.jsonl"):
        for found in row.get("evidence") or ():
            evidence[str(row["doc"])].append(Evidence(int(found["page"]) + 1, str(found["text"])))
    place = folder / "pdfs" if (folder / "pdfs").is_dir() else folder
    for path in sorted(place.iterdir()):
        if path.is_file() and path.suffix not in {".jsonl", ".md", ".gz"}:
            name = path.relative_to(folder).as_posix()
            yield ParseCase(path, name, evidence=tuple(evidence[path.name]))
