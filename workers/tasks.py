"""The two tasks. Each looks at the system of record; a message carries nothing but an id."""

from __future__ import annotations

from kb.jobs.celery_queue import ADVANCE, FOLD
from workers.app import app, application


@app.task(name=ADVANCE)
def advance(job_id: int) -> None:
    """Look at one job and do it if it is due."""
    application().advance(job_id)


@app.task(name=FOLD)
def fold() -> None:
    """Fold waiting changes into the index."""
    application().index_writer.fold()
