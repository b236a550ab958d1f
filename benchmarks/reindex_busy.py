"""Searches while the whole index is built anew, beside searches of the same minutes without:

    python -m benchmarks.reindex_busy --models data/models [--passages 20000] [--clients 2]

A running ``kb up`` over a corpus of generated texts and vectors in SQL. Clients, each a process of
its own, send new queries at a fixed rate (open loop: a slow answer is not followed by fewer
questions). Rounds alternate: the build paused, the build running; so both see the same machine.
Beside each a one-page PDF is uploaded every few seconds and searched for, by words and by meaning
in turn, until it is found. What is timed is the whole HTTP request.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
from sqlalchemy import insert

from benchmarks.freshness import seconds_until_found
from benchmarks.search_latency import Texts, entry, write_down
from kb.bootstrap import Application, build
from kb.settings import Settings
from kb.storage import passages
from kb.storage.tables import BlobRow, CollectionRow
from tests.support.instance import Instance

_AT_ONCE = 2_000
_UPLOAD_SECONDS = 4.0
_COLLECTIONS = range(2, 11)
"""The first is there from the start."""


def fill(application: Application, size: int) -> None:
    """Put documents, passages and vectors into SQL and build the first index."""
    application.prepare()
    texts, chance = Texts(1), np.random.default_rng(0)
    model, dimension = application.embedder.model, application.embedder.dimension
    with application.database.write() as tx:
        tx.execute(insert(BlobRow), [{"sha256": "0" * 64, "size": 1}])
        tx.execute(insert(CollectionRow), [{"id": n, "name": str(n)} for n in _COLLECTIONS])
    for start in range(0, size, _AT_ONCE):
        numbers = range(start + 1, min(start + _AT_ONCE, size) + 1)
        entries = [entry(number, texts.draw(120)) for number in numbers]
        vectors = chance.standard_normal((len(entries), dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with application.database.write() as tx:
            write_down(tx, entries)
            passages.add_embeddings(tx, model, [str(n) for n in numbers], vectors)
    application.index_writer.fold()


Found = tuple[str, float]
"""How it was searched for, and seconds from before the upload to the hit."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one client does."""

    url: str
    cookies: dict[str, str]
    seed: int
    per_second: float
    seconds: float


def client(order: Order) -> list[float]:
    """Milliseconds of each search, counted from when it was due."""
    texts, chance = Texts(order.seed), random.Random(order.seed)
    queries = [
        texts.draw(chance.randint(2, 8)) for _ in range(int(order.per_second * order.seconds))
    ]
    taken = []
    with httpx2.Client(
        base_url=order.url, cookies=order.cookies, timeout=30, trust_env=False
    ) as web:
        web.get("/healthz")
        began = time.perf_counter() + chance.random() / order.per_second
        for number, query in enumerate(queries):
            due = began + number / order.per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            web.get("/api/v1/search", params={"q": query, "k": 10}).raise_for_status()
            taken.append((time.perf_counter() - due) * 1000)
    return taken


class Load:
    """Clients on a running instance."""

    def __init__(self, web: httpx2.Client, clients: int, per_second: float) -> None:
        self._web, self._clients, self._per_second = web, clients, per_second
        self._seed = 100
        self._uploads = int(time.time()) % 40_000  # texts that an earlier run did not upload
        self.builds = 0
        self._pool = multiprocessing.get_context("spawn").Pool(clients)

    def run(self, seconds: float, *, building: bool) -> tuple[list[float], list[Found]]:
        """(milliseconds of searches, seconds from upload to hit) of so many seconds.

        With ``building``, the next build begins when one has ended.
        """
        orders = []
        for _ in range(self._clients):
            self._seed += 1
            cookies = dict(self._web.cookies)
            url = str(self._web.base_url)
            orders.append(Order(url, cookies, self._seed, self._per_second, seconds))
        running = self._pool.map_async(client, orders)
        fresh: list[Found] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until - _UPLOAD_SECONDS:
            if building:
                self._build()
            self._uploads += 1
            mode = ("lexical", "vector")[self._uploads % 2]
            fresh.append((mode, seconds_until_found(self._web, self._uploads, mode)[1]))
            time.sleep(_UPLOAD_SECONDS / 2)
            if building:
                self._build()
            time.sleep(_UPLOAD_SECONDS / 2)
        return [ms for taken in running.get() for ms in taken], fresh

    def _build(self) -> None:
        states = self._web.get("/api/v1/generations").json()["items"]
        if not any(each["state"] == "building" for each in states):
            self._web.post("/api/v1/generations", json={}).raise_for_status()
            self.builds += 1

    def close(self) -> None:
        """End the clients."""
        self._pool.terminate()


