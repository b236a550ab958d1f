"""The vectors of one segment as FAISS holds them: flat, in lists, or lean; all of them mapped.

Every kind answers the same three questions: the best of all rows, the best of the rows a bitmap
allows, and the best of a few rows that are scored exactly, one by one. Rows of the two kinds
with lists stand in the order of the lists, so that neighbours lie side by side on the disk.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import IndexCorrupt
from kb.index.snapshots import Kind, SegmentRecord

Matrix = NDArray[np.float32]
Positions = NDArray[np.int64]
FaissIndex = Any
"""FAISS's own annotations know neither the kinds of index nor what wraps their methods."""
Found = tuple[Positions, Matrix]
"""(m,) rows and their (m,) scores, in no order."""

# One query is scanned by one thread; a pool that waits for busy cores only adds latency.
faiss.omp_set_num_threads(1)

_parameters: Any = faiss.SearchParameters
_list_parameters: Any = faiss.SearchParametersIVF
"""Both take keywords, which FAISS's own annotations do not know."""
PROBED_FOR = (10, 100, 1000)
"""Numbers of results for which a record says how many lists to visit."""
_ID_BYTES = 8
_SCORE_US, _TEST_US, _GATHER_US, _READ_US = 0.018, 0.0025, 0.04, 1.2
"""Microseconds to score a row of a list, to test its bit, to fetch and score a row in memory, to
read one from the disk's cache (measured at 384 dimensions; only their ratios matter)."""
_LEAST_SCORED = 1024
"""Allowed rows scored at least: the best of few stand far from the query, in any of the lists."""
_LEAST_REFINED, _READ_WHOLE = 160, 400
"""Lean, with a filter: candidates read at least, and allowed rows up to which all are read; one
bit tells distant rows, as the best of few are, less well apart than near ones."""
_CODES_PER_BLOCK = 2048
_TOGETHER_FROM = 6
"""Queries from which one matrix product beats a scan each (measured)."""


class Rows(Protocol):
    """The vectors of one segment."""

    @property
    def count(self) -> int:
        """Number of rows."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def quantizer(self) -> FaissIndex:
        """FAISS's scalar quantizer of the exact codes."""
        ...

    @property
    def lists(self) -> NDArray[np.int64] | None:
        """(lists + 1,) first row of each list; None where there are none."""
        ...

    def codes(self, positions: Positions) -> NDArray[np.uint8]:
        """Return the (m, code size) exact codes of rows."""
        ...

    def nearest(self, query: Matrix, k: int) -> Found:
        """Return the ``k`` best of all rows for ``query`` (d,)."""
        ...

    def nearest_within(
        self, query: Matrix, k: int, bitmap: NDArray[np.uint8], per_list: NDArray[np.int64]
    ) -> Found:
        """Return the ``k`` best allowed rows.

        Args:
            query: (d,).
            k: how many.
            bitmap: one bit a row, lowest first.
            per_list: (lists,) allowed rows in each list; one number where there are no lists.
        """
        ...

    def gathers(self, allowed: int) -> bool:
        """Say whether fetching just that many allowed rows beats testing the bitmap."""
        ...


def open_rows(directory: Path, record: SegmentRecord) -> Rows:
    """Map the files of a segment, which were verified before.

    Raises:
        IndexCorrupt: they are not what the record says.
    """
    path = directory / f"{record.name}.faiss"
    index = _read(path)
    if record.kind is Kind.FLAT:
        return FlatRows(index)
    if record.kind is Kind.LISTS:
        return ListRows(index, record)
    return LeanRows(index, directory / f"{record.name}.exact.faiss", record)


def _read(path: Path) -> FaissIndex:
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def decoded(rows: Rows, positions: Positions) -> Matrix:
    """Return the (m, d) vectors of rows."""
    if not len(positions):
        return np.empty((0, rows.dimension), np.float32)
    vectors: Matrix = rows.quantizer.decode(rows.codes(positions))
    return vectors


