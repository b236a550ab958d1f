"""What people said about documents and texts: the examples that models learn from."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from kb.domain.errors import NotFound
from kb.domain.models import Example, Lineage, ModelTask, Split
from kb.storage.tables import (
    AnySelect,
    CollectionRow,
    DocumentRow,
    DocumentVersionRow,
    ExampleRow,
    TaxonomyRow,
    WindowRow,
    utc_now,
)

_SPACE = re.compile(r"\s+")
_AT_ONCE = 500


class Origin(StrEnum):
    """How an example came about."""

    CORRECTION = "correction"
    """A person said something else than the model."""
    CONFIRMATION = "confirmation"
    """A person agreed with the model."""
    IMPORT = "import"


class Added(StrEnum):
    """What became of an example that was given."""

    NEW = "new"
    SAME = "same"
    """It was there already, with the same label and summary."""
    CHANGED = "changed"
    """The same text was there with something else; the new word counts."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says, about a version or about a text."""

    origin: Origin
    by: str | None
    taxonomy_id: int | None = None
    """Of the label."""
    label: str | None = None
    summary: str | None = None
    version_id: int | None = None
    text: str | None = None
    title: str = ""
    language: str = "und"
    split: str | None = None
    model: str | None = None
    """Which model had spoken before."""
    model_said: str | None = None


