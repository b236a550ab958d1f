"""Which documents were classified by another model than the one in service."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select, update
from sqlalchemy.orm import Session

from kb.domain.models import ModelAlias, ModelTask
from kb.domain.understanding import LabelSource
from kb.storage.tables import (
    AnySelect,
    ClassificationRow,
    CollectionSettingsRow,
    DocumentRow,
    ModelAliasRow,
    TaxonomyRow,
)

ASK_AGAIN = -1
"""In place of a model version: what was said no longer fits the taxonomy."""


def taxonomy_name() -> ScalarSelect[str]:
    """Name of the taxonomy of ``DocumentRow``'s collection: its own, or the first one."""
    own = (
        select(TaxonomyRow.name)
        .join(CollectionSettingsRow, CollectionSettingsRow.taxonomy_id == TaxonomyRow.id)
        .where(CollectionSettingsRow.collection_id == DocumentRow.collection_id)
        .correlate(DocumentRow)
        .scalar_subquery()
    )
    first = select(TaxonomyRow.name).order_by(TaxonomyRow.id).limit(1).scalar_subquery()
    return select(func.coalesce(own, first)).scalar_subquery()


def is_stale() -> ColumnElement[bool]:
    """Holds where ``ClassificationRow`` of ``DocumentRow`` is an older model's word."""
    serving = (
        select(ModelAliasRow.model_version_id)
        .where(
            ModelAliasRow.task == ModelTask.CLASSIFIER,
            ModelAliasRow.alias == ModelAlias.CHAMPION,
            ModelAliasRow.taxonomy == taxonomy_name(),
        )
        .correlate(DocumentRow)
        .scalar_subquery()
    )
    return (ClassificationRow.source == LabelSource.MODEL) & (
        func.coalesce(ClassificationRow.model_version_id, 0) != func.coalesce(serving, 0)
    )


def stale_among(tx: Session, version_ids: Sequence[int]) -> frozenset[int]:
    """Those of the versions that are stale."""
    query = _stale().where(ClassificationRow.version_id.in_(version_ids))
    return frozenset(tx.scalars(query))


def next_stale(
    tx: Session,
    *,
    taxonomy: str | None,
    collection_id: int | None,
    after: int,
    limit: int,
) -> list[int]:
    """Ids of stale versions behind ``after``, in order."""
    query = _within(_stale(), taxonomy, collection_id)
    query = query.where(ClassificationRow.version_id > after)
    return list(tx.scalars(query.order_by(ClassificationRow.version_id).limit(limit)))


def count_stale(
    tx: Session,
    visible: frozenset[int] | None,
    *,
    taxonomy: str | None = None,
    collection_id: int | None = None,
) -> tuple[int, int]:
    """(stale, all) live documents with a model's category, among those that may be seen."""
    query = (
        select(func.coalesce(func.sum(case((is_stale(), 1), else_=0)), 0), func.count())
        .select_from(ClassificationRow)
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(DocumentRow.deleted_at.is_(None), ClassificationRow.source == LabelSource.MODEL)
    )
    query = _within(query, taxonomy, collection_id)
    if visible is not None:
        query = query.where(DocumentRow.collection_id.in_(visible))
    stale, every = tx.execute(query).one()
    return int(stale), int(every)


def ask_again(tx: Session, *, collection_id: int) -> None:
    """Mark what models said about a collection's documents as stale."""
    inside = select(DocumentRow.current_version_id).where(
        DocumentRow.collection_id == collection_id
    )
    _ask_again(tx, ClassificationRow.version_id.in_(inside))


def ask_again_about(tx: Session, version_ids: Sequence[int]) -> None:
    """Mark what models said about these versions as stale."""
    _ask_again(tx, ClassificationRow.version_id.in_(version_ids))


def _ask_again(tx: Session, which: ColumnElement[bool]) -> None:
    tx.execute(
        update(ClassificationRow)
        .where(which, ClassificationRow.source == LabelSource.MODEL)
        .values(model_version_id=ASK_AGAIN)
        .execution_options(synchronize_session=False)
    )


def _stale() -> AnySelect:
    return (
        select(ClassificationRow.version_id)
        .join(DocumentRow, DocumentRow.current_version_id == ClassificationRow.version_id)
        .where(DocumentRow.deleted_at.is_(None), is_stale())
    )


def _within(query: AnySelect, taxonomy: str | None, collection_id: int | None) -> AnySelect:
    if taxonomy is not None:
        query = query.where(taxonomy_name() == taxonomy)
    if collection_id is not None:
        query = query.where(DocumentRow.collection_id == collection_id)
    return query
