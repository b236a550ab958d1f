"""Files that appear whole or not at all, and that prove to be what was written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from kb.domain.errors import IndexCorrupt


def write_durably(path: Path, write: Callable[[Path], None]) -> str:
    """Let ``write`` fill a temporary neighbour, flush it to the disk and rename it to ``path``.

    Returns:
        The sha256 of the content.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    write(temporary)
    with temporary.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_directory(path.parent)
    return digest


def sync_directory(directory: Path) -> None:
    """Make renames and new names in ``directory`` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file.

    Raises:
        IndexCorrupt: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise IndexCorrupt(name=path.name, detail=error.strerror or "unreadable") from error


def verify(path: Path, sha256: str) -> None:
    """Check a file against its hash before anything maps it.

    Raises:
        IndexCorrupt: it is missing, cut short or changed.
    """
    if sha256_of(path) != sha256:
        raise IndexCorrupt(name=path.name, detail="sha256 differs")
