"""The queue of record: claim by compare-and-swap, leases, fencing, and the outbox."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kb.domain.documents import ClaimedJob, Failure, JobState, JobView
from kb.domain.errors import KbError, LeaseLost, NotFound
from kb.storage.tables import DocumentRow, DocumentVersionRow, JobRow, OutboxRow, utc_now

MOST_INTERRUPTIONS = 50
"""After so many deaths of the whole process tree a job is set aside all the same."""


def enqueue(
    tx: Session,
    *,
    stage: str,
    queue: str,
    version_id: int | None = None,
    generation_id: int | None = None,
    arguments: dict[str, Any] | None = None,
) -> int:
    """Write a job down; return its id. Use ``ring_later`` to have its message sent.

    A stage of a version exists once: when it is there already, it starts anew.
    """
    job = None
    if version_id is not None:
        job = tx.scalar(
            select(JobRow).where(JobRow.version_id == version_id, JobRow.stage == stage)
        )
    if job is None:
        job = JobRow(
            stage=stage,
            queue=queue,
            version_id=version_id,
            generation_id=generation_id,
            state=JobState.QUEUED,
            arguments=arguments,
        )
        tx.add(job)
    else:
        _renew(job)
        job.arguments = arguments
    tx.flush()
    return job.id


def wake(tx: Session, *, stage: str, queue: str, version_id: int) -> None:
    """Have a stage look again soon; one that is running is left to finish what it sees."""
    job = tx.scalar(select(JobRow).where(JobRow.version_id == version_id, JobRow.stage == stage))
    if job is not None and job.state == JobState.RUNNING:
        return
    if job is not None and job.state == JobState.QUEUED:
        job.run_after = 0.0
        job_id = job.id
    else:
        job_id = enqueue(tx, stage=stage, queue=queue, version_id=version_id)
    ring_later(tx, queue, job_id)


def states(tx: Session, version_id: int) -> dict[str, JobState]:
    """Stage -> state of a version's jobs."""
    rows = tx.execute(select(JobRow.stage, JobRow.state).where(JobRow.version_id == version_id))
    return {stage: JobState(state) for stage, state in rows}


def arguments_of(tx: Session, job_id: int) -> dict[str, Any] | None:
    """What a job is asked beyond its version."""
    return tx.scalar(select(JobRow.arguments).where(JobRow.id == job_id))


def cancel(tx: Session, version_id: int, error: KbError) -> list[str]:
    """End what waits or runs for a version; whoever works on it loses its lease.

    Returns:
        The stages that were ended.
    """
    unfinished = (
        JobRow.version_id == version_id,
        JobRow.state.in_((JobState.QUEUED, JobState.RUNNING)),
    )
    stages = list(tx.scalars(select(JobRow.stage).where(*unfinished)))
    tx.execute(
        update(JobRow)
        .where(*unfinished)
        .values(
            state=JobState.CANCELLED,
            lease_token=None,
            lease_until=None,
            finished_at=utc_now(),
            error_code=error.code,
            error_facts=dict(error.facts),
            error_retryable=error.retryable,
        )
    )
    return stages


def stop(tx: Session, job_id: int) -> None:
    """End a job that waits or runs; whoever works on it loses its lease."""
    _stop(tx, JobRow.id == job_id)


def stop_building(tx: Session, generation_id: int) -> None:
    """End the job that builds a generation, as ``stop`` does."""
    _stop(tx, JobRow.generation_id == generation_id)


def _stop(tx: Session, which: ColumnElement[bool]) -> None:
    tx.execute(
        update(JobRow)
        .where(which, JobRow.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .values(state=JobState.CANCELLED, lease_token=None, lease_until=None, finished_at=utc_now())
    )


def _renew(job: JobRow) -> None:
    job.state = JobState.QUEUED
    job.attempt = job.interruptions = 0
    job.lease_token = job.lease_holder = job.lease_until = None
    job.run_after = 0.0
    job.error_code = job.error_facts = job.error_retryable = None
    job.started_at = job.finished_at = None


def ring_later(tx: Session, queue: str, job_id: int) -> None:
    """Put a message into the outbox."""
    tx.add(OutboxRow(queue=queue, job_id=job_id))


def take_outbox(tx: Session, limit: int = 500) -> list[tuple[int, str, int]]:
    """Return (outbox id, queue, job id) of messages to ring, oldest first."""
    rows = tx.execute(
        select(OutboxRow.id, OutboxRow.queue, OutboxRow.job_id).order_by(OutboxRow.id).limit(limit)
    )
    return [(row.id, row.queue, row.job_id) for row in rows]


def forget_outbox(tx: Session, ids: Sequence[int]) -> None:
    """Remove messages that were rung."""
    tx.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))


