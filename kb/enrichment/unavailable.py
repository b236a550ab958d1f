"""Stands in for a language model that cannot run: every call tells why, nothing is made up."""

from __future__ import annotations

from kb.domain.errors import ModelFailure
from kb.domain.understanding import Classification, Summary, SummaryStyle, Taxonomy
from kb.enrichment.protocol import DEFAULT_STYLE, DocumentText, Progress


class Unavailable:
    """A classifier and summariser whose stages fail with the reason; documents stay searchable."""

    def __init__(self, reason: ModelFailure) -> None:
        """Keep the reason."""
        self._reason = reason

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Raise the reason."""
        raise self._again()

    def summarise(
        self, text: DocumentText, progress: Progress, *, style: SummaryStyle = DEFAULT_STYLE
    ) -> Summary:
        """Raise the reason."""
        raise self._again()

    def _again(self) -> ModelFailure:
        """A fresh exception each time, so that tracebacks do not pile up on one object."""
        return type(self._reason)(**self._reason.facts)
