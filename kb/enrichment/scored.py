"""The classifier over a fine-tuned model: whatever scores texts by label."""

from __future__ import annotations

import time
from dataclasses import dataclass

from kb.domain.errors import NoTextFound
from kb.domain.understanding import Classification, Taxonomy
from kb.enrichment.protocol import DocumentText
from kb.llm.protocol import TextScorer


@dataclass(frozen=True, slots=True)
class ScoredClassifier:
    """Gives the scorer's calibrated probabilities over the labels that the taxonomy still has."""

    scorer: TextScorer
    threshold: float
    """Below it the answer is "unsure"."""
    name: str

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the most probable label, or "unsure" below the threshold.

        Raises:
            NoTextFound: the document has no text.
            ModelFailure: the model cannot run.
        """
        whole = "\n".join(window.text for window in text.windows)
        if not whole.strip():
            raise NoTextFound(name=text.name)
        started = time.perf_counter()
        shares = dict(zip(self.scorer.labels, self.scorer.score([whole])[0].tolist(), strict=True))
        known = {label.name for label in taxonomy.labels}
        kept = {name: share for name, share in shares.items() if name in known} or shares
        total = sum(kept.values()) or 1.0
        ranked = sorted(((n, s / total) for n, s in kept.items()), key=lambda pair: -pair[1])
        label, confidence = ranked[0]
        return Classification(
            label=label if confidence >= self.threshold and label in known else None,
            confidence=round(confidence, 4),
            probabilities=tuple((name, round(share, 4)) for name, share in ranked),
            model=self.name,
            path="model",
            tokens=sum(window.tokens for window in text.windows),
            seconds=round(time.perf_counter() - started, 4),
        )