def told(name: str, searches: Sequence[float], fresh: Sequence[Found]) -> str:
    """One row of the table."""
    p50, p95, p99 = np.percentile(searches, [50, 95, 99])
    found = max((seconds for _, seconds in fresh), default=float("nan"))
    return (
        f"| {name} | {len(searches)} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {max(searches):.0f} | "
        f"{found:.2f} |"
    )


def measure(web: httpx2.Client, options: argparse.Namespace) -> None:
    """Alternate rounds and print what they gave."""
    load = Load(web, options.clients, options.per_second)
    load.run(8, building=False)  # warms up
    idle: list[list[float]] = []
    busy: list[list[float]] = []
    fresh: tuple[list[Found], list[Found]] = ([], [])
    print("| round | searches | p50 ms | p95 | p99 | worst | slowest upload to hit s |")
    print("|---|---|---|---|---|---|---|")
    for number in range(options.rounds):
        taken, found = load.run(options.seconds, building=False)
        idle.append(taken)
        fresh[0].extend(found)
        print(told(f"{number} idle", taken, found), flush=True)
        taken, found = load.run(options.seconds, building=True)
        busy.append(taken)
        fresh[1].extend(found)
        print(told(f"{number} re-index", taken, found), flush=True)
        _wait_until_built(web)
    print(f"builds begun: {load.builds}")
    load.close()
    ratios = [_p99(b) / _p99(i) for i, b in zip(idle, busy, strict=True)]
    together = _p99([ms for each in busy for ms in each]) / _p99(
        [ms for each in idle for ms in each]
    )
    print(
        f"p99 while re-indexing over p99 idle: median of rounds {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}), all searches together {together:.2f}"
    )
    for name, found in zip(("idle", "re-index"), fresh, strict=True):
        for mode in ("lexical", "vector"):
            seconds = [taken for how, taken in found if how == mode]
            p95 = np.percentile(seconds, 95)
            print(f"upload to hit, {name}, {mode}: n={len(seconds)} p95 {p95:.2f} s")


def _p99(milliseconds: Sequence[float]) -> float:
    return float(np.percentile(milliseconds, 99))


def _wait_until_built(web: httpx2.Client) -> None:
    """Say how the last build ended, and what held it back before."""
    began, pace = time.monotonic(), None
    while True:
        newest = web.get("/api/v1/generations").json()["items"][-1]
        if newest["state"] not in {"building", "paused"}:
            checks = {gate["name"]: gate["figures"] for gate in newest["gates"] or []}
            print(f"  {newest['state']} {time.monotonic() - began:.0f} s later, pace before {pace}")
            print(f"  {json.dumps(checks)}", flush=True)
            return
        pace = newest["pace"]
        time.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--per-second", type=float, default=4.0, help="searches of each client")
    parser.add_argument("--seconds", type=float, default=25.0, help="length of a round's half")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="a folder that an earlier run filled, or shall")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as workspace:
        data = options.data or Path(workspace) / "data"
        models = options.models.resolve()
        if not (data / "kb.sqlite3").is_file():
            application = build(Settings(data=data, models_dir=models))
            began = time.perf_counter()
            fill(application, options.passages)
            application.database.close()
            print(f"filled in {time.perf_counter() - began:.0f} s")
        instance = Instance(data, {"KB_MODELS_DIR": str(models)})
        instance.start()
        try:
            with instance.client() as web:
                measure(web, options)
        finally:
            instance.stop()


if __name__ == "__main__":
    main()
