"""Schedules, and what became of each of their slots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.domain.errors import KbError, NotFound
from kb.storage.tables import ScheduleRow, ScheduleSlotRow, utc_now


class Missed(StrEnum):
    """What becomes of slots that passed while nothing ran."""

    ONCE = "once"
    """One run makes up for all of them."""
    SKIP = "skip"


class Outcome(StrEnum):
    """What became of a slot."""

    PENDING = ""
    """Taken, and not yet known."""
    STARTED = "started"
    BUSY = "busy"
    """Skipped: the one before was still under way."""
    MISSED = "missed"
    """Skipped: it was too late."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring action."""

    id: int
    action: str
    cron: str
    """minute hour day-of-month month day-of-week"""
    created_at: dt.datetime
    time_zone: str = ""
    missed: Missed = Missed.ONCE
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which a schedule was due, and what became of it."""

    schedule_id: int
    slot: dt.datetime
    outcome: Outcome
    started_id: int | None
    facts: dict[str, Any] | None


def add(tx: Session, new: Schedule) -> int:
    """Write a schedule down (its ``id`` is not looked at); return its id."""
    row = ScheduleRow(
        action=new.action,
        cron=new.cron,
        time_zone=new.time_zone,
        missed=new.missed,
        options=dict(new.options or {}),
    )
    tx.add(row)
    tx.flush()
    return row.id


def all_of(tx: Session) -> list[Schedule]:
    """All schedules in the order they were made."""
    rows = tx.scalars(select(ScheduleRow).order_by(ScheduleRow.id))
    return [
        Schedule(
            row.id,
            row.action,
            row.cron,
            row.created_at,
            row.time_zone,
            Missed(row.missed),
            row.options,
        )
        for row in rows
    ]


def remove(tx: Session, schedule_id: int) -> None:
    """Forget a schedule.

    Raises:
        NotFound: no such schedule.
    """
    tx.execute(delete(ScheduleSlotRow).where(ScheduleSlotRow.schedule_id == schedule_id))
    gone = tx.execute(delete(ScheduleRow).where(ScheduleRow.id == schedule_id))
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(kind="schedule", id=schedule_id)


def last_slot(tx: Session, schedule: Schedule) -> dt.datetime:
    """The newest slot taken; the schedule's own beginning when none was."""
    newest = tx.scalar(
        select(func.max(ScheduleSlotRow.slot)).where(ScheduleSlotRow.schedule_id == schedule.id)
    )
    return newest or schedule.created_at


def newest_slots(tx: Session, schedule_id: int, limit: int) -> list[Slot]:
    """Slots that were taken, newest first."""
    rows = tx.scalars(
        select(ScheduleSlotRow)
        .where(ScheduleSlotRow.schedule_id == schedule_id)
        .order_by(ScheduleSlotRow.slot.desc())
        .limit(limit)
    )
    return [
        Slot(row.schedule_id, row.slot, Outcome(row.outcome), row.started_id, row.facts)
        for row in rows
    ]


def take_slot(tx: Session, schedule_id: int, slot: dt.datetime) -> bool:
    """Take a slot; False when another scheduler has it."""
    try:
        with tx.begin_nested():
            tx.add(
                ScheduleSlotRow(schedule_id=schedule_id, slot=slot, outcome=Outcome.PENDING.value)
            )
    except IntegrityError:
        return False
    return True


def take_abandoned(tx: Session, schedule_id: int, *, older_than: dt.timedelta) -> bool:
    """Take over a slot whose scheduler died before it could say what became of it."""
    taken = tx.execute(
        update(ScheduleSlotRow)
        .where(
            ScheduleSlotRow.schedule_id == schedule_id,
            ScheduleSlotRow.outcome == Outcome.PENDING.value,
            ScheduleSlotRow.taken_at < utc_now() - older_than,
        )
        .values(taken_at=utc_now())
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def close_slots(
    tx: Session,
    schedule_id: int,
    outcome: Outcome,
    *,
    started_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Say what became of the slots of a schedule that are still open."""
    tx.execute(
        update(ScheduleSlotRow)
        .where(
            ScheduleSlotRow.schedule_id == schedule_id,
            ScheduleSlotRow.outcome == Outcome.PENDING.value,
        )
        .values(
            outcome=outcome.value,
            started_id=started_id,
            facts=dict(facts) if facts is not None else None,
        )
    )


def facts_of(error: KbError) -> dict[str, Any]:
    """An error as a slot keeps it; ``KbError.sentence`` can be told from it in any language."""
    return {
        "code": error.code,
        "en": error.sentence("en"),
        "zh": error.sentence("zh"),
    }


def forget_slots(tx: Session, *, older_than: dt.timedelta) -> None:
    """Forget what became of slots long ago; the newest of each schedule stays."""
    newest = select(func.max(ScheduleSlotRow.slot)).group_by(ScheduleSlotRow.schedule_id)
    tx.execute(
        delete(ScheduleSlotRow).where(
            ScheduleSlotRow.slot < utc_now() - older_than, ScheduleSlotRow.slot.not_in(newest)
        )
    )
