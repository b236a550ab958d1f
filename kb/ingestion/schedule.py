"""Recurring re-indexes and trainings: cron expressions as rows, each slot taken once.

A slot that passed while nothing ran is made up for once, late, or skipped, as its schedule says;
one that falls due while its action is still under way is skipped. Both can be seen afterwards.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from kb.domain.access import Principal
from kb.domain.errors import Conflict, InvalidInput, KbError
from kb.ingestion import cron as crons
from kb.storage import schedules
from kb.storage.database import Database
from kb.storage.schedules import Missed, Outcome, Schedule, Slot

_log = structlog.get_logger(__name__)

_LATE = dt.timedelta(minutes=5)
"""From then on a slot counts as missed."""
_ABANDONED = dt.timedelta(minutes=2)
"""After so long nobody is starting what the slot asked for."""
_SLOTS_SHOWN = 5
_SLOTS_KEPT = dt.timedelta(days=90)

Options = Mapping[str, Any]
Action = Callable[[Principal, Options], int]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule with its next run and its newest slots."""

    schedule: Schedule
    next_run: dt.datetime
    """In the schedule's time zone."""
    slots: list[Slot]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class Schedules:
    """Adds, lists and runs schedules."""

    database: Database
    actions: Mapping[str, Action]
    """Each starts its work and gives the id of it; raises Conflict while one is under way."""
    now: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))

    def add(
        self,
        action: str,
        cron: str,
        *,
        time_zone: str = "",
        missed: Missed = Missed.ONCE,
        options: Options | None = None,
    ) -> int:
        """Write a schedule down; return its id.

        Args:
            action: one of ``actions``.
            cron: minute hour day month weekday, by the clock of ``time_zone``.
            time_zone: IANA name; "" is the machine's, kept by its name.
            missed: what becomes of slots that pass while nothing runs.
            options: what the action is asked for.

        Raises:
            InvalidInput: the action or zone is unknown, or it is not a cron expression.
        """
        if action not in self.actions:
            known = ", ".join(self.actions)
            raise InvalidInput(
                field="action",
                detail=f"“{action}” cannot be scheduled; use {known}",
                detail_zh=f"“{action}”不能定时执行；可用：{known}",
            )
        expression, zone = crons.checked(cron), crons.zone_of(time_zone)
        new = Schedule(0, action, expression, self.now(), zone.key, missed, options)
        with self.database.write() as tx:
            return schedules.add(tx, new)

    def list(self) -> list[Scheduled]:
        """All schedules with their next runs."""
        with self.database.read() as tx:
            found = [
                (one, schedules.newest_slots(tx, one.id, _SLOTS_SHOWN))
                for one in schedules.all_of(tx)
            ]
        return [Scheduled(one, self._next(one), slots) for one, slots in found]

    def get(self, schedule_id: int) -> Scheduled | None:
        """One of them; None when it is gone."""
        return next((one for one in self.list() if one.schedule.id == schedule_id), None)

    def remove(self, schedule_id: int) -> None:
        """Forget a schedule.

        Raises:
            NotFound: no such schedule.
        """
        with self.database.write() as tx:
            schedules.remove(tx, schedule_id)

    def run_due(self, principal: Principal) -> None:
        """Start what fell due since each schedule's last slot."""
        with self.database.read() as tx:
            found = [(one, schedules.last_slot(tx, one)) for one in schedules.all_of(tx)]
        for one, last in found:
            if self._taken(one, last):
                self._start(one, principal)

    def _next(self, one: Schedule) -> dt.datetime:
        return crons.next_slot(one.cron, crons.zone_of(one.time_zone), self.now())

    def _taken(self, one: Schedule, last: dt.datetime) -> bool:
        """Whether it is for this process to start the schedule's action now."""
        now = self.now()
        found = crons.last_slot(one.cron, crons.zone_of(one.time_zone), last, now)
        if found is None:
            return self._taken_over(one)
        slot, count = found
        with self.database.write() as tx:
            if not schedules.take_slot(tx, one.id, slot):
                return False
            if one.missed is Missed.SKIP and now - slot > _LATE:
                schedules.close_slots(tx, one.id, Outcome.MISSED, facts={"missed": count})
                _log.info("schedule_missed", schedule=one.id, slots=count)
                return False
        return True

    def _taken_over(self, one: Schedule) -> bool:
        with self.database.read() as tx:
            newest = schedules.newest_slots(tx, one.id, 1)
        if not newest or newest[0].outcome is not Outcome.PENDING:
            return False
        with self.database.write() as tx:
            return schedules.take_abandoned(tx, one.id, older_than=_ABANDONED)

    def _start(self, one: Schedule, principal: Principal) -> None:
        started, facts, outcome = None, None, Outcome.STARTED
        try:
            started = self.actions[one.action](principal, one.options or {})
        except Conflict as error:  # never two at once: this slot is skipped
            outcome, facts = Outcome.BUSY, schedules.facts_of(error)
        except KbError as error:
            outcome, facts = Outcome.FAILED, schedules.facts_of(error)
        with self.database.write() as tx:
            schedules.close_slots(tx, one.id, outcome, started_id=started, facts=facts)
            schedules.forget_slots(tx, older_than=_SLOTS_KEPT)
        _log.info("schedule_" + (outcome.value or "pending"), schedule=one.id, id=started)
