"""Vector search beside other engines on the same vectors, rounds interleaved.

    python -m benchmarks.vector_search [--rows 100000] [--rivals PYTHON] [--rounds 5] [--engines …]

PYTHON is an interpreter of an environment that holds chromadb, lancedb, txtai and faiss-cpu; they
are no dependencies of the product. Vectors are made: unit vectors around 2,000 centres, with
queries from the same distribution that are not among them, truth by float32 brute force. Every
engine gets the quickest of a few of its settings that has recall@10 of .95; ours has none to
choose. Each engine runs in its own process and all take turns in each round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.vector_engines import ALL, ENGINES, SHARES, K

DIMENSION = 384
QUERIES = 200
CENTRES, NOISE = 2_000, 0.6
_PIECE = 50_000


def make(folder: Path, rows: int, seed: int = 0) -> None:
    """Write vectors, queries, shares and truths."""
    chance = np.random.default_rng(seed)
    centres = _unit(chance.standard_normal((CENTRES, DIMENSION)))

    def drawn(count: int) -> np.ndarray:
        noise = _unit(chance.standard_normal((count, DIMENSION)))
        return _unit(centres[chance.integers(0, CENTRES, count)] + NOISE * noise)

    vectors = np.concatenate([drawn(min(_PIECE, rows - s)) for s in range(0, rows, _PIECE)])
    queries = drawn(QUERIES)
    of_documents = chance.permutation(np.arange(-(-rows // 10)) % ALL)
    shares = np.repeat(of_documents, 10)[:rows].astype(np.int32)
    for name, values in (("vectors", vectors), ("queries", queries), ("shares", shares)):
        np.save(folder / f"{name}.npy", values)
    scores = queries @ vectors.T
    for share in (*SHARES, ALL):
        allowed = np.flatnonzero(shares < share)
        best = np.argsort(-scores[:, allowed], axis=1)[:, :K]
        np.save(folder / f"truth-{share}.npy", allowed[best])


def _unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


class Process:
    """An engine in its process."""

    def __init__(self, name: str, python: str, folder: Path) -> None:
        script = Path(__file__).with_name("vector_engines.py")
        paths = os.pathsep.join((str(script.parent.parent), os.environ.get("PYTHONPATH", "")))
        self._child = subprocess.Popen(
            [python, str(script), name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": paths,
                "PYTHONWARNINGS": "ignore",
                "RUST_LOG": "error",
            },
        )

    def __call__(self, *line: str | int) -> Any:
        if self._child.stdin is None or self._child.stdout is None:
            raise SystemExit("no pipes")
        self._child.stdin.write(json.dumps(line) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise SystemExit(f"an engine ended: {self._child.args}")
        return json.loads(answer)

    def end(self) -> None:
        """End the process."""
        self._child.terminate()
        self._child.wait()


def measure(names: Sequence[str], rivals: str, folder: Path, rounds: int) -> dict[str, Any]:
    """Build with each engine alone, then let them take turns."""
    found: dict[str, Any] = {}
    open_ones: dict[str, Process] = {}
    for name in names:
        python = sys.executable if name.startswith("ours") else rivals
        building = Process(name, python, folder)
        found[name] = {"build": building("build")}
        building.end()
        open_ones[name] = Process(name, python, folder)
        found[name] |= open_ones[name]("open")
        print(name, json.dumps(found[name]), file=sys.stderr, flush=True)
    for _ in range(rounds):
        for share in (ALL, *SHARES):
            for name, engine in open_ones.items():
                found[name].setdefault(str(share), []).append(engine("round", share))
    for name, engine in open_ones.items():
        found[name]["clients"] = engine("clients")
        found[name]["memory"] = engine("memory")
        engine.end()
    return found


def show(found: dict[str, Any], rows: int) -> None:
    """Print the tables: median (range) over the rounds."""
    print(f"{rows:,} x {DIMENSION}; p50 in ms, median (range) of the rounds / recall@10")
    print("| engine | all |", " | ".join(f"{s / 10:g} %" for s in SHARES), "|")
    for name, of in found.items():
        cells = [_cell(of[str(share)]) for share in (ALL, *SHARES)]
        print(f"| {name} |", " | ".join(cells), "|")
    print("| engine | vectors per CPU-second | 32 clients: queries/s | p99 ms | MB | setting |")
    for name, of in found.items():
        speed = rows / of["build"]["cpu_seconds"]
        clients = of["clients"]
        print(
            f"| {name} | {speed:,.0f} | {clients['per_second']:,.0f} | {clients['p99']:.1f} "
            f"| {of['memory']['mb']:,.0f} | {of['setting']} |"
        )


def _cell(rounds: list[dict[str, float] | None]) -> str:
    told = [one for one in rounds if one is not None]
    if not told:
        return "-"
    p50 = sorted(one["p50"] for one in told)
    return f"{np.median(p50):.2f} ({p50[0]:.2f}-{p50[-1]:.2f}) / {told[-1]['recall']:.3f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rivals", default="")
    parser.add_argument("--engines", nargs="*", choices=list(ENGINES), default=[])
    options = parser.parse_args()
    names = options.engines or [n for n in ENGINES if options.rivals or n.startswith("ours")]
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), options.rows)
        show(measure(names, options.rivals, Path(folder), options.rounds), options.rows)


if __name__ == "__main__":
    main()
