"""What trainings leave in their folder: kept for a while, then swept."""

from __future__ import annotations

import shutil
import time
from collections.abc import Set
from pathlib import Path

KEPT_DAYS = 30
"""A failed training can be gone on with, and the logs of a finished one be looked at, so long."""
_TEMPORARY_DAYS = 1
_DAY = 86_400.0
_TEMPORARY = ("estimate-", "measure-", "export-")


def sweep(work: Path, unfinished: Set[int], *, now: float | None = None) -> list[str]:
    """Remove folders of trainings that ended long ago, and what crashes left behind.

    Args:
        work: folder of all trainings; each has one named by its id.
        unfinished: ids of those that wait or run; never touched.
        now: seconds since 1970; the clock's by default.

    Returns:
        Names of the folders that are gone.
    """
    now = time.time() if now is None else now
    gone = []
    for folder in sorted(work.glob("*")):
        days = _days_kept(folder.name, unfinished)
        if days is None or not folder.is_dir() or folder.is_symlink():
            continue
        if now - _last_written(folder) > days * _DAY:
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return gone


def _days_kept(name: str, unfinished: Set[int]) -> int | None:
    """None: not ours, or still needed."""
    if name.startswith(_TEMPORARY):
        return _TEMPORARY_DAYS
    if name.isdecimal() and int(name) not in unfinished:
        return KEPT_DAYS
    return None


def _last_written(folder: Path) -> float:
    """The newest change inside; of a training that goes on for weeks the folder itself is old."""
    times = [folder.stat().st_mtime]
    times += [path.lstat().st_mtime for path in folder.iterdir()]
    return max(times)
