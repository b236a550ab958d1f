"""What search asks of the system of record: the generation in service, and the last word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from kb.access import visible_collections
from kb.domain.access import Principal
from kb.domain.search import (
    CategoryName,
    LiveIndex,
    PassageOutline,
    PendingPassage,
    SearchFilters,
    StoredPassage,
)
from kb.domain.understanding import Taxonomy
from kb.storage import generations, passages, understanding
from kb.storage.database import Database
from kb.storage.tables import (
    AnySelect,
    ClassificationRow,
    CollectionRow,
    DocumentRow,
    DocumentVersionRow,
    PassageRow,
)

MOST_PENDING = 5_000
"""Passages compared one by one at most, newest first, so that a search stays quick."""


class SqlSearchStore:
    """Implements ``kb.search.store.SearchStore``."""

    def __init__(self, database: Database, index_path: Path) -> None:
        self._database = database
        self._index_path = index_path

    def live_index(self) -> LiveIndex | None:
        """The generation in service."""
        with self._database.read() as tx:
            live = generations.live(tx)
        if live is None:
            return None
        directory = generation_path(self._index_path, live.id)
        return LiveIndex(generation=live.id, directory=directory, snapshot=live.snapshot)

    def pending_mark(self, live: LiveIndex | None) -> str:
        """Changes whenever ``pending`` would answer differently."""
        if live is None:
            return "none"
        with self._database.read() as tx:
            return generations.uncovered(tx, live.generation, live.snapshot)[0]

    def pending(self, live: LiveIndex | None) -> Sequence[PendingPassage]:
        """Passages that the snapshot does not hold yet."""
        if live is None:
            return ()
        with self._database.read() as tx:
            _, portions = generations.uncovered(tx, live.generation, live.snapshot)
            model = generations.get(tx, live.generation).embedder
            found = passages.entries(tx, portions[-MOST_PENDING:], model)
        return [PendingPassage(entry, vector) for entry, vector in found[-MOST_PENDING:]]

    def allowed_documents(
        self, filters: SearchFilters, principal: Principal
    ) -> frozenset[int] | None:
        """Live documents that meet the filters and may be seen."""
        with self._database.read() as tx:
            query = _visible(
                select(DocumentRow.id)
                .join(DocumentVersionRow, DocumentRow.current_version_id == DocumentVersionRow.id)
                .where(DocumentRow.deleted_at.is_(None)),
                principal,
            )
            return frozenset(tx.scalars(_filtered(tx, query, filters)))

    def collection_ids(self, names: frozenset[str], principal: Principal) -> frozenset[int]:
        """Visible collections with one of the names, case folded."""
        wanted = {name.casefold() for name in names}
        with self._database.read() as tx:
            rows = tx.execute(_visible_collections_query(principal))
            return frozenset(row.id for row in rows if row.name.casefold() in wanted)

    def outlines(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, PassageOutline]:
        """Those of the passages that may leave the product, without their words."""
        with self._database.read() as tx:
            names = _category_names(tx)
            rows = tx.execute(_joined(principal, _OUTLINE).where(PassageRow.id.in_(passage_ids)))
            return {
                row.id: PassageOutline(
                    passage_id=row.id,
                    version_id=row.version_id,
                    document_id=row.document_id,
                    text_hash=row.text_hash,
                    collection_id=row.collection_id,
                    collection_name=row.collection,
                    format=row.format,
                    language=row.language,
                    category=names.get(row.category) if row.category else None,
                )
                for row in rows
            }

    def passages(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, StoredPassage]:
        """Those of the passages that may leave the product, in full."""
        with self._database.read() as tx:
            query = _joined(principal, _FULL).where(PassageRow.id.in_(passage_ids))
            return {found.passage_id: found for found in _stored(tx, query)}

    def passages_of(self, document_id: int, principal: Principal) -> Sequence[StoredPassage]:
        """All passages of a document's current version."""
        with self._database.read() as tx:
            query = _joined(principal, _FULL).where(DocumentRow.id == document_id)
            return _stored(tx, query.order_by(PassageRow.ordinal))


def generation_path(index_path: Path, generation_id: int) -> Path:
    """Where a generation's files live."""
    return index_path / f"generation-{generation_id:06d}"