def claim(tx: Session, job_id: int, *, holder: str, lease_seconds: int) -> ClaimedJob | None:
    """Take the job if it is due and nobody has it; None otherwise (a normal outcome)."""
    token = secrets.token_hex(8)
    taken = tx.execute(
        update(JobRow)
        .where(
            JobRow.id == job_id,
            JobRow.state == JobState.QUEUED,
            JobRow.run_after <= func.clock(),
        )
        .values(
            state=JobState.RUNNING,
            attempt=JobRow.attempt + 1,
            lease_token=token,
            lease_holder=holder,
            lease_until=func.clock() + lease_seconds,
            started_at=utc_now(),
            finished_at=None,
            error_code=None,
            error_facts=None,
            error_retryable=None,
        )
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    job = tx.get_one(JobRow, job_id)
    return ClaimedJob(
        id=job.id,
        stage=job.stage,
        queue=job.queue,
        version_id=job.version_id,
        generation_id=job.generation_id,
        attempt=job.attempt,
        lease_token=token,
        arguments=job.arguments or {},
    )


def held(tx: Session, job: ClaimedJob) -> bool:
    """Whether the job is still ours: neither cancelled nor taken over."""
    return (
        tx.scalar(
            select(JobRow.id).where(
                JobRow.id == job.id,
                JobRow.state == JobState.RUNNING,
                JobRow.lease_token == job.lease_token,
            )
        )
        is not None
    )


def hold(
    tx: Session,
    job: ClaimedJob,
    *,
    lease_seconds: int,
    done: int | None = None,
    total: int | None = None,
) -> None:
    """Fence a write: renew the lease and note progress in the same transaction.

    Raises:
        LeaseLost: the job was cancelled or another process took it over.
    """
    values: dict[str, object] = {"lease_until": func.clock() + lease_seconds}
    if done is not None:
        values |= {"done_units": done, "interruptions": 0}
    if total is not None:
        values["total_units"] = total
    held = tx.execute(
        update(JobRow)
        .where(
            JobRow.id == job.id,
            JobRow.state == JobState.RUNNING,
            JobRow.lease_token == job.lease_token,
        )
        .values(values)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost(subject=f"job {job.id}")


def finish(tx: Session, job: ClaimedJob) -> None:
    """The stage is done. Call ``hold`` before, in the same transaction."""
    _close(tx, job, state=JobState.DONE)


def fail(tx: Session, job: ClaimedJob, error: KbError) -> None:
    """The stage ended with a reason."""
    _close(
        tx,
        job,
        state=JobState.FAILED,
        error_code=error.code,
        error_facts=dict(error.facts),
        error_retryable=error.retryable,
    )


def _close(tx: Session, job: ClaimedJob, **values: object) -> None:
    tx.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.lease_token == job.lease_token)
        .values(finished_at=utc_now(), lease_token=None, lease_until=None, **values)
    )


def postpone(tx: Session, job: ClaimedJob, *, seconds: float, error: KbError | None = None) -> None:
    """Give the job back, to be run again after ``seconds``; ``error`` says why, if it failed."""
    values: dict[str, object] = {
        "state": JobState.QUEUED,
        "run_after": func.clock() + seconds,
        "lease_token": None,
        "lease_until": None,
    }
    if error is None:
        values["attempt"] = JobRow.attempt - 1  # it went well, there is just more to do
    else:
        values |= {
            "error_code": error.code,
            "error_facts": dict(error.facts),
            "error_retryable": error.retryable,
        }
    tx.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.lease_token == job.lease_token)
        .values(values)
    )
    if seconds == 0:
        ring_later(tx, job.queue, job.id)


def due(
    tx: Session, *, limit: int = 500, queues: Sequence[str] | None = None
) -> list[tuple[int, str]]:
    """Return (job id, queue) of jobs that wait and may run now, oldest first."""
    query = (
        select(JobRow.id, JobRow.queue)
        .where(JobRow.state == JobState.QUEUED, JobRow.run_after <= func.clock())
        .order_by(JobRow.id)
        .limit(limit)
    )
    if queues is not None:
        query = query.where(JobRow.queue.in_(queues))
    return [(row.id, row.queue) for row in tx.execute(query)]


