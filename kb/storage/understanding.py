"""Classifications and summaries, what they cost, and what they were before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from kb.domain.understanding import (
    Classification,
    LabelSource,
    Summary,
    SummaryKind,
    SummarySentence,
)
from kb.storage.stale import taxonomy_name
from kb.storage.tables import (
    ClassificationHistoryRow,
    ClassificationRow,
    DocumentRow,
    ModelVersionRow,
    SummaryRow,
    WindowNoteRow,
    utc_now,
)
from kb.storage.taxonomies import put_taxonomy, taxonomies, taxonomy

__all__ = [
    "Unsure",
    "Usage",
    "back_to_model",
    "classification",
    "documents_per_label",
    "forget_summary",
    "put_classification",
    "put_summary",
    "put_taxonomy",
    "put_window_note",
    "summary",
    "take_back",
    "taxonomies",
    "taxonomy",
    "unsure",
    "usage",
    "window_notes",
]


def documents_per_label(tx: Session, visible: frozenset[int] | None) -> dict[str, dict[str, int]]:
    """Taxonomy -> label -> live documents that the caller may see."""
    name = taxonomy_name().label("taxonomy")
    query = (
        select(name, ClassificationRow.label, func.count())
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(DocumentRow.deleted_at.is_(None), ClassificationRow.label.is_not(None))
        .group_by(name, ClassificationRow.label)
    )
    if visible is not None:
        query = query.where(DocumentRow.collection_id.in_(visible))
    found: dict[str, dict[str, int]] = {}
    for known, label, count in tx.execute(query):
        found.setdefault(str(known), {})[str(label)] = count
    return found


def put_classification(
    tx: Session, version_id: int, found: Classification, *, user_id: int | None = None
) -> None:
    """Store a category. What a person said is only replaced by a person.

    What is replaced goes to the history, so that a rollback can bring it back.
    """
    registered = _registered(tx, found.model)  # asked first: a query flushes what is half filled
    row = tx.get(ClassificationRow, version_id)
    if row is None:
        row = ClassificationRow(version_id=version_id)
        tx.add(row)
    elif row.source == LabelSource.PERSON and found.source is not LabelSource.PERSON:
        return
    else:
        _to_history(tx, ClassificationRow.version_id == version_id)
    row.label = found.label
    row.confidence = found.confidence
    row.probabilities = [list(pair) for pair in found.probabilities]
    row.model = found.model
    row.model_version_id = registered
    row.path = found.path
    row.tokens = found.tokens
    row.seconds = found.seconds
    row.source = found.source
    row.decided_by = user_id
    row.decided_at = utc_now()
    tx.flush()


def classification(tx: Session, version_id: int) -> Classification | None:
    """The category of a version."""
    row = tx.get(ClassificationRow, version_id)
    if row is None:
        return None
    return Classification(
        label=row.label,
        confidence=row.confidence,
        probabilities=tuple((name, probability) for name, probability in row.probabilities),
        model=row.model,
        source=LabelSource(row.source),
        path=row.path,
        tokens=row.tokens,
        seconds=row.seconds,
    )


_HISTORY_COLUMNS = (
    "version_id",
    "label",
    "confidence",
    "probabilities",
    "model",
    "model_version_id",
    "path",
    "tokens",
    "seconds",
    "source",
    "decided_by",
    "decided_at",
)


def _to_history(tx: Session, which: ColumnElement[bool]) -> None:
    tx.flush()
    now = literal(utc_now(), ClassificationHistoryRow.replaced_at.type)
    said = select(*(getattr(ClassificationRow, name) for name in _HISTORY_COLUMNS), now)
    tx.execute(
        insert(ClassificationHistoryRow).from_select(
            [*_HISTORY_COLUMNS, "replaced_at"], said.where(which)
        )
    )


def back_to_model(tx: Session, version_id: int) -> bool:
    """Put what a model said last in the place of a person's word; False when none had spoken."""
    history = ClassificationHistoryRow
    said = tx.scalar(
        select(history)
        .where(history.version_id == version_id, history.source == LabelSource.MODEL)
        .order_by(history.id.desc())
        .limit(1)
    )
    row = tx.get(ClassificationRow, version_id)
    if row is None or row.source != LabelSource.PERSON or said is None:
        return False
    for name in _HISTORY_COLUMNS[1:]:
        setattr(row, name, getattr(said, name))
    tx.delete(said)
    tx.flush()
    return True


def take_back(tx: Session, model_version_id: int) -> int:
    """Give documents the category that a model had replaced; return how many there are.

    A person's word stays. Documents about which nobody had spoken before keep the model's, and
    show as stale.
    """
    his = (ClassificationRow.model_version_id == model_version_id) & (
        ClassificationRow.source == LabelSource.MODEL
    )
    history = ClassificationHistoryRow
    before = (
        select(func.max(history.id))
        .where(
            history.version_id.in_(select(ClassificationRow.version_id).where(his)),
            func.coalesce(history.model_version_id, 0) != model_version_id,
            history.source == LabelSource.MODEL,
        )
        .group_by(history.version_id)
    )
    chosen = list(tx.scalars(before))
    _to_history(tx, his)
    for start in range(0, len(chosen), _AT_ONCE):
        some = chosen[start : start + _AT_ONCE]
        columns = {name: getattr(history, name) for name in _HISTORY_COLUMNS[1:]}
        tx.execute(
            update(ClassificationRow)
            .where(ClassificationRow.version_id == history.version_id, history.id.in_(some))
            .values(columns)
            .execution_options(synchronize_session=False)
        )
        restored = select(history.version_id).where(history.id.in_(some))
        tx.execute(
            update(DocumentRow)
            .where(DocumentRow.current_version_id.in_(restored))
            .values(changed_at=utc_now())
            .execution_options(synchronize_session=False)
        )
    tx.expire_all()
    return len(chosen)