def exact(rows: Rows, query: Matrix, k: int, positions: Positions) -> Found:
    """Score ``positions`` one by one and return the ``k`` best."""
    codes = rows.codes(positions)
    wanted = min(k, len(codes))
    if not wanted:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    scanner = rows.quantizer.select_InvertedListScanner(
        faiss.METRIC_INNER_PRODUCT,
        None,
        True,  # noqa: FBT003 - FAISS takes no keywords: what is found are places
        None,
        False,  # noqa: FBT003 - and the codes are of the rows themselves
    )
    scanner.set_query(faiss.swig_ptr(query))
    scanner.set_list(0, 0.0)
    scores = np.full(wanted, -np.inf, np.float32)
    found = np.full(wanted, -1, np.int64)
    scanner.scan_codes(
        len(codes),
        faiss.swig_ptr(codes),
        None,
        faiss.swig_ptr(scores),
        faiss.swig_ptr(found),
        wanted,
    )
    kept = found >= 0
    return positions[found[kept]], scores[kept]


def exact_together(rows: Rows, queries: Matrix, k: int, positions: Positions) -> list[Found]:
    """Score ``positions`` for each of the (q, d) ``queries``; many at once cost less each.

    The rows are decoded once, block by block, and go through one matrix product for all queries.
    """
    if len(queries) < _TOGETHER_FROM:
        return [exact(rows, query, k, positions) for query in queries]
    kept_rows: list[list[Positions]] = [[] for _ in queries]
    kept_scores: list[list[Matrix]] = [[] for _ in queries]
    floor = np.full(len(queries), -np.inf, np.float32)
    for start in range(0, len(positions), _CODES_PER_BLOCK):
        block = positions[start : start + _CODES_PER_BLOCK]
        scores = queries @ decoded(rows, block).T
        for number in np.flatnonzero(scores.max(axis=1) > floor).tolist():
            of_one = scores[number]
            above = np.flatnonzero(of_one > floor[number])
            if len(above) > k:
                above = above[np.argpartition(-of_one[above], k - 1)[:k]]
                floor[number] = of_one[above].min()
            kept_rows[number].append(block[above])
            kept_scores[number].append(of_one[above])
    none = (np.empty(0, np.int64), np.empty(0, np.float32))
    return [
        (np.concatenate([none[0], *found]), np.concatenate([none[1], *scores]))
        for found, scores in zip(kept_rows, kept_scores, strict=True)
    ]


class FlatRows:
    """Every row is scored: exact up to the rounding of its codes."""

    def __init__(self, index: FaissIndex) -> None:
        """Serve from a mapped IndexScalarQuantizer."""
        self._index = index
        self.count = int(index.ntotal)
        self.dimension = int(index.d)
        self.quantizer = index.sq
        self.lists: NDArray[np.int64] | None = None
        size = index.code_size
        whole = faiss.rev_swig_ptr(index.codes.data(), self.count * size)
        self._codes = whole.reshape(-1, size)

    def codes(self, positions: Positions) -> NDArray[np.uint8]:
        """Return the (m, code size) codes of rows."""
        return np.ascontiguousarray(self._codes[positions])

    def nearest(self, query: Matrix, k: int) -> Found:
        """Return the ``k`` best of all rows."""
        return _found(self._index.search(query[None, :], min(k, self.count)))

    def nearest_within(
        self, query: Matrix, k: int, bitmap: NDArray[np.uint8], per_list: NDArray[np.int64]
    ) -> Found:
        """Return the ``k`` best rows that ``bitmap`` allows."""
        wanted = min(k, int(per_list.sum()))
        selector = faiss.IDSelectorBitmap(self.count, faiss.swig_ptr(bitmap))
        return _found(self._index.search(query[None, :], wanted, params=_parameters(sel=selector)))

    def gathers(self, allowed: int) -> bool:
        """Say whether to fetch the allowed rows: a scan tests every bit."""
        return allowed * _GATHER_US < self.count * _TEST_US + allowed * _SCORE_US


