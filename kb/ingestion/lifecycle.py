"""What people do with documents that are there: move, rename, trash, restore, retry, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.access import require, visible_collections
from kb.domain.access import Level, Principal
from kb.domain.documents import DocumentStatus, DocumentView, JobState, Stage
from kb.domain.errors import Cancelled, Conflict, InvalidInput
from kb.ingestion.dispatch import ring_indexer, ring_outbox
from kb.ingestion.pipeline import MUST_SUCCEED, WAY
from kb.ingestion.receive import plain_name
from kb.ingestion.rereading import ANEW, ENGINES
from kb.jobs.protocol import Doorbell, Queue
from kb.parsing.registry import OWN_PAGES
from kb.storage import audit, documents, families, generations, jobs, pages, stale, taxonomies
from kb.storage.database import Database, Session
from kb.storage.generations import Aspect

_ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Changes to documents. Each checks the right, writes the audit log and tells the index.

    All raise NotFound for a document that does not exist or may not be seen, and Forbidden for
    one that may be seen but not changed.
    """

    database: Database
    doorbell: Doorbell

    def delete(self, document_id: int, principal: Principal) -> None:
        """Put a document into the trash: from the commit on no search shows it.

        What came out of it goes along, here as in ``restore``, ``purge`` and ``move``.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            if view.deleted_at is not None:
                return
            along = families.to_trash(tx, document_id)
            for version_id in (view.version_id, *(version for _, version in along)):
                generations.announce(tx, version_id, Aspect.GONE)
            _note(tx, principal, "document.deleted", view)
        ring_indexer(self.doorbell)

    def restore(self, document_id: int, principal: Principal) -> None:
        """Bring a document back from the trash.

        Raises:
            Conflict: its content is in the collection again, or the document it came out of is
                in the trash.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            if view.deleted_at is None:
                return
            along = families.from_trash(tx, document_id)
            for version_id in (view.version_id, *(version for _, version in along)):
                _announce_all(tx, version_id)
            _note(tx, principal, "document.restored", view)
        ring_indexer(self.doorbell)

    def purge(self, document_id: int, principal: Principal) -> None:
        """Remove a document in the trash for good.

        Its original goes with the next sweep of the file store, unless somebody else has it.

        Raises:
            Conflict: it is not in the trash.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            if view.deleted_at is None:
                raise Conflict(detail=f"“{view.name}” is not in the trash; delete it first")
            families.purge(tx, document_id)
            _note(tx, principal, "document.purged", view)

    def retry(self, document_id: int, principal: Principal) -> None:
        """Run again from the first stage that failed; a document without a failure is untouched.

        Reading starts anew from page 1, except that a cancelled reading goes on.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            failed = next((s for s in view.stages if s.state in _ENDED_BADLY), None)
            if failed is None:
                return
            stage = Stage(failed.stage)
            if stage is Stage.PARSE and failed.state is JobState.FAILED:
                pages.drop(tx, view.version_id)
            queue = WAY[stage].queue
            arguments = jobs.arguments_of(tx, failed.job_id)
            if stage is Stage.SPLIT:
                arguments = ANEW
            job_id = jobs.enqueue(
                tx, stage=stage, queue=queue, version_id=view.version_id, arguments=arguments
            )
            jobs.ring_later(tx, queue, job_id)
            if stage is not Stage.REREAD:
                reading = stage in MUST_SUCCEED
                status = DocumentStatus.RECEIVED if reading else DocumentStatus.ENRICHING
                documents.set_status(tx, view.version_id, status)
            _note(tx, principal, "document.retried", view)
        ring_outbox(self.database, self.doorbell)

    def cancel(self, document_id: int, principal: Principal) -> None:
        """End the work on a document; whoever is at it stops within seconds.

        What was read stays and can be found; ``retry`` goes on from there. A document on which
        nothing waits or runs is untouched.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            ended = jobs.cancel(tx, view.version_id, Cancelled(name=view.name))
            if not ended:
                return
            unread = bool(MUST_SUCCEED.intersection(ended))
            status = DocumentStatus.FAILED if unread else DocumentStatus.READY
            documents.set_status(tx, view.version_id, status)
            _note(tx, principal, "document.cancelled", view)

    def reread(
        self, document_id: int, numbers: Sequence[int], principal: Principal, *, engine: str = ""
    ) -> int:
        """Have pages read again by ``engine``, or by the one that did not read them.

        Returns:
            The job.

        Raises:
            InvalidInput: there is no such engine.
            Conflict: the format has no page images, or the document is at work just now.
        """
        if engine and engine not in ENGINES:
            raise InvalidInput(field="engine", detail=f"“{engine}” is none of {ENGINES}")
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            if view.format not in OWN_PAGES:
                raise Conflict(
                    detail=f"“{view.name}” has no page images that could be recognised",
                    detail_zh=f"“{view.name}”没有可供识别的页面图像",
                )
            if any(s.state in (JobState.QUEUED, JobState.RUNNING) for s in view.stages):
                raise Conflict(
                    detail=f"“{view.name}” is being worked on; try again when that is done",
                    detail_zh=f"“{view.name}”正在处理中，请在完成后重试",
                )
            job_id = jobs.enqueue(
                tx,
                stage=Stage.REREAD,
                queue=Queue.PARSE,
                version_id=view.version_id,
                arguments={"pages": list(numbers), "engine": engine},
            )
            jobs.ring_later(tx, Queue.PARSE, job_id)
            documents.touch(tx, view.version_id)
            _note(tx, principal, "document.reread", view, pages=len(numbers))
        ring_outbox(self.database, self.doorbell)
        return job_id

    def move(self, document_id: int, collection_id: int, principal: Principal) -> None:
        """Put a document into another collection; needs the right to write in both.

        Raises:
            Conflict: that collection has the same content, or it is an attachment.
        """
        require(principal, Level.WRITE, collection_id)
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            if documents.live_with_content(tx, collection_id, view.sha256) is not None:
                raise Conflict(detail="the collection has a document with the same content")
            along = families.move(tx, document_id, collection_id)
            versions = [view.version_id, *(version for _, version in along)]
            before = taxonomies.of_collection(tx, view.collection_id)
            if taxonomies.of_collection(tx, collection_id).name != before.name:
                stale.ask_again_about(tx, versions)
            for version_id in versions:
                _announce_all(tx, version_id)
            _note(tx, principal, "document.moved", view, collection=collection_id)
        ring_indexer(self.doorbell)

    def rename(self, document_id: int, name: str, principal: Principal) -> None:
        """Give a document another name."""
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            documents.change(tx, document_id, name=plain_name(name))
            _announce_all(tx, view.version_id)
            _note(tx, principal, "document.renamed", view, name=name)
        ring_indexer(self.doorbell)

    def _writable(self, tx: Session, document_id: int, principal: Principal) -> DocumentView:
        view = documents.get(tx, document_id, visible_collections(principal))
        require(principal, Level.WRITE, view.collection_id)
        return view


def _announce_all(tx: Session, version_id: int) -> None:
    generations.announce(tx, version_id, Aspect.WORDS)
    generations.announce(tx, version_id, Aspect.VECTORS)


def _note(
    tx: Session,
    principal: Principal,
    action: str,
    view: DocumentView,
    **details: str | int | None,
) -> None:
    audit.record(tx, actor=principal.name, action=action, subject=f"document:{view.id}", **details)
