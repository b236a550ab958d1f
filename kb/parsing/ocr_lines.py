"""What every OCR engine hands back."""

from __future__ import annotations

from dataclasses import dataclass

from kb.domain.parsed import Box


@dataclass(frozen=True, slots=True)
class OcrLine:
    """A recognised run of text."""

    text: str
    box: Box
    """Pixels of the image that was read."""
    confidence: float
    """0..1, mean over its words."""