@dataclass(frozen=True, slots=True)
class ExampleView:
    """An example with its lineage, as lists show it."""

    id: int
    taxonomy: str | None
    document_id: int | None
    collection: str | None
    name: str
    """Of the document, or the beginning of the text."""
    label: str | None
    summary: str | None
    split: str | None
    origin: str
    by: str | None
    at: dt.datetime
    model: str | None
    model_said: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which examples a list shows. Empty fields do not restrict."""

    taxonomy: str | None = None
    label: str | None = None
    origin: str | None = None
    kind: str | None = None
    """"label" or "summary"."""


def add(tx: Session, word: Word) -> Added:
    """Write an example down. An older word on the same thing is kept, but no longer counts."""
    digest = None if word.text is None else text_hash(word.text)
    same_thing = (
        ExampleRow.version_id == word.version_id
        if word.version_id is not None
        else (ExampleRow.text_hash == digest) & ExampleRow.version_id.is_(None)
    )
    kind = ExampleRow.taxonomy_id == word.taxonomy_id
    if word.taxonomy_id is None:
        kind = ExampleRow.taxonomy_id.is_(None)
    before = tx.scalar(
        select(ExampleRow).where(same_thing, kind, ExampleRow.superseded_at.is_(None)).limit(1)
    )
    if before is not None:
        if (before.label, before.summary) == (word.label, word.summary):
            return Added.SAME
        before.superseded_at = utc_now()
    split = word.split
    if before is not None and before.split == Split.TEST:
        split = Split.TEST  # once held out, always held out
    tx.add(
        ExampleRow(
            taxonomy_id=word.taxonomy_id,
            version_id=word.version_id,
            text=word.text,
            text_hash=digest,
            title=word.title,
            language=word.language,
            label=word.label,
            summary=word.summary,
            split=split,
            group=before.group if before is not None else "",
            origin=word.origin,
            by=word.by,
            model=word.model,
            model_said=word.model_said,
        )
    )
    tx.flush()
    return Added.NEW if before is None else Added.CHANGED


def add_many(tx: Session, words: Sequence[Word], taxonomy_id: int) -> Counter[Added]:
    """Write many examples down: labels under a taxonomy, summaries of their own."""
    outcomes: Counter[Added] = Counter()
    query = select(ExampleRow.text_hash, ExampleRow.taxonomy_id).where(
        ExampleRow.superseded_at.is_(None), ExampleRow.text_hash.is_not(None)
    )
    known = {(row.text_hash, row.taxonomy_id) for row in tx.execute(query)}
    fresh: list[dict[str, Any]] = []
    seen: list[Word] = []
    for one in (part for word in words for part in _parts(word, taxonomy_id)):
        digest = None if one.text is None else text_hash(one.text)
        if digest is None or (digest, one.taxonomy_id) in known:
            seen.append(one)
            continue
        known.add((digest, one.taxonomy_id))
        fresh.append(_values(one) | {"text_hash": digest})
    for start in range(0, len(fresh), _AT_ONCE):
        tx.execute(insert(ExampleRow), fresh[start : start + _AT_ONCE])
    outcomes[Added.NEW] = len(fresh)
    for one in seen:
        outcomes[add(tx, one)] += 1
    return outcomes


def _parts(word: Word, taxonomy_id: int) -> Iterator[Word]:
    """A label and a summary are two examples, for two kinds of models."""
    if word.label is not None:
        yield replace(word, taxonomy_id=taxonomy_id, summary=None)
    if word.summary is not None:
        yield replace(word, taxonomy_id=None, label=None)


def _values(word: Word) -> dict[str, Any]:
    return {**asdict(word), "group": "", "at": utc_now()}


def text_hash(text: str) -> str:
    """Identity of a text, however its white space is."""
    return hashlib.sha256(_SPACE.sub(" ", text).strip().encode()).hexdigest()


def for_training(tx: Session, task: ModelTask, taxonomy: str | None) -> list[Example]:
    """Every word that counts, with its whole text, oldest first."""
    counts: list[ColumnElement[bool]] = [ExampleRow.superseded_at.is_(None)]
    if task is ModelTask.CLASSIFIER:
        counts += [ExampleRow.label.is_not(None), TaxonomyRow.name == taxonomy]
    else:
        counts.append(ExampleRow.summary.is_not(None))
    query = (
        select(ExampleRow, DocumentVersionRow, DocumentRow)
        .outerjoin(TaxonomyRow, TaxonomyRow.id == ExampleRow.taxonomy_id)
        .outerjoin(DocumentVersionRow, DocumentVersionRow.id == ExampleRow.version_id)
        .outerjoin(DocumentRow, DocumentRow.id == DocumentVersionRow.document_id)
        .where(*counts)
        .where(DocumentRow.deleted_at.is_(None))
        .order_by(ExampleRow.id)
    )
    rows = tx.execute(query).all()
    texts = _texts(tx, [row.version_id for row, _, _ in rows if row.version_id is not None])
    return [
        _example(row, version, document, row.text or texts.get(row.version_id or 0, ""))
        for row, version, document in rows
    ]


def keep_splits(tx: Session, examples: Sequence[Example]) -> None:
    """Note which split each example was put into; from now on TEST is for ever."""
    by_place: dict[tuple[str, str], list[int]] = {}
    for example in examples:
        if example.split is not None and example.key.isdigit():
            place = (example.split.value, example.group[:64])
            by_place.setdefault(place, []).append(int(example.key))
    for (split, group), ids in by_place.items():
        for start in range(0, len(ids), _AT_ONCE):
            tx.execute(
                update(ExampleRow)
                .where(ExampleRow.id.in_(ids[start : start + _AT_ONCE]))
                .values(
                    split=case((ExampleRow.split == Split.TEST, Split.TEST), else_=split),
                    group=group,
                )
                .execution_options(synchronize_session=False)
            )


def newest(
    tx: Session,
    wanted: Wanted,
    visible: frozenset[int] | None,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[ExampleView]:
    """Examples that count, newest first, whose documents may be seen."""
    query = _joined(visible).where(*_conditions(wanted))
    if before is not None:
        query = query.where(ExampleRow.id < before)
    rows = tx.execute(query.order_by(ExampleRow.id.desc()).limit(limit)).all()
    return [_view(*row) for row in rows]


def counts(
    tx: Session, taxonomy: str | None, visible: frozenset[int] | None
) -> dict[str, dict[str, int]]:
    """Label -> split ("unassigned" before the first training) -> examples that count."""
    query = (
        _joined(visible)
        .where(*_conditions(Wanted(taxonomy=taxonomy)))
        .with_only_columns(ExampleRow.label, ExampleRow.split, func.count())
        .group_by(ExampleRow.label, ExampleRow.split)
    )
    found: dict[str, dict[str, int]] = {}
    for label, split, count in tx.execute(query):
        found.setdefault(label or "", {})[split or "unassigned"] = count
    return found


def changed_since(tx: Session, taxonomy: str, since: dt.datetime | None) -> int:
    """Labels that people gave in a taxonomy since a moment."""
    query = (
        select(func.count())
        .select_from(ExampleRow)
        .join(TaxonomyRow, TaxonomyRow.id == ExampleRow.taxonomy_id)
        .where(TaxonomyRow.name == taxonomy, ExampleRow.superseded_at.is_(None))
    )
    if since is not None:
        query = query.where(ExampleRow.at > since)
    return tx.scalar(query) or 0


def everything(
    tx: Session, wanted: Wanted, visible: frozenset[int] | None
) -> Iterator[Mapping[str, Any]]:
    """All examples as an export has them, oldest first; texts of documents included."""
    query = _joined(visible).where(*_conditions(wanted)).order_by(ExampleRow.id)
    rows = tx.execute(query).all()
    texts = _texts(tx, [row.version_id for row, *_ in rows if row.version_id is not None])
    for row, taxonomy, document, _version, _collection in rows:
        yield {
            "text": row.text or texts.get(row.version_id, ""),
            **({"document": document.id} if document is not None else {}),
            **({"label": row.label} if row.label is not None else {}),
            **({"summary": row.summary} if row.summary is not None else {}),
            **({"split": row.split} if row.split is not None else {}),
            **({"taxonomy": taxonomy} if taxonomy is not None else {}),
            "origin": row.origin,
            "by": row.by,
            "at": row.at.isoformat(),
            "model": row.model,
            "model_said": row.model_said,
        }


def remove(tx: Session, example_id: int) -> None:
    """Forget an example.

    Raises:
        NotFound: there is none.
    """
    gone = tx.execute(delete(ExampleRow).where(ExampleRow.id == example_id))
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(kind="example", id=example_id)


def take_back(tx: Session, version_id: int, taxonomy_id: int) -> None:
    """What was said about the category of a version no longer counts; it stays as lineage."""
    tx.execute(
        update(ExampleRow)
        .where(
            ExampleRow.version_id == version_id,
            ExampleRow.taxonomy_id == taxonomy_id,
            ExampleRow.superseded_at.is_(None),
        )
        .values(superseded_at=utc_now())
        .execution_options(synchronize_session=False)
    )


def get(tx: Session, example_id: int, visible: frozenset[int] | None) -> ExampleView:
    """One example.

    Raises:
        NotFound: there is none, or its document may not be seen.
    """
    row = tx.execute(_joined(visible).where(ExampleRow.id == example_id)).one_or_none()
    if row is None:
        raise NotFound(kind="example", id=example_id)
    return _view(*row)


def whole_text(tx: Session, version_id: int) -> str:
    """The text of a version as models read it."""
    return _texts(tx, [version_id]).get(version_id, "")


def _joined(visible: frozenset[int] | None) -> AnySelect:
    query = (
        select(ExampleRow, TaxonomyRow.name, DocumentRow, DocumentVersionRow, CollectionRow.name)
        .outerjoin(TaxonomyRow, TaxonomyRow.id == ExampleRow.taxonomy_id)
        .outerjoin(DocumentVersionRow, DocumentVersionRow.id == ExampleRow.version_id)
        .outerjoin(DocumentRow, DocumentRow.id == DocumentVersionRow.document_id)
        .outerjoin(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
        .where(ExampleRow.superseded_at.is_(None))
    )
    if visible is not None:  # imported texts belong to no collection: administrators only
        query = query.where(DocumentRow.collection_id.in_(visible))
    return query


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.taxonomy is not None:
        found.append(TaxonomyRow.name == wanted.taxonomy)
    if wanted.label is not None:
        found.append(ExampleRow.label == wanted.label)
    if wanted.origin is not None:
        found.append(ExampleRow.origin == wanted.origin)
    if wanted.kind == "label":
        found.append(ExampleRow.label.is_not(None))
    elif wanted.kind == "summary":
        found.append(ExampleRow.summary.is_not(None))
    return found


def _texts(tx: Session, version_ids: Sequence[int]) -> dict[int, str]:
    parts: dict[int, list[str]] = {}
    for start in range(0, len(version_ids), _AT_ONCE):
        query = (
            select(WindowRow.version_id, WindowRow.text)
            .where(WindowRow.version_id.in_(version_ids[start : start + _AT_ONCE]))
            .order_by(WindowRow.version_id, WindowRow.ordinal)
        )
        for version_id, text in tx.execute(query):
            parts.setdefault(version_id, []).append(text)
    return {version_id: "\n".join(texts) for version_id, texts in parts.items()}


def _example(
    row: ExampleRow,
    version: DocumentVersionRow | None,
    document: DocumentRow | None,
    text: str,
) -> Example:
    return Example(
        key=str(row.id),
        text=text,
        label=row.label,
        summary=row.summary,
        title=row.title or (version.title if version is not None else ""),
        language=version.language if version is not None else row.language,
        group=row.group or (f"document-{document.id}" if document is not None else ""),
        split=None if row.split is None else Split(row.split),
        lineage=Lineage(
            origin=row.origin,
            by=row.by,
            at=row.at,
            model=row.model,
            model_said=row.model_said,
            document=None if document is None else document.id,
        ),
    )


def _view(
    row: ExampleRow,
    taxonomy: str | None,
    document: DocumentRow | None,
    version: DocumentVersionRow | None,
    collection: str | None,
) -> ExampleView:
    name = document.name if document is not None else (row.title or (row.text or "")[:80])
    return ExampleView(
        id=row.id,
        taxonomy=taxonomy,
        document_id=None if document is None else document.id,
        collection=collection,
        name=name,
        label=row.label,
        summary=row.summary,
        split=row.split,
        origin=row.origin,
        by=row.by,
        at=row.at,
        model=row.model,
        model_said=row.model_said,
    )
