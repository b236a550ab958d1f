"""Bulk re-classifications: which are under way and how far they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.domain.errors import NotFound
from kb.storage.tables import RedoRow, utc_now

RUNNING = "running"
PAUSED = "paused"
DONE = "done"
CANCELLED = "cancelled"
UNFINISHED = (RUNNING, PAUSED)


@dataclass(frozen=True, slots=True)
class Redo:
    """One bulk re-classification."""

    id: int
    job_id: int | None
    state: str
    taxonomy: str | None
    collection_id: int | None
    cursor: int
    done: int
    failed: int
    total: int
    per_minute: int
    created_by: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stale documents, and how fast."""

    taxonomy: str | None = None
    collection_id: int | None = None
    per_minute: int = 0


def add(tx: Session, wanted: Wanted, *, total: int, by: str | None) -> int:
    """Write one down; return its id."""
    row = RedoRow(
        state=RUNNING,
        taxonomy=wanted.taxonomy,
        collection_id=wanted.collection_id,
        per_minute=wanted.per_minute,
        total=total,
        created_by=by,
    )
    tx.add(row)
    tx.flush()
    return row.id


def change(tx: Session, redo_id: int, **values: object) -> None:
    """Set columns: state, job_id, cursor, done, failed."""
    if values.get("state") in (DONE, CANCELLED):
        values["finished_at"] = utc_now()
    tx.execute(update(RedoRow).where(RedoRow.id == redo_id).values(**values))


def get(tx: Session, redo_id: int) -> Redo:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    row = tx.get(RedoRow, redo_id)
    if row is None:
        raise NotFound(kind="redo", id=redo_id)
    return _redo(row)


def of_job(tx: Session, job_id: int) -> Redo | None:
    """The one that a job does."""
    row = tx.scalar(select(RedoRow).where(RedoRow.job_id == job_id))
    return None if row is None else _redo(row)


def newest(tx: Session, limit: int = 20) -> list[Redo]:
    """All of them, newest first."""
    query = select(RedoRow).order_by(RedoRow.id.desc()).limit(limit)
    return [_redo(row) for row in tx.scalars(query)]


def unfinished(tx: Session) -> list[Redo]:
    """Those that run or pause."""
    query = select(RedoRow).where(RedoRow.state.in_(UNFINISHED)).order_by(RedoRow.id)
    return [_redo(row) for row in tx.scalars(query)]


def _redo(row: RedoRow) -> Redo:
    return Redo(
        id=row.id,
        job_id=row.job_id,
        state=row.state,
        taxonomy=row.taxonomy,
        collection_id=row.collection_id,
        cursor=row.cursor,
        done=row.done,
        failed=row.failed,
        total=row.total,
        per_minute=row.per_minute,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
