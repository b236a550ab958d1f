"""A second generation that begins with the files of the first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_LOCK = ".lock"


def share_files(source: Path, target: Path) -> None:
    """Give ``target`` every file of ``source`` without a second copy of the bytes.

    Every file of an index is written once and replaced by a rename, so a hard link stays as it is
    whatever happens to the other name. Where the file system has no links, files are copied. The
    caller sees to it that nobody writes in ``source`` meanwhile.

    Args:
        source: directory of a generation.
        target: of the new one; must not exist.

    Raises:
        OSError: the disk is full or not readable.
    """
    for folder, _, names in os.walk(source):
        into = target / Path(folder).relative_to(source)
        into.mkdir(parents=True)
        for name in names:
            if not name.endswith(_LOCK):
                _link(Path(folder) / name, into / name)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
