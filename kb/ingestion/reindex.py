"""Bulk re-index: a FUTURE generation is built beside the live one, measured, then flipped in.

The build is a job that runs in short slices and gives itself back after each, so that uploads
and searches go on, a killed process loses one slice, and pause and cancel act at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog

from kb.access import require_admin
from kb.domain.access import Principal
from kb.domain.documents import ClaimedJob
from kb.domain.errors import Conflict, GateRefused, LeaseLost, NotFound
from kb.embedding.protocol import Embedder
from kb.index.allowed import Allowed
from kb.index.generation import GenerationReader
from kb.ingestion.dispatch import ring_indexer, ring_outbox
from kb.ingestion.indexing import IndexWriter
from kb.jobs.holder import this_holder
from kb.jobs.protocol import REINDEX, Doorbell, Queue
from kb.storage import audit, generations, jobs, passages
from kb.storage.database import Database, Session
from kb.storage.generations import Generation, GenerationState, Lease
from kb.storage.search_store import generation_path

_log = structlog.get_logger(__name__)

_SLICE_SECONDS = 1.0
"""Work before the job gives itself back."""
_VERSIONS = 40
"""Documents taken in at once."""
_EMBED_BATCH = 64
_LEASE_SECONDS = 60
_PROBES = 64
"""Stored vectors asked for when recall is measured."""
_LEAST_RECALL = 0.95
_UNFINISHED = (GenerationState.BUILDING, GenerationState.PAUSED)


@dataclass(frozen=True, slots=True)
class Reindexer:
    """Starts, steers and finishes the building of generations."""

    database: Database
    doorbell: Doorbell
    writer: IndexWriter
    embedder: Callable[[], Embedder]

    # Steering --------------------------------------------------------------------------------

    def start(self, principal: Principal) -> int:
        """Begin a new generation with the embedder in force; return its id.

        Raises:
            Forbidden: not an administrator.
            Conflict: one is being built already.
        """
        require_admin(principal)
        with self.database.write() as tx:
            if generations.in_state(tx, *_UNFINISHED):
                raise Conflict(detail="a generation is being built already")
            generation = generations.create(
                tx,
                embedder=self.writer.embedder_model,
                dimension=self.writer.dimension,
                state=GenerationState.BUILDING,
            )
            self._enqueue(tx, generation.id)
            _note(tx, principal, "reindex.started", generation.id)
        ring_outbox(self.database, self.doorbell)
        return generation.id

    def pause(self, principal: Principal) -> int:
        """Stop the build where it is; return its generation."""
        return self._steer(principal, "paused", GenerationState.BUILDING, GenerationState.PAUSED)

    def resume(self, principal: Principal) -> int:
        """Go on with a paused build; return its generation."""
        found = self._steer(principal, "resumed", GenerationState.PAUSED, GenerationState.BUILDING)
        ring_outbox(self.database, self.doorbell)
        return found

    def cancel(self, principal: Principal) -> int:
        """Give the build up and remove its files; return its generation."""
        require_admin(principal)
        with self.database.write() as tx:
            generation = _unfinished(tx)
            generations.remove(tx, generation.id)
            _note(tx, principal, "reindex.cancelled", generation.id)
        ring_indexer(self.doorbell)
        return generation.id

    def activate(self, generation_id: int, principal: Principal) -> None:
        """Put a built generation into service.

        Raises:
            Conflict: it is not built, or is in service already.
        """
        require_admin(principal)
        with self.database.write() as tx:
            generation = generations.get(tx, generation_id)
            if generation.state not in (
                GenerationState.READY,
                GenerationState.PREVIOUS,
                GenerationState.REFUSED,
            ):
                raise Conflict(detail=f"generation {generation_id} is {generation.state}")
            generations.put_into_service(tx, generation_id)
            _note(tx, principal, "generation.activated", generation_id)
        ring_indexer(self.doorbell)

    def rollback(self, principal: Principal) -> int:
        """Put the previous generation back into service; return its id.

        Raises:
            NotFound: there is none.
        """
        with self.database.read() as tx:
            previous = generations.in_state(tx, GenerationState.PREVIOUS)
        if not previous:
            raise NotFound(kind="generation", id="previous")
        self.activate(previous[-1].id, principal)
        return previous[-1].id

    def list(self) -> list[Generation]:
        """All generations, oldest first."""
        with self.database.read() as tx:
            return generations.in_state(tx)

    def _steer(
        self, principal: Principal, what: str, now: GenerationState, then: GenerationState
    ) -> int:
        require_admin(principal)
        with self.database.write() as tx:
            generation = _unfinished(tx)
            if generation.state is not now:
                raise Conflict(detail=f"generation {generation.id} is {generation.state}")
            generations.change(tx, generation.id, state=then)
            if then is GenerationState.BUILDING:
                self._enqueue(tx, generation.id)
            _note(tx, principal, f"reindex.{what}", generation.id)
        return generation.id

    def _enqueue(self, tx: Session, generation_id: int) -> None:
        job_id = jobs.enqueue(tx, stage=REINDEX, queue=Queue.EMBED, generation_id=generation_id)
        jobs.ring_later(tx, Queue.EMBED, job_id)

    # Building --------------------------------------------------------------------------------

    def advance(self, job_id: int) -> None:
        """Do one slice of a build."""
        with self.database.write() as tx:
            job = jobs.claim(tx, job_id, holder=this_holder(), lease_seconds=_LEASE_SECONDS)
        if job is None:
            return
        with self.writer.lease() as lease:
            if lease is None:  # the live index is being written; come back in a moment
                self._give_back(job, seconds=0.2)
                return
            try:
                self._slice(job, lease)
            except LeaseLost:
                _log.info("job_taken_over", job=job.id)
                return
            except GateRefused as refused:
                _log.warning("generation_refused", detail=str(refused))
                with self.database.write() as tx:
                    jobs.fail(tx, job, refused)
        ring_outbox(self.database, self.doorbell)

    def _slice(self, job: ClaimedJob, lease: Lease) -> None:
        began = time.monotonic()
        with self.database.read() as tx:
            generation = generations.get(tx, job.generation_id or 0)
        writer = self.writer.open(generation)
        cursor = generation.cursor
        while generation.state is GenerationState.BUILDING:
            with self.database.read() as tx:
                versions = passages.live_versions(tx, after=cursor, limit=_VERSIONS)
            if not versions:
                self._finish(job, generation, lease)
                return
            for version_id in versions:
                self._embed(job, version_id, generation.embedder)
            self.writer.take_in_whole(generation, writer, lease, versions)
            cursor = versions[-1]
            with self.database.write() as tx:
                jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS, done=cursor)
                generations.change(tx, generation.id, cursor=cursor)
                generation = generations.get(tx, generation.id)
            if time.monotonic() - began > _SLICE_SECONDS:
                self._give_back(job, seconds=0.0)
                return
        with self.database.write() as tx:
            jobs.finish(tx, job)  # paused; resuming enqueues a new job

    def _embed(self, job: ClaimedJob, version_id: int, model: str) -> None:
        """Compute the vectors that are not there; unchanged text is never embedded again."""
        after = -1
        while True:
            with self.database.read() as tx:
                missing = passages.missing_embeddings(
                    tx, version_id, model, after=after, limit=_EMBED_BATCH
                )
            if not missing:
                return
            texts = {one.text_hash: one.text for one in missing}
            vectors = self.embedder().embed_passages(list(texts.values()))
            with self.database.write() as tx:
                jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)
                passages.add_embeddings(tx, model, list(texts), vectors)
            after = missing[-1].ordinal

    def _give_back(self, job: ClaimedJob, *, seconds: float) -> None:
        with self.database.write() as tx:
            jobs.postpone(tx, job, seconds=seconds)

    def _finish(self, job: ClaimedJob, generation: Generation, lease: Lease) -> None:
        """Catch up with what changed meanwhile, measure, and flip."""
        self.writer.follow(generation, lease)
        gates = self._gates(generation)
        refused = [name for name, gate in gates.items() if not gate["passed"]]
        with self.database.write() as tx:
            jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)
            state = GenerationState.REFUSED if refused else GenerationState.READY
            generations.change(tx, generation.id, gates=gates, state=state)
            if not refused:
                generations.put_into_service(tx, generation.id)
                jobs.finish(tx, job)
        if refused:
            raise GateRefused(generation=generation.id, detail=", ".join(refused))
        _log.info("generation_live", generation=generation.id)

    def _gates(self, generation: Generation) -> dict[str, Any]:
        with self.database.read() as tx:
            generation = generations.get(tx, generation.id)
            wanted = passages.count_live(tx)
            embedded = sum(1 for _ in passages.live_passage_ids(tx, generation.embedder))
            waiting = len(generations.waiting(tx, generation.id, limit=1_000))
        counts = self.writer.open(generation).counts()
        recall = self._recall(generation) if counts.vectors else 1.0
        agree = waiting > 0 or (counts.lexical == wanted and counts.vectors == embedded)
        return {
            "count": {
                "sql": wanted,
                "words": counts.lexical,
                "sql_vectors": embedded,
                "vectors": counts.vectors,
                "waiting": waiting,
                "passed": agree,
            },
            "recall@10": {
                "value": recall,
                "wanted": _LEAST_RECALL,
                "passed": recall >= _LEAST_RECALL,
            },
        }

    def _recall(self, generation: Generation) -> float:
        """Recall@10 of the built vector index against brute force over the vectors in SQL."""
        with self.database.read() as tx:
            ids, matrix = passages.sample_vectors(tx, generation.embedder, limit=20_000)
        reader = GenerationReader(generation_path(self.writer.index_path, generation.id))
        reader.refresh(generation.snapshot)
        chosen = np.linspace(0, len(ids) - 1, min(_PROBES, len(ids))).astype(int)
        known = set(ids.tolist())
        found = wanted = 0
        for probe in chosen:
            exact = matrix @ matrix[probe]
            best = set(ids[np.argsort(-exact)[:10]].tolist())
            extra = max(0, generation.passages - len(ids))  # not among the vectors compared with
            near = reader.vector(matrix[probe], 10 + extra, Allowed(None, None))
            got = [passage for passage in near.passages.tolist() if passage in known][:10]
            found += len(best & set(got))
            wanted += len(best)
        return round(found / wanted, 4) if wanted else 1.0


def _unfinished(tx: Session) -> Generation:
    found = generations.in_state(tx, *_UNFINISHED)
    if not found:
        raise NotFound(kind="generation", id="building")
    return found[-1]


def _note(tx: Session, principal: Principal, action: str, generation_id: int) -> None:
    audit.record(tx, actor=principal.name, action=action, subject=f"generation:{generation_id}")
