"""Puts right what crashes and lost messages leave behind. Runs every few seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from kb.domain.errors import ServiceUnavailable
from kb.ingestion.dispatch import ring_indexer, ring_outbox
from kb.jobs.holder import may_be_alive
from kb.jobs.protocol import Doorbell, Queue
from kb.storage import documents, generations, jobs
from kb.storage.blobs import BlobStore
from kb.storage.database import Database

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Compares the jobs table with what is going on and rings where something is due."""

    database: Database
    blobs: BlobStore
    doorbell: Doorbell
    waiting: Callable[[str], int]
    """Messages that wait in a queue of the broker; raises ServiceUnavailable."""

    def relay(self) -> None:
        """Ring for what could not be rung at commit, and while changes wait for the index."""
        ring_outbox(self.database, self.doorbell)
        with self.database.read() as tx:
            live = generations.live(tx)
            behind = live is None or bool(generations.waiting(tx, live.id, limit=1))
            builds = jobs.due(tx, queues=[Queue.INDEX])
        if (behind or builds) and self._empty(Queue.INDEX):
            self._ring(builds)
            if behind:
                ring_indexer(self.doorbell)

    def reconcile(self) -> None:
        """Take back abandoned jobs and ring again for jobs that are due and were forgotten."""
        with self.database.write() as tx:
            taken_back = jobs.release_abandoned(tx, alive=may_be_alive)
        if taken_back:
            _log.info("jobs_taken_back", jobs=taken_back)
        ring_outbox(self.database, self.doorbell)
        with self.database.read() as tx:
            due = jobs.due(tx)
        idle = {queue for queue in {queue for _, queue in due} if self._empty(queue)}
        self._ring([(job_id, queue) for job_id, queue in due if queue in idle])

    def _ring(self, due: Sequence[tuple[int, str]]) -> None:
        try:
            for job_id, queue in due:
                self.doorbell.ring(queue, job_id)
        except ServiceUnavailable as error:
            _log.warning("broker_unreachable", detail=str(error))

    def sweep(self) -> None:
        """Remove what nobody needs any more: orphaned originals, old index events."""
        with self.database.read() as tx:
            known = documents.known_blobs(tx)
        self.blobs.sweep(known.__contains__)
        with self.database.write() as tx:
            generations.forget_old_events(tx)

    def _empty(self, queue: str) -> bool:
        try:
            return self.waiting(queue) == 0
        except ServiceUnavailable:
            return False
