"""Taxonomies, each change a version that can be undone exactly; and what collections use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from kb.domain.errors import Conflict, NotFound
from kb.domain.understanding import (
    Label,
    LabelSource,
    SummaryLanguage,
    SummaryLength,
    SummaryStyle,
    Taxonomy,
)
from kb.storage.stale import ask_again, ask_again_about, taxonomy_name
from kb.storage.tables import (
    ClassificationHistoryRow,
    ClassificationRow,
    CollectionSettingsRow,
    DocumentRow,
    ExampleRow,
    TaxonomyRow,
    TaxonomyVersionRow,
    utc_now,
)

_AT_ONCE = 500
"""Fewer than the variables that a statement may have."""


@dataclass(frozen=True, slots=True)
class TaxonomyVersion:
    """A change of a taxonomy."""

    number: int
    action: str
    facts: Mapping[str, Any]
    labels: int
    moved_documents: int
    moved_examples: int
    undone: bool
    by: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change of a label concerns."""

    documents_by_person: int
    documents_by_model: int
    examples: int


@dataclass(frozen=True, slots=True)
class Change:
    """A new set of labels, and which labels become which."""

    taxonomy: Taxonomy
    action: str
    facts: Mapping[str, Any]
    moves: Mapping[str, str | None]
    """Label before -> label after; None where documents have to be asked about again."""
    asked_again: frozenset[str] = frozenset()
    """Labels (before) whose documents by a model are classified again."""
    by: str | None = None


# Reading -----------------------------------------------------------------------------------


def taxonomies(tx: Session) -> list[Taxonomy]:
    """All taxonomies, the first being the default."""
    return [_taxonomy(row) for row in tx.scalars(select(TaxonomyRow).order_by(TaxonomyRow.id))]


def taxonomy(tx: Session, name: str | None = None) -> Taxonomy:
    """The taxonomy with this name, or the default.

    Raises:
        NotFound: there is none.
    """
    return _taxonomy(_row(tx, name))


def taxonomy_id(tx: Session, name: str) -> int:
    """Id of the taxonomy with this name.

    Raises:
        NotFound: there is none.
    """
    return _row(tx, name).id


def of_collection(tx: Session, collection_id: int) -> Taxonomy:
    """The taxonomy that a collection uses: its own, or the default."""
    own = tx.scalar(
        select(TaxonomyRow)
        .join(CollectionSettingsRow, CollectionSettingsRow.taxonomy_id == TaxonomyRow.id)
        .where(CollectionSettingsRow.collection_id == collection_id)
    )
    return taxonomy(tx) if own is None else _taxonomy(own)


def own_taxonomies(tx: Session) -> dict[int, str]:
    """Collection -> name of its own taxonomy, where it has one."""
    query = select(CollectionSettingsRow.collection_id, TaxonomyRow.name).join(
        TaxonomyRow, TaxonomyRow.id == CollectionSettingsRow.taxonomy_id
    )
    return dict(tx.execute(query).all())


def use(tx: Session, collection_id: int, name: str | None) -> None:
    """Give a collection a taxonomy of its own (None: the default); its documents become stale.

    Raises:
        NotFound: no such taxonomy.
    """
    row = _settings(tx, collection_id)
    wanted = None if name is None else taxonomy_id(tx, name)
    if row.taxonomy_id != wanted:
        row.taxonomy_id = wanted
        ask_again(tx, collection_id=collection_id)
    tx.flush()


def summary_style(tx: Session, collection_id: int) -> SummaryStyle:
    """How a collection's summaries shall be."""
    row = tx.get(CollectionSettingsRow, collection_id)
    default = SummaryStyle()
    if row is None:
        return default
    return SummaryStyle(
        length=SummaryLength(row.summary_length or default.length),
        language=SummaryLanguage(row.summary_language or default.language),
    )


