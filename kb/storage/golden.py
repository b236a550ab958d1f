"""Golden queries: what a new generation must find as well as the one in service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kb.domain.errors import NotFound
from kb.storage.tables import DocumentRow, DocumentVersionRow, GoldenQueryRow, PassageRow


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """A query with the documents that answer it."""

    query: str
    documents: tuple[int, ...]
    id: int | None = None
    """None for those that were made from titles."""
    created_by: str | None = None
    created_at: dt.datetime | None = None


def put(tx: Session, query: str, documents: Sequence[int], created_by: str | None) -> int:
    """Keep a query; one that is there already gets these documents. Return its id."""
    row = tx.scalar(select(GoldenQueryRow).where(GoldenQueryRow.query == query))
    if row is None:
        row = GoldenQueryRow(query=query, documents=list(documents), created_by=created_by)
        tx.add(row)
    else:
        row.documents = list(documents)
    tx.flush()
    return row.id


def all_of(tx: Session) -> list[GoldenQuery]:
    """All of them, in the order they were made."""
    rows = tx.scalars(select(GoldenQueryRow).order_by(GoldenQueryRow.id))
    return [
        GoldenQuery(row.query, tuple(row.documents), row.id, row.created_by, row.created_at)
        for row in rows
    ]


def remove(tx: Session, query_id: int) -> None:
    """Forget one.

    Raises:
        NotFound: no such query.
    """
    gone = tx.execute(delete(GoldenQueryRow).where(GoldenQueryRow.id == query_id))
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(kind="golden_query", id=query_id)


def from_titles(tx: Session, most: int) -> list[GoldenQuery]:
    """Queries that are titles of documents spread over the corpus; each must find its document.

    Known-item queries need no judge. Several documents with one title answer it together.
    """
    title = func.coalesce(func.nullif(DocumentVersionRow.title, ""), DocumentRow.name)
    live = (
        select(DocumentRow.id, title.label("title"))
        .join(DocumentVersionRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .where(
            DocumentRow.deleted_at.is_(None),
            select(PassageRow.id).where(PassageRow.version_id == DocumentVersionRow.id).exists(),
        )
    )
    highest = tx.scalar(select(func.max(DocumentRow.id))) or 0
    step = max(highest // most, 1)
    some = live.where(DocumentRow.id % step == 0).order_by(DocumentRow.id).limit(most)
    found: dict[str, list[int]] = {}
    for document_id, name in tx.execute(some):
        found.setdefault(name.rpartition(".")[0] or name, []).append(document_id)
    for name, document_id in tx.execute(
        select(title, DocumentRow.id)
        .join(DocumentVersionRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .where(DocumentRow.deleted_at.is_(None), title.in_(list(found)))
    ):
        found[name] = sorted({*found[name], document_id})
    return [GoldenQuery(name, tuple(documents)) for name, documents in found.items()]


def names(tx: Session, documents: Sequence[int]) -> dict[int, str]:
    """Document -> its name, of those that are there."""
    rows = tx.execute(
        select(DocumentRow.id, DocumentRow.name).where(DocumentRow.id.in_(list(documents)))
    )
    return {row.id: row.name for row in rows}
