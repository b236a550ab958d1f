"""Vectors by FAISS: immutable segments, tombstones, geometric merges, exact filtered search.

A segment is a flat index (float16 while small, 8 bits a dimension when larger: recall .99 at a
quarter of the size) and beside it one row of ids for each vector. Files are verified, then
mapped: pages are shared by all processes. Removed rows are listed beside the segment, since
``remove_ids`` on a mapped index crashes. Above some 200,000 rows an inverted file would pay;
``_build`` and ``Segment.search`` are the two places that would know of it.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import IndexCorrupt, IndexFailure
from kb.index.allowed import Allowed, Ranked, best
from kb.index.files import verify, write_durably
from kb.index.snapshots import SegmentRecord

Matrix = NDArray[np.float32]
VectorRow = tuple[int, int, int, int, Matrix]
"""passage id, document id, collection id, version id, (d,) vector."""

_PASSAGE, _DOCUMENT, _COLLECTION, _VERSION = range(4)
_SQ8_FROM = 2048
"""Rows from which eight bits are used; below, the ranges of the dimensions are not known well."""
_MERGE_RATIO = 4
"""A segment is merged once the smaller ones together reach a quarter of it."""
_LARGEST = 262_144
"""Rows beyond which segments are left alone: bounds the memory of a merge."""
_DEAD_SHARE = 0.3
"""Share of removed rows from which a segment is rewritten."""
_GATHER_SHARE = 0.2
"""Below this share of allowed rows, fetching just them beats testing a bitmap row by row."""
_SELECTIONS_KEPT = 32

# One query is scanned by one thread; a pool that waits for busy cores only adds latency.
faiss.omp_set_num_threads(1)

_search_parameters: Any = faiss.SearchParameters
"""Takes keywords, which FAISS's own annotations do not know."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """Which rows of a segment a search may see."""

    rows: NDArray[np.int64] | None
    """Positions to gather; None: scan all with the bitmap."""
    bitmap: NDArray[np.uint8] | None
    """One bit a row, lowest first; None with ``rows`` None: every row is allowed."""


