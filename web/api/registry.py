"""Models: what was trained, how good it is, who serves, what it costs, what is stale."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from kb.access import visible_collections
from kb.bootstrap import Application
from kb.domain.access import Principal, Role
from kb.domain.errors import NotFound
from kb.domain.models import ModelVersion
from kb.storage import examples, models, redos, stale, taxonomies, understanding
from kb.storage.database import Session
from kb.storage.redos import Redo, Wanted
from web.api import PREFIX
from web.api.collections import collection as visible_collection
from web.api.loop_models import (
    BaseList,
    BaseOut,
    ModelDetail,
    ModelList,
    ModelOut,
    RedoIn,
    RedoList,
    RedoOut,
    RollbackIn,
    RollbackOut,
    StaleOut,
    UsageOut,
    UsageRow,
)
from web.security import Engineer, Kb, Who

router = APIRouter(prefix=f"{PREFIX}/models", tags=["models"])
_MB = 1e6
_TOLD_TO_ALL = frozenset(
    [
        "metrics",
        "per_class",
        "labels",
        "confusion",
        "abstain",
        "training",
        "baselines",
        "splits",
        "wanted_precision",
        "threshold",
        "evaluated_on",
        "members",
    ]
)
"""What of a report holds no text and no name of a document."""


@router.get("")
def list_models(kb: Kb, who: Who) -> ModelList:
    """All versions, newest first."""
    with kb.database.read() as tx:
        return ModelList(items=[_shape(tx, each) for each in models.versions(tx)])


@router.get("/usage")
def get_usage(kb: Kb, who: Who) -> UsageOut:
    """Which path answered how many documents, with how many tokens, in how many seconds."""
    with kb.database.read() as tx:
        found = understanding.usage(tx)
    totals: dict[str, int] = {}
    for one in found:
        totals[one.stage] = totals.get(one.stage, 0) + one.documents
    return UsageOut(
        items=[
            UsageRow(
                stage=one.stage,
                model=one.model,
                path=one.path,
                documents=one.documents,
                share=round(one.documents / totals[one.stage], 4),
                tokens=one.tokens,
                seconds=one.seconds,
            )
            for one in found
        ]
    )


@router.get("/stale")
def count_stale(
    kb: Kb, who: Who, collection: int | None = None, taxonomy: str | None = None
) -> StaleOut:
    """Documents whose category is an older model's word, among those the caller may see."""
    with kb.database.read() as tx:
        if collection is not None:
            visible_collection(tx, collection, who)
        count, every = stale.count_stale(
            tx, visible_collections(who), taxonomy=taxonomy, collection_id=collection
        )
    return StaleOut(stale=count, documents=every)


@router.get("/bases")
def list_bases(kb: Kb, who: Engineer) -> BaseList:
    """Language models that trainings may stand on; ``kb models pull`` and ``import`` add some."""
    from kb.llm.checkpoints import fits, list_checkpoints  # noqa: PLC0415  (needed only here)
    from kb.llm.memory import available_ram  # noqa: PLC0415  (needed only here)

    free = available_ram()
    return BaseList(
        items=[
            BaseOut(
                name=one.name,
                architecture=one.architecture,
                parameters=one.parameters,
                licence=one.licence,
                context_tokens=one.context_tokens,
                precision=one.precision,
                memory_mb={name: round(need / _MB) for name, need in one.memory.items()},
                fits={name: fits(one, name, free) for name in one.memory},
                source=one.source,
                notes=list(one.notes),
            )
            for one in list_checkpoints(kb.settings.base_models_path)
        ],
        available_mb=round(free / _MB),
    )


@router.get("/redos")
def list_redos(kb: Kb, who: Engineer) -> RedoList:
    """Bulk re-classifications, newest first."""
    with kb.database.read() as tx:
        return RedoList(items=[_redo(each) for each in redos.newest(tx)])


@router.post("/redo", status_code=HTTPStatus.ACCEPTED)
def start_redo(kb: Kb, who: Engineer, given: RedoIn) -> RedoOut:
    """Have stale documents classified again by the model in service."""
    with kb.database.read() as tx:
        if given.collection is not None:
            visible_collection(tx, given.collection, who)
        if given.taxonomy is not None:
            taxonomies.taxonomy(tx, given.taxonomy)
    wanted = Wanted(given.taxonomy, given.collection, given.per_minute)
    return _redo_of(kb, kb.redos.start(wanted, who))


