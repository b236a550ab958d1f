"""The files of a vector segment: which kind, how many lists, how many of them to visit.

Nothing is a constant of the corpus: the number of lists visited (and, lean, of rows scored
again) is the smallest that reached the wanted recall against brute force on this segment's own
vectors, and is stored with it. Seeds are fixed; the same rows give the same files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from kb.index.files import write_durably
from kb.index.rows import PROBED_FOR, FaissIndex, Matrix
from kb.index.snapshots import Kind, SegmentRecord


class Memory(StrEnum):
    """What large segments keep in memory."""

    HOT = "hot"
    """8 bits a dimension: by arithmetic 384 MB for a million vectors of 384, without their ids."""
    LEAN = "lean"
    """1 bit a dimension, 48 MB by the same arithmetic; refined from the disk."""


_SQ8_FROM = 2048
"""Rows from which eight bits are used; below, the ranges of the dimensions are not known well."""
_LISTS_FROM = {Memory.HOT: 32_768, Memory.LEAN: 16_384}
"""Rows from which lists pay: scanning 32,768 rows of 384 takes .6 ms, lists .1 ms [m]."""
_LISTS_PER_ROOT = 2
"""Lists per square root of rows: twice as many cost twice as long to build, for equal speed [m]."""
_TRAINED_ON = 48
"""Rows a list is trained on."""
_ROUNDS = 6
_SEED = 20_240_229
_PROBES = 64
"""Rows asked for when recall is measured, and as many blends of two."""
_BLEND = 0.7
"""Share of the first row in a blend: a query between two subjects, harder than any row."""
_WANTED_RECALL = 0.97
"""Above the promised .95, for queries differ from rows."""
_REFINES = (4, 8, 16, 32)


@dataclass(frozen=True, slots=True)
class Measured:
    """What reached the wanted recall."""

    probes: tuple[int, ...]
    refine: int


def kind_of(rows: int, memory: Memory) -> Kind:
    """Return how a segment of so many rows is kept."""
    if rows < _LISTS_FROM[memory]:
        return Kind.FLAT
    return Kind.LISTS if memory is Memory.HOT else Kind.LEAN


def write_segment(
    directory: Path,
    record: SegmentRecord,
    rows: NDArray[np.int64],
    vectors: Matrix,
    grid: Matrix | None,
) -> SegmentRecord:
    """Write all files of a segment and return its record with their hashes.

    Args:
        directory: of the vector files.
        record: name, rows and kind wanted.
        rows: (n, 4) ids of each vector.
        vectors: (n, d).
        grid: ranges of the eight bits that these vectors were decoded from, so that they get
            their old codes back exactly: a merge does not blur them a second time.
    """
    name = record.name
    if record.kind is Kind.FLAT:
        index = _flat(vectors, grid)
    else:
        centroids, order, of_list = _lists(vectors)
        rows, flat = rows[order], _flat(vectors[order], grid)
        vectors = flat.reconstruct_n(0, len(rows))
        if record.kind is Kind.LISTS:
            index = _list_index(centroids, flat.sq, vectors, of_list[order])
        else:
            index = _lean_index(centroids, vectors)
            written = _write(directory / f"{name}.exact.faiss", flat)
            record = replace(record, exact_sha256=written)
        measured = _measure(index, vectors, record.kind)
        record = replace(record, probes=measured.probes, refine=measured.refine)
    return replace(
        record,
        vectors_sha256=_write(directory / f"{name}.faiss", index),
        rows_sha256=save_array(directory / f"{name}.rows.npy", np.asfortranarray(rows)),
    )


def save_array(path: Path, array: NDArray[np.int64]) -> str:
    """Write an array durably; return its sha256."""

    def save(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            np.save(stream, array, allow_pickle=False)

    return write_durably(path, save)


def _write(path: Path, index: FaissIndex) -> str:
    return write_durably(path, lambda temporary: faiss.write_index(index, str(temporary)))


def _flat(vectors: Matrix, grid: Matrix | None) -> FaissIndex:
    """Return a flat index over (n, d) vectors."""
    small = len(vectors) < _SQ8_FROM and grid is None
    kind = faiss.ScalarQuantizer.QT_fp16 if small else faiss.ScalarQuantizer.QT_8bit
    index: Any = faiss.IndexScalarQuantizer(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if grid is not None:
        faiss.copy_array_to_vector(grid, index.sq.trained)
        index.is_trained = True
    else:
        index.train(vectors)
    index.add(vectors)
    return index


def _lists(vectors: Matrix) -> tuple[Matrix, NDArray[np.int64], NDArray[np.int64]]:
    """Return (lists, d) centroids, the rows in order of their lists, and each row's list."""
    number = max(1, round(_LISTS_PER_ROOT * math.sqrt(len(vectors))))
    training = faiss.Kmeans(
        vectors.shape[1],
        number,
        niter=_ROUNDS,
        seed=_SEED,
        spherical=True,
        max_points_per_centroid=_TRAINED_ON,
        min_points_per_centroid=1,
    )
    training.train(vectors)
    centroids: Matrix = np.asarray(training.centroids, np.float32)
    quantizer: Any = _coarse(centroids)
    of_list = quantizer.search(vectors, 1)[1][:, 0]
    return centroids, np.argsort(of_list, kind="stable"), of_list


