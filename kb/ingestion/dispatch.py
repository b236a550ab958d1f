"""After a commit: ring for what it wrote down. What cannot be rung now stays in the outbox."""

from __future__ import annotations

import structlog

from kb.domain.errors import ServiceUnavailable
from kb.jobs.protocol import Doorbell
from kb.storage import jobs
from kb.storage.database import Database

_log = structlog.get_logger(__name__)


def ring_outbox(database: Database, doorbell: Doorbell) -> int:
    """Ring for every message in the outbox and forget those that were rung; return how many.

    A crash between the two rings twice, which is harmless.
    """
    with database.read() as tx:
        messages = jobs.take_outbox(tx)
    rung = []
    for outbox_id, queue, job_id in messages:
        try:
            doorbell.ring(queue, job_id)
        except ServiceUnavailable as error:
            _log.warning("broker_unreachable", detail=str(error))
            break
        rung.append(outbox_id)
    if rung:
        with database.write() as tx:
            jobs.forget_outbox(tx, rung)
    return len(rung)


def ring_indexer(doorbell: Doorbell) -> None:
    """Ring at the index worker; the scheduler rings again while changes are waiting."""
    try:
        doorbell.ring_indexer()
    except ServiceUnavailable as error:
        _log.warning("broker_unreachable", detail=str(error))
