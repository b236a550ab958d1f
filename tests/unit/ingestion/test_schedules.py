"""Each slot is taken once; what was missed is made up for or skipped; never two at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kb.domain.access import Principal, Role
from kb.domain.errors import Conflict, InvalidInput, NotFound
from kb.ingestion.schedule import Schedules
from kb.storage import schedules as store
from kb.storage.database import Database
from kb.storage.schedules import Missed, Outcome

ADMIN = Principal(1, "admin", Role.ADMIN)


class World:
    """A clock that is set by hand, and an action that remembers its runs."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'kb.sqlite3'}")
        self.database.migrate()
        self.clock = dt.datetime.now(dt.UTC).replace(second=30, microsecond=0)
        self.runs: list[Mapping[str, Any]] = []
        self.busy = False
        self.schedules = Schedules(self.database, {"reindex": self.run}, lambda: self.clock)

    def run(self, principal: Principal, options: Mapping[str, Any]) -> int:
        if self.busy:
            raise Conflict(detail="generation 7 is being built", detail_zh="第 7 代正在构建")
        self.runs.append(options)
        return len(self.runs)

    def later(self, **delta: float) -> None:
        self.clock += dt.timedelta(**delta)
        self.schedules.run_due(ADMIN)

    def outcomes(self) -> list[Outcome]:
        [found] = self.schedules.list()
        return [slot.outcome for slot in found.slots]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.database.close()


def test_a_slot_runs_once_with_its_options(world: World) -> None:
    world.schedules.add("reindex", "* * * * *", options={"collection": 3})
    world.later(minutes=1)
    world.later(seconds=5)
    assert world.runs == [{"collection": 3}]
    world.later(minutes=1)
    assert len(world.runs) == 2


def test_nothing_runs_before_the_first_slot(world: World) -> None:
    world.schedules.add("reindex", "* * * * *")
    world.later(seconds=1)
    assert world.runs == []


@pytest.mark.parametrize(
    ("missed", "runs", "outcome"),
    [(Missed.ONCE, 1, Outcome.STARTED), (Missed.SKIP, 0, Outcome.MISSED)],
)
def test_what_was_missed_is_made_up_for_once_or_skipped(
    world: World, missed: Missed, runs: int, outcome: Outcome
) -> None:
    hour = (world.clock + dt.timedelta(hours=2)).hour
    world.schedules.add("reindex", f"0 {hour} * * *", time_zone="UTC", missed=missed)
    world.later(days=4)
    world.later(seconds=1)
    assert len(world.runs) == runs
    assert world.outcomes() == [outcome]


def test_a_slot_is_skipped_while_the_one_before_is_under_way(world: World) -> None:
    world.schedules.add("reindex", "* * * * *")
    world.later(minutes=1)
    world.busy = True
    world.later(minutes=1)
    world.busy = False
    world.later(minutes=1)
    assert len(world.runs) == 2
    assert world.outcomes() == [Outcome.STARTED, Outcome.BUSY, Outcome.STARTED]
    [found] = world.schedules.list()
    assert found.slots[1].facts is not None
    assert "第 7 代正在构建" in found.slots[1].facts["zh"]


def test_a_second_scheduler_does_nothing_more(world: World) -> None:
    world.schedules.add("reindex", "* * * * *")
    other = Schedules(world.database, {"reindex": world.run}, lambda: world.clock)
    world.later(minutes=1)
    other.run_due(ADMIN)
    assert len(world.runs) == 1


def test_a_slot_whose_scheduler_died_is_taken_over(world: World) -> None:
    made = world.schedules.add("reindex", "* * * * *")
    world.clock += dt.timedelta(minutes=1)
    slot = world.clock.replace(second=0)
    with world.database.write() as tx:  # taken, and then the process was gone
        assert store.take_slot(tx, made, slot)
    world.schedules.run_due(ADMIN)
    assert world.runs == [], "whoever took it may still be at it"
    with world.database.write() as tx:
        assert store.take_abandoned(tx, made, older_than=dt.timedelta(seconds=-5))
        assert not store.take_abandoned(tx, made, older_than=dt.timedelta(minutes=2))


def test_the_next_run_is_told_in_the_zone_of_the_schedule(world: World) -> None:
    world.schedules.add("reindex", "0 2 * * *", time_zone="Asia/Shanghai")
    [found] = world.schedules.list()
    assert found.next_run.isoformat().endswith("T02:00:00+08:00")
    assert found.next_run > world.clock


def test_what_is_unknown_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput):
        world.schedules.add("sing", "* * * * *")
    with pytest.raises(InvalidInput):
        world.schedules.add("reindex", "* * * * *", time_zone="Nowhere")
    with pytest.raises(NotFound):
        world.schedules.remove(9)
