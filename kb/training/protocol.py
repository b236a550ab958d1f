"""What every way of training takes and leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kb.domain.models import Example, TrainingPlan


class Watch(Protocol):
    """Told how far a training is; raises LeaseLost or Cancelled where it must stop."""

    def __call__(self, done: int, total: int, figures: Mapping[str, float], /) -> None:
        """``done`` of ``total`` steps are over; ``figures`` holds loss, rate, accuracy."""
        ...


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A folder of immutable files and what was measured on the held-out examples.

    The folder holds ``model.json`` (task, method, labels, temperature, threshold, base), weights
    as safetensors, for adapters ``adapter_config.json`` and ``adapter_model.safetensors``,
    ``report.json`` (the evaluation in full) and ``README.md`` (the model card).
    """

    folder: Path
    metrics: Mapping[str, float]
    """accuracy, macro_f1, ece, …; or rouge_l, … for summarisers."""
    baselines: Mapping[str, Mapping[str, float]]
    """The same figures of the cheap alternatives, on the same examples."""
    train_seconds: float
    trainable_share: float
    """Trained parameters in all parameters, 0..1."""


class Trainer(Protocol):
    """Learns a model from examples."""

    def train(
        self, plan: TrainingPlan, examples: Sequence[Example], folder: Path, watch: Watch
    ) -> TrainedModel:
        """Train, evaluate on the examples whose split is TEST, write ``folder``.

        Called again with the same folder after a kill, it goes on from its last checkpoint.

        Args:
            plan: what and how.
            examples: every one with its split assigned.
            folder: exists; may hold checkpoints of an interrupted run under ``checkpoints/``.
            watch: called at least every few seconds.

        Raises:
            InvalidInput: too few examples or labels, said with the numbers.
            ModelFailure: the base model cannot be loaded or does not fit into memory.
        """
        ...
