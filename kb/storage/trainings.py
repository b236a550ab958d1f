"""Trainings: what shall be learned, how far it is, how it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.domain.errors import Facts, KbError, NotFound
from kb.domain.models import ModelTask, TrainingMethod, TrainingPlan
from kb.storage.tables import ModelVersionRow, TrainingPointRow, TrainingRow, utc_now

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"
UNFINISHED = frozenset({QUEUED, RUNNING})


@dataclass(frozen=True, slots=True)
class Training:
    """One training."""

    id: int
    job_id: int | None
    state: str
    plan: TrainingPlan
    counts: Mapping[str, Any]
    estimate: Mapping[str, Any]
    done: int
    total: int
    """Steps; 0 while unknown."""
    figures: Mapping[str, float]
    """The newest point."""
    model: str | None
    """Name of the version it made."""
    error_code: str | None
    error_facts: Facts
    created_by: str | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


def add(
    tx: Session,
    plan: TrainingPlan,
    *,
    counts: Mapping[str, Any],
    estimate: Mapping[str, Any],
    by: str | None,
) -> int:
    """Write a training down; return its id."""
    row = TrainingRow(
        state=QUEUED,
        task=plan.task,
        method=plan.method,
        taxonomy=plan.taxonomy,
        plan=asdict(plan),
        counts=dict(counts),
        estimate=dict(estimate),
        created_by=by,
    )
    tx.add(row)
    tx.flush()
    return row.id


def set_job(tx: Session, training_id: int, job_id: int) -> None:
    """Note which job does it; it waits for its turn."""
    tx.execute(
        update(TrainingRow)
        .where(TrainingRow.id == training_id)
        .values(
            job_id=job_id,
            state=QUEUED,
            error_code=None,
            error_facts=None,
            finished_at=None,
        )
    )


def get(tx: Session, training_id: int) -> Training:
    """One training.

    Raises:
        NotFound: there is none.
    """
    found = _select(tx, TrainingRow.id == training_id)
    if not found:
        raise NotFound(kind="training", id=training_id)
    return found[0]


def of_job(tx: Session, job_id: int) -> Training | None:
    """The training that a job does."""
    found = _select(tx, TrainingRow.job_id == job_id)
    return found[0] if found else None


def newest(tx: Session, *, before: int | None = None, limit: int = 50) -> list[Training]:
    """Trainings, newest first; ``before`` is the last one of the page before."""
    which = [] if before is None else [TrainingRow.id < before]
    return _select(tx, *which, limit=limit)


def unfinished(tx: Session) -> list[Training]:
    """Those that wait or run."""
    return _select(tx, TrainingRow.state.in_(UNFINISHED))


def last_of(tx: Session, task: ModelTask, taxonomy: str) -> Training | None:
    """The newest training of a taxonomy."""
    found = _select(tx, TrainingRow.task == task, TrainingRow.taxonomy == taxonomy, limit=1)
    return found[0] if found else None


def started(tx: Session, training_id: int) -> None:
    """It runs."""
    tx.execute(
        update(TrainingRow)
        .where(TrainingRow.id == training_id)
        .values(state=RUNNING, started_at=utc_now())
    )


def estimated(tx: Session, training_id: int, estimate: Mapping[str, Any]) -> None:
    """Note what it will take."""
    row = update(TrainingRow).where(TrainingRow.id == training_id)
    tx.execute(row.values(estimate=dict(estimate)))


def progress(
    tx: Session, training_id: int, done: int, total: int, figures: Mapping[str, float]
) -> None:
    """Note how far it is; figures become a point of its curves."""
    values: dict[str, object] = {"done_steps": done, "total_steps": total}
    if figures:
        values["figures"] = dict(figures)
        point = tx.get(TrainingPointRow, (training_id, done))
        if point is None:
            tx.add(TrainingPointRow(training_id=training_id, step=done, figures=dict(figures)))
        else:
            point.figures = point.figures | dict(figures)
    tx.execute(update(TrainingRow).where(TrainingRow.id == training_id).values(values))
    tx.flush()


def points(tx: Session, training_id: int) -> list[tuple[int, dict[str, float]]]:
    """(step, figures) of its curves, in order."""
    query = (
        select(TrainingPointRow.step, TrainingPointRow.figures)
        .where(TrainingPointRow.training_id == training_id)
        .order_by(TrainingPointRow.step)
    )
    return [(step, figures) for step, figures in tx.execute(query)]


def finished(tx: Session, training_id: int, model_version_id: int) -> None:
    """It made a model."""
    _close(tx, training_id, state=DONE, model_version_id=model_version_id)


def failed(tx: Session, training_id: int, error: KbError) -> None:
    """It ended with a reason."""
    _close(tx, training_id, state=FAILED, error_code=error.code, error_facts=dict(error.facts))


def cancelled(tx: Session, training_id: int) -> None:
    """Somebody stopped it."""
    _close(tx, training_id, state=CANCELLED)


def remove(tx: Session, training_id: int) -> None:
    """Forget one that came to nothing."""
    tx.execute(delete(TrainingRow).where(TrainingRow.id == training_id))


def _close(tx: Session, training_id: int, **values: object) -> None:
    tx.execute(
        update(TrainingRow)
        .where(TrainingRow.id == training_id)
        .values(finished_at=utc_now(), **values)
    )


def _select(tx: Session, *which: Any, limit: int = 1_000) -> list[Training]:  # noqa: ANN401
    query = (
        select(TrainingRow, ModelVersionRow.name)
        .outerjoin(ModelVersionRow, ModelVersionRow.id == TrainingRow.model_version_id)
        .where(*which)
        .order_by(TrainingRow.id.desc())
        .limit(limit)
    )
    return [_training(row, model) for row, model in tx.execute(query)]


def _training(row: TrainingRow, model: str | None) -> Training:
    return Training(
        id=row.id,
        job_id=row.job_id,
        state=row.state,
        plan=plan_of(row.plan),
        counts=row.counts,
        estimate=row.estimate,
        done=row.done_steps,
        total=row.total_steps,
        figures=row.figures,
        model=model,
        error_code=row.error_code,
        error_facts=row.error_facts or {},
        created_by=row.created_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def plan_of(stored: Mapping[str, Any]) -> TrainingPlan:
    """A plan as it was written down."""
    return TrainingPlan(
        **dict(stored)
        | {"task": ModelTask(stored["task"]), "method": TrainingMethod(stored["method"])}
    )
