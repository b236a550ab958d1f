"""The tables of the model loop: examples, trainings, models, and what a rollback needs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.storage.tables_base import NEVER_REUSED, Table, utc_now


class TaxonomyVersionRow(Table):
    """A taxonomy as it was after a change, and what the change moved, for undoing it exactly."""

    __tablename__ = "taxonomy_versions"
    taxonomy_id: Mapped[int] = mapped_column(
        ForeignKey("taxonomies.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    labels: Mapped[list[Any]]
    action: Mapped[str] = mapped_column(String(16))
    """import, change, merge, rename, split, undo."""
    facts: Mapped[dict[str, Any]]
    """What was asked for."""
    moved: Mapped[dict[str, Any]]
    """{"documents": [[version, label before]…], "examples": [[example, label before]…]}."""
    undone: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str | None] = mapped_column(String(120))
    at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class CollectionSettingsRow(Table):
    """What a collection wants of the models; no row means the defaults."""

    __tablename__ = "collection_settings"
    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True
    )
    taxonomy_id: Mapped[int | None] = mapped_column(
        ForeignKey("taxonomies.id", ondelete="SET NULL")
    )
    summary_length: Mapped[str | None] = mapped_column(String(16))
    summary_language: Mapped[str | None] = mapped_column(String(8))


class ClassificationHistoryRow(Table):
    """What a model had said before its answer was replaced: a rollback brings it back."""

    __tablename__ = "classification_history"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str | None] = mapped_column(String(120))
    confidence: Mapped[float]
    probabilities: Mapped[list[Any]]
    model: Mapped[str] = mapped_column(String(200))
    model_version_id: Mapped[int | None]
    path: Mapped[str] = mapped_column(String(16))
    tokens: Mapped[int]
    seconds: Mapped[float]
    source: Mapped[str] = mapped_column(String(8))
    decided_by: Mapped[int | None]
    decided_at: Mapped[dt.datetime]
    replaced_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    __table_args__ = (NEVER_REUSED,)


class WindowNoteRow(Table):
    """What a model noted of a window; used again where the window did not change."""

    __tablename__ = "window_notes"
    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    recipe: Mapped[str] = mapped_column(String(200), primary_key=True)
    """Model, prompt and style that made it."""
    note: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class ExampleRow(Table):
    """A document or text with what a person says about it: what models learn from."""

    __tablename__ = "examples"
    id: Mapped[int] = mapped_column(primary_key=True)
    taxonomy_id: Mapped[int | None] = mapped_column(
        ForeignKey("taxonomies.id", ondelete="CASCADE"), index=True
    )
    """Of the label; none for a summary."""
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE"), index=True
    )
    """Whose text it is; the text goes when the document is purged."""
    text: Mapped[str | None]
    """Of an imported example."""
    text_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    title: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(16), default="und")
    label: Mapped[str | None] = mapped_column(String(120))
    summary: Mapped[str | None]
    split: Mapped[str | None] = mapped_column(String(12))
    """Where it was put; "test" stays for ever."""
    group: Mapped[str] = mapped_column("group_key", String(64), default="")
    origin: Mapped[str] = mapped_column(String(12))
    """correction, confirmation, import."""
    by: Mapped[str | None] = mapped_column(String(120))
    at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    model: Mapped[str | None] = mapped_column(String(200))
    model_said: Mapped[str | None]
    superseded_at: Mapped[dt.datetime | None]
    """When a newer word on the same thing replaced it."""
    __table_args__ = (NEVER_REUSED,)


class TrainingRow(Table):
    """One training, from the wish to its model or its failure."""

    __tablename__ = "trainings"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int | None] = mapped_column(Integer, index=True)
    state: Mapped[str] = mapped_column(String(16))
    """queued, running, done, failed, cancelled."""
    task: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(16))
    taxonomy: Mapped[str] = mapped_column(String(120), default="")
    plan: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    """Examples in each split, labels, what was left out and why."""
    estimate: Mapped[dict[str, Any]]
    """{"seconds", "memory_mb", "basis"}."""
    done_steps: Mapped[int] = mapped_column(default=0)
    total_steps: Mapped[int] = mapped_column(default=0)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    model_version_id: Mapped[int | None]
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_facts: Mapped[dict[str, Any] | None]
    created_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    __table_args__ = (NEVER_REUSED,)


class TrainingPointRow(Table):
    """A point of a training's curves."""

    __tablename__ = "training_points"
    training_id: Mapped[int] = mapped_column(
        ForeignKey("trainings.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    figures: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class ModelVersionRow(Table):
    """A trained or imported model; its folder never changes."""

    __tablename__ = "model_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    task: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(16))
    taxonomy: Mapped[str] = mapped_column(String(120), default="")
    base: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(16))
    folder: Mapped[str] = mapped_column(String(300))
    files: Mapped[dict[str, Any]]
    metrics: Mapped[dict[str, Any]]
    baselines: Mapped[dict[str, Any]]
    gate: Mapped[dict[str, Any] | None]
    """The verdict when it was last measured against the model in service."""
    training_id: Mapped[int | None]
    created_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    __table_args__ = (NEVER_REUSED,)


class ModelAliasRow(Table):
    """Who has which role. One row a role, so two cannot hold it."""

    __tablename__ = "model_aliases"
    task: Mapped[str] = mapped_column(String(16), primary_key=True)
    taxonomy: Mapped[str] = mapped_column(String(120), primary_key=True)
    alias: Mapped[str] = mapped_column(String(16), primary_key=True)
    model_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("model_versions.id", ondelete="CASCADE")
    )
    """None: what comes with the product."""


class RedoRow(Table):
    """Stale documents being classified again by the model in service, in slices."""

    __tablename__ = "redos"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int | None] = mapped_column(Integer, index=True)
    state: Mapped[str] = mapped_column(String(16))
    """running, paused, done, cancelled, failed."""
    taxonomy: Mapped[str | None] = mapped_column(String(120))
    collection_id: Mapped[int | None]
    cursor: Mapped[int] = mapped_column(default=0)
    """The last version that was looked at."""
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    per_minute: Mapped[int] = mapped_column(default=0)
    """At most so many documents a minute; 0 does not throttle."""
    created_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[dt.datetime | None]
    __table_args__ = (NEVER_REUSED,)
