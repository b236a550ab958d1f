"""Taxonomies, classifications and summaries."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kb.domain.errors import NotFound
from kb.domain.understanding import (
    Classification,
    Label,
    LabelSource,
    Summary,
    SummaryKind,
    SummarySentence,
    Taxonomy,
)
from kb.storage.tables import (
    ClassificationRow,
    DocumentRow,
    SummaryRow,
    TaxonomyRow,
    utc_now,
)


def put_taxonomy(tx: Session, taxonomy: Taxonomy) -> None:
    """Store a taxonomy in place of the one with its name."""
    row = tx.scalar(select(TaxonomyRow).where(TaxonomyRow.name == taxonomy.name))
    if row is None:
        row = TaxonomyRow(name=taxonomy.name)
        tx.add(row)
    row.labels = [asdict(label) for label in taxonomy.labels]
    tx.flush()


def taxonomies(tx: Session) -> list[Taxonomy]:
    """All taxonomies, the first being the one in force."""
    return [
        Taxonomy(row.name, tuple(Label(**label) for label in row.labels))
        for row in tx.scalars(select(TaxonomyRow).order_by(TaxonomyRow.id))
    ]


def taxonomy(tx: Session, name: str | None = None) -> Taxonomy:
    """The taxonomy with this name, or the one in force.

    Raises:
        NotFound: there is none.
    """
    for found in taxonomies(tx):
        if name in (None, found.name):
            return found
    raise NotFound(kind="taxonomy", id=name or "")


def documents_per_label(tx: Session, visible: frozenset[int] | None) -> dict[str, int]:
    """Live documents of each label that the caller may see."""
    query = (
        select(ClassificationRow.label, func.count())
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(DocumentRow.deleted_at.is_(None), ClassificationRow.label.is_not(None))
        .group_by(ClassificationRow.label)
    )
    if visible is not None:
        query = query.where(DocumentRow.collection_id.in_(visible))
    return {str(label): count for label, count in tx.execute(query)}


def put_classification(
    tx: Session, version_id: int, found: Classification, *, user_id: int | None = None
) -> None:
    """Store a category. What a person said is only replaced by a person."""
    row = tx.get(ClassificationRow, version_id)
    if row is None:
        row = ClassificationRow(version_id=version_id)
        tx.add(row)
    elif row.source == LabelSource.PERSON and found.source is not LabelSource.PERSON:
        return
    row.label = found.label
    row.confidence = found.confidence
    row.probabilities = [list(pair) for pair in found.probabilities]
    row.model = found.model
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
    )


def put_summary(tx: Session, version_id: int, summary: Summary) -> None:
    """Store a summary in place of the one before."""
    tx.execute(delete(SummaryRow).where(SummaryRow.version_id == version_id))
    tx.add(
        SummaryRow(
            version_id=version_id,
            kind=summary.kind,
            sentences=[[s.text, list(s.passages)] for s in summary.sentences],
            model=summary.model,
            windows_read=summary.windows_read,
            windows_total=summary.windows_total,
        )
    )
    tx.flush()


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
    )
