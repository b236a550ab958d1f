"""What the process of a training does: train, measure who serves on the same examples, estimate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain.errors import ModelFailure
from kb.domain.models import Example, ModelTask, Split, TrainingMethod, TrainingPlan
from kb.domain.understanding import Label, Taxonomy
from kb.embedding.protocol import Embedder
from kb.enrichment.protocol import Classifier
from kb.storage import models
from kb.storage.database import Database
from kb.training.head_documents import MOST_PASSAGES, passages_of
from kb.training.measure import measure
from kb.training.protocol import Trainer, Watch
from kb.training.registry import AGAINST
from kb.training.runner import MODEL
from kb.training.serving import OneVersion, ServingClassifier

BUILT_IN = "built-in"
_SAMPLE = 40
_TIMED = 16
_FIT_SECONDS = 0.03
"""Of a head, for each example; measured on sets of 250 to 3,000 documents."""
_HEAD_MEMORY_MB = 1_200


@dataclass(frozen=True, slots=True)
class Order:
    """What shall be done."""

    plan: TrainingPlan
    examples: tuple[Example, ...]
    labels: tuple[Mapping[str, Any], ...]
    """Of the taxonomy as it is."""
    model: Mapping[str, Any] | None
    """The version to be measured."""
    serving: Mapping[str, Any] | None
    """The version in service; None: what comes with the product."""
    folder: Path
    database: Database

    @property
    def taxonomy(self) -> Taxonomy:
        """The labels as a taxonomy."""
        return Taxonomy(
            self.plan.taxonomy,
            tuple(
                Label(**{**label, "examples": tuple(label["examples"])}) for label in self.labels
            ),
        )

    @property
    def held_out(self) -> list[Example]:
        """The examples to measure on."""
        return [example for example in self.examples if example.split is Split.TEST]


@dataclass(frozen=True, slots=True)
class TrainingParts:
    """What the process works with; wired in bootstrap."""

    embedder: Embedder
    trainer: Callable[[TrainingMethod], Trainer]
    serving: ServingClassifier
    estimate: Callable[[TrainingPlan, tuple[Example, ...]], Mapping[str, Any]]
    """Of a fine-tuning."""
    built_in: Callable[[], Classifier | None]
    """None where measuring it would take a language model hours."""


def train(order: Order, parts: TrainingParts, watch: Watch) -> dict[str, Any]:
    """Train, then measure who serves on the same held-out examples, for the gate."""
    plan = order.plan
    made = parts.trainer(plan.method).train(plan, order.examples, order.folder / MODEL, watch)
    if plan.task is ModelTask.CLASSIFIER and order.held_out:
        against = _serving_report(order, parts, watch)
        if against is not None:
            path = order.folder / MODEL / AGAINST
            path.write_text(json.dumps(against, ensure_ascii=False), encoding="utf-8")
    return {
        "metrics": dict(made.metrics),
        "baselines": {name: dict(figures) for name, figures in made.baselines.items()},
        "train_seconds": made.train_seconds,
        "trainable_share": made.trainable_share,
    }


def measure_both(order: Order, parts: TrainingParts, watch: Watch) -> dict[str, Any]:
    """Measure a version and who serves, on the same examples."""
    assert order.model is not None  # noqa: S101  (the order of this kind of work)
    with order.database.read() as tx:
        model = models.get(tx, str(order.model["name"]))
    challenger = _report(order, parts, OneVersion(parts.serving, model), watch)
    return {"challenger": challenger, "serving": _serving_report(order, parts, watch)}


def estimate(order: Order, parts: TrainingParts, watch: Watch) -> dict[str, Any]:
    """Seconds and memory that a training would take here."""
    if order.plan.method is not TrainingMethod.HEAD:
        return dict(parts.estimate(order.plan, order.examples))
    sample = order.examples[:: max(len(order.examples) // _SAMPLE, 1)]
    texts = [passages_of(example.text, parts.embedder)[:MOST_PASSAGES] for example in sample]
    each = sum(map(len, texts)) / max(len(sample), 1)
    timed = [text for found in texts for text in found][:_TIMED]
    parts.embedder.warm_up()
    began = time.perf_counter()
    parts.embedder.embed_passages(timed)
    rate = (time.perf_counter() - began) / max(len(timed), 1)
    passages = round(each * len(order.examples))
    return {
        "seconds": round(passages * rate + _FIT_SECONDS * len(order.examples), 1),
        "memory_mb": _HEAD_MEMORY_MB,
        "fits": True,
        "basis": f"{passages} passages at {rate * 1000:.0f} ms each; those known already are free",
    }


def _serving_report(order: Order, parts: TrainingParts, watch: Watch) -> dict[str, Any] | None:
    classifier: Classifier | None
    if order.serving is None:
        name, classifier = BUILT_IN, parts.built_in()
    else:
        name = str(order.serving["name"])
        with order.database.read() as tx:
            classifier = OneVersion(parts.serving, models.get(tx, name))
    if classifier is None:
        return None
    try:
        return _report(order, parts, classifier, watch) | {"model": name}
    except ModelFailure as error:  # who serves cannot run: nothing to be worse than
        return {"model": name, "metrics": {}, "per_class": [], "failure": error.sentence()}


def _report(
    order: Order, parts: TrainingParts, classifier: Classifier, watch: Watch
) -> dict[str, Any]:
    return measure(
        classifier,
        order.taxonomy,
        order.held_out,
        parts.embedder,
        wanted_precision=order.plan.wanted_precision,
        tick=lambda done, total: watch(done, total, {}),
    )