def set_summary_style(
    tx: Session,
    collection_id: int,
    length: SummaryLength | None,
    language: SummaryLanguage | None,
) -> None:
    """Keep how a collection's summaries shall be; None is the default."""
    row = _settings(tx, collection_id)
    row.summary_length, row.summary_language = length, language
    tx.flush()


# Changing ----------------------------------------------------------------------------------


def put_taxonomy(
    tx: Session, taxonomy: Taxonomy, *, action: str = "change", by: str | None = None
) -> None:
    """Store a taxonomy in place of the one with its name, as a new version of it."""
    row = tx.scalar(select(TaxonomyRow).where(TaxonomyRow.name == taxonomy.name))
    labels = [_stored(label) for label in taxonomy.labels]
    if row is None:
        row = TaxonomyRow(name=taxonomy.name, labels=labels, number=0)
        tx.add(row)
        tx.flush()
    else:
        _keep_first(tx, row)
    row.labels = labels
    _write_version(tx, row, action=action, facts={"labels": len(labels)}, moved={}, by=by)


def reach(tx: Session, name: str, labels: Sequence[str]) -> Reach:
    """Live documents and examples that have one of these labels."""
    row = _row(tx, name)
    query = (
        select(ClassificationRow.source, func.count())
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(_documents_with(name, labels), DocumentRow.deleted_at.is_(None))
        .group_by(ClassificationRow.source)
    )
    counts = {str(source): count for source, count in tx.execute(query)}
    examples = select(func.count()).where(
        ExampleRow.taxonomy_id == row.id,
        ExampleRow.label.in_(labels),
        ExampleRow.superseded_at.is_(None),
    )
    return Reach(
        documents_by_person=counts.get(LabelSource.PERSON, 0),
        documents_by_model=counts.get(LabelSource.MODEL, 0),
        examples=tx.scalar(examples) or 0,
    )


def apply(tx: Session, change: Change) -> int:
    """Store a change and move documents, their history and examples; return its number."""
    row = _row(tx, change.taxonomy.name)
    _keep_first(tx, row)
    labels = list(change.moves)
    found = {
        "documents": _versions_with(tx, row.name, labels),
        "history": _history_with(tx, row.name, labels),
        "examples": _examples_with(tx, row.id, labels),
    }
    row.labels = [_stored(label) for label in change.taxonomy.labels]
    for table, kind in _MOVED:
        for before, after in change.moves.items():
            ids = [one for one, label in found[kind] if label == before]
            _relabel(tx, table, ids, after)
    again = [one for one, label in found["documents"] if label in change.asked_again]
    moved: dict[str, Any] = {kind: [list(one) for one in ids] for kind, ids in found.items()}
    moved["asked_again"] = [list(one) for one in _models_of(tx, again)]
    for some in _slices(again):
        ask_again_about(tx, some)
    _touch(tx, [one for one, _ in found["documents"]])
    _write_version(
        tx, row, action=change.action, facts=dict(change.facts), moved=moved, by=change.by
    )
    return row.number


def undo(tx: Session, name: str, by: str | None) -> TaxonomyVersion:
    """Take the newest change back: labels, documents and examples are as before it.

    Documents that a person labelled anew since keep the new label.

    Raises:
        Conflict: there is nothing to take back.
    """
    row = _row(tx, name)
    query = (
        select(TaxonomyVersionRow)
        .where(
            TaxonomyVersionRow.taxonomy_id == row.id,
            TaxonomyVersionRow.undone.is_(False),
            TaxonomyVersionRow.action != "undo",
        )
        .order_by(TaxonomyVersionRow.number.desc())
        .limit(2)
    )
    found = list(tx.scalars(query))
    if len(found) < 2:  # noqa: PLR2004  (the change and the version before it)
        raise Conflict(
            detail=f"“{name}” has no change to undo", detail_zh=f"“{name}”没有可撤销的更改"
        )
    last, before = found
    renamed = _moves_of(last)
    for table, kind in _MOVED:
        for label in sorted({one[1] for one in last.moved.get(kind, [])}):
            ids = [one[0] for one in last.moved[kind] if one[1] == label]
            _relabel(tx, table, ids, label, only=renamed.get(label, label))
    for version_id, model in last.moved.get("asked_again", []):
        tx.execute(
            update(ClassificationRow)
            .where(
                ClassificationRow.version_id == version_id,
                ClassificationRow.model_version_id == -1,
            )
            .values(model_version_id=model)
            .execution_options(synchronize_session=False)
        )
    _touch(tx, [one[0] for one in last.moved.get("documents", [])])
    _name_again(tx, row, last, before)
    last.undone = True
    row.labels = before.labels
    _write_version(tx, row, action="undo", facts={"of": last.number}, moved={}, by=by)
    return _version(last)


