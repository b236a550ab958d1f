"""Images inside documents: their words by OCR, within limits on how many and how large."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator

from kb.domain.errors import CannotRead
from kb.domain.parsed import Block, BlockKind
from kb.parsing.clean import inline, lines
from kb.parsing.logical import Piece
from kb.parsing.progress import tick

_RASTER = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8", b"BM", b"RIFF")
_MOST_IMAGES = 200
_LARGEST = 64 * 1024 * 1024
_SMALLEST = 2_000
"""Bytes; smaller ones are bullets and rules."""
_SECONDS = 120.0
"""CPU time that the images of one document may take together."""
_LEAST_CONFIDENCE = 0.5
_SHORTEST_SIDE = 40
"""Pixels; lines and icons are narrower."""
_MOST_PIXELS = 60_000_000


class Figures:
    """Recognises the text of a document's images, each image once."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._spent = 0.0
        self._told = False

    def pieces(self, raw: bytes, description: str = "") -> Iterator[Piece]:
        """Yield the image as a figure: what OCR read in it, else what its author says it shows."""
        described = inline(description)
        key = hashlib.sha256(raw).digest()
        if key in self._seen or not raw.startswith(_RASTER):
            if described and key not in self._seen:
                yield Piece(BlockKind.FIGURE, described)
            self._seen.add(key)
            return
        self._seen.add(key)
        if len(self._seen) > _MOST_IMAGES or self._spent > _SECONDS or len(raw) > _LARGEST:
            if not self._told:
                self._told = True
                yield Piece(BlockKind.FIGURE, described, warning="Some images were not read.")
            return
        text, confidence = self._recognise(raw) if len(raw) >= _SMALLEST else ("", 0.0)
        if text:
            yield Piece(BlockKind.FIGURE, text, confidence=round(confidence, 3))
        elif described:
            yield Piece(BlockKind.FIGURE, described)

    def _recognise(self, raw: bytes) -> tuple[str, float]:
        begun = time.process_time()
        try:
            blocks = _ocr(raw)
        finally:
            self._spent += time.process_time() - begun
            tick()
        read = [block for block in blocks if (block.confidence or 0.0) >= _LEAST_CONFIDENCE]
        if not read:
            return "", 0.0
        confidence = sum(block.confidence or 0.0 for block in read) / len(read)
        return lines("\n".join(block.text for block in read)), confidence


def _ocr(raw: bytes) -> tuple[Block, ...]:
    """Return what OCR reads in an image file; nothing for one that cannot be decoded."""
    from PIL import Image  # noqa: PLC0415 - with OCR heavy, and often unused

    from kb.parsing.ocr import ocr_image  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(raw)) as image:
            wide, high = image.size
            if min(wide, high) < _SHORTEST_SIDE or wide * high > _MOST_PIXELS:
                return ()
            image.load()
            return ocr_image(image)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, CannotRead):
        return ()
