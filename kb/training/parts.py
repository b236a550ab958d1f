"""Chooses, for each way of training, who trains and who runs what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# ruff: noqa: PLC0415  (late imports are this file's purpose: most processes never load torch)
from kb.domain.errors import InvalidInput, NotFound
from kb.domain.models import Example, ModelVersion, TrainingMethod, TrainingPlan
from kb.domain.understanding import Taxonomy
from kb.embedding.protocol import Embedder
from kb.enrichment.protocol import Classifier
from kb.storage import taxonomies
from kb.storage.database import Database
from kb.training.protocol import Trainer
from kb.training.registry import Registry, read_facts

EXPORTED = "onnx"
"""Folder of an exported model inside its version's folder, beside it in the registry."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Trainers and loaders over one store of base models."""

    database: Database
    embedder: Callable[[], Embedder]
    base_store: Path
    registry: Registry

    def trainer(self, method: TrainingMethod) -> Trainer:
        """Who trains by a method."""
        if method is TrainingMethod.HEAD:
            from kb.training.head import HeadTrainer

            return HeadTrainer(self.embedder(), self._taxonomy)
        from kb.training.finetune import FineTuner

        return FineTuner(self.base)

    def estimate(self, plan: TrainingPlan, examples: tuple[Example, ...]) -> Mapping[str, Any]:
        """What a fine-tuning would take.

        Raises:
            InvalidInput: too few examples or labels.
            ModelFailure: the base cannot be used.
        """
        from kb.training.finetune import FineTuner

        cost = FineTuner(self.base).estimate(plan, examples)
        return asdict(cost) | {
            "memory_mb": round(cost.peak_memory / 1e6),
            "available_mb": round(cost.available_memory / 1e6),
            "fits": cost.fits,
            "seconds": round(cost.seconds, 1),
            "basis": f"{cost.tokens} tokens in {cost.steps} steps",
        }

    def load(self, model: ModelVersion, folder: Path) -> Classifier:
        """A checked folder of the registry as a classifier.

        Raises:
            ModelFailure: damaged, or its base is not here.
        """
        from kb.enrichment.scored import ScoredClassifier

        if model.method is TrainingMethod.HEAD:
            from kb.enrichment.trained import TrainedClassifier

            return TrainedClassifier(folder, self.embedder())
        threshold = float(read_facts(folder).get("threshold", 0.5))
        if any(name.endswith(".onnx") for name in model.files):
            from kb.llm.onnx_scorer import OnnxScorer

            return ScoredClassifier(OnnxScorer(folder), threshold, model.name)
        from kb.llm.sequence_classifier import TransformersScorer

        base = None if model.method is TrainingMethod.FULL else self.base(model.base)
        return ScoredClassifier(TransformersScorer(folder, base), threshold, model.name)

    def base(self, name: str) -> Path:
        """A language model by its name in the store, or a folder, or a version of the registry.

        Raises:
            NotFound: there is none.
            InvalidInput: no name.
        """
        if not name:
            raise InvalidInput(field="base", detail="no language model is named")
        in_store = self.base_store / name
        if (in_store / "manifest.json").is_file():
            return in_store
        folder = Path(name)
        if (folder / "config.json").is_file():
            return folder.resolve()
        raise NotFound(kind="model", id=name)

    def _taxonomy(self, name: str) -> Taxonomy | None:
        try:
            with self.database.read() as tx:
                return taxonomies.taxonomy(tx, name)
        except NotFound:
            return None
