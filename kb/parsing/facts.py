"""What a file says about itself, before any page is read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Facts about a whole file, cheap to get."""

    pages: int | None = None
    """Number of pages, None when only reading to the end can tell."""
    title: str = ""
    """The title the file's own metadata gives, or empty."""
    metadata: dict[str, str] = field(default_factory=dict)
    """author, created, modified, subject … as far as the file says."""
    warnings: tuple[str, ...] = ()
    """Plain sentences about the file as a whole."""
