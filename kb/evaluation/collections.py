"""Retrieval sets on disk: ``corpus.jsonl[.gz]``, ``queries.jsonl[.gz]`` and ``qrels.tsv``."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kb.domain.errors import InvalidInput, NotFound

_QRELS_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """A document to be found."""

    id: str
    title: str
    text: str
    language: str
    """Primary tag ("zh", "en"), or "und"."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with the documents that answer it."""

    id: str
    text: str
    language: str
    grades: tuple[tuple[str, int], ...]
    """(document id, grade above 0); at least one."""


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """A whole set; queries without judgements are left out."""

    documents: tuple[CorpusDocument, ...]
    queries: tuple[JudgedQuery, ...]


def load_retrieval_set(folder: Path) -> RetrievalSet:
    """Read the three files of ``folder``.

    Raises:
        NotFound: one of them is missing.
        InvalidInput: a line is not what the format says.
    """
    corpus = tuple(
        CorpusDocument(one["id"], one.get("title") or "", one["text"], _primary(one))
        for one in _rows(folder, "corpus")
    )
    known = {document.id for document in corpus}
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for query, document, grade in _judgements(folder / "qrels.tsv"):
        if grade > 0 and document in known:
            grades[query][document] = grade
    queries = tuple(
        JudgedQuery(one["id"], one["text"], _primary(one), tuple(grades[one["id"]].items()))
        for one in _rows(folder, "queries")
        if one["id"] in grades
    )
    return RetrievalSet(corpus, queries)


def _primary(row: dict[str, str]) -> str:
    return (row.get("lang") or "und").split("-")[0]


def _rows(folder: Path, stem: str) -> Iterator[dict[str, str]]:
    path = next(
        (p for p in (folder / f"{stem}.jsonl", folder / f"{stem}.jsonl.gz") if p.is_file()), None
    )
    if path is None:
        raise NotFound(kind="file", id=str(folder / f"{stem}.jsonl"))
    with _open(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                fields = {name: row.get(name) for name in ("id", "text", "title", "lang")}
            except (ValueError, AttributeError) as error:
                raise InvalidInput(field=f"{path.name}:{number}", detail="not JSON") from error
            if not isinstance(fields["id"], str) or not isinstance(fields["text"], str):
                raise InvalidInput(field=f"{path.name}:{number}", detail="needs id and text")
            yield {name: str(value) for name, value in fields.items() if value is not None}


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _judgements(path: Path) -> Iterator[tuple[str, str, int]]:
    if not path.is_file():
        raise NotFound(kind="file", id=str(path))
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        columns = line.split("\t")
        if not line.strip():
            continue
        try:
            query, document, grade = columns[:_QRELS_COLUMNS]
            yield query, document, int(float(grade))
        except ValueError as error:
            raise InvalidInput(
                field=f"{path.name}:{number}", detail="needs query, document, grade"
            ) from error
