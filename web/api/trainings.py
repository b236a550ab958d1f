"""Trainings: estimate, start, watch, cancel. Engineers and administrators only."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query

from kb.bootstrap import Application
from kb.domain.errors import error_of
from kb.domain.models import TrainingPlan
from kb.storage import jobs, trainings
from kb.storage.database import Session
from kb.storage.trainings import Training
from web.api import PREFIX
from web.api.cursors import cursor_after, place_of
from web.api.loop_models import (
    EstimateOut,
    PlanIn,
    PointOut,
    StepProgress,
    TrainingDetail,
    TrainingList,
    TrainingOut,
)
from web.api.models_base import StageError
from web.security import Engineer, Kb, Language

router = APIRouter(prefix=f"{PREFIX}/trainings", tags=["trainings"])


@router.get("")
def list_trainings(
    kb: Kb,
    who: Engineer,
    language: Language,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TrainingList:
    """Trainings, newest first."""
    with kb.database.read() as tx:
        found = trainings.newest(tx, before=place_of(cursor), limit=limit + 1)
        shown = [_fields(tx, each, language) for each in found[:limit]]
    return TrainingList(
        items=[TrainingOut(**each) for each in shown],
        next_cursor=cursor_after(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("/estimate")
def estimate_training(kb: Kb, who: Engineer, given: PlanIn) -> EstimateOut:
    """What a training would take here, and what it would learn from."""
    found = kb.loop.estimate(_plan(given), who)
    return EstimateOut(
        seconds=found["seconds"],
        memory_mb=found["memory_mb"],
        fits=found["fits"],
        basis=found["basis"],
        examples=found["splits"],
        labels=found["labels"],
        origins=found["origins"],
        left_out=found["left_out"],
    )


@router.post("", status_code=HTTPStatus.ACCEPTED)
def start_training(kb: Kb, who: Engineer, language: Language, given: PlanIn) -> TrainingDetail:
    """Freeze the training set and have it trained."""
    return _detail(kb, kb.loop.start(_plan(given), who), language)


@router.get("/{training_id}")
def get_training(kb: Kb, who: Engineer, language: Language, training_id: int) -> TrainingDetail:
    """One training with its curves."""
    return _detail(kb, training_id, language)


@router.post("/{training_id}/cancel")
def cancel_training(kb: Kb, who: Engineer, language: Language, training_id: int) -> TrainingDetail:
    """Stop a training; its process ends within seconds."""
    kb.loop.cancel(training_id, who)
    return _detail(kb, training_id, language)


@router.post("/{training_id}/retry", status_code=HTTPStatus.ACCEPTED)
def retry_training(kb: Kb, who: Engineer, language: Language, training_id: int) -> TrainingDetail:
    """Go on with a training that failed or was cancelled, from its last checkpoint."""
    kb.loop.retry(training_id, who)
    return _detail(kb, training_id, language)


def _plan(given: PlanIn) -> TrainingPlan:
    return TrainingPlan(**given.model_dump())


def _detail(kb: Application, training_id: int, language: str) -> TrainingDetail:
    with kb.database.read() as tx:
        found = trainings.get(tx, training_id)
        points = trainings.points(tx, training_id)
        fields = _fields(tx, found, language)
    return TrainingDetail(
        **fields,
        points=[PointOut(step=step, figures=figures) for step, figures in points],
    )


def _fields(tx: Session, found: Training, language: str) -> dict[str, Any]:
    error = None
    if found.error_code is not None:
        failure = error_of(found.error_code, found.error_facts)
        error = StageError(
            stage="train",
            code=found.error_code,
            message=failure.sentence(language),
            retryable=failure.retryable,
        )
    return {
        "id": found.id,
        "state": found.state,
        "task": found.plan.task.value,
        "method": found.plan.method.value,
        "taxonomy": found.plan.taxonomy,
        "plan": asdict(found.plan),
        "counts": dict(found.counts),
        "estimate": dict(found.estimate),
        "progress": StepProgress(done=found.done, total=found.total),
        "attempt": 1 if found.job_id is None else jobs.get(tx, found.job_id).attempt,
        "figures": dict(found.figures),
        "model": found.model,
        "error": error,
        "created_by": found.created_by,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "finished_at": found.finished_at,
    }
