"""Pages as pictures: rendered in the sandbox, kept on disk. The folder may be deleted any time."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kb.domain.parsed import FileType

WIDTHS = (200, 400, 800, 1200, 1600, 2400)
"""Pixels. Few sizes, so that the cache is hit and cannot be filled at will."""
_AT_ONCE = 2
"""Renderings side by side; the rest waits, search goes on."""
_MOST_BYTES = 2 * 1024**3
_SWEEP_SECONDS = 600.0


class Renderer(Protocol):
    """Draws one page."""

    def render(
        self, path: Path, file_type: FileType, number: int, width_px: int, *, name: str = ""
    ) -> bytes:
        """Return the page as an image file."""
        ...


def media_type_of(image: bytes) -> str:
    """The type of an image by its first bytes."""
    if image.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if image.startswith(b"\xff\xd8\xff") else "image/webp"


class PageImages:
    """A cache in front of the renderer; one rendering for each picture at a time."""

    def __init__(self, renderer: Callable[[], Renderer], folder: Path) -> None:
        self._renderer = renderer
        self._folder = folder
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._swept = time.monotonic()

    def get(
        self, original: Path, file_type: FileType, number: int, width: int, *, name: str
    ) -> bytes:
        """The picture of a page at least ``width`` pixels wide, up to the widest we make.

        Raises:
            CannotRead: the page cannot be drawn, and why.
        """
        width = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
        sha256 = original.name
        kept = self._folder / sha256[:2] / f"{sha256}-{number}-{width}"
        if (image := _read(kept)) is not None:
            return image
        with self._slots:
            if (image := _read(kept)) is not None:
                return image
            image = self._renderer().render(original, file_type, number, width, name=name)
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
