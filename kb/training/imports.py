"""Labelled examples from files: each row taken in or refused with a reason."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.access import require_engineer, visible_collections
from kb.domain.access import Principal
from kb.domain.errors import InvalidInput, KbError, NotFound
from kb.domain.models import Split
from kb.domain.understanding import Label, Taxonomy
from kb.storage import audit, documents, examples, taxonomies
from kb.storage.database import Database, Session
from kb.storage.examples import Added, Origin, Word
from kb.training.formats import read_label_studio

_NOT_KEY = re.compile(r"[^\w]+")
_MOST_REFUSED = 200
"""Refused rows that are named; the others are counted."""
_SET_FILES = ("docs.jsonl.gz", "docs.jsonl", "data.jsonl.gz", "data.jsonl")
_SPLITS = {split.value: split.value for split in Split} | {"dev": "validation", "val": "validation"}

Row = Mapping[str, Any]
ReadPath = Callable[[Path], str]
"""Text of a file, by the product's reader."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken in."""

    row: int
    """From 1."""
    reason: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    taxonomy: str
    new: int
    same: int
    changed: int
    refused: int
    rows: tuple[Refused, ...]
    labels: Mapping[str, int]
    """Examples taken in, by label."""


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes labelled examples in."""

    database: Database
    read_path: ReadPath

    def file(self, path: Path, principal: Principal, *, taxonomy: str | None) -> Imported:
        """Take a file in: JSONL, gzipped or not, Label Studio's JSON, or a folder with docs.jsonl.

        Args:
            path: rows ``{"text" or "path" or "document", "label", "summary"?, "split"?}``.
            principal: whose word it is.
            taxonomy: of the labels; None is the default one.

        Raises:
            Forbidden: not an engineer.
            NotFound: no such file or taxonomy.
            InvalidInput: not such a file.
        """
        return self._take(rows_of(path), principal, taxonomy, path.parent)

    def rows(self, rows: Sequence[Row], principal: Principal, *, taxonomy: str | None) -> Imported:
        """Take rows in that were sent; as ``file``, but a row may not name a file."""
        return self._take(iter(rows), principal, taxonomy, None)

    def new_taxonomy(self, path: Path, principal: Principal) -> str:
        """The taxonomy that a labelled file is about; return its name.

        The default one when it has every label of the file; otherwise one called after the file
        (or its folder), made from the labels when it is not there yet.

        Raises:
            Forbidden: not an engineer.
            InvalidInput: the file names no labels.
        """
        require_engineer(principal)
        found = Counter(str(row["label"]) for row in rows_of(path) if row.get("label"))
        if not found:
            raise InvalidInput(
                field=str(path), detail="no row has a label", detail_zh="没有任何带类别的行"
            )
        with self.database.write() as tx:
            default = taxonomies.taxonomy(tx)
            known = _names(default)
            if all(_key(label) in known or label in known for label in found):
                return default.name
            name = _called_after(path)
            _with_labels(tx, name, found, principal)
        return name

    def _take(
        self,
        rows: Iterator[Row],
        principal: Principal,
        taxonomy: str | None,
        beside: Path | None,
    ) -> Imported:
        require_engineer(principal)
        with self.database.read() as tx:
            known = taxonomies.taxonomy(tx, taxonomy)
            taxonomy_id = taxonomies.taxonomy_id(tx, known.name)
        names = _names(known)
        words: list[Word] = []
        refused: list[Refused] = []
        for number, row in enumerate(rows, start=1):
            try:
                with self.database.read() as tx:
                    words.append(self._word(tx, row, principal, names=names, beside=beside))
            except KbError as error:
                refused.append(Refused(number, error.sentence("en"), error.sentence("zh")))
        with self.database.write() as tx:
            outcomes = examples.add_many(tx, words, taxonomy_id)
            audit.record(
                tx,
                actor=principal.name,
                action="labels.imported",
                subject=f"taxonomy:{known.name}",
                rows=len(words),
                refused=len(refused),
            )
        return Imported(
            taxonomy=known.name,
            new=outcomes[Added.NEW],
            same=outcomes[Added.SAME],
            changed=outcomes[Added.CHANGED],
            refused=len(refused),
            rows=tuple(refused[:_MOST_REFUSED]),
            labels=dict(Counter(word.label for word in words if word.label).most_common()),
        )

    def _word(
        self,
        tx: Session,
        row: Row,
        principal: Principal,
        *,
        names: Mapping[str, str],
        beside: Path | None,
    ) -> Word:
        label, summary = _said(row, names)
        text, version_id = self._about(tx, row, principal, beside)
        split = row.get("split")
        if split is not None and str(split) not in _SPLITS:
            raise _wrong("split", f"“{split}” is not one of train, validation, test")
        return Word(
            origin=Origin.IMPORT,
            by=principal.name,
            label=label,
            summary=summary,
            version_id=version_id,
            text=text,
            title=str(row.get("title") or ""),
            language=str(row.get("lang") or row.get("language") or "und")[:16],
            split=None if split is None else _SPLITS[str(split)],
        )

    def _about(
        self, tx: Session, row: Row, principal: Principal, beside: Path | None
    ) -> tuple[str | None, int | None]:
        """(text, None) or (None, version)."""
        if isinstance(row.get("text"), str):
            if not row["text"].strip():
                raise _wrong("text", "it is empty", "文本为空")
            return row["text"], None
        if row.get("document") is not None:
            try:
                number = int(row["document"])
            except (TypeError, ValueError) as error:
                raise _wrong("document", f"“{row['document']}” is not a number") from error
            return None, documents.get(tx, number, visible_collections(principal)).version_id
        if row.get("path") is None:
            raise _wrong("row", "none of text, path, document", "缺少 text、path 或 document")
        if beside is None:
            raise _wrong("path", "cannot be read from here; send the text", "此处不能读取文件")
        path = beside / str(row["path"])
        if not path.is_file():
            raise NotFound(kind="file", id=str(row["path"]))
        return self.read_path(path), None


def rows_of(path: Path) -> Iterator[Row]:
    """Rows of a file or of the data file in a folder.

    Raises:
        NotFound: no such file.
        InvalidInput: neither JSON lines nor Label Studio's JSON.
    """
    if path.is_dir():
        path = next((path / name for name in _SET_FILES if (path / name).is_file()), path)
    if not path.is_file():
        raise NotFound(kind="file", id=str(path))
    content = path.read_bytes()
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InvalidInput(field=str(path), detail=f"cannot be read ({error})") from error
    return rows_in(text)


def rows_in(text: str) -> Iterator[Row]:
    """Rows of a text: a line that is no JSON object becomes a row that is refused."""
    if text.lstrip().startswith("["):
        for example in read_label_studio(text):
            yield {"text": example.text, "label": example.label, "summary": example.summary}
        return
    for line in text.split("\n"):  # JSON strings may hold what splitlines() takes for an end
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        yield row if isinstance(row, dict) else {"_bad": line[:80]}


def _said(row: Row, names: Mapping[str, str]) -> tuple[str | None, str | None]:
    if "_bad" in row:
        raise _wrong("row", f"not a JSON object: {row['_bad']}", f"不是 JSON 对象：{row['_bad']}")
    summary = row.get("summary")
    if isinstance(summary, list):
        summary = summary[0] if summary else None
    given = row.get("label")
    if given is None and not summary:
        raise _wrong("label", "neither a label nor a summary", "既没有类别也没有摘要")
    if given is None:
        return None, str(summary)
    label = names.get(str(given)) or names.get(_key(str(given)))
    if label is None:
        raise _wrong("label", f"“{given}” is not in the taxonomy", f"分类体系中没有“{given}”")
    return label, None if not summary else str(summary)


def _names(taxonomy: Taxonomy) -> dict[str, str]:
    """Whatever a label may be called -> its name."""
    found: dict[str, str] = {}
    for label in taxonomy.labels:
        for called in (label.name_en, label.name_zh, _key(label.name_en), _key(label.name)):
            found.setdefault(called, label.name)
    return found | {label.name: label.name for label in taxonomy.labels}


def _key(label: str) -> str:
    return _NOT_KEY.sub("_", label.strip().lower()).strip("_")[:120]


def _called_after(path: Path) -> str:
    stem = path.name.split(".")[0]
    general = path.is_file() and stem in {name.split(".")[0] for name in _SET_FILES}
    return (path.resolve().parent.name if general else stem)[:120] or "imported"


def _with_labels(tx: Session, name: str, found: Mapping[str, int], principal: Principal) -> None:
    try:
        known = taxonomies.taxonomy(tx, name)
    except NotFound:
        known = Taxonomy(name, ())
    names = _names(known)
    new: dict[str, str] = {}
    for given in sorted(found):
        if given not in names and _key(given) not in names:
            new.setdefault(_key(given) or "label", given)
    if not new:
        return
    added = tuple(Label(key, given, given, "", "") for key, given in new.items())
    changed = Taxonomy(name, known.labels + added)
    taxonomies.put_taxonomy(tx, changed, action="import", by=principal.name)
    audit.record(
        tx,
        actor=principal.name,
        action="taxonomy.imported",
        subject=f"taxonomy:{name}",
        labels=len(changed.labels),
    )


def _wrong(field: str, detail: str, detail_zh: str | None = None) -> InvalidInput:
    return InvalidInput(field=field, detail=detail, detail_zh=detail_zh or detail)
