"""Vectors of texts that were learned from, so that the next training need not embed them again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 500
_BUSY_SECONDS = 30.0


class VectorCache:
    """A file beside the system of record; derived, may be deleted at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, model: str, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Key -> unit vector, of those that are there."""
        found: dict[str, NDArray[np.float32]] = {}
        with closing(self._open()) as connection:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = connection.execute(
                    f"SELECT key, vector FROM vectors WHERE model = ? AND key IN ({marks})",  # noqa: S608  (question marks only)
                    [model, *some],
                )
                for key, vector in rows:
                    found[key] = np.frombuffer(vector, np.float16).astype(np.float32)
        return found

    def keep(self, model: str, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors as float16."""
        halves = np.asarray(vectors, np.float16)
        with closing(self._open()) as connection, connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (model, key, vector) VALUES (?, ?, ?)",
                [(model, key, half.tobytes()) for key, half in zip(keys, halves, strict=True)],
            )

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors"
            " (model TEXT, key TEXT, vector BLOB, PRIMARY KEY (model, key)) WITHOUT ROWID"
        )
        return connection
