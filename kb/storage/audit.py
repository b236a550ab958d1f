"""The append-only log of who did what, each entry chained to the one before by its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kb.storage.tables import AuditRow, utc_now

_ORIGIN = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry."""

    id: int
    at: dt.datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


def record(
    tx: Session, *, actor: str, action: str, subject: str, **details: str | int | float | None
) -> None:
    """Add an entry, in the transaction of the change it tells of."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(7264919)"))  # one chain, one tail
    previous = tx.scalar(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)) or _ORIGIN
    at = utc_now()
    tx.add(
        AuditRow(
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            details=details,
            previous=previous,
            hash=_hash(previous, at, actor, action, subject, details),
        )
    )
    tx.flush()


def entries(tx: Session, *, limit: int = 200) -> list[AuditEntry]:
    """The newest entries, newest first."""
    rows = tx.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(limit))
    return [AuditEntry(r.id, r.at, r.actor, r.action, r.subject, r.details) for r in rows]


def first_broken(tx: Session) -> int | None:
    """Id of the first entry that was changed or whose predecessor is gone; None if all is well."""
    previous = _ORIGIN
    query = select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=1_000)
    with tx.scalars(query) as rows:  # closes the server's cursor when we leave early
        for row in rows:
            expected = _hash(previous, row.at, row.actor, row.action, row.subject, row.details)
            if row.previous != previous or row.hash != expected:
                return row.id
            previous = row.hash
    return None


def _hash(
    previous: str,
    at: dt.datetime,
    actor: str,
    action: str,
    subject: str,
    details: dict[str, Any],
) -> str:
    content = json.dumps(
        [previous, at.astimezone(dt.UTC).isoformat(), actor, action, subject, details],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(content.encode()).hexdigest()
