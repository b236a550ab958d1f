"""Engines of the vector benchmark, each alone in its process, told what to do line by line.

    python benchmarks/vector_engines.py ENGINE FOLDER

FOLDER holds ``vectors.npy`` (n, d), ``queries.npy`` (q, d), ``shares.npy`` (n,) in thousandths, and
``truth-SHARE.npy`` (q, 10): a search restricted to a share finds rows whose value is below it, ten
rows in a row are one document and have one value. A line of JSON comes in, one goes out. Runs in
another environment for engines that are not ours, so each imports what it needs when it is opened.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

K = 10
ALL = 1000
SHARES = (1, 10, 100, 500)
BATCH = 5_000
TARGET = 0.95
CLIENTS = 32


class Ours:
    """The product's generation, hot or lean, as the search service asks it."""

    settings = (None,)

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.kind = folder / kind, kind
        self.shares = np.load(folder / "shares.npy")

    def build(self, vectors: np.ndarray) -> None:
        """Fold batches in, as the index worker does."""
        from kb.index.build import Memory
        from kb.index.generation import GenerationWriter

        writer = GenerationWriter(
            self.folder, vectors.shape[1], "generated", Memory(self.kind.removeprefix("ours-"))
        )
        for start in range(0, len(vectors), 10 * BATCH):
            part = vectors[start : start + 10 * BATCH]
            rows = [(i, i // 10, 1, i // 10, v) for i, v in enumerate(part, start)]
            writer.apply([], rows, [])

    def open(self) -> None:
        """Map the files."""
        from kb.index.allowed import Allowed
        from kb.index.generation import GenerationReader

        self.reader = GenerationReader(self.folder)
        self.reader.refresh()
        rows = np.arange(len(self.shares))
        self.allowed = {
            share: Allowed(None, frozenset((rows[self.shares < share] // 10).tolist()))
            for share in SHARES
        } | {ALL: Allowed(None, None)}

    def search(self, query: np.ndarray, share: int, setting: None) -> np.ndarray:
        """Return the ids of the best."""
        return self.reader.vector(query, K, self.allowed[share]).passages


class Chroma:
    """chromadb, persistent; HNSW in inner product."""

    settings = (100, 200, 400, 800)

    def __init__(self, folder: Path, kind: str) -> None:
        self.path, self.shares = folder / kind, np.load(folder / "shares.npy")

    def _client(self) -> Any:
        import chromadb

        off = chromadb.config.Settings(anonymized_telemetry=False)
        return chromadb.PersistentClient(path=str(self.path), settings=off)

    def build(self, vectors: np.ndarray) -> None:
        """Add in batches with the share as metadata."""
        made = self._client().create_collection("vectors", configuration={"hnsw": {"space": "ip"}})
        for start in range(0, len(vectors), BATCH):
            part = vectors[start : start + BATCH]
            ids = range(start, start + len(part))
            made.add(
                ids=[str(i) for i in ids],
                embeddings=part,
                metadatas=[{"share": int(self.shares[i])} for i in ids],
            )

    def open(self) -> None:
        """Open the collection."""
        self.collection = self._client().get_collection("vectors")
        self.setting = None

    def search(self, query: np.ndarray, share: int, setting: int) -> np.ndarray:
        """Return the ids of the best."""
        if setting != self.setting:
            self.collection.modify(configuration={"hnsw": {"ef_search": setting}})
            self.setting = setting
        where = None if share == ALL else {"share": {"$lt": share}}
        found = self.collection.query(
            query_embeddings=[query], n_results=K, where=where, include=[]
        )
        return np.array([int(i) for i in found["ids"][0]])


class Lance:
    """lancedb with IVF_HNSW_SQ, the index its documentation names for speed and recall."""

    settings = ((20, 1), (20, 5), (60, 10), (200, 20))

    def __init__(self, folder: Path, kind: str) -> None:
        self.path, self.shares = folder / kind, np.load(folder / "shares.npy")

    def build(self, vectors: np.ndarray) -> None:
        """Write the table, index vectors and shares."""
        import lancedb
        import pyarrow as pa

        flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
        columns = {"id": pa.array(range(len(vectors))), "vector": flat, "share": self.shares}
        table = lancedb.connect(str(self.path)).create_table("t", pa.table(columns))
        table.create_index(metric="dot", index_type="IVF_HNSW_SQ")
        table.create_scalar_index("share", index_type="BTREE")

    def open(self) -> None:
        """Open the table."""
        import lancedb

        self.table = lancedb.connect(str(self.path)).open_table("t")

    def search(self, query: np.ndarray, share: int, setting: tuple[int, int]) -> np.ndarray:
        """Return the ids of the best."""
        asked = self.table.search(query).metric("dot").limit(K).select(["id"])
        asked = asked.nprobes(setting[0]).refine_factor(setting[1])
        if share != ALL:
            asked = asked.where(f"share < {share}", prefilter=True)
        return asked.to_arrow()["id"].to_numpy()


def _as_given(vectors: Any) -> np.ndarray:
    return np.asarray(vectors)


class Txtai:
    """txtai with vectors from outside and its default index; it has no filter without SQL."""

    settings = (None,)

    def __init__(self, folder: Path, kind: str) -> None:
        self.path = folder / kind

    def _made(self) -> Any:
        from txtai import Embeddings

        return Embeddings(method="external", transform=_as_given)

    def build(self, vectors: np.ndarray) -> None:
        """Index and save."""
        made = self._made()
        made.index((i, vector, None) for i, vector in enumerate(vectors))
        made.save(str(self.path))

    def open(self) -> None:
        """Load."""
        self.made = self._made()
        self.made.load(str(self.path), config={"transform": _as_given})

    def search(self, query: np.ndarray, share: int, setting: None) -> np.ndarray:
        """Return the ids of the best."""
        if share != ALL:
            raise NotImplementedError
        return np.array([i for i, _ in self.made.search(query, K)])


class Hnsw:
    """FAISS HNSW (M 32, efConstruction 40, its defaults) with a filter after the search."""

    settings = (64, 128, 256, 512)

    def __init__(self, folder: Path, kind: str) -> None:
        self.path, self.shares = folder / f"{kind}.faiss", np.load(folder / "shares.npy")

    def build(self, vectors: np.ndarray) -> None:
        """Add all and write."""
        import faiss

        index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        index.add(vectors)
        faiss.write_index(index, str(self.path))

    def open(self) -> None:
        """Read."""
        import faiss

        self.index = faiss.read_index(str(self.path))

    def search(self, query: np.ndarray, share: int, setting: int) -> np.ndarray:
        """Return the ids of the best: enough are fetched that ten should be left."""
        wanted = min(K * ALL // share, 2_000)
        self.index.hnsw.efSearch = max(setting, wanted)
        found = self.index.search(query[None], wanted)[1][0]
        return found[(found >= 0) & (self.shares[found] < share)][:K] if share != ALL else found


ENGINES: dict[str, Callable[[Path, str], Any]] = {
    "ours-hot": Ours,
    "ours-lean": Ours,
    "chromadb": Chroma,
    "lancedb": Lance,
    "txtai": Txtai,
    "faiss-hnsw": Hnsw,
}


class Worker:
    """Does what a line asks for."""

    def __init__(self, name: str, folder: Path) -> None:
        self.engine = ENGINES[name](folder, name)
        self.folder = folder
        self.queries = np.load(folder / "queries.npy")
        self.setting: Any = None
        self.before_mb = _memory_mb()

    def build(self) -> dict[str, float]:
        """Build; CPU-seconds of all threads."""
        began, cpu = time.monotonic(), _cpu()
        self.engine.build(np.load(self.folder / "vectors.npy"))
        return {"seconds": time.monotonic() - began, "cpu_seconds": _cpu() - cpu}

    def open(self) -> dict[str, Any]:
        """Open, and take the first setting that reaches the recall."""
        self.engine.open()
        for setting in self.engine.settings:
            self.setting = setting
            if self.round(ALL)["recall"] >= TARGET:
                break
        return {"setting": setting}

    def round(self, share: int) -> dict[str, float]:
        """Ask every query once, one after the other."""
        truth = np.load(self.folder / f"truth-{share}.npy")
        taken, right = [], 0
        for query, best in zip(self.queries, truth, strict=True):
            began = time.perf_counter()
            found = self.engine.search(query, share, self.setting)
            taken.append(time.perf_counter() - began)
            right += len(set(best.tolist()) & set(found.tolist()))
        p50, p99 = np.percentile(taken, (50, 99)) * 1000
        return {"p50": p50, "p99": p99, "recall": right / truth.size}

    def clients(self) -> dict[str, float]:
        """Ask with 32 threads at once."""
        taken: list[float] = []

        def ask(query: np.ndarray) -> None:
            began = time.perf_counter()
            self.engine.search(query, ALL, self.setting)
            taken.append(time.perf_counter() - began)

        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(ask, [*self.queries] * 5))
        rate = len(taken) / (time.perf_counter() - began)
        return {"per_second": rate, "p99": float(np.percentile(taken, 99) * 1000)}

    def memory(self) -> dict[str, float]:
        """Proportional memory beyond the libraries' own, after a thousand queries."""
        for query in np.resize(self.queries, (1000, self.queries.shape[1])):
            self.engine.search(query, ALL, self.setting)
        return {"mb": _memory_mb() - self.before_mb}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    """Answer line by line until the input ends."""
    worker = Worker(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        try:
            answer = getattr(worker, what)(*arguments)
        except NotImplementedError:
            answer = None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