class _Listed:
    """What the two kinds with lists share: which lists to visit."""

    def __init__(self, index: FaissIndex, record: SegmentRecord) -> None:
        self._lists_index = index
        self.count = int(index.ntotal)
        self.dimension = int(index.d)
        self._probes = record.probes
        inverted = index.invlists
        sizes = [inverted.list_size(number) for number in range(index.nlist)]
        self.lists: NDArray[np.int64] | None = np.concatenate(
            [[0], np.cumsum(sizes, dtype=np.int64)]
        )
        if len(self._probes) != len(PROBED_FOR) or self.lists[-1] != self.count:
            raise IndexCorrupt(name=record.name, detail="its lists do not agree")

    def probes(self, k: int) -> int:
        """Return how many lists to visit for ``k`` results."""
        place = int(np.searchsorted(PROBED_FOR[:-1], k))
        return min(self._probes[place], int(self._lists_index.nlist))

    def within(
        self, query: Matrix, k: int, bitmap: NDArray[np.uint8], per_list: NDArray[np.int64]
    ) -> Found:
        """Search the nearest lists that hold allowed rows.

        About as many allowed rows are scored as an open search scores rows: a filter thins the
        lists out, so more of them are visited, and those without an allowed row are passed over.
        """
        index = self._lists_index
        distances, order = index.quantizer.search(query[None, :], index.nlist)
        counts = per_list[order[0]]
        full = np.flatnonzero(counts)
        least = self.probes(k)
        rows = max(k, self._scored())
        visited = int(np.searchsorted(np.cumsum(counts[full]), rows)) + 1
        chosen = full[: max(visited, least)]
        selector = faiss.IDSelectorBitmap(self.count, faiss.swig_ptr(bitmap))
        wanted = min(k, int(per_list.sum()))
        lists = np.ascontiguousarray(order[:, chosen])
        near = np.ascontiguousarray(distances[:, chosen])
        scores = np.empty((1, wanted), np.float32)
        positions = np.empty((1, wanted), np.int64)
        index.search_preassigned_c(
            1,
            faiss.swig_ptr(np.ascontiguousarray(query)),
            wanted,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(near),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(positions),
            False,  # noqa: FBT003 - FAISS takes no keywords: rows are wanted, not places in lists
            _list_parameters(sel=selector, nprobe=len(chosen)),
        )
        return _found((scores, positions))

    def beats(self, allowed: int, fetch_us: float) -> bool:
        """Say whether fetching the allowed rows costs less than visiting lists."""
        scored = min(self._scored(), allowed)
        tested = min(scored * self.count // max(allowed, 1), self.count)
        return bool(allowed * fetch_us <= tested * _TEST_US + scored * _SCORE_US)

    def _scored(self) -> int:
        """Return how many allowed rows to score: as an open search does, but never a handful."""
        return max(_LEAST_SCORED, self.probes(1) * self.count // int(self._lists_index.nlist))


class ListRows(_Listed):
    """Rows of 8 bits a dimension, in lists around centroids; the nearest lists are visited."""

    def __init__(self, index: FaissIndex, record: SegmentRecord) -> None:
        """Serve from a mapped IndexIVFScalarQuantizer whose ids are the rows in list order."""
        super().__init__(index, record)
        self.quantizer = index.sq
        self._size = int(index.code_size)
        first = index.invlists.get_codes(0)
        last = int(index.invlists.get_codes(index.nlist - 1)) - int(first)
        lists = self._starts = np.asarray(self.lists)
        if last != lists[-2] * (self._size + _ID_BYTES):
            raise IndexCorrupt(name=record.name, detail="its lists do not follow each other")
        span = last + int(lists[-1] - lists[-2]) * self._size
        mapped = faiss.rev_swig_ptr(first, span)
        self._windows = np.lib.stride_tricks.sliding_window_view(mapped, self._size)

    def codes(self, positions: Positions) -> NDArray[np.uint8]:
        """Return the (m, code size) codes of rows; behind each list's codes stand its ids."""
        of_list = np.searchsorted(self._starts, positions, side="right") - 1
        offsets = positions * self._size + self._starts[of_list] * _ID_BYTES
        return np.ascontiguousarray(self._windows[offsets])

    def nearest(self, query: Matrix, k: int) -> Found:
        """Return the ``k`` best of the nearest lists."""
        parameters = _list_parameters(nprobe=self.probes(k))
        wanted = min(k, self.count)
        return _found(self._lists_index.search(query[None, :], wanted, params=parameters))

    def nearest_within(
        self, query: Matrix, k: int, bitmap: NDArray[np.uint8], per_list: NDArray[np.int64]
    ) -> Found:
        """Return the ``k`` best allowed rows of the nearest lists."""
        return self.within(query, k, bitmap, per_list)

    def gathers(self, allowed: int) -> bool:
        """Say whether to fetch the allowed rows."""
        return self.beats(allowed, _GATHER_US)


class LeanRows(_Listed):
    """One bit a dimension in memory (RaBitQ); the best are scored again from 8 bits on disk.

    RaBitQ: Gao and Long, SIGMOD 2024. The 8-bit rows are read, not touched through the mapping:
    the pages belong to the system's cache and never to this process.
    """

    def __init__(self, index: FaissIndex, exact_path: Path, record: SegmentRecord) -> None:
        """Serve from a mapped, rotated RaBitQ index and the flat file with the exact rows."""
        self._rotation = index.chain.at(0)
        self._outer = index
        super().__init__(faiss.downcast_index(index.index), record)
        self._refine = record.refine
        self._exact = FlatRows(_read(exact_path))
        self.quantizer = self._exact.quantizer
        self._size = int(self.quantizer.code_size)
        # A flat file ends with its codes.
        self._begin = exact_path.stat().st_size - self.count * self._size
        self._file = os.open(exact_path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        if self._exact.count != self.count or not np.array_equal(
            self.codes(np.zeros(1, np.int64)), self._exact.codes(np.zeros(1, np.int64))
        ):
            raise IndexCorrupt(name=record.name, detail="its exact rows do not agree")

    def codes(self, positions: Positions) -> NDArray[np.uint8]:
        """Read the (m, code size) exact codes of rows."""
        codes = np.empty((len(positions), self._size), np.uint8)
        for number, position in enumerate(positions.tolist()):
            os.preadv(self._file, (codes[number].data,), self._begin + position * self._size)
        return codes

    def nearest(self, query: Matrix, k: int) -> Found:
        """Return the ``k`` best of the nearest lists."""
        parameters = _list_parameters(nprobe=self.probes(k))
        wanted = min(k * self._refine, self.count)
        turned = self._turned(query)
        rough = _found(self._lists_index.search(turned[None, :], wanted, params=parameters))
        return exact(self, query, k, np.sort(rough[0]))

    def nearest_within(
        self, query: Matrix, k: int, bitmap: NDArray[np.uint8], per_list: NDArray[np.int64]
    ) -> Found:
        """Return the ``k`` best allowed rows of the nearest lists."""
        depth = max(k * self._refine, _LEAST_REFINED)
        rough = self.within(self._turned(query), depth, bitmap, per_list)
        return exact(self, query, k, np.sort(rough[0]))

    def gathers(self, allowed: int) -> bool:
        """Say whether to read the allowed rows."""
        return allowed <= _READ_WHOLE or self.beats(allowed, _READ_US)

    def _turned(self, query: Matrix) -> Matrix:
        turned: Matrix = self._rotation.apply(query[None, :])[0]
        return turned


def _found(answer: tuple[Matrix, Positions]) -> Found:
    scores, positions = answer[0][0], answer[1][0]
    kept = positions >= 0
    return positions[kept], scores[kept]
