"""Measures a classifier on held-out examples as it would answer in service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kb.chunking.passages import split_passages
from kb.domain.models import Example
from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage
from kb.domain.passages import Passage, Window
from kb.domain.understanding import Taxonomy
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.protocol import Classifier
from kb.evaluation.classification import classification_report

_BOX = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text that is no stored document, as the understanding stages read one."""

    name: str
    title: str
    language: str
    passages: Sequence[Passage]
    windows: Sequence[Window]
    vectors: Vectors | None


def plain_text(example: Example, embedder: Embedder) -> PlainText:
    """Cut and embed an example's text as the text of a document is."""
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, line.strip(), _BOX)
        for line in example.text.splitlines()
        if line.strip()
    )
    page = ParsedPage(1, 1.0, 1.0, PageSource.TEXT, 1.0, blocks)
    passages = split_passages([page], count_tokens=embedder.count_tokens)
    vectors = embedder.embed_passages([passage.embedded_text for passage in passages])
    window = Window(0, example.text, 0, 0, max(len(passages) - 1, 0))
    return PlainText("", example.title, example.language, passages, [window], vectors)


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
