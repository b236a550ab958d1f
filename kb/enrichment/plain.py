"""A document that is not stored, as classifiers and summarisers read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.domain.passages import Passage, Window
from kb.embedding.protocol import Vectors


@dataclass(frozen=True, slots=True)
class PlainText:
    """See kb.enrichment.protocol.DocumentText."""

    name: str
    title: str
    language: str
    passages: Sequence[Passage]
    windows: Sequence[Window] = ()
    vectors: Vectors | None = None
