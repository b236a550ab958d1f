"""What recurs: re-indexes and trainings at the times of a cron expression. Administrators only."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from kb.bootstrap import Application
from kb.domain.errors import NotFound
from kb.storage import documents
from kb.storage.generations import Flip
from web.api import PREFIX
from web.api.models_index import ScheduleIn, ScheduleList, ScheduleOut
from web.api.views_index import schedule as shown
from web.security import Admin, Kb, Language

router = APIRouter(prefix=f"{PREFIX}/schedules", tags=["schedules"])


@router.get("")
def list_schedules(kb: Kb, who: Admin, language: Language) -> ScheduleList:
    """All schedules with their next runs and what became of the last ones."""
    names = _names(kb)
    return ScheduleList(items=[shown(each, names, language) for each in kb.schedules.list()])


@router.post("", status_code=HTTPStatus.CREATED)
def add_schedule(kb: Kb, who: Admin, language: Language, given: ScheduleIn) -> ScheduleOut:
    """Re-index or train whenever the clock of a time zone meets a cron expression."""
    options: dict[str, Any] = {}
    if given.collection is not None:
        with kb.database.read() as tx:
            options["collection"] = documents.collection_with_id(tx, given.collection, None).id
    if given.flip is not Flip.AUTOMATIC:
        options["flip"] = given.flip.value
    made = kb.schedules.add(
        given.action,
        given.cron,
        time_zone=given.time_zone,
        missed=given.missed,
        options=options,
    )
    found = kb.schedules.get(made)
    if found is None:  # removed by somebody in this very moment
        raise NotFound(kind="schedule", id=made)
    return shown(found, _names(kb), language)


@router.delete("/{schedule_id}", status_code=HTTPStatus.NO_CONTENT)
def remove_schedule(kb: Kb, who: Admin, schedule_id: int) -> None:
    """Forget a schedule; what it started goes on."""
    kb.schedules.remove(schedule_id)


def _names(kb: Application) -> dict[int, str]:
    with kb.database.read() as tx:
        return {each.id: each.name for each in documents.collections(tx, None)}
