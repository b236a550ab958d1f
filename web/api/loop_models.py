"""Shapes of the model loop: labels, review, trainings, models."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field

from kb.domain.models import ModelTask, TrainingMethod
from kb.domain.understanding import SummaryLanguage, SummaryLength
from web.api.models import DocumentRow, LabelShape, PlacedBoxOut, Probability, TaxonomyShape
from web.api.models_base import Shape, StageError

Name = str | None


# Feedback ----------------------------------------------------------------------------------


class ConfirmIn(Shape):
    """What is right as the model said it."""

    category: bool = False
    summary: bool = False


class SummaryIn(Shape):
    """A person's summary."""

    text: str = Field(min_length=1, max_length=20_000)


class ReviewItem(Shape):
    """A document that waits for a person."""

    document: DocumentRow
    uncertainty: float
    """1 - (best probability - second best), 0..1."""
    probabilities: list[Probability]


class ReviewList(Shape):
    """Documents no model was sure about, the most uncertain first."""

    items: list[ReviewItem]
    total: int


class EvidencePassage(Shape):
    """A passage and how far it speaks for the label by itself."""

    passage: int
    page: int
    text: str
    heading_path: list[str]
    probability: float
    """Of the label, given this passage only, 0..1."""
    boxes: list[PlacedBoxOut]


class EvidenceOut(Shape):
    """Passages that speak most for a label, best first."""

    label: str
    model: str
    """Who judged them; empty while the document has no vectors."""
    looked_at: int
    total: int
    passages: list[EvidencePassage]


# Labels ------------------------------------------------------------------------------------


class ExampleOut(Shape):
    """What a person said, with its lineage."""

    id: int
    taxonomy: Name
    document: int | None
    collection: Name
    name: str
    label: Name
    summary: Name
    split: Name
    origin: str
    by: Name
    at: dt.datetime
    model: Name
    model_said: Name


class ExampleList(Shape):
    """Examples, newest first."""

    items: list[ExampleOut]
    next_cursor: str | None


class LabelCount(Shape):
    """Examples of a label, by split."""

    label: str
    name_zh: str
    name_en: str
    train: int
    validation: int
    test: int
    unassigned: int
    total: int


class LabelCounts(Shape):
    """How much there is to learn from."""

    taxonomy: str
    labels: list[LabelCount]
    total: int
    since_last_training: int


class RefusedRow(Shape):
    """A row that was not taken in."""

    row: int
    reason: str
    reason_zh: str


class ImportedOut(Shape):
    """What became of a file."""

    taxonomy: str
    new: int
    same: int
    changed: int
    refused: int
    rows: list[RefusedRow]
    labels: dict[str, int]


# Taxonomies --------------------------------------------------------------------------------


class MergeIn(Shape):
    """Labels that become one."""

    labels: list[str] = Field(min_length=1, max_length=100)
    into: str = Field(max_length=120)
    preview: bool = False


class RenameIn(Shape):
    """A label's new name."""

    label: str = Field(max_length=120)
    to: str = Field(min_length=1, max_length=120, pattern=r"^[^\s,:]+$")
    name_zh: str | None = Field(None, max_length=120)
    name_en: str | None = Field(None, max_length=120)
    preview: bool = False


class SplitIn(Shape):
    """A label that becomes several."""

    label: str = Field(max_length=120)
    into: list[LabelShape] = Field(min_length=2, max_length=50)
    inherits: str | None = Field(None, max_length=120)
    preview: bool = False


class RemoveIn(Shape):
    """A label that goes."""

    label: str = Field(max_length=120)
    preview: bool = False


class GoneLabel(Shape):
    """A label that a file no longer has, with what stands under it."""

    label: str
    documents_by_person: int
    documents_by_model: int
    examples: int


class TaxonomyImported(Shape):
    """What a file changes, or changed."""

    preview: bool
    exists: bool
    """A taxonomy of this name was there."""
    added: list[str]
    changed: list[str]
    gone: list[GoneLabel]
    taxonomy: TaxonomyShape


class TaxonomyChanged(Shape):
    """What a change concerns, or concerned."""

    preview: bool
    documents_by_person: int
    documents_by_model: int
    examples: int
    taxonomy: TaxonomyShape
    number: int | None


class TaxonomyVersionOut(Shape):
    """A change of a taxonomy."""

    number: int
    action: str
    facts: dict[str, Any]
    labels: int
    moved_documents: int
    moved_examples: int
    undone: bool
    by: Name
    at: dt.datetime


class TaxonomyVersions(Shape):
    """Changes, newest first."""

    items: list[TaxonomyVersionOut]


class CollectionModels(Shape):
    """What a collection wants of the models; a null taxonomy is the default one."""

    taxonomy: str | None = Field(None, max_length=120)
    summary_length: SummaryLength = SummaryLength.ABSTRACT
    summary_language: SummaryLanguage = SummaryLanguage.DOCUMENT


