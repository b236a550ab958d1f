"""Shapes of the index: generations, golden queries, schedules."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from kb.storage.generations import Flip
from kb.storage.schedules import Missed
from web.api.models_base import CollectionRef, Shape


class GenerationProgress(Shape):
    """How far a build is, in passages."""

    done: int
    total: int


class PaceOut(Shape):
    """How fast a build goes, and what holds it back."""

    share: float
    """Of the time that it works, 0 to 1."""
    target_ms: float
    """p95 that searches may have before the build stands back."""
    before_ms: float | None
    now_ms: float | None
    passages_per_second: float


class RankedDocument(Shape):
    """A document in an answer."""

    document: int
    name: str


class SideBySide(Shape):
    """What the live and the new generation answer to one query."""

    query: str
    kept: bool
    """A golden query; otherwise the title of a document."""
    wanted: list[RankedDocument]
    live_rank: int | None
    new_rank: int | None
    live: list[RankedDocument]
    new: list[RankedDocument]


class GateOut(Shape):
    """One check of a new generation."""

    name: str
    passed: bool
    figures: dict[str, Any]


class GenerationOut(Shape):
    """A complete index."""

    id: int
    state: str
    embedder: str
    passages: int
    created_at: dt.datetime
    activated_at: dt.datetime | None
    collection: CollectionRef | None = None
    """Built anew for this collection only; all else is shared with the one before."""
    flip: Flip = Flip.AUTOMATIC
    started_by: str = ""
    progress: GenerationProgress | None = None
    pace: PaceOut | None = None
    gates: list[GateOut] | None = None
    outdated: bool = False
    """Its terms were made by an older analyser than queries are read with: build it anew."""
    refused: str | None = None
    """Why it was not put into service."""
    side_by_side: list[SideBySide] | None = None
    """With one generation only, not in lists."""


class GenerationList(Shape):
    """All generations, oldest first."""

    items: list[GenerationOut]
    next_cursor: str | None = None


class GenerationIn(Shape):
    """What to build; without a collection, everything."""

    collection: int | None = None
    flip: Flip = Flip.AUTOMATIC
    embedder: str | None = Field(None, max_length=300)
    """built-in, or https://server/v1#model:dimension; the one in force unless told."""


class ActivationIn(Shape):
    """How a generation goes into service."""

    anyway: bool = False
    """Although its checks say no."""


class GoldenIn(Shape):
    """A query with the documents that answer it."""

    query: str = Field(max_length=2000)
    documents: list[int] = Field(max_length=50)


class GoldenOut(Shape):
    """A golden query."""

    id: int
    query: str
    documents: list[RankedDocument]
    created_by: str | None
    created_at: dt.datetime | None


class GoldenList(Shape):
    """All golden queries, oldest first."""

    items: list[GoldenOut]
    next_cursor: str | None = None


class RunOut(Shape):
    """What became of a slot of a schedule."""

    slot: dt.datetime
    outcome: str
    """started, busy, missed, failed; "" while it starts."""
    started: int | None
    reason: str | None
    missed: int | None = None


class ScheduleOut(Shape):
    """A recurring action."""

    id: int
    action: str
    cron: str
    time_zone: str
    missed: Missed
    collection: CollectionRef | None = None
    flip: Flip = Flip.AUTOMATIC
    next_run: dt.datetime
    """With the offset of its time zone."""
    runs: list[RunOut]
    """Newest first."""
    created_at: dt.datetime


class ScheduleList(Shape):
    """All schedules."""

    items: list[ScheduleOut]
    next_cursor: str | None = None


class ScheduleIn(Shape):
    """A schedule to be made."""

    action: Literal["reindex", "train"] = "reindex"
    cron: str = Field(max_length=120)
    time_zone: str = Field("", max_length=64)
    missed: Missed = Missed.ONCE
    collection: int | None = None
    flip: Flip = Flip.AUTOMATIC
