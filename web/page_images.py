"""Pages as pictures, kept on disk. The folder is derived and may be deleted at any time."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

WIDTHS = (200, 400, 800, 1200, 1600, 2400)
"""Pixels. Few sizes, so that the cache is hit and cannot be filled at will."""
_AT_ONCE = 2
"""Pictures drawn side by side; the rest waits, search goes on."""
_MOST_BYTES = 2 * 1024**3
_SWEEP_SECONDS = 600.0

Draw = Callable[[int], bytes]
"""Takes a width in pixels, returns an image file."""


def media_type_of(image: bytes) -> str:
    """The type of an image by its first bytes."""
    if image.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if image.startswith(b"\xff\xd8\xff") else "image/webp"


class PageImages:
    """A cache in front of whatever draws a page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._swept = time.monotonic()

    def get(self, key: str, width: int, draw: Draw) -> bytes:
        """The picture at least ``width`` pixels wide, up to the widest we make.

        Args:
            key: names the page and its content, as a file name.
            width: pixels wanted; the next of WIDTHS is taken.
            draw: called when the picture is not kept yet; what it raises passes through.
        """
        width = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
        kept = self._folder / key[:2] / f"{key}-{width}"
        if (image := _read(kept)) is not None:
            return image
        with self._slots:
            if (image := _read(kept)) is not None:  # drawn while this call waited
                return image
            image = draw(width)
        self._keep(kept, image)
        return image

    def _keep(self, path: Path, image: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        temporary.write_bytes(image)
        temporary.rename(path)
        if time.monotonic() - self._swept > _SWEEP_SECONDS:
            self._swept = time.monotonic()
            self.sweep(_MOST_BYTES)

    def sweep(self, most_bytes: int) -> int:
        """Remove the oldest pictures until the rest fits; return how many went."""
        found = []
        for path in self._folder.glob("??/*"):
            try:
                facts = path.stat()
            except FileNotFoundError:  # another process sweeps too
                continue
            found.append((facts.st_mtime, facts.st_size, path))
        total, removed = sum(size for _, size, _ in found), 0
        for _, size, path in sorted(found):
            if total <= most_bytes:
                break
            path.unlink(missing_ok=True)
            total, removed = total - size, removed + 1
        return removed


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
