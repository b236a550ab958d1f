"""What changed, told once to each who may know."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import text

from kb.domain.access import Grant, Level, Principal, Role
from kb.storage import documents, generations
from kb.storage.generations import GenerationState
from web.api.events import _told
from web.events import Change, Hub, Watch


@pytest.fixture
def watch(kb) -> Watch:
    """A watch that has seen everything so far."""
    made = Watch(kb.database, dt.datetime.now(dt.UTC))
    made.look()
    return made


def change_then(tx, document_id: int, at: dt.datetime) -> None:
    """A change whose transaction began at ``at`` and ends now."""
    statement = text("UPDATE documents SET changed_at = :at WHERE id = :id")
    tx.execute(statement, {"at": at.replace(tzinfo=None).isoformat(" "), "id": document_id})


def told(changes: list[Change]) -> list[int]:
    return [change.document.id for change in changes if change.document is not None]


def test_each_change_is_told_once(kb, watch, admin, upload) -> None:
    first = upload(admin.client, "one")
    assert told(watch.look()) == [first]
    assert watch.look() == []
    with kb.database.write() as tx:
        documents.change(tx, first, name="new name.txt")
    assert told(watch.look()) == [first]
    assert watch.look() == []


def test_a_change_that_commits_late_is_not_missed(kb, watch, admin, upload) -> None:
    first, second = upload(admin.client, "one"), upload(admin.client, "two")
    changed_at = dt.datetime.now(dt.UTC)
    with kb.database.write() as tx:
        documents.change(tx, second, name="second.txt")
    assert told(watch.look()) == [first, second]
    with kb.database.write() as tx:  # decided before that, written down after it
        change_then(tx, first, changed_at)
    assert told(watch.look()) == [first]


def test_a_generation_that_moves_is_told(kb, watch) -> None:
    with kb.database.write() as tx:
        state = GenerationState.BUILDING
        number = generations.create(tx, embedder="e", dimension=2, state=state).id
    changes = watch.look()
    assert [change.generation.id for change in changes if change.generation] == [number]
    assert watch.look() == []


def test_only_what_the_listener_may_see_leaves(kb, watch, admin, upload, collection) -> None:
    one, other = collection("one"), collection("other")
    mine = upload(admin.client, "one", collection=one)
    upload(admin.client, "two", collection=other)
    with kb.database.write() as tx:
        state = GenerationState.BUILDING
        generations.create(tx, embedder="e", dimension=2, state=state)
    changes = watch.look()
    reader = Principal(9, "mei", Role.MEMBER, (Grant(one, Level.READ),))
    seen = _told(kb, reader, changes, "en")
    assert [(event.event, event.data.id) for event in seen] == [("document", mine)]
    assert _told(kb, Principal(9, "mei", Role.MEMBER), changes, "en") == []
    assert len(_told(kb, Principal(1, "admin", Role.ADMIN), changes, "en")) == 3


def test_who_comes_back_is_told_what_happened_meanwhile(kb, admin, upload) -> None:
    async def scene() -> tuple[list[Change], ...]:
        hub = Hub(kb.database)
        before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        return (
            await hub.since(before.isoformat()),
            await hub.since(None),
            await hub.since("nonsense"),
            await hub.since("2026-01-01T00:00:00"),
        )

    document = upload(admin.client, "one")
    missed, *nothing = asyncio.run(scene())
    assert told(missed) == [document]
    assert nothing == [[], [], []]


def test_one_look_serves_all_listeners_and_closing_ends_them(kb, admin, upload) -> None:
    async def scene() -> list[list[Change | None]]:
        hub = Hub(kb.database)
        listeners = [hub.open(), hub.open()]
        await asyncio.sleep(0.1)
        await asyncio.to_thread(upload, admin.client, "one")
        heard = [[await each.queue.get()] for each in listeners]
        hub.close()
        late = hub.open()
        for each, so_far in zip(listeners, heard, strict=True):
            so_far.append(await each.queue.get())
        return [*heard, [await late.queue.get()]]

    first, second, late = asyncio.run(scene())
    assert first[0] is not None
    assert first == second
    assert first[1] is None
    assert late == [None]


def test_a_listener_that_does_not_read_is_let_go(kb) -> None:
    async def scene() -> bool:
        hub = Hub(kb.database)
        listener = hub.open()
        hub._hand(listener, [Change(str(number)) for number in range(1000)])
        last = None
        while not listener.queue.empty():
            last = listener.queue.get_nowait()
        hub.close()
        return last is None

    assert asyncio.run(scene())