def release_abandoned(tx: Session, *, alive: Callable[[str], bool]) -> list[int]:
    """Give back running jobs whose lease expired or whose holder is gone; return their ids.

    ``alive`` says of a holder whether it may still be running. The attempt stays counted, so a
    file that kills its worker every time comes to an end.
    """
    rows = tx.execute(
        select(
            JobRow.id,
            JobRow.queue,
            JobRow.lease_holder,
            (JobRow.lease_until < func.clock()).label("late"),
        ).where(JobRow.state == JobState.RUNNING)
    ).all()
    gone = [row for row in rows if row.late or not alive(row.lease_holder or "")]
    for row in gone:
        _give_back(tx, JobRow.id == row.id)
        ring_later(tx, row.queue, row.id)
    return [row.id for row in gone]


def release_interrupted(tx: Session) -> None:
    """Give back every running job after the whole process tree was gone.

    Nobody can be running now, and no document is to blame: the attempt is not counted unless
    the tree died under this job ``MOST_INTERRUPTIONS`` times.
    """
    blameless = JobRow.interruptions < MOST_INTERRUPTIONS
    _give_back(tx, blameless, attempt=JobRow.attempt - 1, interruptions=JobRow.interruptions + 1)
    _give_back(tx, ~blameless)


def _give_back(tx: Session, which: ColumnElement[bool], **values: object) -> None:
    tx.execute(
        update(JobRow)
        .where(JobRow.state == JobState.RUNNING, which)
        .values(state=JobState.QUEUED, lease_token=None, lease_until=None, run_after=0.0, **values)
    )


def kind(tx: Session, job_id: int) -> str | None:
    """The job's stage; None when there is no such job."""
    return tx.scalar(select(JobRow.stage).where(JobRow.id == job_id))


def get(tx: Session, job_id: int) -> JobView:
    """One job.

    Raises:
        NotFound: no such job.
    """
    found = list_jobs(tx, job_id=job_id, limit=1)
    if not found:
        raise NotFound(kind="job", id=job_id)
    return found[0]


def list_jobs(  # noqa: PLR0913  (each narrows the list)
    tx: Session,
    *,
    job_id: int | None = None,
    state: str | None = None,
    document_id: int | None = None,
    collections: frozenset[int] | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[JobView]:
    """Jobs, newest first; ``collections`` None means all of them may be seen.

    ``before`` is the last job of the page before.
    """
    query = (
        select(JobRow, DocumentRow.id, DocumentRow.name)
        .outerjoin(DocumentVersionRow, JobRow.version_id == DocumentVersionRow.id)
        .outerjoin(DocumentRow, DocumentVersionRow.document_id == DocumentRow.id)
        .order_by(JobRow.id.desc())
        .limit(limit)
    )
    if job_id is not None:
        query = query.where(JobRow.id == job_id)
    if before is not None:
        query = query.where(JobRow.id < before)
    if state is not None:
        query = query.where(JobRow.state == state)
    if document_id is not None:
        query = query.where(DocumentRow.id == document_id)
    if collections is not None:
        query = query.where(
            or_(DocumentRow.collection_id.in_(collections), DocumentRow.id.is_(None))
        )
    return [_view(job, document, name) for job, document, name in tx.execute(query)]


def counts(tx: Session) -> dict[tuple[str, str], int]:
    """(queue, state) -> how many jobs; for the figures of operations."""
    query = select(JobRow.queue, JobRow.state, func.count()).group_by(JobRow.queue, JobRow.state)
    return {(queue, state): count for queue, state, count in tx.execute(query)}


def _view(job: JobRow, document_id: int | None, name: str | None) -> JobView:
    return JobView(
        id=job.id,
        document_id=document_id,
        document_name=name,
        stage=job.stage,
        state=JobState(job.state),
        queue=job.queue,
        attempt=job.attempt,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        failure=failure_of(job),
        done_units=job.done_units,
        total_units=job.total_units,
    )


def failure_of(job: JobRow) -> Failure | None:
    """Why the job failed last, if it did."""
    if job.error_code is None:
        return None
    return Failure(
        stage=job.stage,
        code=job.error_code,
        facts=job.error_facts or {},
        retryable=bool(job.error_retryable),
    )
