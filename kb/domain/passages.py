"""The two cuts of a document: passages for search, windows for the language model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kb.domain.parsed import Box


@dataclass(frozen=True, slots=True)
class Span:
    """Where a stretch of a passage's text stands on a page."""

    start: int
    """Offset into the passage's text."""
    end: int
    page: int
    """Counted from 1."""
    box: Box


@dataclass(frozen=True, slots=True)
class Passage:
    """What search returns: a few hundred tokens that belong together."""

    ordinal: int
    """Position in the document, from 0."""
    text: str
    heading_path: tuple[str, ...]
    """Headings above it, outermost first."""
    spans: tuple[Span, ...]
    """In text order; together they cover the text."""

    @property
    def page(self) -> int:
        """The page it begins on, from 1."""
        return self.spans[0].page if self.spans else 1

    @property
    def embedded_text(self) -> str:
        """What the embedder reads: the headings above, then the text."""
        return "\n".join((*self.heading_path[-2:], self.text))

    @property
    def text_hash(self) -> str:
        """Key of its embedding, shared by every passage with the same text."""
        return hashlib.sha256(self.embedded_text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Window:
    """What the language model reads at once: at most 32,768 tokens."""

    ordinal: int
    text: str
    tokens: int
    """Counted by the configured model's own tokenizer."""
    first_passage: int
    """Ordinal of the first passage inside."""
    last_passage: int
    """Ordinal of the last passage inside (inclusive)."""
