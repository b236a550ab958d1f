"""Files that came inside another one become documents of their own."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

from kb.domain.documents import NewDocument, Stage, VersionFacts
from kb.domain.errors import CannotRead, RejectedAtDoor
from kb.domain.parsed import Attachment, FileType
from kb.ingestion.receive import ARCHIVE, plain_name, plain_path
from kb.ingestion.run import Parts
from kb.jobs.protocol import Queue
from kb.parsing.limits import MAX_ATTACHMENT_DEPTH
from kb.storage import audit, families, jobs
from kb.storage.blobs import StagedBlob
from kb.storage.database import Session

_LIMIT_BYTES = 256 * 1024 * 1024
"""The reading process allows less; this is the last guard."""


class Arrivals:
    """What came out of one version: stored as it comes, written down with the next slice.

    What no reader knows is named in ``warnings`` rather than kept as a failed document: nobody
    uploaded it, and the original of the parent still holds it.
    """

    def __init__(self, parts: Parts, parent: VersionFacts) -> None:
        self._parts = parts
        self._parent = parent
        self._waiting: list[NewDocument] = []
        self.warnings: list[str] = []

    def take(self, attachment: Attachment) -> None:
        """Store the bytes durably; ``write`` makes it a document."""
        name = plain_name(attachment.name)
        if self._depth() >= MAX_ATTACHMENT_DEPTH:
            self.warnings.append(
                f"“{name}” was not taken out: it lies more than {MAX_ATTACHMENT_DEPTH} files deep."
            )
            return
        try:
            self._stage(io.BytesIO(attachment.content), name, self._parent.name)
        except (RejectedAtDoor, CannotRead) as error:
            self.warnings.append(f"“{name}” was not taken out: {error.sentence('en')}")

    def _depth(self) -> int:
        with self._parts.database.read() as tx:
            return families.depth(tx, self._parent.document_id)

    def _stage(self, source: io.BufferedIOBase, name: str, path: str) -> None:
        blobs = self._parts.blobs
        staged = blobs.stage(source, name=name, limit_bytes=_LIMIT_BYTES)  # type: ignore[arg-type]
        try:
            file_type = self._parts.sniff(staged.path, name)
            if file_type.format != ARCHIVE:
                self._keep(staged, file_type, name, path)
                return
            self._unpack(staged, name, path)
        finally:
            blobs.drop(staged)

    def _unpack(self, archive: StagedBlob, name: str, path: str) -> None:
        """Each file of an attached archive is an attachment; its folder shows where it was."""
        for member in self._parts.unpack(archive.path, name):
            called = plain_name(member.name)
            folder = f"{path}/{name}/{PurePosixPath(member.name).parent}"
            try:
                with member.path.open("rb") as source:
                    self._stage(source, called, folder)
            except RejectedAtDoor as error:
                self.warnings.append(f"“{called}” was not taken out: {error.sentence('en')}")

    def _keep(self, staged: StagedBlob, file_type: FileType, name: str, path: str) -> None:
        self._parts.blobs.keep(staged)
        self._waiting.append(
            NewDocument(
                collection_id=self._parent.collection_id,
                name=name,
                path=plain_path(path),
                sha256=staged.sha256,
                size=staged.size,
                format=file_type.format,
                media_type=file_type.media_type,
                user_id=None,
                parent_id=self._parent.document_id,
            )
        )

    def write(self, tx: Session) -> None:
        """Write down what came, each with its first job; what is there already stays."""
        for new in self._waiting:
            version_id = families.add_child(tx, self._parent.document_id, new)
            if version_id is None:
                continue
            job_id = jobs.enqueue(tx, stage=Stage.PARSE, queue=Queue.PARSE, version_id=version_id)
            jobs.ring_later(tx, Queue.PARSE, job_id)
            audit.record(
                tx,
                actor="system",
                action="document.attached",
                subject=f"document:{self._parent.document_id}",
                name=new.name,
                sha256=new.sha256,
            )
        self._waiting.clear()
