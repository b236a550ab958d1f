"""Labelled documents on disk: ``docs.jsonl[.gz]`` with id, text, label and lang."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kb.domain.errors import InvalidInput, NotFound
from kb.domain.understanding import Label

_NAMES = ("docs.jsonl", "docs.jsonl.gz", "data.jsonl", "data.jsonl.gz")
_TAXONOMIES = ("taxonomy.yaml", "taxonomy.json", "labels.json")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A document and what it is."""

    id: str
    text: str
    label: str
    title: str
    """Empty where none is given; versions of one document share it."""
    language: str
    group: str
    """Given groups of near-duplicates, or empty."""


def load_labelled(path: Path) -> list[LabelledText]:
    """Read a folder with ``docs.jsonl[.gz]``, or such a file itself.

    Lines without a label are left out.

    Raises:
        NotFound: no such file.
        InvalidInput: a line is not JSON or lacks its text, or no line has a label.
    """
    found = [one for one in _rows(_file(path)) if one.label]
    if not found:
        raise InvalidInput(field=path.name, detail="no labelled documents / 没有带类别的文档")
    return found


def taxonomy_file(path: Path) -> Path | None:
    """The descriptions of the labels beside the documents, if there are any."""
    folder = path if path.is_dir() else path.parent
    return next((folder / name for name in _TAXONOMIES if (folder / name).is_file()), None)


def bare_labels(names: list[str]) -> list[Label]:
    """Labels of which nothing but the name is known."""
    shown = [name.replace("_", " ") for name in names]
    return [Label(name, text, text, "", "") for name, text in zip(names, shown, strict=True)]


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    found = next((path / name for name in _NAMES if (path / name).is_file()), None)
    if found is None:
        raise NotFound(kind="file", id=str(path / _NAMES[0]))
    return found


def _rows(path: Path) -> Iterator[LabelledText]:
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                text, label = row["text"], row.get("label")
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InvalidInput(field=f"{path.name}:{number}", detail="needs text") from error
            if not isinstance(text, str) or not text.strip():
                continue
            yield LabelledText(
                id=str(row.get("id") or number),
                text=text,
                label="" if label is None else str(label),
                title=str(row.get("title") or ""),
                language=str(row.get("lang") or "und"),
                group=str(row.get("group") or ""),
            )


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