def _name_again(
    tx: Session, row: TaxonomyRow, last: TaxonomyVersionRow, before: TaxonomyVersionRow
) -> None:
    """What was given a new name since a rename or split goes back to the old one."""
    old = last.facts.get("label")
    gone = sorted({one["name"] for one in last.labels} - {one["name"] for one in before.labels})
    if old is None or not gone:
        return
    found = _versions_with(tx, row.name, gone)
    _relabel(tx, ClassificationRow, [one for one, _ in found], old)
    _touch(tx, [one for one, _ in found])
    _relabel(
        tx, ClassificationHistoryRow, [one for one, _ in _history_with(tx, row.name, gone)], old
    )
    _relabel(tx, ExampleRow, [one for one, _ in _examples_with(tx, row.id, gone)], old)


def versions(tx: Session, name: str) -> list[TaxonomyVersion]:
    """All changes of a taxonomy, newest first."""
    query = (
        select(TaxonomyVersionRow)
        .where(TaxonomyVersionRow.taxonomy_id == _row(tx, name).id)
        .order_by(TaxonomyVersionRow.number.desc())
    )
    return [_version(row) for row in tx.scalars(query)]


def moves_since(tx: Session, name: str, since: dt.datetime) -> list[Mapping[str, str | None]]:
    """Which labels became which since a model was made, oldest change first."""
    query = (
        select(TaxonomyVersionRow)
        .where(
            TaxonomyVersionRow.taxonomy_id == _row(tx, name).id,
            TaxonomyVersionRow.at > since,
            TaxonomyVersionRow.undone.is_(False),
            TaxonomyVersionRow.action.in_(("merge", "rename")),
        )
        .order_by(TaxonomyVersionRow.number)
    )
    return [row.facts.get("moves", {}) for row in tx.scalars(query)]


# Inside ------------------------------------------------------------------------------------

_MOVED: tuple[tuple[Any, str], ...] = (
    (ClassificationRow, "documents"),
    (ClassificationHistoryRow, "history"),
    (ExampleRow, "examples"),
)


def _key(table: Any) -> Any:  # noqa: ANN401 - one of three tables
    return table.version_id if table is ClassificationRow else table.id


def _relabel(
    tx: Session,
    table: Any,  # noqa: ANN401 - one of three tables
    ids: Sequence[int],
    label: str | None,
    only: str | None = None,
) -> None:
    if label is None:
        return
    for some in _slices(ids):
        query = update(table).where(_key(table).in_(some))
        if only is not None:
            query = query.where(table.label == only)
        query = query.values(label=label)
        tx.execute(query.execution_options(synchronize_session=False))
    tx.expire_all()


def _documents_with(name: str, labels: Sequence[str]) -> ColumnElement[bool]:
    return ClassificationRow.label.in_(labels) & (taxonomy_name() == name)


def _versions_with(tx: Session, name: str, labels: Sequence[str]) -> list[tuple[int, str]]:
    query = (
        select(ClassificationRow.version_id, ClassificationRow.label)
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(_documents_with(name, labels))
    )
    return [(version, str(label)) for version, label in tx.execute(query)]