def _visible(query: AnySelect, principal: Principal) -> AnySelect:
    """The one place where SQL learns what a caller may see."""
    visible = visible_collections(principal)
    return query if visible is None else query.where(DocumentRow.collection_id.in_(visible))


def _visible_collections_query(principal: Principal) -> AnySelect:
    visible = visible_collections(principal)
    query = select(CollectionRow.id, CollectionRow.name)
    return query if visible is None else query.where(CollectionRow.id.in_(visible))


def _filtered(tx: Session, query: AnySelect, filters: SearchFilters) -> AnySelect:
    if filters.documents:
        query = query.where(DocumentRow.id.in_(filters.documents))
    if filters.languages:
        query = query.where(DocumentVersionRow.language.in_(filters.languages))
    if filters.formats:
        query = query.where(DocumentVersionRow.format.in_(filters.formats))
    if filters.categories:
        labels = _with_children(understanding.taxonomies(tx), filters.categories)
        query = query.join(
            ClassificationRow, ClassificationRow.version_id == DocumentVersionRow.id
        ).where(ClassificationRow.label.in_(labels))
    if filters.created_from:
        query = query.where(DocumentRow.created_at >= _midnight(filters.created_from))
    if filters.created_to:
        after = filters.created_to + dt.timedelta(days=1)
        query = query.where(DocumentRow.created_at < _midnight(after))
    return query


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _with_children(known: Sequence[Taxonomy], names: frozenset[str]) -> set[str]:
    """The labels and all below them."""
    found = set(names)
    labels = [label for taxonomy in known for label in taxonomy.labels]
    while below := {lb.name for lb in labels if lb.parent in found and lb.name not in found}:
        found |= below
    return found


_OUTLINE: tuple[SQLColumnExpression[Any], ...] = (
    # Columns, not rows, and no text: a search reads some two hundred of these.
    PassageRow.id,
    PassageRow.version_id,
    PassageRow.text_hash,
    DocumentRow.id.label("document_id"),
    DocumentRow.collection_id,
    CollectionRow.name.label("collection"),
    DocumentVersionRow.format,
    DocumentVersionRow.language,
    ClassificationRow.label.label("category"),
)
_FULL = (
    *_OUTLINE,
    PassageRow.ordinal,
    PassageRow.text,
    PassageRow.heading_path,
    PassageRow.spans,
    DocumentRow.name,
    func.coalesce(func.nullif(DocumentVersionRow.title, ""), DocumentRow.name).label("title"),
    DocumentRow.path,
    DocumentRow.created_at,
)


def _joined(principal: Principal, columns: tuple[SQLColumnExpression[Any], ...]) -> AnySelect:
    """Passages of live documents' current versions that ``principal`` may see."""
    query = (
        select(*columns)
        .join(DocumentVersionRow, PassageRow.version_id == DocumentVersionRow.id)
        .join(DocumentRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .join(CollectionRow, DocumentRow.collection_id == CollectionRow.id)
        .outerjoin(ClassificationRow, ClassificationRow.version_id == DocumentVersionRow.id)
        .where(DocumentRow.deleted_at.is_(None))
    )
    return _visible(query, principal)


def _category_names(tx: Session) -> dict[str, CategoryName]:
    return {
        label.name: CategoryName(label.name, label.name_zh, label.name_en)
        for taxonomy in understanding.taxonomies(tx)
        for label in taxonomy.labels
    }


def _stored(tx: Session, query: AnySelect) -> list[StoredPassage]:
    names = _category_names(tx)
    return [
        StoredPassage(
            passage_id=row.id,
            version_id=row.version_id,
            document_id=row.document_id,
            ordinal=row.ordinal,
            text=row.text,
            text_hash=row.text_hash,
            heading_path=tuple(row.heading_path),
            spans=passages.spans_of(row.spans),
            name=row.name,
            title=row.title,
            path=row.path,
            collection_id=row.collection_id,
            collection_name=row.collection,
            format=row.format,
            language=row.language,
            category=names.get(row.category) if row.category else None,
            created_at=row.created_at,
        )
        for row in tx.execute(query)
    ]