# Trainings ---------------------------------------------------------------------------------


class PlanIn(Shape):
    """What shall be trained, and how."""

    task: ModelTask = ModelTask.CLASSIFIER
    method: TrainingMethod = TrainingMethod.HEAD
    taxonomy: str = Field("", max_length=120)
    base: str = Field("", max_length=200, pattern=r"^[\w.-]*$")
    """Name of a language model in the store; folders are for the command line."""
    epochs: float = Field(2.0, gt=0, le=100)
    learning_rate: float = Field(3e-5, gt=0, le=1)
    search: bool = False
    rank: int = Field(16, ge=1, le=512)
    batch_size: int = Field(8, ge=1, le=1024)
    max_tokens: int = Field(512, ge=16, le=32_768)
    wanted_precision: float = Field(0.98, ge=0.5, le=1)
    seed: int = 0


class EstimateOut(Shape):
    """What a training would take here."""

    seconds: float
    memory_mb: int
    fits: bool
    basis: str
    examples: dict[str, int]
    """By split."""
    labels: dict[str, int]
    origins: dict[str, int]
    """By where they come from: correction, confirmation, import."""
    left_out: list[dict[str, Any]]


class StepProgress(Shape):
    """How far something is."""

    done: int
    total: int


class PointOut(Shape):
    """A point of a training's curves."""

    step: int
    figures: dict[str, float]


class TrainingOut(Shape):
    """One training."""

    id: int
    state: str
    task: str
    method: str
    taxonomy: str
    plan: dict[str, Any]
    counts: dict[str, Any]
    estimate: dict[str, Any]
    progress: StepProgress
    attempt: int
    """Above 1: it was interrupted and goes on from its last checkpoint."""
    figures: dict[str, float]
    model: Name
    error: StageError | None
    created_by: Name
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class TrainingDetail(TrainingOut):
    """One training with its curves."""

    points: list[PointOut]


class TrainingList(Shape):
    """Trainings, newest first."""

    items: list[TrainingOut]
    next_cursor: str | None


# Models ------------------------------------------------------------------------------------


class ModelOut(Shape):
    """A version in the registry."""

    id: int
    name: str
    task: str
    method: str
    taxonomy: str
    base: str
    state: str
    aliases: list[str]
    metrics: dict[str, float]
    baselines: dict[str, dict[str, float]]
    gate: dict[str, Any] | None
    created_at: dt.datetime
    created_by: Name
    training: int | None


class ModelDetail(ModelOut):
    """A version with its evaluation and card."""

    exported_from: Name
    """The version that this one is the INT8 export of."""
    export: dict[str, Any] | None
    """How an export compares with what it was made from."""
    exports: list[str]
    """Names of its own INT8 exports, newest first."""
    size_mb: float
    """Of its files."""
    report: dict[str, Any]
    card: str
    files: dict[str, str]


class ModelList(Shape):
    """Versions, newest first."""

    items: list[ModelOut]


class BaseOut(Shape):
    """A language model in the store that trainings may stand on."""

    name: str
    architecture: str
    parameters: int
    licence: str
    context_tokens: int
    precision: str
    memory_mb: dict[str, int]
    """By precision, for one conversation of 4,096 tokens."""
    fits: dict[str, bool]
    """By precision: whether that much memory is free here now."""
    source: str
    notes: list[str]


class BaseList(Shape):
    """Language models by name, and the memory that is free here."""

    items: list[BaseOut]
    available_mb: int


class RollbackIn(Shape):
    """Where the model before shall serve again."""

    task: ModelTask = ModelTask.CLASSIFIER
    taxonomy: str = Field("", max_length=120)


class RollbackOut(Shape):
    """Who went, who serves now (null: the built-in one), how many labels are back."""

    gone: str
    now: Name
    restored: int


class UsageRow(Shape):
    """What one path of a stage did and cost."""

    stage: str
    model: str
    path: str
    documents: int
    share: float
    tokens: int
    seconds: float


class UsageOut(Shape):
    """Every path, the busiest first."""

    items: list[UsageRow]


class StaleOut(Shape):
    """Documents whose category is an older model's word."""

    stale: int
    documents: int


class RedoIn(Shape):
    """Which stale documents shall be classified again, and how fast."""

    taxonomy: str | None = Field(None, max_length=120)
    collection: int | None = None
    per_minute: int = Field(0, ge=0, le=100_000)


class RedoOut(Shape):
    """One bulk re-classification."""

    id: int
    state: str
    taxonomy: Name
    collection: int | None
    done: int
    failed: int
    total: int
    per_minute: int
    created_by: Name
    created_at: dt.datetime
    finished_at: dt.datetime | None


class RedoList(Shape):
    """Newest first."""

    items: list[RedoOut]
