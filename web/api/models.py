"""Shapes of the REST interface; typed clients are generated from these."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import ConfigDict, Field

from web.api.models_base import CollectionRef, Shape, StageError
from web.api.models_reading import PageOut


class Problem(Shape):
    """A failure (RFC 9457)."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    title: str
    status: int
    detail: str
    """One sentence for a person, in the language of Accept-Language."""
    code: str
    """Stable; see the table of errors."""
    instance: str


# Session -----------------------------------------------------------------------------------


class UserOut(Shape):
    """The signed-in person."""

    id: int
    name: str
    role: Literal["member", "engineer", "admin"]
    has_password: bool


class UploadLimits(Shape):
    """What an upload may weigh, in MB."""

    max_mb: int
    multipart_max_mb: int


class SessionOut(Shape):
    """Who is signed in and what the page needs to begin."""

    user: UserOut | None
    csrf_token: str
    version: str
    needs_setup: bool
    samples: bool
    """Whether to offer the sample documents: an administrator before an empty knowledge base."""
    upload: UploadLimits


class SignIn(Shape):
    """A name with a password, or the token of a one-time link."""

    name: str = Field("", max_length=120)
    password: str = Field("", max_length=1024)
    link_token: str = Field("", max_length=200)


class PasswordChange(Shape):
    """A new password; ``current`` is needed where there is one."""

    current: str | None = Field(None, max_length=1024)
    new: str = Field(max_length=1024)


# Collections and documents -----------------------------------------------------------------


class CollectionOut(CollectionRef):
    """A collection as the caller may use it."""

    documents: int
    may_write: bool
    may_manage: bool


class CollectionList(Shape):
    """Collections the caller may see."""

    items: list[CollectionOut]
    next_cursor: str | None = None


class CollectionIn(Shape):
    """A collection's name."""

    name: str = Field(min_length=1, max_length=200, pattern=r"\S")


class CategoryNames(Shape):
    """A label; null where the model was unsure."""

    name: str | None
    name_zh: str | None
    name_en: str | None


class CategoryOut(CategoryNames):
    """The category of a document."""

    confidence: float
    source: Literal["model", "person"]
    stale: bool = False
    """Said by another model than the one in service."""


class Progress(Shape):
    """How far the running stage is; ``total`` 0 while unknown."""

    stage: str
    done: int
    total: int


Status = Literal["received", "parsing", "searchable", "enriching", "ready", "failed", "deleted"]


class DocumentRow(Shape):
    """A document as lists show it."""

    id: int
    name: str
    path: str
    title: str
    collection: CollectionRef
    status: Status
    format: str
    media_type: str
    size: int
    pages: int | None
    language: str | None
    category: CategoryOut | None
    created_at: dt.datetime
    created_by: str | None
    progress: Progress | None
    error: StageError | None
    deleted_at: dt.datetime | None


class Counts(Shape):
    """Documents of the whole list by status."""

    total: int
    by_status: dict[str, int]


class DocumentList(Shape):
    """A page of a list of documents."""

    items: list[DocumentRow]
    next_cursor: str | None
    counts: Counts


class SourceOut(Shape):
    """Where a sentence comes from."""

    passage: int
    page: int


class SentenceOut(Shape):
    """A sentence of a summary; no sources means unsupported."""

    text: str
    sources: list[SourceOut]


class Coverage(Shape):
    """How much of the document the summary rests on."""

    windows_read: int
    windows_total: int


class SummaryOut(Shape):
    """A summary with its sources."""

    kind: Literal["extractive", "generated"]
    text: str
    model: str
    source: Literal["model", "person"]
    coverage: Coverage
    sentences: list[SentenceOut]


class Probability(Shape):
    """How probable a label is, 0..1."""

    name: str
    name_zh: str
    name_en: str
    probability: float


class ClassificationOut(Shape):
    """The category with all its probabilities."""

    label: str | None
    confidence: float
    source: Literal["model", "person"]
    model: str
    path: str
    """Which step of a cascade answered; empty without one."""
    tokens: int
    seconds: float
    probabilities: list[Probability]


class StageOut(Shape):
    """One stage of a document's way."""

    stage: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    attempt: int
    job: int
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    done: int
    total: int
    error: StageError | None = None


class DocumentRefOut(Shape):
    """A document as another one points to it."""

    id: int
    name: str
    status: Status
    format: str


