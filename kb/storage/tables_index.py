"""The tables of the index and of what recurs: generations, events, leases, schedules, searches."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.storage.tables_base import NEVER_REUSED, Table, utc_now


class LeaseRow(Table):
    """A right that one process holds at a time, fenced by its epoch."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(default=0)
    until: Mapped[float] = mapped_column(Float)


class GenerationRow(Table):
    """A complete index built with one set of models and settings."""

    __tablename__ = "generations"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    embedder: Mapped[str] = mapped_column(String(120))
    dimension: Mapped[int]
    snapshot: Mapped[int] = mapped_column(default=0)
    """Number of the newest published snapshot."""
    passages: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(default=0)
    """While building: the last version id that was folded in."""
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What was asked for: see ``kb.storage.generations.Plan``."""
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    """While building: passages taken in so far."""
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    """While building: passages there were to take in when it was last counted."""
    pace: Mapped[dict[str, Any] | None]
    """While building: how fast, and what held it back; ``kb.ingestion.pace`` writes it."""
    gates: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    activated_at: Mapped[dt.datetime | None]
    __table_args__ = (NEVER_REUSED,)


class IndexEventRow(Table):
    """A change that every generation must take in; written in the document's own transaction."""

    __tablename__ = "index_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(Integer, index=True)
    aspect: Mapped[str] = mapped_column(String(8))
    """words, vectors, anew or gone."""
    first_ordinal: Mapped[int] = mapped_column(default=0, server_default="0")
    last_ordinal: Mapped[int | None]
    """Passages the change concerns, inclusive; None is to the end."""
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    __table_args__ = (NEVER_REUSED,)


class IndexReceiptRow(Table):
    """This generation has taken in this event, in this snapshot."""

    __tablename__ = "index_receipts"
    generation_id: Mapped[int] = mapped_column(
        ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[int] = mapped_column(
        ForeignKey("index_events.id", ondelete="CASCADE"), primary_key=True
    )
    snapshot: Mapped[int]
    __table_args__ = (Index("ix_index_receipts_generation_snapshot", "generation_id", "snapshot"),)


class ScheduleRow(Table):
    """A recurring action."""

    __tablename__ = "schedules"
    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(16))
    cron: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Name in the IANA database; "" is the zone of the machine."""
    missed: Mapped[str] = mapped_column(String(8), default="once", server_default="once")
    """What becomes of slots that passed while nothing ran: once or skip."""
    options: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What the action is asked for."""
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class ScheduleSlotRow(Table):
    """A slot that was taken; unique, so that two schedulers do no harm."""

    __tablename__ = "schedule_slots"
    schedule_id: Mapped[int] = mapped_column(
        ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True
    )
    slot: Mapped[dt.datetime] = mapped_column(primary_key=True)
    taken_at: Mapped[dt.datetime | None] = mapped_column(default=utc_now)
    outcome: Mapped[str] = mapped_column(String(12), default="", server_default="started")
    """started, busy, missed, failed; "" until it is known."""
    started_id: Mapped[int | None]
    """Of the generation or training that began."""
    facts: Mapped[dict[str, Any] | None]
    """Why it did not start: {"code", "facts"} of the error, or {"missed": n}."""


class GoldenQueryRow(Table):
    """A query with the documents that answer it: a new generation must find them as well."""

    __tablename__ = "golden_queries"
    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str]
    documents: Mapped[list[Any]]
    """Ids of the documents that answer it."""
    created_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    __table_args__ = (NEVER_REUSED,)


class SearchLoadRow(Table):
    """How long the recent searches of one process took; builds stand back by it."""

    __tablename__ = "search_loads"
    holder: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[float] = mapped_column(Float)
    """Seconds since the epoch by the database's clock."""
    searches: Mapped[int]
    """In the window of time looked at."""
    p50_ms: Mapped[float] = mapped_column(Float)
    p95_ms: Mapped[float] = mapped_column(Float)
