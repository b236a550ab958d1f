"""How long searches take just now, over all processes: builds stand back by it."""

from __future__ import annotations

import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb.storage.database import Database
from kb.storage.tables import SearchLoadRow

_WINDOW_SECONDS = 5.0
_MOST_KEPT = 2_000
_PUBLISH_SECONDS = 1.0
_OLD_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class SearchLoad:
    """Latency of searches in a window of five seconds."""

    searches: int
    p50_ms: float
    p95_ms: float


class SearchLoads:
    """Notes each search of this process and tells the others once a second."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database = database
        self._holder = holder
        self._taken: deque[tuple[float, float]] = deque(maxlen=_MOST_KEPT)
        self._due = 0.0
        self._lock = threading.Lock()

    def note(self, milliseconds: float) -> None:
        """A search took so long."""
        self._taken.append((time.monotonic(), milliseconds))

    def publish_if_due(self) -> None:
        """Tell what was noted, once a second at most; nothing when nobody searched since."""
        now = time.monotonic()
        with self._lock:
            unchanged = not self._taken or self._taken[-1][0] <= self._due - _PUBLISH_SECONDS
            if now < self._due or unchanged:
                return
            self._due = now + _PUBLISH_SECONDS
            recent = [ms for at, ms in tuple(self._taken) if at > now - _WINDOW_SECONDS]
        with self._database.write() as tx:
            publish(tx, self._holder, load_of(recent))


def load_of(milliseconds: list[float]) -> SearchLoad:
    """Figures of some searches."""
    if not milliseconds:
        return SearchLoad(0, 0.0, 0.0)
    ordered = sorted(milliseconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return SearchLoad(len(ordered), round(statistics.median(ordered), 2), round(p95, 2))


def publish(tx: Session, holder: str, load: SearchLoad) -> None:
    """Write down how long the searches of one process took."""
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "at": func.clock(),
        "searches": load.searches,
        "p50_ms": load.p50_ms,
        "p95_ms": load.p95_ms,
    }
    statement = insert(SearchLoadRow).values(holder=holder, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["holder"], set_=values))
    tx.execute(delete(SearchLoadRow).where(SearchLoadRow.at < func.clock() - _OLD_SECONDS))


def recent(tx: Session, *, within_seconds: float) -> SearchLoad | None:
    """Over all processes that told within so many seconds; None when nobody searches.

    The slowest process counts: a person waits for one of them, not for the mean.
    """
    rows = tx.execute(
        select(SearchLoadRow.searches, SearchLoadRow.p50_ms, SearchLoadRow.p95_ms).where(
            SearchLoadRow.at > func.clock() - within_seconds, SearchLoadRow.searches > 0
        )
    ).all()
    if not rows:
        return None
    return SearchLoad(
        sum(row.searches for row in rows),
        max(row.p50_ms for row in rows),
        max(row.p95_ms for row in rows),
    )
