"""Models as the company keeps them: what they learned from, how they were trained, who serves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ModelTask(StrEnum):
    """What a model of ours says about a document."""

    CLASSIFIER = "classifier"
    SUMMARISER = "summariser"


class TrainingMethod(StrEnum):
    """How weights come about."""

    HEAD = "head"
    """A small head over passage embeddings (and words); seconds on a CPU."""
    LORA = "lora"
    """Low-rank adapters on a language model (Hu et al. 2021, arXiv:2106.09685)."""
    QLORA = "qlora"
    """The same over a base in 4 bits (Dettmers et al. 2023, arXiv:2305.14314)."""
    FULL = "full"
    """Every weight."""


class ModelAlias(StrEnum):
    """A role that at most one version of a task and taxonomy has; roles flip in one transaction."""

    CHAMPION = "champion"
    """Serves."""
    CHALLENGER = "challenger"
    """The newest candidate that passed its gate."""
    PREVIOUS = "previous"
    """Served before; what a rollback brings back."""


class Split(StrEnum):
    """Which part of a training set an example belongs to."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    """Held out and frozen: never trained on, by any version."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where an example comes from."""

    origin: str
    """"correction" (a person changed or confirmed what stands in the product) or "import"."""
    by: str | None = None
    """Name of the person."""
    at: dt.datetime | None = None
    model: str | None = None
    """Which model had spoken before the person did."""
    model_said: str | None = None
    """The label or summary it had given."""
    document: int | None = None
    """The document it is about."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what a person says about it: what models learn from."""

    key: str
    """Stable identity in its training set."""
    text: str
    """The whole text, never cut."""
    label: str | None = None
    """Name of its label."""
    summary: str | None = None
    title: str = ""
    language: str = "und"
    group: str = ""
    """Near-duplicates and versions of one document share it; a group never crosses splits."""
    split: Split | None = None
    """None: to be assigned."""
    lineage: Lineage | None = None


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What shall be trained, and how."""

    task: ModelTask
    method: TrainingMethod
    taxonomy: str = ""
    """Name of the taxonomy, for classifiers."""
    base: str = ""
    """Folder, hub id or registry name of the language model; empty for heads."""
    epochs: float = 2.0
    learning_rate: float = 3e-5
    """The customary recipe; small adapters on small models want more (see search)."""
    search: bool = False
    """Try a few rates on the validation split and keep the best."""
    rank: int = 16
    """Of the adapters."""
    batch_size: int = 8
    max_tokens: int = 512
    """Longest input of one example in training; longer texts become several windows."""
    wanted_precision: float = 0.98
    """Auto-accept threshold is chosen so that accepted labels are right this often."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained model in the registry. Its folder is immutable."""

    id: int
    name: str
    """"classifier-0003": also the name of its folder, so that a LoRA resolver finds it."""
    task: ModelTask
    method: TrainingMethod
    taxonomy: str
    base: str
    state: str
    """candidate, refused, served, archived."""
    folder: str
    """Relative to the registry's folder."""
    files: Mapping[str, str]
    """sha256 of each file, checked before loading."""
    metrics: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    aliases: tuple[ModelAlias, ...]
    created_at: dt.datetime
    created_by: str | None
    training: int | None = None
    """The training it came from; None when imported."""
