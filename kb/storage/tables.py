"""The schema. Rows never leave this room; frozen values of ``kb.domain`` do."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kb.storage.tables_base import NEVER_REUSED, AnySelect, Table, UtcDateTime, utc_now
from kb.storage.tables_index import (
    GenerationRow,
    GoldenQueryRow,
    IndexEventRow,
    IndexReceiptRow,
    LeaseRow,
    ScheduleRow,
    ScheduleSlotRow,
    SearchLoadRow,
)
from kb.storage.tables_loop import (
    ClassificationHistoryRow,
    CollectionSettingsRow,
    ExampleRow,
    ModelAliasRow,
    ModelVersionRow,
    RedoRow,
    TaxonomyVersionRow,
    TrainingPointRow,
    TrainingRow,
    WindowNoteRow,
)

__all__ = [
    "NEVER_REUSED",
    "AnySelect",
    "ClassificationHistoryRow",
    "CollectionSettingsRow",
    "ExampleRow",
    "GenerationRow",
    "GoldenQueryRow",
    "IndexEventRow",
    "IndexReceiptRow",
    "LeaseRow",
    "ModelAliasRow",
    "ModelVersionRow",
    "RedoRow",
    "ScheduleRow",
    "ScheduleSlotRow",
    "SearchLoadRow",
    "Table",
    "TaxonomyVersionRow",
    "TrainingPointRow",
    "TrainingRow",
    "UtcDateTime",
    "WindowNoteRow",
    "utc_now",
]


class UserRow(Table):
    """A person."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None]
    disabled_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class SessionRow(Table):
    """A signed-in browser; only the hash of its id is kept."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime]


class SigninLinkRow(Table):
    """A one-time sign-in link; only the hash of its token is kept."""

    __tablename__ = "signin_links"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class ApiTokenRow(Table):
    """A token for programs; only its hash is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    scopes: Mapped[list[Any]]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]


class CollectionRow(Table):
    """A set of documents that is granted as a whole."""

    __tablename__ = "collections"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class GrantRow(Table):
    """A person's right on a collection."""

    __tablename__ = "grants"
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True
    )
    level: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class BlobRow(Table):
    """An immutable stored original, addressed by its content."""

    __tablename__ = "blobs"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    verified_at: Mapped[dt.datetime | None]


class DocumentRow(Table):
    """A document as people know it."""

    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    name: Mapped[str]
    path: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    """Hash of the current version's original."""
    current_version_id: Mapped[int | None] = mapped_column(Integer, index=True)
    """Points forward to document_versions; no foreign key, since those two would be a circle."""
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[dt.datetime] = mapped_column(default=utc_now, onupdate=utc_now)
    deleted_at: Mapped[dt.datetime | None]
    __table_args__ = (
        Index(
            "uq_documents_live_content",
            "collection_id",
            "sha256",
            unique=True,
            sqlite_where=text("deleted_at IS NULL AND parent_id IS NULL"),
            postgresql_where=text("deleted_at IS NULL AND parent_id IS NULL"),
        ),
        Index("ix_documents_changed_at", "changed_at"),
        # An attachment is taken out of its message once, however often that is read. Rows
        # without a parent do not meet here: SQL holds NULLs distinct.
        Index("uq_documents_attachment", "parent_id", "sha256", "name", unique=True),
        NEVER_REUSED,
    )


class DocumentVersionRow(Table):
    """One content of a document and where its processing stands."""

    __tablename__ = "document_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"), index=True)
    size: Mapped[int]
    format: Mapped[str] = mapped_column(String(16))
    media_type: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(16), index=True)
    title: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(16), default="und")
    page_count: Mapped[int] = mapped_column(default=0)
    file_metadata: Mapped[dict[str, Any]] = mapped_column(default=dict)
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    __table_args__ = (UniqueConstraint("document_id", "number"), NEVER_REUSED)


