"""What OCR read, kept in a folder by what it was read from; derived, may be deleted at any time.

The owner of the readers keeps it. Readers never see the folder: over the wire they can only ask
for the reading of an image whose exact pixels they hold, so nothing is learned of other files.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import threading
from pathlib import Path

_KEY = re.compile("[0-9a-f]{64}")
_LARGEST = 4 << 20
"""Bytes of one reading; a dense page has about 50 KB."""
_DIGEST = hashlib.sha256().digest_size
_KEPT_SHARE = 0.9
"""Share of the room that stays taken when it has run out."""
_COUNT_AGAIN = 200
"""Readings kept between two looks at what other processes have kept."""


class OcrCache:
    """Readings by key, the least recently used going first. Safe to share between threads."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        """Use ``folder``, which is made when first needed, for up to ``max_bytes``."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._taken = 0
        self._uncounted = _COUNT_AGAIN

    def recall(self, key: str) -> bytes | None:
        """Return what was kept under ``key``; what is damaged is removed and counts as nothing."""
        if not _KEY.fullmatch(key):
            return None
        path = self._path(key)
        with contextlib.suppress(OSError):
            raw = path.read_bytes()
            if hashlib.sha256(raw[_DIGEST:]).digest() == raw[:_DIGEST]:
                os.utime(path)
                return raw[_DIGEST:]
            path.unlink()
        return None

    def keep(self, key: str, reading: bytes) -> None:
        """Keep a reading unless there is one; a full disk or a read-only folder is no failure."""
        if not _KEY.fullmatch(key) or not 0 < len(reading) <= min(_LARGEST, self._max_bytes):
            return
        path = self._path(key)
        with self._lock, contextlib.suppress(OSError):
            if path.exists():
                return
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(reading).digest() + reading)
                Path(temporary).replace(path)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                return
            self._taken += _DIGEST + len(reading)
            self._uncounted += 1
            if self._uncounted > _COUNT_AGAIN or self._taken > self._max_bytes:
                self._make_room()

    def _make_room(self) -> None:
        """Count what is there and remove the least recently used beyond the room."""
        found = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):  # another process may have removed it
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        self._taken = sum(size for _, size, _ in found)
        self._uncounted = 0
        if self._taken <= self._max_bytes:
            return
        for _, size, path in sorted(found):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            self._taken -= size
            if self._taken <= _KEPT_SHARE * self._max_bytes:
                return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key