@router.post("/redos/{redo_id}/pause")
def pause_redo(kb: Kb, who: Engineer, redo_id: int) -> RedoOut:
    """Stop where it is."""
    kb.redos.pause(redo_id, who)
    return _redo_of(kb, redo_id)


@router.post("/redos/{redo_id}/resume")
def resume_redo(kb: Kb, who: Engineer, redo_id: int) -> RedoOut:
    """Go on."""
    kb.redos.resume(redo_id, who)
    return _redo_of(kb, redo_id)


@router.post("/redos/{redo_id}/cancel")
def cancel_redo(kb: Kb, who: Engineer, redo_id: int) -> RedoOut:
    """Give it up; what was done stays."""
    kb.redos.cancel(redo_id, who)
    return _redo_of(kb, redo_id)


@router.post("/rollback")
def roll_back(kb: Kb, who: Engineer, given: RollbackIn) -> RollbackOut:
    """Put the model before back into service, and with it the labels it had given."""
    found, restored = kb.loop.roll_back(given.task, given.taxonomy, who)
    now = found.now.name if found.now else None
    return RollbackOut(gone=found.gone.name, now=now, restored=restored)


@router.get("/{name}")
def get_model(kb: Kb, who: Who, name: str) -> ModelDetail:
    """One version with its evaluation and card. What names documents is for administrators."""
    with kb.database.read() as tx:
        model = models.get(tx, name)
        shape = _shape(tx, model)
        every = models.versions(tx, task=model.task, taxonomy=model.taxonomy)
        report = _report(tx, kb, model, who)
    return ModelDetail(
        **shape.model_dump(),
        **_export(kb, model, every),
        report=report,
        card=kb.registry.card(model),
        files=dict(model.files),
    )


@router.post("/{name}/gate")
def judge_model(kb: Kb, who: Engineer, name: str) -> dict[str, Any]:
    """Hold a model against the one in service on the same held-out examples."""
    return kb.loop.judge(name, who).as_json()


@router.post("/{name}/promote")
def promote_model(kb: Kb, who: Engineer, name: str) -> ModelOut:
    """Put a model into service, unless it is worse than the one that serves."""
    model = kb.loop.promote(name, who)
    with kb.database.read() as tx:
        return _shape(tx, model)


def _report(tx: Session, kb: Application, model: ModelVersion, who: Principal) -> dict[str, Any]:
    report = kb.registry.report(model)
    if who.role is Role.ADMIN:
        errors = [error | _example(tx, error.get("key")) for error in report.get("errors", ())]
        return report | {"errors": errors} if errors else report
    return {key: value for key, value in report.items() if key in _TOLD_TO_ALL}


def _example(tx: Session, key: str | None) -> dict[str, Any]:
    """Which document or imported text an error is about; empty when it was forgotten since."""
    if key is None or not str(key).isdecimal():
        return {}
    try:
        found = examples.get(tx, int(key), None)
    except NotFound:
        return {}
    return {"document": found.document_id, "name": found.name}


def _export(kb: Application, model: ModelVersion, every: Sequence[ModelVersion]) -> dict[str, Any]:
    """What it was exported from and how the two compare; what was exported from it."""
    registry = kb.registry
    return {
        "exported_from": registry.exported_from(model),
        "export": registry.comparison(model),
        "exports": [one.name for one in every if registry.exported_from(one) == model.name],
        "size_mb": round(registry.size(model) / _MB, 2),
    }


def _shape(tx: Session, model: ModelVersion) -> ModelOut:
    return ModelOut(
        id=model.id,
        name=model.name,
        task=model.task.value,
        method=model.method.value,
        taxonomy=model.taxonomy,
        base=model.base,
        state=model.state,
        aliases=[alias.value for alias in model.aliases],
        metrics=dict(model.metrics),
        baselines={name: dict(figures) for name, figures in model.baselines.items()},
        gate=models.gate_of(tx, model.name),
        created_at=model.created_at,
        created_by=model.created_by,
        training=model.training,
    )


def _redo_of(kb: Application, redo_id: int) -> RedoOut:
    with kb.database.read() as tx:
        return _redo(redos.get(tx, redo_id))


def _redo(found: Redo) -> RedoOut:
    return RedoOut(
        id=found.id,
        state=found.state,
        taxonomy=found.taxonomy,
        collection=found.collection_id,
        done=found.done,
        failed=found.failed,
        total=found.total,
        per_minute=found.per_minute,
        created_by=found.created_by,
        created_at=found.created_at,
        finished_at=found.finished_at,
    )
