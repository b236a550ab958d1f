"""Shapes of reading: jobs, pages and how well they were read."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from web.api.models_base import CollectionRef, Shape, StageError

Reason = Literal["no_text", "ocr_unsure", "unknown_glyphs", "weak_table", "dropped"]


class LedgerOut(Shape):
    """How well a page was read; null is "not measured"."""

    engine: str
    confidence: float | None
    unknown_glyphs: float | None
    table_score: float | None
    dropped: list[str]
    reread_by: str


class PageOut(Shape):
    """A page without its text. Width and height in points."""

    number: int
    width: float
    height: float
    source: Literal["text", "ocr"]
    quality: float
    warnings: list[str]
    ledger: LedgerOut
    reasons: list[Reason]
    """Why the quality is what it is, worst first."""


class WorstPageOut(Shape):
    """A page that was read badly."""

    document: int
    document_name: str
    collection: CollectionRef
    may_write: bool
    page: PageOut


class WorstPageList(Shape):
    """Pages by quality, the worst first."""

    items: list[WorstPageOut]
    next_cursor: str | None


class RereadIn(Shape):
    """Which engine reads the page again; "" is the one that did not read it."""

    engine: Literal["", "rapidocr", "tesseract"] = Field("")


class JobOut(Shape):
    """One run of a stage."""

    id: int
    document: int | None
    document_name: str | None
    stage: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    attempt: int
    queue: str
    done: int
    total: int
    """0 while unknown."""
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    error: StageError | None = None


class JobList(Shape):
    """Jobs, newest first."""

    items: list[JobOut]
    next_cursor: str | None
