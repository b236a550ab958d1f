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
    leads: bool = False
    """It is this one's turn to answer for all that wait."""
    turn: threading.Event = field(default_factory=threading.Event)
    """Set when the answer is there, when it leads, or when whoever led failed."""


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
            return self._run(positions, [asked])
        asked.turn.wait()
        if asked.found is not None:
            return asked.found
        if asked.leads:
            return self._run(positions, [asked, *self._taken(key)])
        return self._score(positions, query[None], k)[0]  # whoever led failed: this one by itself

    def _taken(self, key: int) -> list[_Asked]:
        with self._lock:
            queue = self._waiting[key]
            taken, queue[:] = queue[: _MOST - 1], queue[_MOST - 1 :]
        return taken

    def _run(self, positions: Positions, batch: list[_Asked]) -> Found:
        try:
            queries = np.stack([one.query for one in batch])
            answers = self._score(positions, queries, max(one.k for one in batch))
            for one, found in zip(batch, answers, strict=True):
                one.found = found
            return answers[0]
        finally:
            for one in batch[1:]:
                one.turn.set()
            self._hand_over(id(positions))

    def _hand_over(self, key: int) -> None:
        with self._lock:
            queue = self._waiting[key]
            heir = queue.pop(0) if queue else None
            if heir is None:
                del self._waiting[key]
        if heir is not None:
            heir.leads = True
            heir.turn.set()