def _coarse(centroids: Matrix) -> FaissIndex:
    index: Any = faiss.IndexFlatIP(centroids.shape[1])
    index.add(centroids)
    return index


def _list_index(
    centroids: Matrix, quantizer: FaissIndex, vectors: Matrix, of_list: NDArray[np.int64]
) -> FaissIndex:
    coarse = _coarse(centroids)
    index: Any = faiss.IndexIVFScalarQuantizer(
        coarse,
        vectors.shape[1],
        len(centroids),
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003 - FAISS takes no keywords: the codes are of the rows themselves
    )
    faiss.copy_array_to_vector(faiss.vector_to_array(quantizer.trained), index.sq.trained)
    index.is_trained = True
    ids = np.arange(len(vectors))
    of_list = np.ascontiguousarray(of_list)
    pointers = [faiss.swig_ptr(one) for one in (vectors, ids, of_list)]
    index.add_core(len(vectors), *pointers)
    index.own_fields = True
    coarse.this.disown()
    return index


def _lean_index(centroids: Matrix, vectors: Matrix) -> FaissIndex:
    """Return a RaBitQ index behind a random rotation, which its bounds assume."""
    dimension = vectors.shape[1]
    rotation: Any = faiss.RandomRotationMatrix(dimension, dimension)
    rotation.init(_SEED)
    coarse = _coarse(rotation.apply(centroids))
    index: Any = faiss.IndexIVFRaBitQFastScan(
        coarse, dimension, len(centroids), faiss.METRIC_INNER_PRODUCT
    )
    index.own_fields = True
    coarse.this.disown()
    index.is_trained = True
    whole: Any = faiss.IndexPreTransform(rotation, index)
    whole.own_fields = True
    rotation.this.disown()
    index.this.disown()
    whole.add(vectors)
    return whole


def _measure(index: FaissIndex, vectors: Matrix, kind: Kind) -> Measured:
    """Find how many lists, and how many candidates a result, reach the wanted recall."""
    queries, own = _questions(vectors)
    deepest = min(PROBED_FOR[-1], len(vectors) - 1)
    truth = _brute_force(queries, own, vectors, deepest)
    inner: FaissIndex = index if kind is Kind.LISTS else faiss.downcast_index(index.index)
    if kind is Kind.LEAN:
        queries = index.chain.at(0).apply(queries)
    probes: list[int] = []
    least, refine = 1, 1 if kind is Kind.LISTS else _REFINES[0]
    for k in PROBED_FOR:
        wanted = truth[:, : min(k, deepest)]
        while True:
            reached = _recall(inner, queries, wanted, least, wanted.shape[1] * refine)
            if reached >= _WANTED_RECALL or least >= inner.nlist:
                break
            if kind is Kind.LEAN and _bits_limit(inner, queries, wanted, least, refine, reached):
                refine *= 2
            else:
                least = min(inner.nlist, max(least + 1, round(least * 1.25)))
        probes.append(least)
    return Measured(tuple(probes), refine)


def _bits_limit(
    index: FaissIndex,
    queries: Matrix,
    truth: NDArray[np.int64],
    probes: int,
    refine: int,
    now: float,
) -> bool:
    """Say whether more candidates would help more than half again as many lists."""
    if refine >= _REFINES[-1]:
        return False
    deeper = _recall(index, queries, truth, probes, truth.shape[1] * refine * 2)
    wider = min(index.nlist, max(probes + 1, round(probes * 1.5)))
    return deeper - now > _recall(index, queries, truth, wider, truth.shape[1] * refine) - now


def _questions(vectors: Matrix) -> tuple[Matrix, NDArray[np.int64]]:
    """Return queries and the row each comes from, which is too easy to find to be counted."""
    chosen = np.random.default_rng(_SEED).choice(len(vectors), 3 * _PROBES)
    rows, others = vectors[chosen[: 2 * _PROBES]], vectors[chosen[_PROBES:]]
    questions = rows.copy()
    questions[_PROBES:] = _BLEND * rows[_PROBES:] + (1 - _BLEND) * others[_PROBES:]
    questions /= np.maximum(np.linalg.norm(questions, axis=1, keepdims=True), 1e-12)
    return np.ascontiguousarray(questions), chosen[: 2 * _PROBES]


def _brute_force(
    queries: Matrix, own: NDArray[np.int64], vectors: Matrix, k: int
) -> NDArray[np.int64]:
    """Return the (q, k) best rows but for each query's own, best first."""
    best = np.empty((len(queries), k), np.int64)
    for number, query in enumerate(queries):
        scores = vectors @ query
        scores[own[number]] = -np.inf
        top = np.argpartition(-scores, k - 1)[:k]
        best[number] = top[np.argsort(-scores[top])]
    return best


def _recall(
    index: FaissIndex, queries: Matrix, truth: NDArray[np.int64], probes: int, depth: int
) -> float:
    parameters: Any = faiss.SearchParametersIVF
    found = index.search(queries, min(depth + 1, index.ntotal), params=parameters(nprobe=probes))[1]
    hits = sum(len(np.intersect1d(one, wanted)) for one, wanted in zip(found, truth, strict=True))
    return hits / truth.size
