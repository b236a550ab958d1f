"""Measures a classifier on held-out examples as it would answer in service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kb.domain.models import Example
from kb.domain.passages import Passage, Window
from kb.domain.understanding import Taxonomy
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.head import OPENING
from kb.enrichment.protocol import Classifier
from kb.evaluation.classification import classification_report
from kb.training.head_documents import MOST_PASSAGES, passages_of


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text as the understanding stages read one."""

    name: str
    title: str
    language: str
    passages: Sequence[Passage]
    windows: Sequence[Window]
    vectors: Vectors | None


def plain_text(example: Example, embedder: Embedder) -> PlainText:
    """Cut and embed an example's text as the training of a head does, so that vectors are there.

    All passages are given; of a long text some are embedded, spread over the whole.
    """
    texts = passages_of(example.text, embedder)
    passages = [Passage(at, text, (), ()) for at, text in enumerate(texts)]
    vectors = embedder.embed_passages(_spread(texts))
    window = Window(0, example.text, 0, 0, max(len(passages) - 1, 0))
    return PlainText("", example.title, example.language, passages, [window], vectors)


def _spread(texts: list[str]) -> list[str]:
    """The same passages that a head is trained on (``head_documents``)."""
    if len(texts) <= MOST_PASSAGES:
        return texts
    places = np.linspace(OPENING, len(texts) - 1, MOST_PASSAGES - OPENING).round().astype(int)
    return [*texts[:OPENING], *(texts[at] for at in np.unique(places))]


def measure(
    classifier: Classifier,
    taxonomy: Taxonomy,
    examples: Sequence[Example],
    embedder: Embedder,
    *,
    wanted_precision: float,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """The evaluation of a classifier on labelled examples, as ``report.json`` has it.

    Raises:
        InvalidInput: no examples.
        ModelFailure: the classifier cannot run here.
    """
    labels = tuple(label.name for label in taxonomy.labels)
    place = {name: at for at, name in enumerate(labels)}
    shares = np.zeros((len(examples), len(labels)))
    for row, example in enumerate(examples):
        found = classifier.classify(plain_text(example, embedder), taxonomy)
        for name, share in found.probabilities:
            if name in place:
                shares[row, place[name]] = share
        tick(row + 1, len(examples))
    truth = [str(example.label) for example in examples]
    report = classification_report(labels, shares, truth, wanted_precision=wanted_precision)
    tree = report.as_json() | {"metrics": report.metrics(), "baselines": {}}
    for error in tree["errors"]:
        error["key"] = examples[error["at"]].key
    return tree
