"""Vectors by passage id: for ranking once more what was found, and for samples of the whole."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kb.index.segment import Segment

Matrix = NDArray[np.float32]
Ids = NDArray[np.int64]


class VectorLookup:
    """Finds rows of a snapshot's segments by passage id; safe for many threads.

    The order of each segment's ids is worked out at the first use (4 bytes a row) and taken
    over by the next snapshot, since segments never change.
    """

    def __init__(self, segments: Sequence[Segment], earlier: VectorLookup | None = None) -> None:
        """Look things up in ``segments``."""
        self._segments = tuple(segments)
        self._lock = threading.Lock()
        names = {segment.record.name for segment in segments}
        known = earlier._orders if earlier is not None else {}  # noqa: SLF001 - its own kind
        self._orders: dict[str, NDArray[np.int32]] = {
            name: order for name, order in known.items() if name in names
        }

    @property
    def live(self) -> int:
        """Number of vectors that were not removed."""
        return sum(segment.record.live for segment in self._segments)

    def vectors(self, passages: Ids, dimension: int) -> Matrix:
        """Return (n, d) vectors in the order of ``passages``; zeros for those that have none."""
        found = np.zeros((len(passages), dimension), np.float32)
        for segment in self._segments:
            ids, order = segment.rows[:, 0], self._order(segment)
            places = np.searchsorted(ids, passages, sorter=order)
            positions = order[np.minimum(places, len(order) - 1)].astype(np.int64)
            known = (ids[positions] == passages) & ~np.isin(positions, segment.dead)
            if known.any():
                found[known] = segment.vectors(positions[known])
        return found

    def sample(self, count: int) -> tuple[Ids, Matrix | None]:
        """Return about ``count`` passages, spread evenly over the rows, and their vectors."""
        bounds = np.cumsum([0, *(segment.record.live for segment in self._segments)])
        chosen = np.unique(np.linspace(0, max(bounds[-1] - 1, 0), count).astype(np.int64))
        ids, vectors = [np.empty(0, np.int64)], []
        for segment, (first, after) in zip(self._segments, pairwise(bounds), strict=True):
            own = chosen[(chosen >= first) & (chosen < after)] - first
            positions = segment.live_positions[own]
            ids.append(np.asarray(segment.rows[positions, 0]))
            vectors.append(segment.vectors(positions))
        return np.concatenate(ids), np.concatenate(vectors) if vectors else None

    def _order(self, segment: Segment) -> NDArray[np.int32]:
        with self._lock:
            order = self._orders.get(segment.record.name)
            if order is None:
                order = np.argsort(segment.rows[:, 0], kind="stable").astype(np.int32)
                self._orders[segment.record.name] = order
            return order
