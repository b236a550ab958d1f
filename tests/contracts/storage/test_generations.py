"""Events reach every generation once, whatever the order of commits; one writer at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kb.domain.errors import LeaseLost
from kb.storage import generations
from kb.storage.database import Database
from kb.storage.generations import Aspect, Generation, GenerationState
from kb.storage.passages import Portion

AddDocument = Callable[..., tuple[int, int]]


def create(database: Database, state: GenerationState = GenerationState.LIVE) -> Generation:
    with database.write() as tx:
        return generations.create(tx, embedder="e5", dimension=4, state=state)


def test_a_generation_takes_in_what_came_after_it(database: Database) -> None:
    with database.write() as tx:
        generations.announce(tx, 1, Aspect.WORDS)
    generation = create(database)
    with database.write() as tx:
        generations.announce(tx, 2, Aspect.WORDS)

    with database.read() as tx:
        waiting = generations.waiting(tx, generation.id, limit=10)

    assert [event.version_id for event in waiting] == [2]


def test_published_events_are_covered_by_their_snapshot(database: Database) -> None:
    generation = create(database)
    with database.write() as tx:
        lease = generations.acquire(tx, "writer", holder="a", seconds=60)
        generations.announce(tx, 7, Aspect.WORDS)
        events = generations.waiting(tx, generation.id, limit=10)
        assert lease is not None
        generations.publish(tx, generation.id, snapshot=3, passages=5, events=events, lease=lease)

    with database.read() as tx:
        assert generations.waiting(tx, generation.id, limit=10) == []
        assert generations.uncovered(tx, generation.id, 2)[1] == [Portion(7)]
        assert generations.uncovered(tx, generation.id, 3)[1] == []
        assert generations.get(tx, generation.id).snapshot == 3


def test_a_writer_that_lost_its_lease_publishes_nothing(database: Database) -> None:
    generation = create(database)
    with database.write() as tx:
        first = generations.acquire(tx, "writer", holder="a", seconds=-1)
        second = generations.acquire(tx, "writer", holder="b", seconds=60)
        third = generations.acquire(tx, "writer", holder="c", seconds=60)
    assert first is not None
    assert second is not None
    assert third is None

    with pytest.raises(LeaseLost), database.write() as tx:
        generations.publish(tx, generation.id, snapshot=9, passages=1, events=[], lease=first)

    with database.read() as tx:
        assert generations.get(tx, generation.id).snapshot == 0


def test_the_right_of_a_holder_that_was_killed_is_free_at_once(database: Database) -> None:
    with database.write() as tx:
        first = generations.acquire(tx, "writer", holder="a", seconds=60)
        busy = generations.acquire(tx, "writer", holder="b", seconds=60)
        gone = generations.acquire(tx, "writer", holder="b", seconds=60, alive=lambda _: False)
    assert first is not None
    assert busy is None
    assert gone is not None
    assert gone.epoch == first.epoch + 1


def test_the_flip_keeps_the_one_before_and_drops_the_older(database: Database) -> None:
    oldest = create(database)
    middle, newest = (create(database, GenerationState.READY) for _ in range(2))
    with database.write() as tx:
        generations.put_into_service(tx, middle.id)
        dropped = generations.put_into_service(tx, newest.id)

    with database.read() as tx:
        states = {g.id: g.state for g in generations.in_state(tx)}
    assert dropped == [oldest.id]
    assert states == {middle.id: GenerationState.PREVIOUS, newest.id: GenerationState.LIVE}


def test_events_are_forgotten_only_when_all_have_them(database: Database) -> None:
    live = create(database)
    other = create(database, GenerationState.BUILDING)
    with database.write() as tx:
        lease = generations.acquire(tx, "writer", holder="a", seconds=60)
        assert lease is not None
        generations.announce(tx, 1, Aspect.WORDS)
        for generation in (live, other):
            assert generations.forget_old_events(tx, readers_lag_seconds=-5) == 0
            events = generations.waiting(tx, generation.id, limit=10)
            generations.publish(
                tx, generation.id, snapshot=1, passages=0, events=events, lease=lease
            )
        assert generations.forget_old_events(tx, readers_lag_seconds=-5) == 1