def _history_with(tx: Session, name: str, labels: Sequence[str]) -> list[tuple[int, str]]:
    history = ClassificationHistoryRow
    query = (
        select(history.id, history.label)
        .join(DocumentRow, DocumentRow.current_version_id == history.version_id)
        .where(history.label.in_(labels), taxonomy_name() == name)
    )
    return [(number, str(label)) for number, label in tx.execute(query)]


def _examples_with(tx: Session, taxonomy: int, labels: Sequence[str]) -> list[tuple[int, str]]:
    query = select(ExampleRow.id, ExampleRow.label).where(
        ExampleRow.taxonomy_id == taxonomy, ExampleRow.label.in_(labels)
    )
    return [(number, str(label)) for number, label in tx.execute(query)]


def _models_of(tx: Session, version_ids: Sequence[int]) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for some in _slices(version_ids):
        query = select(ClassificationRow.version_id, ClassificationRow.model_version_id).where(
            ClassificationRow.version_id.in_(some), ClassificationRow.source == LabelSource.MODEL
        )
        found += [(version, model) for version, model in tx.execute(query)]
    return found


def _touch(tx: Session, version_ids: Sequence[int]) -> None:
    for some in _slices(version_ids):
        tx.execute(
            update(DocumentRow)
            .where(DocumentRow.current_version_id.in_(some))
            .values(changed_at=utc_now())
            .execution_options(synchronize_session=False)
        )


def _slices(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


def _keep_first(tx: Session, row: TaxonomyRow) -> None:
    """Write the state before the first change down, which older releases did not."""
    key = (row.id, row.number)
    if tx.get(TaxonomyVersionRow, key) is None:
        tx.add(
            TaxonomyVersionRow(
                taxonomy_id=row.id,
                number=row.number,
                labels=row.labels,
                action="import",
                facts={},
                moved={},
            )
        )
        tx.flush()


def _write_version(
    tx: Session,
    row: TaxonomyRow,
    *,
    action: str,
    facts: dict[str, Any],
    moved: dict[str, Any],
    by: str | None,
) -> None:
    row.number += 1
    tx.add(
        TaxonomyVersionRow(
            taxonomy_id=row.id,
            number=row.number,
            labels=row.labels,
            action=action,
            facts=facts,
            moved=moved,
            by=by,
        )
    )
    tx.flush()


def _moves_of(row: TaxonomyVersionRow) -> Mapping[str, str]:
    moves: Mapping[str, str | None] = row.facts.get("moves", {})
    return {before: after for before, after in moves.items() if after is not None}


def _row(tx: Session, name: str | None) -> TaxonomyRow:
    query = select(TaxonomyRow).order_by(TaxonomyRow.id).limit(1)
    if name is not None:
        query = query.where(TaxonomyRow.name == name)
    row = tx.scalar(query)
    if row is None:
        raise NotFound(kind="taxonomy", id=name or "")
    return row


def _settings(tx: Session, collection_id: int) -> CollectionSettingsRow:
    row = tx.get(CollectionSettingsRow, collection_id)
    if row is None:
        row = CollectionSettingsRow(collection_id=collection_id)
        tx.add(row)
        tx.flush()
    return row


def _stored(label: Label) -> dict[str, Any]:
    return asdict(label) | {"examples": list(label.examples)}


def _taxonomy(row: TaxonomyRow) -> Taxonomy:
    return Taxonomy(
        row.name,
        tuple(Label(**each | {"examples": tuple(each.get("examples", ()))}) for each in row.labels),
    )


def _version(row: TaxonomyVersionRow) -> TaxonomyVersion:
    return TaxonomyVersion(
        number=row.number,
        action=row.action,
        facts=row.facts,
        labels=len(row.labels),
        moved_documents=len(row.moved.get("documents", [])),
        moved_examples=len(row.moved.get("examples", [])),
        undone=row.undone,
        by=row.by,
        at=row.at,
    )
