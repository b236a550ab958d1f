"""Recurring re-indexes and trainings: cron expressions as rows, each slot taken once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from croniter import croniter

from kb.domain.access import Principal
from kb.domain.errors import Conflict, InvalidInput
from kb.storage import schedules
from kb.storage.database import Database
from kb.storage.schedules import Schedule

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule with its next run."""

    schedule: Schedule
    next_run: dt.datetime


@dataclass(frozen=True, slots=True)
class Schedules:
    """Adds, lists and runs schedules. Times are those of this machine's time zone."""

    database: Database
    actions: Mapping[str, Callable[[Principal], int]]
    """Each starts its work and gives the id of it; raises Conflict while one is under way."""

    def add(self, action: str, cron: str) -> int:
        """Write a schedule down; return its id.

        Raises:
            InvalidInput: the action is unknown or the expression is not a cron expression.
        """
        if action not in self.actions:
            known = ", ".join(self.actions)
            raise InvalidInput(
                field="action",
                detail=f"“{action}” cannot be scheduled; use {known}",
                detail_zh=f"“{action}”不能定时执行；可用：{known}",
            )
        if not croniter.is_valid(cron):
            raise InvalidInput(
                field="cron", detail=f"“{cron}” is not minute hour day month weekday"
            )
        with self.database.write() as tx:
            return schedules.add(tx, action, cron)

    def list(self) -> list[Scheduled]:
        """All schedules with their next runs."""
        with self.database.read() as tx:
            found = schedules.all_of(tx)
        return [Scheduled(one, _next(one.cron, _now())) for one in found]

    def remove(self, schedule_id: int) -> None:
        """Forget a schedule.

        Raises:
            NotFound: no such schedule.
        """
        with self.database.write() as tx:
            schedules.remove(tx, schedule_id)

    def run_due(self, principal: Principal) -> None:
        """Start what fell due since each schedule's last slot; a missed slot runs once, late."""
        with self.database.read() as tx:
            found = [(one, schedules.last_slot(tx, one)) for one in schedules.all_of(tx)]
        for one, last in found:
            slot = croniter(one.cron, _now()).get_prev(dt.datetime)
            if slot.astimezone(dt.UTC) <= last:
                continue
            with self.database.write() as tx:
                if not schedules.take_slot(tx, one.id, slot):
                    continue
            try:
                started = self.actions[one.action](principal)
            except Conflict as error:  # never two at once: this slot is skipped
                _log.info("schedule_skipped", schedule=one.id, detail=str(error))
            else:
                _log.info("schedule_started", schedule=one.id, action=one.action, id=started)


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()


def _next(cron: str, after: dt.datetime) -> dt.datetime:
    found: dt.datetime = croniter(cron, after).get_next(dt.datetime)
    return found
