"""What changed, told to open pages: one look at the database for all clients of this process."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field

import structlog
from fastapi.concurrency import run_in_threadpool

from kb.domain.documents import DocumentView
from kb.domain.errors import KbError
from kb.storage import documents, generations
from kb.storage.database import Database
from kb.storage.generations import Generation

_log = structlog.get_logger(__name__)

_EVERY_SECONDS = 0.5
_OVERLAP = dt.timedelta(seconds=5)
"""Looked at again each time: rows become visible in the order of commits, not of their times."""
_MOST_AT_ONCE = 500
_MOST_WAITING = 200
"""Changes kept for a client that does not read; it is then told to load everything anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed."""

    id: str
    """Where a client goes on after a lost connection; a time."""
    document: DocumentView | None = None
    generation: Generation | None = None


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream."""

    queue: asyncio.Queue[Change | None] = field(
        default_factory=lambda: asyncio.Queue(_MOST_WAITING)
    )
    """None ends the stream."""


class Watch:
    """Remembers what was seen, so that looking again tells each change once."""

    def __init__(self, database: Database, since: dt.datetime) -> None:
        self._database = database
        self._since = since
        self._told: dict[int, dt.datetime] = {}
        self._generations: dict[int, Generation] | None = None

    def look(self) -> list[Change]:
        """Changes since the last look, oldest first. One short read."""
        with self._database.read() as tx:
            found = documents.changed_since(tx, self._since - _OVERLAP, None, _MOST_AT_ONCE)
            known = {each.id: each for each in generations.in_state(tx)}
        fresh = [view for view in found if self._told.get(view.id) != view.changed_at]
        for view in fresh:
            self._told[view.id] = view.changed_at
            self._since = max(self._since, view.changed_at)
        oldest = self._since - _OVERLAP
        self._told = {key: at for key, at in self._told.items() if at >= oldest}
        before, self._generations = self._generations, known
        moved = [g for g in known.values() if before is not None and before.get(g.id) != g]
        mark = self._since.isoformat()
        return [Change(view.changed_at.isoformat(), document=view) for view in fresh] + [
            Change(mark, generation=each) for each in moved
        ]


class Hub:
    """Looks at the database while anybody listens, and hands changes to every listener."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    def open(self) -> Listener:
        """Begin to listen; call ``leave`` at the end."""
        listener = Listener()
        if self.closed:
            listener.queue.put_nowait(None)
            return listener
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop listening."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """End all streams, so that the server can stop; call from the event loop's thread."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()
        for listener in tuple(self._listeners):
            _end(listener)

    async def since(self, last_event_id: str | None) -> list[Change]:
        """What a client missed since it lost its connection."""
        if not last_event_id:
            return []
        try:
            at = dt.datetime.fromisoformat(last_event_id)
        except ValueError:
            return []
        if at.tzinfo is None:
            return []
        return await run_in_threadpool(Watch(self._database, at).look)

    async def _run(self) -> None:
        watch = Watch(self._database, dt.datetime.now(dt.UTC))
        while self._listeners:
            try:
                changes = await run_in_threadpool(watch.look)
            except KbError as error:
                _log.warning("events_database_unreachable", detail=str(error))
                changes = []
            for listener in tuple(self._listeners):
                self._hand(listener, changes)
            await asyncio.sleep(_EVERY_SECONDS)

    def _hand(self, listener: Listener, changes: list[Change]) -> None:
        try:
            for change in changes:
                listener.queue.put_nowait(change)
        except asyncio.QueueFull:
            self.leave(listener)
            _end(listener)


def _end(listener: Listener) -> None:
    while True:
        try:
            listener.queue.put_nowait(None)
        except asyncio.QueueFull:
            listener.queue.get_nowait()
        else:
            return
