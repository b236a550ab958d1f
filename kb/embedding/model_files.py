"""Converted model files: written once, beside, then swapped in; hashed before every load."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from kb.domain.errors import DiskFull, ModelNotInstalled

MANIFEST = "manifest.json"


def ensure(folder: Path, convert: Callable[[Path], None]) -> None:
    """Make sure ``folder`` holds a finished conversion, whoever else wants the same.

    Args:
        folder: where the files belong; its parent is created.
        convert: writes the files into the empty folder it is given.

    Raises:
        DiskFull: no space for the files.
        ModelNotInstalled: the folder cannot be written, or ``convert`` could not read its source.
    """
    if (folder / MANIFEST).exists():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.parent / f".{folder.name}.lock"):
            if not (folder / MANIFEST).exists():
                _convert_beside(folder, convert)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(detail=str(folder)) from error
        raise ModelNotInstalled(model=folder.name, detail=str(error)) from error


def verified(folder: Path, name: str) -> bytes:
    """Read a file of the manifest; the bytes returned are the bytes that were hashed.

    Raises:
        ModelNotInstalled: the file is missing, or differs from the manifest; ``discard`` it then.
    """
    try:
        digest = _digests(folder)[name]
        content = (folder / name).read_bytes()
    except (OSError, ValueError, KeyError) as error:
        raise ModelNotInstalled(model=folder.name, detail=f"{MANIFEST}: {error}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise ModelNotInstalled(model=folder.name, detail=f"{name} is damaged")
    return content


def _digests(folder: Path) -> dict[str, str]:
    digests: dict[str, str] = json.loads((folder / MANIFEST).read_bytes())["sha256"]
    return digests


def discard(folder: Path) -> None:
    """Take a damaged conversion away, so that ``ensure`` makes a new one."""
    with _locked(folder.parent / f".{folder.name}.lock"):
        try:  # another process may have made it anew meanwhile
            for name in _digests(folder):
                verified(folder, name)
        except (ModelNotInstalled, OSError, ValueError, KeyError):
            shutil.rmtree(folder, ignore_errors=True)


def _convert_beside(folder: Path, convert: Callable[[Path], None]) -> None:
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        convert(beside)
        digests = {}
        for path in sorted(beside.iterdir()):
            digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
            _fsync(path)
        manifest = beside / MANIFEST
        manifest.write_text(json.dumps({"sha256": digests}, indent=1), encoding="utf-8")
        _fsync(manifest)
        beside.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)  # without a manifest it was never finished
        beside.rename(folder)
        _fsync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
