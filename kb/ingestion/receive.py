"""The door: what every upload, command line and API call goes through."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from kb.access import require
from kb.domain.access import Level, Principal
from kb.domain.documents import DocumentStatus, NewDocument, Stage
from kb.domain.errors import Conflict, KbError, RejectedAtDoor
from kb.domain.parsed import FileType
from kb.ingestion.dispatch import ring_outbox
from kb.jobs.protocol import Doorbell, Queue
from kb.storage import audit, documents, jobs
from kb.storage.blobs import BlobStore, StagedBlob
from kb.storage.database import Database, Session

_log = structlog.get_logger(__name__)

REJECTED = "rejected"
"""Status of a file that was refused at the door; it has no document."""
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file."""

    document_id: int | None
    """None when it was refused."""
    name: str
    status: str
    duplicate_of: int | None = None
    """The document that has this content already."""
    error: KbError | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes files in: sniffed, hashed, stored durably and written down before it returns."""

    database: Database
    blobs: BlobStore
    doorbell: Doorbell
    sniff: Callable[[Path, str], FileType]
    """(path, name) -> what the bytes are; raises RejectedAtDoor."""
    limit_bytes: int

    def receive(
        self,
        source: BinaryIO,
        *,
        name: str,
        path: str = "",
        collection_id: int,
        principal: Principal,
    ) -> Received:
        """Take one file in. When this returns without ``error``, nothing can lose it any more.

        The same content again in the same collection gives the document that exists, so a
        repeated request is harmless.

        Raises:
            Forbidden: the caller may not write to the collection.
            StorageFailure: it could not be stored; nothing was kept.
        """
        require(principal, Level.WRITE, collection_id)
        name = plain_name(name)
        try:
            staged = self.blobs.stage(source, name=name, limit_bytes=self.limit_bytes)
        except RejectedAtDoor as error:
            return _rejected(name, error)
        try:
            file_type = self.sniff(staged.path, name)
        except RejectedAtDoor as error:
            self.blobs.drop(staged)
            return _rejected(name, error)
        new = NewDocument(
            collection_id=collection_id,
            name=name,
            path=plain_path(path),
            sha256=staged.sha256,
            size=staged.size,
            format=file_type.format,
            media_type=file_type.media_type,
            user_id=principal.user_id,
        )
        return self._write_down(new, staged, principal)

    def receive_all(
        self,
        source: BinaryIO,
        *,
        name: str,
        path: str = "",
        collection_id: int,
        principal: Principal,
    ) -> Iterator[Received]:
        """Like ``receive``."""
        yield self.receive(
            source, name=name, path=path, collection_id=collection_id, principal=principal
        )

    def _write_down(self, new: NewDocument, staged: StagedBlob, principal: Principal) -> Received:
        self.blobs.keep(staged)
        with self.database.write() as tx:
            try:
                document_id = self._insert(tx, new, principal)
            except Conflict:
                existing = documents.live_with_content(tx, new.collection_id, new.sha256)
                if existing is None:
                    raise
                status = documents.get(tx, existing, None).status
                return Received(existing, new.name, status, duplicate_of=existing)
        ring_outbox(self.database, self.doorbell)
        _log.info("document_received", document=document_id, format=new.format, size=new.size)
        return Received(document_id, new.name, DocumentStatus.RECEIVED)

    def _insert(self, tx: Session, new: NewDocument, principal: Principal) -> int:
        document_id, version_id = documents.add(tx, new)
        job_id = jobs.enqueue(tx, stage=Stage.PARSE, queue=Queue.PARSE, version_id=version_id)
        jobs.ring_later(tx, Queue.PARSE, job_id)
        audit.record(
            tx,
            actor=principal.name,
            action="document.received",
            subject=f"document:{document_id}",
            name=new.name,
            sha256=new.sha256,
        )
        return document_id


def _rejected(name: str, error: RejectedAtDoor) -> Received:
    _log.info("document_rejected", name=name, code=error.code)
    return Received(None, name, REJECTED, error=error)


def plain_name(name: str) -> str:
    """A file name as data: the last part only, composed, without control characters."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    composed = unicodedata.normalize("NFC", last)
    shown = "".join(c for c in composed if unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    shown = shown.translate(_BIDI)
    return shown.strip()[-_LONGEST_NAME:] or "unnamed"


def plain_path(path: str) -> str:
    """A folder path as data: relative, without "..", without control characters."""
    parts = [plain_name(part) for part in path.replace("\\", "/").split("/") if part.strip()]
    return "/".join(part for part in parts if part not in (".", "..", "unnamed"))


_BIDI = dict.fromkeys(
    map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
)
"""Marks that make "gpj.exe" look like "exe.jpg"."""
