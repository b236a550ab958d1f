"""Immutable originals on a local disk, addressed by SHA-256."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kb.domain.errors import BlobMissing, DiskFull, FileTooLarge

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StagedBlob:
    """Bytes that arrived and are fsynced, but are not yet under their final name."""

    path: Path
    sha256: str
    size: int


class BlobStore:
    """Originals under ``root/ab/cd/<sha256>``; written once, never changed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        """Where the original with this hash lives."""
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def existing(self, sha256: str, *, name: str) -> Path:
        """Like ``path``.

        Raises:
            BlobMissing: the file is not there; ``name`` is the document's.
        """
        path = self.path(sha256)
        if not path.is_file():
            raise BlobMissing(name=name)
        return path

    def stage(self, source: BinaryIO, *, name: str, limit_bytes: int) -> StagedBlob:
        """Copy ``source`` to a temporary file beside the store, hash it and fsync it.

        Raises:
            FileTooLarge: more than ``limit_bytes``.
            DiskFull: no space left; nothing stays behind.
        """
        folder = self._root / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("xb") as target:
                while piece := source.read(_PIECE):
                    size += len(piece)
                    if size > limit_bytes:
                        raise FileTooLarge(name=name, limit_mb=limit_bytes // _PIECE)  # noqa: TRY301  (cleans up below)
                    digest.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(detail=str(error)) from error
            raise
        return StagedBlob(path, digest.hexdigest(), size)

    def keep(self, staged: StagedBlob) -> None:
        """Give a staged blob its final name, durably. Harmless when it is there already."""
        target = self.path(staged.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.path.rename(target)
        for folder in (target.parent, target.parent.parent, self._root):
            _fsync_folder(folder)

    def drop(self, staged: StagedBlob) -> None:
        """Forget a staged blob."""
        staged.path.unlink(missing_ok=True)

    def sweep(self, known: Callable[[str], bool], *, older_than_seconds: float = 3600.0) -> int:
        """Remove originals that are not ``known`` and uploads that never ended.

        Young files stay: their upload may be about to be written down. An upload gives the file
        a new time even when its content is here already, so nothing needed is ever removed.
        """
        removed, limit = 0, time.time() - older_than_seconds
        incoming = (self._root / "incoming").glob("*")
        orphans = (self.path(sha256) for sha256 in self.hashes() if not known(sha256))
        for path in (*incoming, *orphans):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def intact(self, sha256: str) -> bool:
        """Read the original again and compare its hash."""
        path = self.path(sha256)
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def hashes(self) -> Iterator[str]:
        """Every original on disk."""
        for path in self._root.glob("??/??/*"):
            if len(path.name) == 64:  # noqa: PLR2004  (hex digits of SHA-256)
                yield path.name


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
