"""Concurrent searches over the same rows become one: whoever comes while one runs goes next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from kb.index.rows import Found, Matrix, Positions

Score = Callable[[Positions, Matrix, int], list[Found]]
"""(rows, (q, d) queries, k) to the k best rows for each query."""
_MOST = 64
"""Queries in one matrix product."""


@dataclass(slots=True)
class _Asked:
    query: Matrix
    k: int
    found: Found | None = None
    error: BaseException | None = None
    turn: threading.Event = field(default_factory=threading.Event)
    """Set when the answer is there, or when it is this one's turn to answer for all."""


class Together:
    """A lone search runs at once in its own thread; nobody ever waits for company."""

    def __init__(self, score: Score) -> None:
        """Answer by ``score``."""
        self._score = score
        self._lock = threading.Lock()
        self._waiting: dict[int, list[_Asked]] = {}
        """By the identity of the rows asked for; there while a search of them runs."""

    def ask(self, positions: Positions, query: Matrix, k: int) -> Found:
        """Return the ``k`` best of ``positions`` for ``query`` (d,).

        Args:
            positions: the same array, not an equal one, for searches that may share a run.
            query: (d,).
            k: how many.
        """
        asked, key = _Asked(query, k), id(positions)
        with self._lock:
            queue = self._waiting.get(key)
            if queue is None:
                self._waiting[key] = []
            else:
                queue.append(asked)
        if queue is None:
            self._answer(positions, [asked])
            self._hand_over(key)
        else:
            asked.turn.wait()
            if asked.found is None and asked.error is None:
                self._answer(positions, [asked, *self._taken(key)])
                self._hand_over(key)
        if asked.error is not None:
            raise asked.error
        return asked.found if asked.found is not None else _NOTHING

    def _taken(self, key: int) -> list[_Asked]:
        with self._lock:
            queue = self._waiting[key]
            taken, queue[:] = queue[: _MOST - 1], queue[_MOST - 1 :]
        return taken

    def _answer(self, positions: Positions, batch: list[_Asked]) -> None:
        try:
            queries = np.stack([one.query for one in batch])
            answers = self._score(positions, queries, max(one.k for one in batch))
            for one, found in zip(batch, answers, strict=True):
                one.found = found
        except BaseException as error:  # noqa: BLE001 - handed to every thread that waits
            for one in batch:
                one.error = error
        for one in batch[1:]:
            one.turn.set()

    def _hand_over(self, key: int) -> None:
        with self._lock:
            queue = self._waiting[key]
            heir = queue.pop(0) if queue else None
            if heir is None:
                del self._waiting[key]
        if heir is not None:
            heir.turn.set()


_NOTHING: Found = (np.empty(0, np.int64), np.empty(0, np.float32))