class Segment:
    """One immutable segment, verified and mapped; safe for many threads."""

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
                self._index: Any = earlier._index  # noqa: SLF001 - its own kind
                self.rows: NDArray[np.int64] = earlier.rows
            else:
                self._index, self.rows = _mapped(directory, record)
            self.dead = _load_dead(directory, record)
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexCorrupt(name=record.name, detail=str(error)[:200]) from error
        if self._index.ntotal != len(self.rows) or self._index.d != dimension:
            raise IndexCorrupt(name=record.name, detail="rows and vectors do not agree")
        self._live = np.ones(len(self.rows), np.bool_)
        self._live[self.dead] = False
        self._selections: OrderedDict[Allowed, _Selection] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, query: Matrix, k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best allowed passages by inner product with ``query`` (d,)."""
        selection = self._selection(allowed)
        if selection.rows is not None:
            scores = self.vectors(selection.rows) @ query
            return best(self.rows[selection.rows, _PASSAGE], scores, k)
        parameters = None
        if selection.bitmap is not None:
            bits = faiss.IDSelectorBitmap(len(self.rows), faiss.swig_ptr(selection.bitmap))
            parameters = _search_parameters(sel=bits)
        wanted = min(k, len(self.rows))
        found, positions = self._index.search(query[None, :], wanted, params=parameters)
        kept = positions[0] >= 0
        return best(self.rows[positions[0][kept], _PASSAGE], found[0][kept], k)

    def vectors(self, positions: NDArray[np.int64]) -> Matrix:
        """Return the (n, d) vectors of rows, decoded."""
        size = self._index.code_size
        codes = faiss.rev_swig_ptr(self._index.codes.data(), self._index.ntotal * size)
        gathered = np.ascontiguousarray(codes.reshape(-1, size)[positions])
        decoded: Matrix = self._index.sa_decode(gathered)
        return decoded

    @property
    def grid(self) -> Matrix | None:
        """The trained ranges of an 8-bit segment."""
        if self._index.sq.qtype != faiss.ScalarQuantizer.QT_8bit:
            return None
        trained: Matrix = faiss.vector_to_array(self._index.sq.trained)
        return trained

    @property
    def live_positions(self) -> NDArray[np.int64]:
        """Rows that were not removed."""
        return np.flatnonzero(self._live)

    def _selection(self, allowed: Allowed) -> _Selection:
        with self._lock:
            known = self._selections.get(allowed)
            if known is not None:
                self._selections.move_to_end(allowed)
                return known
        mask = self._live
        if not allowed.everything:
            mask = mask & allowed.mask(self.rows[:, _COLLECTION], self.rows[:, _DOCUMENT])
        selection = _select(mask)
        with self._lock:
            self._selections[allowed] = selection
            if len(self._selections) > _SELECTIONS_KEPT:
                self._selections.popitem(last=False)
        return selection


def _select(mask: NDArray[np.bool_]) -> _Selection:
    count = int(np.count_nonzero(mask))
    if count == len(mask):
        return _Selection(None, None)
    if count <= _GATHER_SHARE * len(mask):
        return _Selection(np.flatnonzero(mask), None)
    return _Selection(None, np.packbits(mask, bitorder="little"))


def _mapped(directory: Path, record: SegmentRecord) -> tuple[Any, NDArray[np.int64]]:
    vectors = directory / f"{record.name}.faiss"
    rows = directory / f"{record.name}.rows.npy"
    verify(vectors, record.vectors_sha256)
    verify(rows, record.rows_sha256)
    index = faiss.read_index(str(vectors), faiss.IO_FLAG_MMAP_IFC)
    return index, np.load(rows, mmap_mode="r", allow_pickle=False)


def _load_dead(directory: Path, record: SegmentRecord) -> NDArray[np.int64]:
    if record.dead_file is None or record.dead_sha256 is None:
        return np.empty(0, np.int64)
    path = directory / record.dead_file
    verify(path, record.dead_sha256)
    dead: NDArray[np.int64] = np.load(path, allow_pickle=False)
    return dead


def search_segments(segments: Sequence[Segment], query: Matrix, k: int, allowed: Allowed) -> Ranked:
    """Return the ``k`` best allowed passages of all segments."""
    if allowed.nothing or k <= 0 or not segments:
        return Ranked.empty()
    query = np.ascontiguousarray(query, np.float32)
    parts = [segment.search(query, k, allowed) for segment in segments]
    return best(
        np.concatenate([part.passages for part in parts]),
        np.concatenate([part.scores for part in parts]),
        k,
    )


class VectorFold:
    """One change of the segments: removals, additions, merges; nothing is edited in place."""

    def __init__(self, directory: Path, dimension: int) -> None:
        """Work in ``directory`` (created when missing) with vectors of ``dimension``."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._dimension = dimension

    def apply(
        self,
        records: Sequence[SegmentRecord],
        add: Sequence[VectorRow],
        remove_versions: Iterable[int],
    ) -> tuple[SegmentRecord, ...]:
        """Return the records after removing versions and adding (or replacing) passages.

        Raises:
            IndexFailure: a vector has the wrong length or is not finite.
            IndexCorrupt: a segment that has to be read is damaged.
        """
        rows, vectors = self._checked(add)
        versions = np.fromiter(set(remove_versions), np.int64)
        changed = [self._without(record, versions, rows[:, _PASSAGE]) for record in records]
        if len(rows):
            changed.append(self._write(rows, vectors, None))
        kept = [record for record in changed if record.live]
        return self._merged(kept)

    def passages(self, records: Sequence[SegmentRecord]) -> NDArray[np.int64]:
        """Return every live passage id, sorted."""
        parts = [np.empty(0, np.int64)]
        for record in records:
            segment = Segment(self._directory, record, self._dimension)
            parts.append(segment.rows[segment.live_positions, _PASSAGE])
        return np.sort(np.concatenate(parts))

    def _checked(self, add: Sequence[VectorRow]) -> tuple[NDArray[np.int64], Matrix]:
        unique = list({row[_PASSAGE]: row for row in add}.values())
        rows = np.array([row[:4] for row in unique], np.int64).reshape(-1, 4)
        for row in unique:
            if np.shape(row[4]) != (self._dimension,) or not np.isfinite(row[4]).all():
                raise IndexFailure(
                    detail=f"passage {row[_PASSAGE]}: not a finite vector of {self._dimension}"
                )
        vectors = np.array([row[4] for row in unique], np.float32).reshape(-1, self._dimension)
        return rows, vectors

    def _without(
        self, record: SegmentRecord, versions: NDArray[np.int64], passages: NDArray[np.int64]
    ) -> SegmentRecord:
        if not len(versions) and not len(passages):
            return record
        path = self._directory / f"{record.name}.rows.npy"
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
            dead = _load_dead(self._directory, record)
        except (OSError, ValueError) as error:
            raise IndexCorrupt(name=path.name, detail=str(error)[:200]) from error
        gone = np.isin(rows[:, _VERSION], versions) | np.isin(rows[:, _PASSAGE], passages)
        gone[dead] = True
        positions = np.flatnonzero(gone)
        if len(positions) == len(dead):
            return record
        name = f"{record.name}.dead-{uuid.uuid4().hex[:8]}.npy"
        digest = write_durably(self._directory / name, lambda path: _save(path, positions))
        return replace(record, dead_file=name, dead_sha256=digest, dead=len(positions))

    def _merged(self, records: Sequence[SegmentRecord]) -> tuple[SegmentRecord, ...]:
        """Merge from the smallest upwards while the sum reaches a quarter of the next."""
        ordered = sorted(records, key=lambda record: record.live)
        group: list[SegmentRecord] = []
        total = 0
        for record in ordered:
            large = total + record.live > _LARGEST
            if large or (group and total * _MERGE_RATIO < record.live):
                break
            group.append(record)
            total += record.live
        rest = [record for record in ordered if record not in group]
        worn = [record for record in rest if record.dead > _DEAD_SHARE * record.rows]
        sound = [record for record in rest if record not in worn]
        made = [self._rewrite([record]) for record in worn]
        if len(group) > 1 or any(one.dead > _DEAD_SHARE * one.rows for one in group):
            group = [self._rewrite(group)]
        return (*sound, *made, *group)

    def _rewrite(self, records: Sequence[SegmentRecord]) -> SegmentRecord:
        segments = [Segment(self._directory, record, self._dimension) for record in records]
        largest = max(segments, key=lambda segment: segment.record.live)
        rows = np.concatenate([one.rows[one.live_positions] for one in segments])
        vectors = np.concatenate([one.vectors(one.live_positions) for one in segments])
        return self._write(rows, vectors, largest.grid)

    def _write(
        self, rows: NDArray[np.int64], vectors: Matrix, grid: Matrix | None
    ) -> SegmentRecord:
        index = _build(vectors, grid)
        name = uuid.uuid4().hex
        return SegmentRecord(
            name=name,
            rows=len(rows),
            vectors_sha256=write_durably(
                self._directory / f"{name}.faiss",
                lambda path: faiss.write_index(index, str(path)),
            ),
            rows_sha256=write_durably(
                self._directory / f"{name}.rows.npy", lambda path: _save(path, rows)
            ),
        )


def _build(vectors: Matrix, grid: Matrix | None) -> faiss.Index:
    """Return a flat index over (n, d) vectors.

    With the ``grid`` of the largest part, whose rows were decoded from it, these rows get their
    old codes back exactly: a merge does not blur them a second time.
    """
    dimension = vectors.shape[1]
    small = len(vectors) < _SQ8_FROM and grid is None
    kind = faiss.ScalarQuantizer.QT_fp16 if small else faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
    if grid is not None:
        faiss.copy_array_to_vector(grid, index.sq.trained)
        index.is_trained = True
    else:
        index.train(vectors)
    index.add(vectors)
    return index


def _save(path: Path, array: NDArray[np.int64]) -> None:
    with path.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def vector_files(records: Iterable[SegmentRecord]) -> frozenset[str]:
    """Return the names of all files of ``records``."""
    return frozenset(chain.from_iterable(record.files for record in records))
