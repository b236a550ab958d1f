"""Every file of folders through the whole product: ``python -m benchmarks.corpus DIR…``.

Prints how many files reached which state and why, seconds, bytes on disk for a thousand documents
and the resident memory of the running process tree before and after.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.support.instance import Instance


def resident_mb(instance: Instance) -> float:
    """Proportional share (PSS) of the whole tree in MB, so that shared pages count once."""
    total = 0
    for process in instance.processes():
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 1e6


def size_mb(folder: Path) -> float:
    """Bytes of a folder's files in MB."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def main() -> None:
    """Ingest, wait, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--keep", type=Path, help="data folder to keep and look into")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp())
    instance = Instance(folder / "data", {})
    instance.start()
    try:
        time.sleep(8)
        idle = resident_mb(instance)
        began = time.monotonic()
        command = [sys.executable, "-m", "kb.cli", "--json", "--data", str(folder / "data")]
        command += ["ingest", "--wait", *map(str, given.folders)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        seconds = time.monotonic() - began
        rows = json.loads(done.stdout)["documents"]
        states = collections.Counter(row["status"] for row in rows)
        print(f"{len(rows)} files in {seconds:.0f} s: {dict(states)}")
        for row in rows:
            if row.get("error"):
                error = row["error"]
                print(f"  {row['status']:9} {error['code']:22} {row['name']}: {error['message']}")
        stored = sum(1 for row in rows if row["id"] is not None and "duplicate_of" not in row)
        for part in ("blobs", "index", "kb.sqlite3", "models"):
            path = folder / "data" / part
            mb = size_mb(path) if path.is_dir() else path.stat().st_size / 1e6
            print(f"  disk {part}: {mb:.1f} MB, {mb * 1000 / max(1, stored):.0f} MB per 1,000")
        print(f"memory (PSS of the tree): idle {idle:.0f} MB, after {resident_mb(instance):.0f} MB")
    finally:
        instance.stop()


if __name__ == "__main__":
    main()
