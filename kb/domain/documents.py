"""Documents, their states and the jobs that move them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kb.domain.errors import Facts
from kb.domain.parsed import PageLedger


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
    REREAD = "reread"
    """Beside the way: a page is read again by the other engine when a person asks for it."""


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


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection as a person sees it."""

    id: int
    name: str
    documents: int


@dataclass(frozen=True, slots=True)
class CategoryView:
    """The category of a document; ``name`` None means the model was unsure."""

    name: str | None
    confidence: float
    source: str
    stale: bool = False
    """Said by another model than the one in service."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with its current version, as lists show it."""

    id: int
    version_id: int
    version: int
    name: str
    path: str
    title: str
    collection_id: int
    collection: str
    status: DocumentStatus
    format: str
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    pages: int
    language: str
    category: CategoryView | None
    created_at: dt.datetime
    changed_at: dt.datetime
    created_by: str | None
    deleted_at: dt.datetime | None
    stages: tuple[StageRun, ...]
    """In the order of their way."""
    metadata: dict[str, str]
    warnings: tuple[str, ...]
    parent_id: int | None = None

    @property
    def failure(self) -> Failure | None:
        """The first stage's failure that a person should read, if any."""
        return next((s.failure for s in self.stages if s.failure is not None), None)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What lists say of a page."""

    number: int
    width: float
    """Points."""
    height: float
    """Points."""
    source: str
    quality: float
    warnings: tuple[str, ...]
    ledger: PageLedger


@dataclass(frozen=True, slots=True)
class WorstPage:
    """A page in the list of pages that were read worst."""

    document_id: int
    document_name: str
    collection_id: int
    collection: str
    version_id: int
    page: PageFacts


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents a list shows. Empty fields do not restrict."""

    collection_id: int | None = None
    status: str | None = None
    format: str | None = None
    category: str | None = None
    """A label's name; "unsure" for those the model was not sure about."""
    language: str | None = None
    name_contains: str = ""
    in_trash: bool = False
    stale: bool = False
    """Only those whose category is an older model's word."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A file that passed the door, ready to be written down."""

    collection_id: int
    name: str
    path: str
    """Folder it came from, relative; "" when it was given alone."""
    sha256: str
    size: int
    format: str
    media_type: str
    user_id: int | None
    parent_id: int | None = None
    """The document it came out of, such as a message."""


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document as another one points to it."""

    id: int
    name: str
    status: DocumentStatus
    format: str


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this process holds. ``lease_token`` fences every write made for it."""

    id: int
    stage: str
    queue: str
    version_id: int | None
    generation_id: int | None
    attempt: int
    lease_token: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What the stage is asked beyond its version."""


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What a stage needs to know of the version it works on."""

    id: int
    document_id: int
    collection_id: int
    name: str
    title: str
    sha256: str
    format: str
    media_type: str
    language: str
    live: bool
    """Current version of a document that is not in the trash."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the list of jobs shows it."""

    id: int
    document_id: int | None
    document_name: str | None
    stage: str
    state: JobState
    queue: str
    attempt: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    failure: Failure | None
    done_units: int = 0
    total_units: int = 0
