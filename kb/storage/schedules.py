"""Schedules and the slots that were taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.domain.errors import NotFound
from kb.storage.tables import ScheduleRow, ScheduleSlotRow


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring action."""

    id: int
    action: str
    cron: str
    """minute hour day-of-month month day-of-week"""
    created_at: dt.datetime


def add(tx: Session, action: str, cron: str) -> int:
    """Write a schedule down; return its id."""
    row = ScheduleRow(action=action, cron=cron)
    tx.add(row)
    tx.flush()
    return row.id


def all_of(tx: Session) -> list[Schedule]:
    """All schedules in the order they were made."""
    rows = tx.scalars(select(ScheduleRow).order_by(ScheduleRow.id))
    return [Schedule(row.id, row.action, row.cron, row.created_at) for row in rows]


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


def take_slot(tx: Session, schedule_id: int, slot: dt.datetime) -> bool:
    """Take a slot; False when another scheduler has it."""
    try:
        with tx.begin_nested():
            tx.add(ScheduleSlotRow(schedule_id=schedule_id, slot=slot))
    except IntegrityError:
        return False
    return True
