"""The registry of models: versions, and the roles that flip in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.domain.errors import NotFound
from kb.domain.models import ModelAlias, ModelTask, ModelVersion, TrainingMethod
from kb.storage.tables import ModelAliasRow, ModelVersionRow

CANDIDATE = "candidate"
REFUSED = "refused"
SERVED = "served"
ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class NewModel:
    """What is written down of a model when it enters the registry."""

    name: str
    task: ModelTask
    method: TrainingMethod
    taxonomy: str
    base: str
    folder: str
    """Relative to the registry's folder."""
    files: Mapping[str, str]
    """sha256 of each file."""
    metrics: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    by: str | None
    training: int | None = None


@dataclass(frozen=True, slots=True)
class RolledBack:
    """Who served, and who serves now; None is what comes with the product."""

    gone: ModelVersion
    now: ModelVersion | None


def next_name(tx: Session, task: ModelTask) -> str:
    """A name that no version has or had: "classifier-0003"."""
    names = tx.scalars(select(ModelVersionRow.name).where(ModelVersionRow.task == task))
    numbers = [name.rpartition("-")[2] for name in names]
    last = max((int(number) for number in numbers if number.isdigit()), default=0)
    return f"{task}-{last + 1:04d}"


def add(tx: Session, new: NewModel) -> ModelVersion:
    """Write a candidate down."""
    row = ModelVersionRow(
        name=new.name,
        task=new.task,
        method=new.method,
        taxonomy=new.taxonomy,
        base=new.base,
        state=CANDIDATE,
        folder=new.folder,
        files=dict(new.files),
        metrics=dict(new.metrics),
        baselines={name: dict(figures) for name, figures in new.baselines.items()},
        training_id=new.training,
        created_by=new.by,
    )
    tx.add(row)
    tx.flush()
    return _version(row, ())


def known_names(tx: Session) -> frozenset[str]:
    """Names of all versions."""
    return frozenset(tx.scalars(select(ModelVersionRow.name)))


def get(tx: Session, name: str) -> ModelVersion:
    """The version with this name or id.

    Raises:
        NotFound: there is none.
    """
    query = select(ModelVersionRow).where(ModelVersionRow.name == name)
    row = tx.scalar(query)
    if row is None and name.isdigit():
        row = tx.get(ModelVersionRow, int(name))
    if row is None:
        raise NotFound(kind="model", id=name)
    return _version(row, _aliases(tx).get(row.id, ()))


def versions(
    tx: Session, *, task: ModelTask | None = None, taxonomy: str | None = None
) -> list[ModelVersion]:
    """All versions, newest first."""
    query = select(ModelVersionRow).order_by(ModelVersionRow.id.desc())
    if task is not None:
        query = query.where(ModelVersionRow.task == task)
    if taxonomy is not None:
        query = query.where(ModelVersionRow.taxonomy == taxonomy)
    roles = _aliases(tx)
    return [_version(row, roles.get(row.id, ())) for row in tx.scalars(query)]


def with_alias(
    tx: Session, task: ModelTask, taxonomy: str, alias: ModelAlias
) -> ModelVersion | None:
    """Who has the role; None when nobody has, or what comes with the product."""
    row = tx.get(ModelAliasRow, (task, taxonomy, alias))
    if row is None or row.model_version_id is None:
        return None
    found = tx.get_one(ModelVersionRow, row.model_version_id)
    return _version(found, _aliases(tx).get(found.id, ()))


def gate_of(tx: Session, name: str) -> dict[str, Any] | None:
    """The verdict when the version was last measured against the one in service."""
    return tx.scalar(select(ModelVersionRow.gate).where(ModelVersionRow.name == name))


def note_gate(tx: Session, model: ModelVersion, verdict: Mapping[str, Any], state: str) -> None:
    """Keep a verdict and what the version is after it."""
    row = tx.get_one(ModelVersionRow, model.id)
    row.gate = dict(verdict)
    if row.state != SERVED:
        row.state = state
    if state == CANDIDATE:
        _give(tx, model, ModelAlias.CHALLENGER)
    tx.flush()


def promote(tx: Session, model: ModelVersion) -> None:
    """Put a version into service; who served before is kept for a rollback."""
    key = (model.task, model.taxonomy)
    serving = tx.get(ModelAliasRow, (*key, ModelAlias.CHAMPION))
    before = serving.model_version_id if serving else None
    if serving is not None and before == model.id:
        return
    _point(tx, key, ModelAlias.PREVIOUS, before)
    _point(tx, key, ModelAlias.CHAMPION, model.id)
    challenger = tx.get(ModelAliasRow, (*key, ModelAlias.CHALLENGER))
    if challenger is not None and challenger.model_version_id == model.id:
        tx.delete(challenger)
    tx.get_one(ModelVersionRow, model.id).state = SERVED
    tx.flush()


def roll_back(tx: Session, task: ModelTask, taxonomy: str) -> RolledBack:
    """Put who served before back into service.

    Raises:
        NotFound: nobody served before.
    """
    gone = with_alias(tx, task, taxonomy, ModelAlias.CHAMPION)
    before = tx.get(ModelAliasRow, (task, taxonomy, ModelAlias.PREVIOUS))
    if gone is None or before is None:
        raise NotFound(kind="model", id="previous")
    now = with_alias(tx, task, taxonomy, ModelAlias.PREVIOUS)
    key = (task, taxonomy)
    if now is None:
        tx.execute(delete(ModelAliasRow).where(*_is(key, ModelAlias.CHAMPION)))
    else:
        _point(tx, key, ModelAlias.CHAMPION, now.id)
    tx.execute(delete(ModelAliasRow).where(*_is(key, ModelAlias.PREVIOUS)))
    tx.get_one(ModelVersionRow, gone.id).state = ARCHIVED
    tx.flush()
    return RolledBack(gone, now)


def _is(key: tuple[str, str], alias: ModelAlias) -> tuple[Any, ...]:
    return (
        ModelAliasRow.task == key[0],
        ModelAliasRow.taxonomy == key[1],
        ModelAliasRow.alias == alias,
    )


def _give(tx: Session, model: ModelVersion, alias: ModelAlias) -> None:
    _point(tx, (model.task, model.taxonomy), alias, model.id)


def _point(tx: Session, key: tuple[str, str], alias: ModelAlias, version_id: int | None) -> None:
    row = tx.get(ModelAliasRow, (*key, alias))
    if row is None:
        row = ModelAliasRow(task=key[0], taxonomy=key[1], alias=alias)
        tx.add(row)
    row.model_version_id = version_id
    tx.flush()


def _aliases(tx: Session) -> dict[int, tuple[ModelAlias, ...]]:
    found: dict[int, tuple[ModelAlias, ...]] = {}
    for row in tx.scalars(select(ModelAliasRow).order_by(ModelAliasRow.alias)):
        if row.model_version_id is not None:
            held = found.get(row.model_version_id, ())
            found[row.model_version_id] = (*held, ModelAlias(row.alias))
    return found


def _version(row: ModelVersionRow, aliases: tuple[ModelAlias, ...]) -> ModelVersion:
    return ModelVersion(
        id=row.id,
        name=row.name,
        task=ModelTask(row.task),
        method=TrainingMethod(row.method),
        taxonomy=row.taxonomy,
        base=row.base,
        state=row.state,
        folder=row.folder,
        files=row.files,
        metrics=row.metrics,
        baselines=row.baselines,
        aliases=aliases,
        created_at=row.created_at,
        created_by=row.created_by,
        training=row.training_id,
    )
