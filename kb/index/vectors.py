"""Vectors in immutable segments: tombstones, geometric merges, one search over all of them.

Files are verified, then mapped: pages are shared by all processes. Removed rows are listed
beside the segment, since ``remove_ids`` on a mapped index crashes. A change writes new files and
never edits one; ``build`` decides by size how a segment is kept, ``segment`` how it is searched.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import IndexCorrupt, IndexFailure
from kb.index.allowed import Allowed, Ranked, best
from kb.index.build import Memory, kind_of, save_array, write_segment
from kb.index.rows import Matrix
from kb.index.segment import PASSAGE, VERSION, Segment, load_dead, load_rows
from kb.index.snapshots import SegmentRecord

VectorRow = tuple[int, int, int, int, Matrix]
"""passage id, document id, collection id, version id, (d,) vector."""

_MERGE_RATIO = 4
"""A segment is merged once the smaller ones together reach a quarter of it."""
_LARGEST = 262_144
"""Rows beyond which segments are left alone: bounds the memory of a merge."""
_DEAD_SHARE = 0.3
"""Share of removed rows from which a segment is rewritten."""


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

    def __init__(self, directory: Path, dimension: int, memory: Memory = Memory.HOT) -> None:
        """Work in ``directory`` (created when missing) with vectors of ``dimension``.

        Large segments written from now on keep in memory what ``memory`` says.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._dimension = dimension
        self._memory = memory

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
        changed = [self._without(record, versions, rows[:, PASSAGE]) for record in records]
        if len(rows):
            changed.append(self._write(rows, vectors, None))
        kept = [record for record in changed if record.live]
        return self._merged(kept)

    def passages(self, records: Sequence[SegmentRecord]) -> NDArray[np.int64]:
        """Return every live passage id, sorted."""
        parts = [np.empty(0, np.int64)]
        for record in records:
            segment = Segment(self._directory, record, self._dimension)
            parts.append(segment.rows[segment.live_positions, PASSAGE])
        return np.sort(np.concatenate(parts))

    def _checked(self, add: Sequence[VectorRow]) -> tuple[NDArray[np.int64], Matrix]:
        unique = list({row[PASSAGE]: row for row in add}.values())
        rows = np.array([row[:4] for row in unique], np.int64).reshape(-1, 4)
        for row in unique:
            if np.shape(row[4]) != (self._dimension,) or not np.isfinite(row[4]).all():
                raise IndexFailure(
                    detail=f"passage {row[PASSAGE]}: not a finite vector of {self._dimension}"
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
            rows = load_rows(self._directory, record)
            dead = load_dead(self._directory, record)
        except (OSError, ValueError) as error:
            raise IndexCorrupt(name=path.name, detail=str(error)[:200]) from error
        gone = np.isin(rows[:, VERSION], versions) | np.isin(rows[:, PASSAGE], passages)
        gone[dead] = True
        positions = np.flatnonzero(gone)
        if len(positions) == len(dead):
            return record
        name = f"{record.name}.dead-{uuid.uuid4().hex[:8]}.npy"
        digest = save_array(self._directory / name, positions)
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
        record = SegmentRecord(
            name=uuid.uuid4().hex,
            rows=len(rows),
            vectors_sha256="",
            rows_sha256="",
            kind=kind_of(len(rows), self._memory),
        )
        return write_segment(self._directory, record, rows, vectors, grid)


def vector_files(records: Iterable[SegmentRecord]) -> frozenset[str]:
    """Return the names of all files of ``records``."""
    return frozenset(chain.from_iterable(record.files for record in records))
