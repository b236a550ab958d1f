"""The classifier in service follows the champion's alias while it runs, without a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.domain.models import ModelAlias, ModelTask, ModelVersion, TrainingMethod
from kb.domain.understanding import Classification, Taxonomy
from kb.enrichment.protocol import Classifier, DocumentText
from kb.storage import models, taxonomies
from kb.storage.database import Database
from kb.training.registry import Registry, read_facts

Load = Callable[[ModelVersion, Path], Classifier]
"""A checked folder to the classifier that runs it."""
_MOST_LOADED = 4


@dataclass(frozen=True, slots=True)
class ServingClassifier:
    """Asks the champion of the taxonomy; where there is none, what comes with the product.

    A flip of the alias counts from the next document on. Its files are checked when they are
    loaded. Labels that were merged or renamed since a model was trained are carried over.
    """

    database: Database
    registry: Registry
    load: Load
    built_in: Callable[[], Classifier]
    _loaded: dict[int, _Loaded] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the category, or "unsure".

        Raises:
            NoTextFound: the document has no text.
            ModelFailure: the champion cannot run; ModelFilesChanged when its files are not
                those that were registered.
        """
        with self.database.read() as tx:
            champion = models.with_alias(
                tx, ModelTask.CLASSIFIER, taxonomy.name, ModelAlias.CHAMPION
            )
        if champion is None:
            return self.built_in().classify(text, taxonomy)
        return self.ask(champion, text, taxonomy)

    def head_serves(self, taxonomy: str) -> bool:
        """Whether a trained head is in service: it answers in milliseconds."""
        with self.database.read() as tx:
            champion = models.with_alias(tx, ModelTask.CLASSIFIER, taxonomy, ModelAlias.CHAMPION)
        return champion is not None and champion.method is TrainingMethod.HEAD

    def ask(self, model: ModelVersion, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """What a version says, whether it serves or not; raises as ``classify``."""
        with self.database.read() as tx:
            moves = taxonomies.moves_since(tx, taxonomy.name, model.created_at)
        loaded = self._of(model)
        found = loaded.classifier.classify(text, _known_to(loaded, taxonomy, moves))
        return replace(_carried(found, moves), model=model.name)

    def _of(self, model: ModelVersion) -> _Loaded:
        with self._lock:
            if model.id not in self._loaded:
                folder = self.registry.checked(model)
                labels = frozenset(read_facts(folder).get("labels", ()))
                loaded = _Loaded(self.load(model, folder), labels)
                if len(self._loaded) >= _MOST_LOADED:
                    self._loaded.pop(next(iter(self._loaded)))
                self._loaded[model.id] = loaded
            return self._loaded[model.id]


Moves = list[Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A classifier and the labels it was trained on."""

    classifier: Classifier
    labels: frozenset[str]


def _known_to(model: _Loaded, taxonomy: Taxonomy, moves: Moves) -> Taxonomy:
    """The taxonomy with each label under the names by which the model knows it."""
    if not moves:
        return taxonomy
    names: dict[str, list[str]] = {}
    for name in sorted(model.labels):
        names.setdefault(_now(name, moves), []).append(name)
    return Taxonomy(
        taxonomy.name,
        tuple(
            replace(label, name=name)
            for label in taxonomy.labels
            for name in names.get(label.name, [label.name])
        ),
    )


def _carried(found: Classification, moves: Moves) -> Classification:
    """Probabilities of labels that became another one are added to that one's."""
    if not moves:
        return found
    shares: dict[str, float] = {}
    for name, share in found.probabilities:
        target = _now(name, moves)
        shares[target] = round(shares.get(target, 0.0) + share, 4)
    ranked = tuple(sorted(shares.items(), key=lambda pair: -pair[1]))
    label = None if found.label is None else _now(found.label, moves)
    confidence = shares.get(label or "", ranked[0][1]) if ranked else found.confidence
    return replace(found, label=label, confidence=confidence, probabilities=ranked)


def _now(name: str, moves: Moves) -> str:
    for change in moves:
        name = change.get(name) or name
    return name


@dataclass(frozen=True, slots=True)
class OneVersion:
    """A version of the registry as a classifier, whoever serves."""

    serving: ServingClassifier
    model: ModelVersion

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """As :meth:`ServingClassifier.ask`."""
        return self.serving.ask(self.model, text, taxonomy)
