"""What this room reads and what it needs from below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from kb.domain.passages import Passage, Window
from kb.domain.understanding import Classification, Summary, SummaryStyle, Taxonomy
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


DEFAULT_STYLE = SummaryStyle()


class Classifier(Protocol):
    """Says which kind of a taxonomy a document is."""

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the category, or "unsure"; raises NoTextFound and ModelFailure."""
        ...


class Summariser(Protocol):
    """Says what stands in a document, each sentence with its sources."""

    def summarise(
        self, text: DocumentText, progress: Progress, *, style: SummaryStyle = DEFAULT_STYLE
    ) -> Summary:
        """Return the summary; raises NoTextFound and ModelFailure."""
        ...


class WindowNotes(Protocol):
    """What was said of windows before: in a new version only changed ones are read again.

    A recipe names model, adapter, prompt and style; a text is known by its hash. A note that is
    found again is as good as one made now.
    """

    def find(self, recipe: str, text_hashes: Sequence[str]) -> Mapping[str, str]:
        """Notes by text hash, of those that exist."""
        ...

    def put(self, recipe: str, text_hash: str, note: str) -> None:
        """Keep a note; the same again is no error."""
        ...
