"""The queue of record: one worker at a time, fenced writes, nothing forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kb.domain.documents import ClaimedJob, JobState, Stage
from kb.domain.errors import DamagedFile, LeaseLost
from kb.storage import jobs
from kb.storage.database import Database

AddDocument = Callable[..., tuple[int, int]]


def enqueue(database: Database, version_id: int, stage: Stage = Stage.PARSE) -> int:
    with database.write() as tx:
        return jobs.enqueue(tx, stage=stage, queue="parse", version_id=version_id)


def claim(database: Database, job_id: int, seconds: int = 60) -> ClaimedJob | None:
    with database.write() as tx:
        return jobs.claim(tx, job_id, holder="here:1:1", lease_seconds=seconds)


def test_a_job_is_claimed_once(database: Database, add_document: AddDocument) -> None:
    job_id = enqueue(database, add_document()[1])

    first, second = claim(database, job_id), claim(database, job_id)

    assert first is not None
    assert first.attempt == 1
    assert second is None


def test_the_same_stage_of_a_version_exists_once(
    database: Database, add_document: AddDocument
) -> None:
    _, version = add_document()

    assert enqueue(database, version) == enqueue(database, version)


def test_a_job_taken_over_fences_the_first_holder(
    database: Database, add_document: AddDocument
) -> None:
    job_id = enqueue(database, add_document()[1])
    zombie = claim(database, job_id, seconds=-1)
    with database.write() as tx:
        assert jobs.release_abandoned(tx, alive=lambda _: True) == [job_id]
    heir = claim(database, job_id)

    assert zombie is not None
    assert heir is not None
    assert heir.attempt == 2
    with pytest.raises(LeaseLost), database.write() as tx:
        jobs.hold(tx, zombie, lease_seconds=60)
    with database.write() as tx:
        jobs.hold(tx, heir, lease_seconds=60, done=3, total=9)


def test_a_fenced_transaction_leaves_nothing_behind(
    database: Database, add_document: AddDocument
) -> None:
    job_id = enqueue(database, add_document()[1])
    job = claim(database, job_id)
    assert job is not None

    with pytest.raises(RuntimeError), database.write() as tx:  # noqa: PT012  (two steps, one commit)
        jobs.finish(tx, job)
        raise RuntimeError("killed before the commit")

    with database.read() as tx:
        assert jobs.get(tx, job_id).state is JobState.RUNNING


def test_a_dead_holder_is_told_by_its_name(database: Database, add_document: AddDocument) -> None:
    job_id = enqueue(database, add_document()[1])
    claim(database, job_id)

    with database.write() as tx:
        assert jobs.release_abandoned(tx, alive=lambda _: True) == []
        assert jobs.release_abandoned(tx, alive=lambda name: name != "here:1:1") == [job_id]


def test_an_interrupted_tree_does_not_count_as_an_attempt(
    database: Database, add_document: AddDocument
) -> None:
    job_id = enqueue(database, add_document()[1])

    for _ in range(5):
        claim(database, job_id)
        with database.write() as tx:
            jobs.release_interrupted(tx)

    job = claim(database, job_id)
    assert job is not None
    assert job.attempt == 1


def test_a_tree_that_always_dies_under_a_job_counts_in_the_end(
    database: Database, add_document: AddDocument
) -> None:
    job_id = enqueue(database, add_document()[1])

    for _ in range(jobs.MOST_INTERRUPTIONS + 2):
        claim(database, job_id)
        with database.write() as tx:
            jobs.release_interrupted(tx)

    job = claim(database, job_id)
    assert job is not None
    assert job.attempt > 1


def test_a_postponed_job_waits_and_tells_why(database: Database, add_document: AddDocument) -> None:
    job_id = enqueue(database, add_document()[1])
    job = claim(database, job_id)
    assert job is not None

    with database.write() as tx:
        jobs.postpone(tx, job, seconds=3600, error=DamagedFile(name="a.pdf", detail="half of it"))

    assert claim(database, job_id) is None
    with database.read() as tx:
        assert jobs.due(tx) == []
        failure = jobs.get(tx, job_id).failure
    assert failure is not None
    assert failure.code == "damaged_file"


def test_the_outbox_keeps_messages_until_they_are_rung(
    database: Database, add_document: AddDocument
) -> None:
    job_id = enqueue(database, add_document()[1])
    with database.write() as tx:
        jobs.ring_later(tx, "parse", job_id)
    with database.read() as tx:
        messages = jobs.take_outbox(tx)

    assert [(queue, job) for _, queue, job in messages] == [("parse", job_id)]
    with database.write() as tx:
        jobs.forget_outbox(tx, [outbox_id for outbox_id, _, _ in messages])
    with database.read() as tx:
        assert jobs.take_outbox(tx) == []
