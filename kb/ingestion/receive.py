"""The door: what every upload, command line and API call goes through."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import structlog

from kb.access import require
from kb.domain.access import Level, Principal
from kb.domain.documents import DocumentStatus, NewDocument, Stage
from kb.domain.errors import CannotRead, Conflict, KbError, RejectedAtDoor
from kb.domain.parsed import FileType
from kb.ingestion.dispatch import ring_outbox
from kb.jobs.protocol import Doorbell, Queue
from kb.parsing.archive import Member
from kb.storage import audit, documents, jobs
from kb.storage.blobs import BlobStore, StagedBlob
from kb.storage.database import Database, Session

_log = structlog.get_logger(__name__)

REJECTED = "rejected"
"""Status of a file that was refused at the door; it has no document."""
ARCHIVE = "zip"
"""Format that is taken in as a folder of documents."""
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
class _Origin:
    """Where a file comes from and where it belongs."""

    name: str
    path: str
    collection_id: int
    principal: Principal


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes files in: sniffed, hashed, stored durably and written down before it returns."""

    database: Database
    blobs: BlobStore
    doorbell: Doorbell
    sniff: Callable[[Path, str], FileType]
    """(path, name) -> what the bytes are; raises RejectedAtDoor."""
    unpack: Callable[[Path, str], Iterator[Member]]
    """(path, name) -> the files of an archive; raises CannotRead and RejectedAtDoor."""
    limit_bytes: int

    def receive(
        self,
        source: BinaryIO,
        *,
        name: str,
        path: str = "",
        collection_id: int,
        principal: Principal,
    ) -> list[Received]:
        """Take a file in, or the files of a ZIP; one outcome each.

        What is returned without ``error`` nothing can lose any more. The same content again in
        the same collection gives the document that exists, so a repeated request is harmless.

        Raises:
            Forbidden: the caller may not write to the collection.
            StorageFailure: it could not be stored; nothing was kept of the file at hand.
        """
        require(principal, Level.WRITE, collection_id)
        origin = _Origin(plain_name(name), plain_path(path), collection_id, principal)
        try:
            staged = self.blobs.stage(source, name=origin.name, limit_bytes=self.limit_bytes)
        except RejectedAtDoor as error:
            return [_rejected(origin.name, error)]
        try:
            file_type = self.sniff(staged.path, origin.name)
            if file_type.format != ARCHIVE:
                return [self._write_down(staged, file_type, origin)]
            received = self._members(staged, origin)
        except (RejectedAtDoor, CannotRead) as error:
            received = [_rejected(origin.name, error)]
        self.blobs.drop(staged)
        return received

    def _members(self, archive: StagedBlob, origin: _Origin) -> list[Received]:
        """Each file of an archive on its own; its folder is the archive's name and its path."""
        received: list[Received] = []
        for member in self.unpack(archive.path, origin.name):
            folder = "/".join((origin.path, origin.name, str(PurePosixPath(member.name).parent)))
            with member.path.open("rb") as source:
                received += self.receive(
                    source,
                    name=member.name,
                    path=folder,
                    collection_id=origin.collection_id,
                    principal=origin.principal,
                )
        return received

    def _write_down(self, staged: StagedBlob, file_type: FileType, origin: _Origin) -> Received:
        new = NewDocument(
            collection_id=origin.collection_id,
            name=origin.name,
            path=origin.path,
            sha256=staged.sha256,
            size=staged.size,
            format=file_type.format,
            media_type=file_type.media_type,
            user_id=origin.principal.user_id,
        )
        self.blobs.keep(staged)
        with self.database.write() as tx:
            try:
                document_id = self._insert(tx, new, origin.principal)
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


def _rejected(name: str, error: KbError) -> Received:
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
