"""The embedded classifier: no training, no language model, any taxonomy."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import yaml

from kb.domain.errors import NoTextFound
from kb.domain.understanding import Classification, Label, Taxonomy
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.cues import Cues
from kb.enrichment.protocol import DocumentText
from kb.enrichment.script import is_chinese

MODEL = "label-similarity-r1"
_OPENING = 2
"""Passages at the beginning, where a document says what it is; they count as much as all."""
_CUE_CHARACTERS = 6_000
_SAMPLE = 24
"""Passages embedded here when the document's vectors are not there yet."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights and temperatures of the scores.

    Chosen once on 175 documents of nine kinds and both languages (court cases, statutes,
    contracts, news, papers, meetings, annual reports, software documents, mail) by negative
    log-likelihood; none of their text is in the labels or examples.
    """

    examples: float = 1.0
    descriptions: float = 0.5
    cues: float = 0.3
    file_format: float = 0.3
    temperature: float = 0.055
    temperature_without_examples: float = 0.035
    threshold: float = 0.5
    """Below this probability the answer is "unsure"."""


@dataclass(frozen=True, slots=True)
class _Prototypes:
    """What the documents of a language are compared with."""

    descriptions: Vectors
    """(labels, d), centred unit vectors."""
    examples: Vectors | None
    """(labels, d), centred unit vectors."""
    centre: Vectors
    """Mean of all example passages of the language: what says nothing about the kind."""


class EmbeddingClassifier:
    """Compares a document with descriptions and example passages of each label.

    Similarities of e5 lie in a narrow band whose place depends on language and text rather than
    on the kind of document, so that some labels would attract everything ("hubs"). Therefore
    prototypes are built per language and centred on the mean over all labels. Words of the label
    that stand in the document, and its file format, add to the similarity.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        examples: Mapping[str, Sequence[str]] | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """Take the parts and do nothing.

        Args:
            embedder: the one that made the documents' vectors.
            examples: passages by label name; None takes those of the default taxonomy. They are
                used for a taxonomy in which every label has some.
            calibration: weights, temperatures and threshold.
        """
        self._embedder = embedder
        self._examples = default_examples() if examples is None else examples
        self._calibration = calibration or Calibration()
        self._lock = threading.Lock()
        self._known: dict[tuple[Label, ...], tuple[Cues, dict[bool, _Prototypes]]] = {}

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the most similar label with its probability, or "unsure".

        Raises:
            NoTextFound: the document has no text.
        """
        if not any(passage.text.strip() for passage in text.passages):
            raise NoTextFound(name=text.name)
        vectors = text.vectors
        if vectors is None or not len(vectors):
            some = text.passages[:_SAMPLE]
            vectors = self._embedder.embed_passages([p.embedded_text for p in some])
        opening = "\n".join(p.embedded_text for p in text.passages[:_SAMPLE])[:_CUE_CHARACTERS]
        with self._lock:
            cues, prototypes = self._prepared(taxonomy.labels)
        mine = prototypes[is_chinese(opening)]
        use = self._calibration
        scores = use.descriptions * _similarity(vectors, mine.descriptions, None)
        if mine.examples is not None:
            scores = scores + use.examples * _similarity(vectors, mine.examples, mine.centre)
        scores = scores + use.cues * cues.shares(f"{text.name}\n{text.title}\n{opening}")
        scores = scores + use.file_format * cues.format_matches(text.name)
        bare = mine.examples is None
        temperature = use.temperature_without_examples if bare else use.temperature
        return classification(
            taxonomy.labels, softmax(scores / temperature), self._model(), use.threshold
        )

    def _model(self) -> str:
        return f"{MODEL}/{self._embedder.model}"

    def _prepared(self, labels: tuple[Label, ...]) -> tuple[Cues, dict[bool, _Prototypes]]:
        if labels not in self._known:
            self._known.clear()  # one taxonomy at a time is in use
            self._known[labels] = (
                Cues(labels),
                {chinese: self._prototypes(labels, chinese=chinese) for chinese in (True, False)},
            )
        return self._known[labels]

    def _prototypes(self, labels: tuple[Label, ...], *, chinese: bool) -> _Prototypes:
        described = _unit(
            np.stack(
                [
                    np.mean([self._embedder.embed_query(t) for t in _phrasings(label, chinese)], 0)
                    for label in labels
                ]
            )
        )
        descriptions = _unit(described - described.mean(axis=0))
        mine = [
            [text for text in self._examples.get(label.name, ()) if is_chinese(text) == chinese]
            for label in labels
        ]
        if not all(mine):
            return _Prototypes(descriptions, None, described.mean(axis=0))
        embedded = [self._embedder.embed_passages(texts) for texts in mine]
        centre = np.concatenate(embedded).mean(axis=0)
        examples = _unit(np.stack([_unit(found - centre).mean(axis=0) for found in embedded]))
        return _Prototypes(descriptions, examples, centre)


@cache
def default_examples() -> Mapping[str, tuple[str, ...]]:
    """Example passages of the default taxonomy's labels, by label name."""
    source = resources.files("kb.enrichment").joinpath("examples_default.yaml")
    tree = yaml.safe_load(source.read_text(encoding="utf-8"))
    return {name: tuple(str(text) for text in texts) for name, texts in tree.items()}


def classification(
    labels: Sequence[Label], probabilities: Vectors, model: str, threshold: float
) -> Classification:
    """Order probabilities and abstain below ``threshold``."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = tuple((labels[at].name, round(float(probabilities[at]), 4)) for at in order)
    best, confidence = ranked[0]
    return Classification(best if confidence >= threshold else None, confidence, ranked, model)


def softmax(scores: Vectors) -> Vectors:
    """Scores to probabilities."""
    raised = np.exp(scores - scores.max())
    shares: Vectors = raised / raised.sum()
    return shares


def _similarity(vectors: Vectors, prototypes: Vectors, centre: Vectors | None) -> Vectors:
    """Mean similarity of opening and whole document to each prototype: (labels,)."""
    found = vectors if centre is None else _unit(vectors - centre)
    each = found @ prototypes.T
    similarity: Vectors = (each[:_OPENING].mean(axis=0) + each.mean(axis=0)) / 2
    return similarity


def _phrasings(label: Label, chinese: bool) -> tuple[str, ...]:  # noqa: FBT001 - private
    if chinese:
        first = label.name_zh.split("、")[0]
        about = label.description_zh
        return label.name_zh, f"{label.name_zh}：{about}", f"这是一份{first}。{about}"
    first = label.name_en.split(",")[0]
    about = label.description_en
    return label.name_en, f"{label.name_en}: {about}", f"This document is a {first}. {about}"


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units: Vectors = vectors / np.maximum(norms, np.float32(1e-9))
    return units