class PageRow(Table):
    """A page as read; ``payload`` is the page's JSON, compressed."""

    __tablename__ = "pages"
    version_id: Mapped[int] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    width: Mapped[float]
    height: Mapped[float]
    source: Mapped[str] = mapped_column(String(8))
    quality: Mapped[float]
    warnings: Mapped[list[Any]]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    engine: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """What read it, "" where the format leaves no choice."""
    confidence: Mapped[float | None]
    """Mean word confidence of OCR, 0..1."""
    unknown_glyphs: Mapped[float | None]
    """Share of characters without a meaning, 0..1."""
    table_score: Mapped[float | None]
    """How sure the cells of its tables are, 0..1."""
    dropped: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    reread_by: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """Engine that read it a second time; ``engine`` is the one whose reading was kept."""
    __table_args__ = (Index("ix_pages_quality", "quality"),)


class PassageRow(Table):
    """What search returns; its id is the vector id and is never used again."""

    __tablename__ = "passages"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    page: Mapped[int]
    text: Mapped[str]
    heading_path: Mapped[list[Any]]
    spans: Mapped[list[Any]]
    """[start, end, page, x0, y0, x1, y1] each."""
    text_hash: Mapped[str] = mapped_column(String(64), index=True)
    __table_args__ = (UniqueConstraint("version_id", "ordinal"), NEVER_REUSED)


class WindowRow(Table):
    """What the language model reads at once."""

    __tablename__ = "windows"
    version_id: Mapped[int] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True
    )
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    tokens: Mapped[int]
    first_passage: Mapped[int]
    last_passage: Mapped[int]


class EmbeddingRow(Table):
    """A vector, kept once for each text and model whoever shares the text."""

    __tablename__ = "embeddings"
    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(120), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """float16, little endian."""


class JobRow(Table):
    """One stage of one version (or of one generation): the queue of record."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(String(16))
    queue: Mapped[str] = mapped_column(String(16))
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE")
    )
    generation_id: Mapped[int | None] = mapped_column(
        ForeignKey("generations.id", ondelete="CASCADE")
    )
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0)
    """Times the whole process tree went away under it; not the document's fault."""
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_holder: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[float | None]
    """Seconds since the epoch by the database's clock."""
    run_after: Mapped[float] = mapped_column(default=0.0)
    arguments: Mapped[dict[str, Any] | None]
    """What the stage is asked beyond its version, for those that are asked something."""
    done_units: Mapped[int] = mapped_column(default=0)
    total_units: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_facts: Mapped[dict[str, Any] | None]
    error_retryable: Mapped[bool | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    __table_args__ = (
        UniqueConstraint("version_id", "stage"),
        Index("ix_jobs_state_run_after", "state", "run_after"),
        NEVER_REUSED,
    )


class OutboxRow(Table):
    """A message to ring after commit; gone once it was sent."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(16))
    job_id: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class TaxonomyRow(Table):
    """A closed set of labels; ``labels`` holds them as a list of objects in order."""

    __tablename__ = "taxonomies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    labels: Mapped[list[Any]]
    number: Mapped[int] = mapped_column(default=1, server_default="1")
    """Of its newest version."""
    changed_at: Mapped[dt.datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class ClassificationRow(Table):
    """The category of a version; a person's word replaces the model's."""

    __tablename__ = "classifications"
    version_id: Mapped[int] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True
    )
    label: Mapped[str | None] = mapped_column(String(120), index=True)
    confidence: Mapped[float]
    probabilities: Mapped[list[Any]]
    model: Mapped[str] = mapped_column(String(200))
    model_version_id: Mapped[int | None] = mapped_column(Integer, index=True)
    """Of the registry; none for the models that come with the product."""
    path: Mapped[str] = mapped_column(String(16), default="", server_default="")
    tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    seconds: Mapped[float] = mapped_column(default=0.0, server_default="0")
    source: Mapped[str] = mapped_column(String(8))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class SummaryRow(Table):
    """The summary of a version; a person's replaces the model's."""

    __tablename__ = "summaries"
    version_id: Mapped[int] = mapped_column(
        ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    sentences: Mapped[list[Any]]
    model: Mapped[str] = mapped_column(String(200))
    windows_read: Mapped[int]
    windows_total: Mapped[int]
    source: Mapped[str] = mapped_column(String(8), default="model", server_default="model")
    path: Mapped[str] = mapped_column(String(16), default="", server_default="")
    tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    seconds: Mapped[float] = mapped_column(default=0.0, server_default="0")
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class AuditRow(Table):
    """One entry of the append-only log; each carries the hash of the one before."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (NEVER_REUSED,)
