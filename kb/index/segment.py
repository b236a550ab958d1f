"""One immutable segment of vectors: what of it may be found, and the plan of each search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import IndexCorrupt
from kb.index.allowed import Allowed, Ranked, best
from kb.index.files import verify
from kb.index.rows import (
    Found,
    Matrix,
    Positions,
    Rows,
    decoded,
    exact_together,
    open_rows,
)
from kb.index.snapshots import SegmentRecord
from kb.index.together import Together

PASSAGE, DOCUMENT, COLLECTION, VERSION = range(4)
"""Columns of the ids beside the vectors."""
_SELECTIONS_KEPT = 32
_SAMPLED = 256
"""Rows looked at to tell whether nearly all are allowed."""
_NEARLY_ALL = 0.9
_SURPLUS = 2
"""Results fetched for each wanted when nearly all are allowed."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """Which rows of a segment a search may see."""

    count: int
    positions: Positions | None = None
    """Rows to fetch and score one by one."""
    bitmap: NDArray[np.uint8] | None = None
    """One bit a row, lowest first; None without ``positions``: every row is allowed."""
    per_list: NDArray[np.int64] | None = None
    """Allowed rows in each list."""


class Segment:
    """Verified and mapped; safe for many threads."""

    def __init__(
        self,
        directory: Path,
        record: SegmentRecord,
        dimension: int,
        earlier: Segment | None = None,
    ) -> None:
        """Verify and map the files of ``record``.

        Args:
            directory: of the vector files.
            record: from the manifest.
            dimension: length of the vectors.
            earlier: the same segment with other rows removed; what it mapped is shared.

        Raises:
            IndexCorrupt: a file is missing, changed, or not what the manifest says.
        """
        self.record = record
        try:
            if earlier is not None and earlier.record.name == record.name:
                self._rows: Rows = earlier._rows  # noqa: SLF001 - its own kind
                self.rows: NDArray[np.int64] = earlier.rows
            else:
                verify_segment(directory, record)
                self._rows = open_rows(directory, record)
                self.rows = load_rows(directory, record)
            self.dead = load_dead(directory, record)
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexCorrupt(name=record.name, detail=str(error)[:200]) from error
        if self._rows.count != len(self.rows) or self._rows.dimension != dimension:
            raise IndexCorrupt(name=record.name, detail="rows and vectors do not agree")
        self._live = np.ones(len(self.rows), np.bool_)
        self._live[self.dead] = False
        self._selections: OrderedDict[Allowed, _Selection] = OrderedDict()
        self._lock = threading.Lock()
        self._together = Together(self._score)

    def search(self, query: Matrix, k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best allowed passages by inner product with ``query`` (d,)."""
        selection = self._known(allowed)
        if selection is None:
            found = self._checked_after(query, k, allowed)
            if found is not None:
                return self._ranked(found, k)
            selection = self._selected(allowed)
        return self._ranked(self._found(query, k, selection), k)

    def vectors(self, positions: Positions) -> Matrix:
        """Return the (n, d) vectors of rows, decoded."""
        return decoded(self._rows, positions)

    @property
    def grid(self) -> Matrix | None:
        """The trained ranges of an 8-bit segment."""
        if self._rows.quantizer.qtype != faiss.ScalarQuantizer.QT_8bit:
            return None
        trained: Matrix = faiss.vector_to_array(self._rows.quantizer.trained)
        return trained

    @property
    def live_positions(self) -> Positions:
        """Rows that were not removed."""
        return np.flatnonzero(self._live)

    def _ranked(self, found: Found, k: int) -> Ranked:
        return best(self.rows[found[0], PASSAGE], found[1], k)

    def _found(self, query: Matrix, k: int, selection: _Selection) -> Found:
        if selection.positions is not None:
            return self._together.ask(selection.positions, query, k)
        if selection.bitmap is None or selection.per_list is None:
            return self._rows.nearest(query, k)
        return self._rows.nearest_within(query, k, selection.bitmap, selection.per_list)

    def _score(self, positions: Positions, queries: Matrix, k: int) -> list[Found]:
        return exact_together(self._rows, queries, k, positions)

    def _known(self, allowed: Allowed) -> _Selection | None:
        with self._lock:
            known = self._selections.get(allowed)
            if known is not None:
                self._selections.move_to_end(allowed)
            return known

    def _checked_after(self, query: Matrix, k: int, allowed: Allowed) -> Found | None:
        """Search openly and check what was found; None when that is not enough.

        Nearly everything is allowed to most people: no selection has to be made for them.
        """
        sample = np.linspace(0, len(self.rows) - 1, _SAMPLED).astype(np.int64)
        if len(self.rows) <= _SAMPLED or self._may(sample, allowed).mean() < _NEARLY_ALL:
            return None
        wanted = _SURPLUS * k
        positions, scores = self._rows.nearest(query, wanted)
        kept = self._may(positions, allowed)
        enough = np.count_nonzero(kept) >= k or len(positions) == len(self.rows)
        return (positions[kept], scores[kept]) if enough else None

    def _may(self, positions: Positions, allowed: Allowed) -> NDArray[np.bool_]:
        collections = self.rows[positions, COLLECTION].tolist()
        documents = self.rows[positions, DOCUMENT].tolist()
        found = [allowed.has(*pair) for pair in zip(collections, documents, strict=True)]
        return self._live[positions] & np.array(found, np.bool_)

    def _selected(self, allowed: Allowed) -> _Selection:
        mask = self._live
        if not allowed.everything:
            mask = mask & allowed.mask(self.rows[:, COLLECTION], self.rows[:, DOCUMENT])
        selection = self._select(mask)
        with self._lock:
            self._selections[allowed] = selection
            if len(self._selections) > _SELECTIONS_KEPT:
                self._selections.popitem(last=False)
        return selection

    def _select(self, mask: NDArray[np.bool_]) -> _Selection:
        count = int(np.count_nonzero(mask))
        if count == len(mask):
            return _Selection(count)
        if not count or self._rows.gathers(count):
            return _Selection(count, positions=np.flatnonzero(mask))
        starts = self._rows.lists
        per_list = np.array([count])
        if starts is not None:
            per_list = np.diff(np.concatenate([[0], np.cumsum(mask)])[starts])
        return _Selection(count, bitmap=np.packbits(mask, bitorder="little"), per_list=per_list)


def verify_segment(directory: Path, record: SegmentRecord) -> None:
    """Check the files of ``record`` against their hashes.

    Raises:
        IndexCorrupt: one is missing, cut short or changed.
    """
    for name, sha256 in record.hashes.items():
        verify(directory / name, sha256)


def load_rows(directory: Path, record: SegmentRecord) -> NDArray[np.int64]:
    """Map the (n, 4) ids of a segment."""
    path = directory / f"{record.name}.rows.npy"
    rows: NDArray[np.int64] = np.load(path, mmap_mode="r", allow_pickle=False)
    return rows


def load_dead(directory: Path, record: SegmentRecord) -> Positions:
    """Return the rows of a segment that were removed.

    Raises:
        IndexCorrupt: the file is missing, cut short or changed.
    """
    if record.dead_file is None or record.dead_sha256 is None:
        return np.empty(0, np.int64)
    path = directory / record.dead_file
    verify(path, record.dead_sha256)
    dead: Positions = np.load(path, allow_pickle=False)
    return dead
