"""Documents, their states and the jobs that move them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from kb.domain.errors import Facts


class DocumentStatus(StrEnum):
    """Where a document stands, as people see it."""

    RECEIVED = "received"
    PARSING = "parsing"
    SEARCHABLE = "searchable"
    ENRICHING = "enriching"
    READY = "ready"
    FAILED = "failed"
    DELETED = "deleted"


TERMINAL = frozenset({DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.DELETED})


class Stage(StrEnum):
    """One step of a document's way, in order."""

    PARSE = "parse"
    SPLIT = "split"
    EMBED = "embed"
    CLASSIFY = "classify"
    SUMMARISE = "summarise"


class JobState(StrEnum):
    """State of one run of a stage."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a stage ended without its result."""

    stage: str
    code: str
    facts: Facts
    retryable: bool


@dataclass(frozen=True, slots=True)
class StageRun:
    """A stage of one document version, as shown to people."""

    stage: str
    state: JobState
    attempt: int
    job_id: int
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    failure: Failure | None = None
    done_units: int = 0
    """Pages or windows finished so far."""
    total_units: int = 0
    """0 while unknown."""
