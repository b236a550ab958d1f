"""What this room reads and what it needs from below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kb.domain.passages import Passage, Window
from kb.domain.understanding import Classification, Summary, Taxonomy
from kb.embedding.protocol import Vectors


class DocumentText(Protocol):
    """A document as the stages before left it."""

    @property
    def name(self) -> str:
        """File name."""
        ...

    @property
    def title(self) -> str:
        """Title found in it, or empty."""
        ...

    @property
    def language(self) -> str:
        """BCP 47 tag: "zh", "en", … or "und"."""
        ...

    @property
    def passages(self) -> Sequence[Passage]:
        """In order; ``passages[n].ordinal == n``."""
        ...

    @property
    def windows(self) -> Sequence[Window]:
        """In order."""
        ...

    @property
    def vectors(self) -> Vectors | None:
        """(n, d) in passage order; None while they are missing."""
        ...


Progress = Callable[[int, int], None]
"""Told (windows done, windows in all)."""


class Classifier(Protocol):
    """Says which kind of a taxonomy a document is."""

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the category, or "unsure"; raises NoTextFound and ModelFailure."""
        ...


class Summariser(Protocol):
    """Says what stands in a document, each sentence with its sources."""

    def summarise(self, text: DocumentText, progress: Progress) -> Summary:
        """Return the summary; raises NoTextFound and ModelFailure."""
        ...
