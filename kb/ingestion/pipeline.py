"""The story of a document, from stored bytes to ready. Read this first.

    parse      bytes -> pages -> passages, slice by slice    -> searchable by words
    split      passages -> windows for the language model
    embed      passages -> vectors, while parse goes on      -> searchable by meaning
    classify   -> a category, or "unsure"
    summarise  -> a summary with its sources                 -> ready

Each stage is a job: a row that one process claims, works on under a lease, and ends in the same
transaction that stores its result and enqueues the next. A killed process loses nothing: its
lease expires and the stage runs again. Only this file knows the order. Beside the way stands
reread: one page by the other OCR engine, and where that was better, on from split.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from kb.domain.documents import ClaimedJob, DocumentStatus, Stage
from kb.domain.errors import KbError, LeaseLost, WorkerDied
from kb.ingestion import stages
from kb.ingestion.dispatch import ring_indexer, ring_outbox
from kb.ingestion.rereading import reread
from kb.ingestion.run import Ending, Finish, Parts, Run
from kb.jobs.holder import this_holder
from kb.jobs.protocol import Doorbell, Queue
from kb.storage import documents, jobs
from kb.storage.database import Session

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage's place in the way."""

    work: Callable[[Parts, Run], Finish]
    queue: Queue
    then: Stage | None
    """What follows, also when this stage failed, unless the document cannot be read."""


WAY: dict[Stage, Step] = {
    Stage.PARSE: Step(stages.parse, Queue.PARSE, Stage.SPLIT),
    Stage.SPLIT: Step(stages.split, Queue.PARSE, Stage.EMBED),
    Stage.EMBED: Step(stages.embed, Queue.EMBED, Stage.CLASSIFY),
    Stage.CLASSIFY: Step(stages.classify, Queue.LLM, Stage.SUMMARISE),
    Stage.SUMMARISE: Step(stages.summarise, Queue.LLM, None),
    Stage.REREAD: Step(reread, Queue.PARSE, None),
}
MUST_SUCCEED = frozenset({Stage.PARSE, Stage.SPLIT})
"""Without these there is nothing to search; the document is failed."""
CHANGES_INDEX = frozenset({Stage.PARSE, Stage.SPLIT, Stage.EMBED})
_RETRY_SECONDS = (5.0, 30.0, 120.0)
_STALL_SECONDS = 1_800.0
"""A stage that runs this long in one go is given up to another worker."""
_LOOK_SECONDS = 1.0
"""How often a running stage learns whether it was cancelled."""
_WAITING = {Ending.AGAIN: 0.0, Ending.WAITS: 5.0}
"""Seconds until a stage that has more to do looks again, unless it is woken before."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Advances documents, one stage at a time."""

    parts: Parts
    doorbell: Doorbell
    lease_seconds: int
    attempts: int

    def advance(self, job_id: int) -> None:
        """Look at a job and do it, if it is due and nobody else has it.

        A following stage on the same queue is done at once, which saves a trip to the broker.
        """
        following: int | None = job_id
        while following is not None:
            following = self._one(following)
            ring_outbox(self.parts.database, self.doorbell)

    def _one(self, job_id: int) -> int | None:
        database = self.parts.database
        with database.write() as tx:
            job = jobs.claim(tx, job_id, holder=this_holder(), lease_seconds=self.lease_seconds)
            version = documents.version_facts(tx, job.version_id or 0) if job else None
            if job is not None and version is None:
                jobs.finish(tx, job)  # purged in between: a normal end
        if job is None or version is None:
            return None
        log = _log.bind(job=job.id, stage=job.stage, document=version.document_id)
        with self._heartbeat(job) as lost:
            run = Run(job, version, database, self.lease_seconds, lost)
            try:
                return self._work(run)
            except LeaseLost:
                log.info("job_taken_over")
            except KbError as error:
                log.info("stage_failed", code=error.code, detail=str(error))
                return self._failed(run, error)
        return None

    def _work(self, run: Run) -> int | None:
        if run.job.attempt > self.attempts:
            raise WorkerDied(attempts=run.job.attempt - 1)
        stage = Stage(run.job.stage)
        finish = WAY[stage].work(self.parts, run)
        with run.write() as tx:
            ending = finish(tx)
            following = self._go_on(tx, run, stage, ending)
        if stage in CHANGES_INDEX:
            ring_indexer(self.doorbell)
        return following

    def _go_on(self, tx: Session, run: Run, stage: Stage, ending: Ending) -> int | None:
        if ending in _WAITING:
            jobs.postpone(tx, run.job, seconds=_WAITING[ending])
            return None
        jobs.finish(tx, run.job)
        return self._enqueue_next(tx, run, stage) if ending is Ending.DONE else None

    def _enqueue_next(self, tx: Session, run: Run, stage: Stage) -> int | None:
        """Enqueue the next stage; return its job if this worker goes straight on with it."""
        step = WAY[stage]
        if step.then is None:
            documents.set_status(tx, run.version.id, DocumentStatus.READY)
            return None
        queue = WAY[step.then].queue
        if queue == step.queue:
            return jobs.enqueue(tx, stage=step.then, queue=queue, version_id=run.version.id)
        jobs.wake(tx, stage=step.then, queue=queue, version_id=run.version.id)
        return None

    def _failed(self, run: Run, error: KbError) -> int | None:
        job, stage = run.job, Stage(run.job.stage)
        with self.parts.database.write() as tx:
            try:
                jobs.hold(tx, job, lease_seconds=self.lease_seconds)
            except LeaseLost:
                return None
            if error.retryable and job.attempt < self.attempts:
                wait = _RETRY_SECONDS[min(job.attempt - 1, len(_RETRY_SECONDS) - 1)]
                jobs.postpone(tx, job, seconds=wait, error=error)
                return None
            jobs.fail(tx, job, error)
            if stage in MUST_SUCCEED:
                documents.set_status(tx, run.version.id, DocumentStatus.FAILED)
                return None
            too_early = stage is Stage.EMBED and not stages.is_read(tx, run.version.id)
            if too_early or stage is Stage.REREAD:
                return None  # the end of reading asks again; a page not reread stays as it was
            return self._enqueue_next(tx, run, stage)

    @contextmanager
    def _heartbeat(self, job: ClaimedJob) -> Iterator[Callable[[], bool]]:
        """Renew the lease four times in its length, and see within a second when it is lost."""
        lost, ended = threading.Event(), threading.Event()
        deadline = time.monotonic() + _STALL_SECONDS
        every = self.lease_seconds / 4

        def beat() -> None:
            renewed = time.monotonic()
            while not ended.wait(min(_LOOK_SECONDS, every)) and time.monotonic() < deadline:
                try:
                    if time.monotonic() - renewed >= every:
                        with self.parts.database.write() as tx:
                            jobs.hold(tx, job, lease_seconds=self.lease_seconds)
                        renewed = time.monotonic()
                    self._look(job)
                except LeaseLost:
                    lost.set()
                    return
                except KbError as error:
                    _log.warning("heartbeat_failed", job=job.id, detail=str(error))

        thread = threading.Thread(target=beat, name=f"lease-{job.id}", daemon=True)
        thread.start()
        try:
            yield lost.is_set
        finally:
            ended.set()
            thread.join()

    def _look(self, job: ClaimedJob) -> None:
        """Raise LeaseLost when the job was cancelled or taken over."""
        with self.parts.database.read() as tx:
            if not jobs.held(tx, job):
                raise LeaseLost(subject=f"job {job.id}")
