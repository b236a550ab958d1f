"""The building of a generation, slice by slice.

A build is a job that gives itself back after each slice, so that changes are folded into the live
index in between, a killed process loses one slice, and pause and cancel act at once. It reads a
thousand passages at a time, whatever the corpus and however long a document.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from kb.domain.documents import ClaimedJob, JobState, Stage
from kb.domain.errors import GateRefused, IndexCorrupt, LeaseLost, ModelFailure
from kb.index.generation import Counts, GenerationReader, GenerationWriter
from kb.ingestion import pace
from kb.ingestion.dispatch import ring_outbox
from kb.ingestion.gates import Bench, Gate, count_gate, recall_gate, refused, search_gates
from kb.ingestion.indexing import BUILDER_LEASE, IndexWriter
from kb.jobs.holder import this_holder
from kb.jobs.protocol import Doorbell
from kb.storage import generations, jobs, passages, search_loads
from kb.storage.generations import Flip, Generation, GenerationState, Lease
from kb.storage.passages import Portion
from kb.storage.search_store import generation_path

_log = structlog.get_logger(__name__)

_SLICE_SECONDS = 1.0
"""Work before the job gives itself back."""
_PASSAGES = 1_000
"""Taken in at once."""
_VERSIONS = 200
"""Documents looked at in one query."""
_LEASE_SECONDS = 60
_RECENT_SECONDS = 5.0
_BUSY_WAIT_SECONDS = 0.2
_MODEL_WAIT_SECONDS = 15.0
_TRIES = 100
"""Times the count is taken when changes keep coming."""
_NEVER_STILL: Gate = dict.fromkeys(("sql", "words", "sql_vectors", "vectors"), 0) | {
    "passed": False
}
"""The count when changes came faster than they could be taken in."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Does the jobs that build generations."""

    writer: IndexWriter
    doorbell: Doorbell
    bench: Callable[[], Bench]

    def advance(self, job_id: int) -> None:
        """Do one slice of a build, after what waits for the live index."""
        self.writer.fold()
        with self.writer.database.write() as tx:
            job = jobs.claim(tx, job_id, holder=this_holder(), lease_seconds=_LEASE_SECONDS)
        if job is None:
            return
        try:
            pace.gently(lambda: self._leased_slice(job))
        except LeaseLost:
            _log.info("job_taken_over", job=job.id)
        ring_outbox(self.writer.database, self.doorbell)

    def _leased_slice(self, job: ClaimedJob) -> None:
        with self.writer.lease(BUILDER_LEASE) as lease:
            if lease is None:  # a paused build is being kept up to date; back in a moment
                self._give_back(job, seconds=_BUSY_WAIT_SECONDS)
                return
            with self.writer.database.read() as tx:
                generation = generations.get(tx, job.generation_id or 0)
            try:
                _Slice(self, job, lease).run(generation)
            except IndexCorrupt as error:
                self.writer.drop(generation, error)
                self._give_back(job, seconds=0.0)
            except ModelFailure as error:
                _log.warning("build_waits", generation=generation.id, detail=str(error))
                with self.writer.database.write() as tx:
                    jobs.postpone(tx, job, seconds=_MODEL_WAIT_SECONDS, error=error)
            except GateRefused as error:
                _log.warning("generation_refused", detail=str(error))
                with self.writer.database.write() as tx:
                    jobs.fail(tx, job, error)

    def _give_back(self, job: ClaimedJob, *, seconds: float) -> None:
        with self.writer.database.write() as tx:
            jobs.postpone(tx, job, seconds=seconds)


class _SliceOver(Exception):  # noqa: N818  (not an error)
    """Other work has its turn."""


