"""Documents that an older model classified are asked about again: throttled, resumable, stoppable.

The work is a job that runs in short slices and gives itself back after each, so that uploads go on,
a killed process loses one document, and pause and cancel act at once. A person's label is never
touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from kb.access import require_engineer
from kb.domain.access import Principal
from kb.domain.documents import ClaimedJob
from kb.domain.errors import Conflict, KbError, LeaseLost
from kb.enrichment.protocol import Classifier
from kb.ingestion.dispatch import ring_outbox
from kb.jobs.holder import this_holder
from kb.jobs.protocol import REDO, Doorbell, Queue
from kb.storage import audit, documents, jobs, passages, redos, stale, taxonomies, understanding
from kb.storage.database import Database, Session
from kb.storage.redos import Redo, Wanted
from kb.training.measure import PlainText

_log = structlog.get_logger(__name__)

_SLICE_SECONDS = 2.0
_AT_ONCE = 20
_LEASE_SECONDS = 120
_MINUTE = 60.0
_FAILURES_IN_A_ROW = 5
"""After so many the model is at fault, not the documents."""


@dataclass(frozen=True, slots=True)
class Redos:
    """Starts, steers and does bulk re-classifications."""

    database: Database
    doorbell: Doorbell
    classifier: Callable[[], Classifier]
    embedder_model: Callable[[], str]

    # Steering --------------------------------------------------------------------------------

    def start(self, wanted: Wanted, principal: Principal) -> int:
        """Begin to classify stale documents again; return its id.

        Raises:
            Forbidden: not an engineer.
            Conflict: one is under way already.
        """
        require_engineer(principal)
        with self.database.write() as tx:
            if redos.unfinished(tx):
                raise Conflict(
                    detail="documents are being classified again already",
                    detail_zh="已有重新分类任务在进行",
                )
            total, _ = stale.count_stale(
                tx, None, taxonomy=wanted.taxonomy, collection_id=wanted.collection_id
            )
            redo_id = redos.add(tx, wanted, total=total, by=principal.name)
            self._enqueue(tx, redo_id)
            _note(tx, principal, "redo.started", redo_id, documents=total)
        ring_outbox(self.database, self.doorbell)
        return redo_id

    def pause(self, redo_id: int, principal: Principal) -> None:
        """Stop where it is; it can go on later."""
        self._steer(redo_id, principal, (redos.RUNNING,), redos.PAUSED)

    def resume(self, redo_id: int, principal: Principal) -> None:
        """Go on."""
        self._steer(redo_id, principal, (redos.PAUSED,), redos.RUNNING)
        ring_outbox(self.database, self.doorbell)

    def cancel(self, redo_id: int, principal: Principal) -> None:
        """Give it up; what was done stays."""
        self._steer(redo_id, principal, redos.UNFINISHED, redos.CANCELLED)

    def _steer(self, redo_id: int, principal: Principal, now: tuple[str, ...], then: str) -> None:
        require_engineer(principal)
        with self.database.write() as tx:
            redo = redos.get(tx, redo_id)
            if redo.state not in now:
                raise Conflict(detail=f"it is {redo.state}", detail_zh=f"当前状态为 {redo.state}")
            redos.change(tx, redo_id, state=then)
            if then == redos.RUNNING:
                self._enqueue(tx, redo_id)
            else:
                jobs.stop(tx, redo.job_id or 0)
            _note(tx, principal, f"redo.{then}", redo_id)

    def _enqueue(self, tx: Session, redo_id: int) -> None:
        job_id = jobs.enqueue(tx, stage=REDO, queue=Queue.LLM)
        redos.change(tx, redo_id, job_id=job_id)
        jobs.ring_later(tx, Queue.LLM, job_id)

    # Doing -----------------------------------------------------------------------------------

    def advance(self, job_id: int) -> None:
        """Do one slice."""
        with self.database.write() as tx:
            job = jobs.claim(tx, job_id, holder=this_holder(), lease_seconds=_LEASE_SECONDS)
            redo = redos.of_job(tx, job_id) if job else None
            if job is not None and redo is None:
                jobs.finish(tx, job)
        if job is None or redo is None:
            return
        try:
            self._slice(job, redo)
        except LeaseLost:
            _log.info("job_taken_over", job=job.id)
        ring_outbox(self.database, self.doorbell)

    def _slice(self, job: ClaimedJob, redo: Redo) -> None:
        began = time.monotonic()
        cursor, done, failed, in_a_row = redo.cursor, 0, 0, 0
        over = redo.state != redos.RUNNING
        while not over and time.monotonic() - began < _SLICE_SECONDS:
            with self.database.read() as tx:
                waiting = stale.next_stale(
                    tx,
                    taxonomy=redo.taxonomy,
                    collection_id=redo.collection_id,
                    after=cursor,
                    limit=_AT_ONCE,
                )
            over = not waiting
            for version_id in waiting:
                error = self._one(job, version_id)
                in_a_row = 0 if error is None else in_a_row + 1
                if error is not None and in_a_row >= _FAILURES_IN_A_ROW:
                    self._give_up(job, redo, error)
                    return
                cursor, done, failed = version_id, done + 1, failed + (error is not None)
                with self.database.write() as tx:
                    jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS, done=redo.done + done)
                    redos.change(
                        tx,
                        redo.id,
                        cursor=cursor,
                        done=redo.done + done,
                        failed=redo.failed + failed,
                    )
                if redo.per_minute or time.monotonic() - began > _SLICE_SECONDS:
                    break
            if redo.per_minute:
                break
        self._end(job, redo, over=over)

    def _end(self, job: ClaimedJob, redo: Redo, *, over: bool) -> None:
        with self.database.write() as tx:
            jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)
            if over:
                redos.change(tx, redo.id, state=redos.DONE)
                jobs.finish(tx, job)
            else:
                pause = _MINUTE / redo.per_minute if redo.per_minute else 0.0
                jobs.postpone(tx, job, seconds=pause)

    def _give_up(self, job: ClaimedJob, redo: Redo, error: KbError) -> None:
        with self.database.write() as tx:
            jobs.fail(tx, job, error)
            redos.change(tx, redo.id, state="failed")

    def _one(self, job: ClaimedJob, version_id: int) -> KbError | None:
        """Classify one document; the failure when it could not be."""
        with self.database.read() as tx:
            version = documents.version_facts(tx, version_id)
            if version is None:
                return None
            text = PlainText(
                name=version.name,
                title=version.title,
                language=version.language,
                passages=list(passages.texts_of(tx, version_id)),
                windows=passages.windows_of(tx, version_id),
                vectors=passages.vectors_of(tx, version_id, self.embedder_model()),
            )
            taxonomy = taxonomies.of_collection(tx, version.collection_id)
        try:
            found = self.classifier().classify(text, taxonomy)
        except KbError as error:
            _log.info("redo_failed", document=version.document_id, code=error.code)
            return error
        with self.database.write() as tx:
            jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)
            understanding.put_classification(tx, version_id, found)
            documents.touch(tx, version_id)
        return None


def _note(
    tx: Session, principal: Principal, action: str, redo_id: int, **details: str | int | None
) -> None:
    audit.record(tx, actor=principal.name, action=action, subject=f"redo:{redo_id}", **details)