_AT_ONCE = 500
"""Fewer than the variables that a statement may have."""


def _registered(tx: Session, model: str) -> int | None:
    return tx.scalar(select(ModelVersionRow.id).where(ModelVersionRow.name == model))


@dataclass(frozen=True, slots=True)
class Unsure:
    """A document that waits for a person, with how unsure the model is."""

    document_id: int
    uncertainty: float
    """1 - (probability of the best label - probability of the second), 0..1."""


def unsure(
    tx: Session,
    visible: frozenset[int] | None,
    *,
    collection_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Unsure], int]:
    """Documents no model was sure about, the most uncertain first, and how many there are."""
    query = (
        select(DocumentRow.id, ClassificationRow.confidence, ClassificationRow.probabilities)
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(
            DocumentRow.deleted_at.is_(None),
            ClassificationRow.label.is_(None),
            ClassificationRow.source == LabelSource.MODEL,
        )
    )
    if visible is not None:
        query = query.where(DocumentRow.collection_id.in_(visible))
    if collection_id is not None:
        query = query.where(DocumentRow.collection_id == collection_id)
    found = [Unsure(row[0], _uncertainty(row[1], row[2])) for row in tx.execute(query)]
    found.sort(key=lambda one: (-one.uncertainty, one.document_id))
    return found[offset : offset + limit], len(found)


def _uncertainty(confidence: float, probabilities: Sequence[Any]) -> float:
    second = float(probabilities[1][1]) if len(probabilities) > 1 else 0.0
    return round(min(max(1.0 - (confidence - second), 0.0), 1.0), 4)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one path of a stage did and cost."""

    stage: str
    model: str
    path: str
    documents: int
    tokens: int
    seconds: float


def usage(tx: Session) -> list[Usage]:
    """Documents, tokens and seconds for each model and path, over what models said last."""
    found = []
    for stage, table in (("classify", ClassificationRow), ("summarise", SummaryRow)):
        query = (
            select(
                table.model,
                table.path,
                func.count(),
                func.coalesce(func.sum(table.tokens), 0),
                func.coalesce(func.sum(table.seconds), 0.0),
            )
            .where(table.source == LabelSource.MODEL)
            .group_by(table.model, table.path)
            .order_by(func.count().desc(), table.model, table.path)
        )
        found += [
            Usage(stage, model, path, documents, int(tokens), round(float(seconds), 3))
            for model, path, documents, tokens, seconds in tx.execute(query)
        ]
    return found


def put_summary(tx: Session, version_id: int, summary: Summary) -> None:
    """Store a summary in place of the one before. A person's is only replaced by a person's."""
    row = tx.get(SummaryRow, version_id)
    if row is None:
        row = SummaryRow(version_id=version_id)
        tx.add(row)
    elif row.source == LabelSource.PERSON and summary.source is not LabelSource.PERSON:
        return
    row.kind = summary.kind
    row.sentences = [[s.text, list(s.passages)] for s in summary.sentences]
    row.model = summary.model
    row.windows_read = summary.windows_read
    row.windows_total = summary.windows_total
    row.source = summary.source
    row.path = summary.path
    row.tokens = summary.tokens
    row.seconds = summary.seconds
    row.created_at = utc_now()
    tx.flush()


def forget_summary(tx: Session, version_id: int) -> None:
    """Make room for a model's summary."""
    tx.execute(delete(SummaryRow).where(SummaryRow.version_id == version_id))


def summary(tx: Session, version_id: int) -> Summary | None:
    """The summary of a version."""
    row = tx.get(SummaryRow, version_id)
    if row is None:
        return None
    return Summary(
        kind=SummaryKind(row.kind),
        sentences=tuple(SummarySentence(text, tuple(used)) for text, used in row.sentences),
        model=row.model,
        windows_read=row.windows_read,
        windows_total=row.windows_total,
        source=LabelSource(row.source),
        path=row.path,
        tokens=row.tokens,
        seconds=row.seconds,
    )


# Notes of windows --------------------------------------------------------------------------


def window_notes(tx: Session, recipe: str, text_hashes: Sequence[str]) -> dict[str, str]:
    """Text hash -> note, of those windows that a recipe has read already."""
    query = select(WindowNoteRow.text_hash, WindowNoteRow.note).where(
        WindowNoteRow.recipe == recipe, WindowNoteRow.text_hash.in_(text_hashes)
    )
    return dict(tx.execute(query).all())


def put_window_note(tx: Session, recipe: str, text_hash: str, note: str) -> None:
    """Keep what was noted of a window."""
    tx.merge(WindowNoteRow(text_hash=text_hash, recipe=recipe, note=note))
    tx.flush()