class _Slice:
    """One slice of one build."""

    def __init__(self, builder: Builder, job: ClaimedJob, lease: Lease) -> None:
        self._builder, self._job, self._lease = builder, job, lease
        self._writer, self._database = builder.writer, builder.writer.database
        self._began = time.monotonic()
        self._taken_in = 0

    def run(self, generation: Generation) -> None:
        """Go on with a build until the slice is over, it is paused or it is done."""
        if generation.state is not GenerationState.BUILDING:
            with self._database.write() as tx:
                jobs.finish(tx, self._job)  # paused; resuming enqueues a new job
            return
        if not generation.total:
            try:
                generation = self._begin(generation)
            except _SliceOver:  # the live files are being written; back in a moment
                with self._database.write() as tx:
                    jobs.postpone(tx, self._job, seconds=_BUSY_WAIT_SECONDS)
                return
        self._writer.follow(generation, self._lease)
        with self._database.read() as tx:
            generation = generations.get(tx, generation.id)
        writer = self._writer.open(generation)
        for portions in self._batches(generation):
            if not self._embed(portions, generation):
                self._rest(generation)
                return
            self._writer.take_in_portions(generation, writer, self._lease, portions)
            generation = self._note(generation, portions)
            whole = portions[-1].last is None  # else the next slice would begin it again
            if generation.state is not GenerationState.BUILDING or (whole and self._over()):
                self._rest(generation)
                return
        self._finish(generation)

    def _begin(self, generation: Generation) -> Generation:
        """Count what there is to do; share files where that helps."""
        plan = generation.plan
        if plan.collection_id is not None and plan.based_on is None:
            with self._writer.lease() as lease:
                if lease is None:
                    raise _SliceOver
                generation = self._writer.share(generation, lease)
        with self._database.write() as tx:
            jobs.hold(tx, self._job, lease_seconds=_LEASE_SECONDS)
            # Without a live index to share, a collection is built with everything else.
            scope = plan.collection_id if generation.plan.based_on is not None else None
            total = passages.count_live(tx, collection_id=scope)
            generations.change(tx, generation.id, total=max(total, 1))
            return generations.get(tx, generation.id)

    def _batches(self, generation: Generation) -> Iterator[list[Portion]]:
        """What is still to be taken in, about a thousand passages at a time, in order."""
        scope = generation.plan.collection_id if generation.plan.based_on is not None else None
        cursor = generation.cursor
        batch: list[Portion] = []
        room = _PASSAGES
        while True:
            with self._database.read() as tx:
                found = passages.sizes(tx, after=cursor, limit=_VERSIONS, collection_id=scope)
            for version_id, length in found:
                cursor = version_id
                for first in range(0, length, _PASSAGES):
                    last = min(first + _PASSAGES, length) - 1
                    whole = last == length - 1
                    if batch and last - first >= room:
                        yield batch
                        batch, room = [], _PASSAGES
                    batch.append(Portion(version_id, first, None if whole else last))
                    room -= last - first + 1
            if not found:
                break
        if batch:
            yield batch

    def _embed(self, portions: list[Portion], generation: Generation) -> bool:
        """Compute vectors that are not there; False when the slice is over before that is done.

        Unchanged text has its vector; a document whose upload is still being embedded gets its
        own from there.
        """
        own = generation.embedder == self._writer.embedder_model
        for version_id in [portion.version_id for portion in portions if portion.first == 0]:
            with self._database.read() as tx:
                stage = jobs.states(tx, version_id).get(Stage.EMBED)
            if own and stage in (JobState.QUEUED, JobState.RUNNING):
                continue
            try:
                self._writer.embed_version(generation, version_id, self._beat_or_stop)
            except _SliceOver:
                return False
        return True

    def _beat_or_stop(self) -> None:
        if self._over():
            raise _SliceOver
        with self._database.write() as tx:
            jobs.hold(tx, self._job, lease_seconds=_LEASE_SECONDS)
        self._writer.renew(self._lease)

    def _note(self, generation: Generation, portions: list[Portion]) -> Generation:
        """Remember how far it is: behind the last document that is in as a whole."""
        ended = [portion.version_id for portion in portions if portion.last is None]
        with self._database.write() as tx:
            now = generations.get(tx, generation.id)
            count = sum(passages.count_in(tx, portion) for portion in portions)
            done = now.done + count
            total = max(now.total, done)
            cursor = ended[-1] if ended else now.cursor
            generations.change(tx, now.id, cursor=cursor, done=done, total=total)
            jobs.hold(tx, self._job, lease_seconds=_LEASE_SECONDS, done=done, total=total)
            self._taken_in += count
            return generations.get(tx, now.id)

    def _over(self) -> bool:
        return time.monotonic() - self._began > _SLICE_SECONDS

    def _rest(self, generation: Generation) -> None:
        """Give the job back, for so long as searches need."""
        if generation.state is not GenerationState.BUILDING:
            with self._database.write() as tx:
                jobs.finish(tx, self._job)
            return
        worked = time.monotonic() - self._began
        with self._database.write() as tx:
            load = search_loads.recent(tx, within_seconds=_RECENT_SECONDS)
            now = pace.adapted(
                pace.restored(generation.pace), load, self._taken_in / max(worked, 1e-3)
            )
            generations.change(tx, generation.id, pace=now.stored())
            jobs.postpone(tx, self._job, seconds=now.rest(worked))

    def _beat(self) -> None:
        """Keep the job while gates are measured; raises LeaseLost when it was cancelled."""
        if time.monotonic() - self._began < _SLICE_SECONDS:
            return
        self._began = time.monotonic()
        with self._database.write() as tx:
            jobs.hold(tx, self._job, lease_seconds=_LEASE_SECONDS)
        self._writer.renew(self._lease)

    def _finish(self, generation: Generation) -> None:
        """Catch up with what changed meanwhile, measure, and flip or wait."""
        gates = self._gates(generation)
        reasons = refused(gates)
        with self._database.write() as tx:
            jobs.hold(tx, self._job, lease_seconds=_LEASE_SECONDS)
            if generations.get(tx, generation.id).state is not GenerationState.BUILDING:
                jobs.finish(tx, self._job)  # paused while it was measured; measured again then
                return
            state = GenerationState.REFUSED if reasons else GenerationState.READY
            generations.change(tx, generation.id, gates=gates, state=state)
            if not reasons:
                if generation.plan.flip is Flip.AUTOMATIC:
                    generations.put_into_service(tx, generation.id)
                jobs.finish(tx, self._job)
        if reasons:
            english, chinese = reasons
            raise GateRefused(generation=generation.id, detail=english, detail_zh=chinese)
        _log.info("generation_built", generation=generation.id, flip=generation.plan.flip.value)

    def _gates(self, generation: Generation) -> dict[str, Gate]:
        count = None
        for _ in range(_TRIES):
            self._writer.follow(generation, self._lease)
            self._beat()
            count = count_gate(self._database, generation, self._counts(generation))
            if count is not None:
                break
        with self._database.read() as tx:
            generation = generations.get(tx, generation.id)
            live = generations.live(tx)
        reader = GenerationReader(generation_path(self._writer.index_path, generation.id))
        reader.refresh(generation.snapshot or None)
        gates = {
            "count": count or _NEVER_STILL,
            "recall@10": recall_gate(self._database, generation, reader, self._beat),
        }
        return gates | search_gates(self._builder.bench(), live, generation, self._beat)

    def _counts(self, generation: Generation) -> Counts:
        return self._open(generation).counts()

    def _open(self, generation: Generation) -> GenerationWriter:
        with self._database.read() as tx:
            return self._writer.open(generations.get(tx, generation.id))