class DocumentDetail(DocumentRow):
    """All that is known of a document but its text."""

    sha256: str
    version: int
    summary: SummaryOut | None
    classification: ClassificationOut | None
    stages: list[StageOut]
    metadata: dict[str, str]
    warnings: list[str]
    page_list: list[PageOut]
    parent: DocumentRefOut | None
    """What it came out of, a message for one."""
    children: list[DocumentRefOut]
    """What came out of it."""


class DocumentPatch(Shape):
    """What a person may change. ``category`` null means: no label fits."""

    category: str | None = Field(None, max_length=120)
    title: str | None = Field(None, min_length=1, max_length=255)
    collection: int | None = None


class UploadedDocument(Shape):
    """What became of one file."""

    id: int | None
    name: str
    status: Literal[
        "received", "parsing", "searchable", "enriching", "ready", "failed", "deleted", "rejected"
    ]
    duplicate_of: int | None = None
    error: StageError | None = None


class UploadOut(Shape):
    """What became of each file, in the order sent."""

    documents: list[UploadedDocument]


Box = tuple[float, float, float, float]


class BlockOut(Shape):
    """A piece of a page; ``box`` in points from the top left."""

    kind: str
    text: str
    box: Box
    level: int | None = None
    rows: list[list[str]] | None = None
    confidence: float | None = None


class TextPageOut(Shape):
    """A page with its text."""

    number: int
    width: float
    height: float
    source: Literal["text", "ocr"]
    quality: float
    blocks: list[BlockOut]


class TextOut(Shape):
    """The text of a document, or of the page asked for."""

    pages: list[TextPageOut]


class PageHits(Shape):
    """Places on one page."""

    number: int
    boxes: list[Box]


class HitsOut(Shape):
    """All places in a document that match the words of a query."""

    pages: list[PageHits]
    total: int


# Search ------------------------------------------------------------------------------------


class PlacedBoxOut(Shape):
    """A rectangle on a page."""

    page: int
    box: Box


class HitOut(Shape):
    """A found document with its best passage."""

    document: int
    version: int
    passage: int
    name: str
    title: str
    path: str
    collection: CollectionRef
    format: str
    category: CategoryNames | None
    language: str | None
    page: int
    boxes: list[PlacedBoxOut]
    score: float
    found_by: Literal["words", "meaning", "both"]
    heading_path: list[str]
    snippet: str
    highlights: list[tuple[int, int]]
    created_at: dt.datetime


class FacetOut(Shape):
    """How many found documents share a value."""

    value: str
    label: str
    count: int


class FacetsOut(Shape):
    """Counts over what the caller may see."""

    collection: list[FacetOut]
    category: list[FacetOut]
    language: list[FacetOut]
    format: list[FacetOut]


class SearchOut(Shape):
    """The answer to a query."""

    query: str
    mode: Literal["hybrid", "lexical", "vector"]
    took_ms: float
    generation: int | None
    notice: str | None
    total: int
    hits: list[HitOut]
    facets: FacetsOut


class SuggestionOut(Shape):
    """A completion of what is being typed."""

    text: str
    kind: Literal["document", "term"]
    document: int | None = None


class SuggestOut(Shape):
    """Completions, best first."""

    items: list[SuggestionOut]


# Taxonomies, readiness -----------------------------------------------------------------------


class LabelShape(Shape):
    """One category. ``documents`` is given back, not taken in."""

    name: str = Field(min_length=1, max_length=120, pattern=r"^[^\s,:]+$")
    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field(min_length=1, max_length=120)
    description_zh: str = Field("", max_length=2000)
    description_en: str = Field("", max_length=2000)
    parent: str | None = None
    examples: list[str] = Field(default_factory=list, max_length=20)
    documents: int = 0


class TaxonomyShape(Shape):
    """A closed set of labels. ``collections`` is given back, not taken in."""

    name: str = Field(min_length=1, max_length=120, pattern=r"\S")
    labels: list[LabelShape] = Field(min_length=2, max_length=500)
    collections: list[CollectionRef] = Field(default_factory=list)
    """Visible collections whose documents it sorts."""


class TaxonomyList(Shape):
    """All taxonomies, the first being the one in force."""

    items: list[TaxonomyShape]
    next_cursor: str | None = None


class ProblemFound(Shape):
    """Something that keeps the server from doing its work, and what to do about it."""

    code: str
    message: str
    remedy: str


class Readiness(Shape):
    """Whether searches and uploads can be served."""

    ready: bool
    problems: list[ProblemFound]
