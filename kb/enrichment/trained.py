"""The classifier that serves a trained head: numpy only, nothing is unpickled."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np

from kb.domain.errors import CheckpointRefused, NoTextFound
from kb.domain.understanding import Classification, Label, Taxonomy
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.head import OPENING_CHARACTERS, Head, HeadInput, Reader, Scores, load
from kb.enrichment.protocol import DocumentText
from kb.enrichment.script import is_chinese
from kb.enrichment.words import term_counts
from kb.enrichment.zero_shot import label_vectors, unit

_NEWCOMER_TEMPERATURE = 0.035
"""Of the similarities that a label without training is judged by; see classify.Calibration."""


class TrainedClassifier:
    """Gives calibrated probabilities over the labels of a taxonomy.

    Labels that were added after the training are compared by their descriptions and share the
    probability with those the head knows, until it is retrained; labels that were removed get
    none. ``unknown`` says which they are.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Read the folder of a head.

        Args:
            folder: what HeadTrainer wrote, its checksums verified.
            embedder: the one its vectors came from.

        Raises:
            CheckpointRefused: damaged files, or another embedder's head.
        """
        head = load(folder)
        if head.embedder != embedder.model:
            raise CheckpointRefused(
                name=folder.name,
                model=folder.name,
                detail=f"trained on {head.embedder}, embedded by {embedder.model}",
            )
        self._name = f"{folder.name}"
        self._reader = Reader(head)
        self._embedder = embedder
        self._lock = threading.Lock()
        self._described: dict[tuple[tuple[Label, ...], bool], Vectors] = {}

    @property
    def head(self) -> Head:
        """What was trained."""
        return self._reader.head

    def unknown(self, taxonomy: Taxonomy) -> tuple[str, ...]:
        """Labels of ``taxonomy`` that the head was not trained on."""
        return tuple(label.name for label in taxonomy.labels if label.name not in self.head.labels)

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the most probable label, or "unsure" below the threshold.

        Raises:
            NoTextFound: the document has no text.
        """
        started = time.perf_counter()
        document = read_document(text, self._embedder)
        shares = self._reader.probabilities(document)
        known = dict(zip(self.head.labels, shares.tolist(), strict=True))
        found = self._over(taxonomy, known, document.vectors, text)
        ranked = sorted(found.items(), key=lambda pair: -pair[1])
        label, confidence = ranked[0]
        return Classification(
            label=label if confidence >= self.head.threshold else None,
            confidence=round(confidence, 4),
            probabilities=tuple((name, round(share, 4)) for name, share in ranked),
            model=f"{self._name}/{self.head.embedder}",
            path="head",
            seconds=round(time.perf_counter() - started, 4),
        )

    def _over(
        self,
        taxonomy: Taxonomy,
        known: dict[str, float],
        vectors: Vectors,
        text: DocumentText,
    ) -> dict[str, float]:
        """Spread the probabilities over the labels of the taxonomy as it is now."""
        if not taxonomy.labels:
            return known
        unknown = set(self.unknown(taxonomy))
        kept = {label.name: known[label.name] for label in taxonomy.labels if label.name in known}
        newcomers = self._newcomers(taxonomy, vectors, text) if unknown else {}
        for_new = sum(newcomers[name] for name in unknown)
        total = sum(kept.values())
        shares = {
            name: share / total * (1 - for_new) if total else newcomers.get(name, 0.0)
            for name, share in kept.items()
        }
        return shares | {name: newcomers[name] for name in unknown}

    def _newcomers(
        self, taxonomy: Taxonomy, vectors: Vectors, text: DocumentText
    ) -> dict[str, float]:
        """Probabilities by description alone, of every label."""
        chinese = is_chinese("\n".join(p.text for p in text.passages[:4]))
        key = (taxonomy.labels, chinese)
        with self._lock:
            if key not in self._described:
                self._described.clear()
                vectors_of = label_vectors(self._embedder, taxonomy.labels, chinese=chinese)
                self._described[key] = unit(vectors_of - vectors_of.mean(axis=0))
            described = self._described[key]
        scores: Scores = described.astype(np.float64) @ vectors.mean(axis=0)
        raised = np.exp((scores - scores.max()) / _NEWCOMER_TEMPERATURE)
        names = [label.name for label in taxonomy.labels]
        return dict(zip(names, (raised / raised.sum()).tolist(), strict=True))


def read_document(text: DocumentText, embedder: Embedder) -> HeadInput:
    """All words and all passage vectors of a document.

    Raises:
        NoTextFound: it has none.
    """
    passages = [p for p in text.passages if p.text.strip()]
    if not passages:
        raise NoTextFound(name=text.name)
    vectors = text.vectors
    if vectors is None or not len(vectors):
        vectors = embedder.embed_passages([p.embedded_text for p in passages])
    whole = "\n".join(p.embedded_text for p in passages)
    return HeadInput(term_counts(whole), vectors, term_counts(whole[:OPENING_CHARACTERS]))
