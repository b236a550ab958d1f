"""Index generations: built beside the live one, then put into service. Administrators only."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from kb.bootstrap import Application
from kb.domain.errors import InvalidInput
from kb.storage import generations, passages
from web.api import PREFIX, views
from web.api.models import GenerationIn, GenerationList, GenerationOut
from web.security import Admin, Kb

router = APIRouter(prefix=f"{PREFIX}/generations", tags=["generations"])


@router.get("")
def list_generations(kb: Kb, who: Admin) -> GenerationList:
    """All generations, oldest first."""
    with kb.database.read() as tx:
        live = passages.count_live(tx)
        found = generations.in_state(tx)
    return GenerationList(items=[views.generation(each, live) for each in found])


@router.post("", status_code=HTTPStatus.ACCEPTED)
def start_generation(kb: Kb, who: Admin, given: GenerationIn) -> GenerationOut:
    """Begin to build a new index; the one in service goes on."""
    if given.collection is not None:
        raise InvalidInput(
            field="collection",
            detail="an index holds all collections; leave it out",
            detail_zh="索引包含所有资料库，请不要指定",
        )
    return _shape(kb, kb.reindexer.start(who))


@router.post("/{generation_id}/activate")
def activate_generation(kb: Kb, who: Admin, generation_id: int) -> GenerationOut:
    """Put a built generation into service; the one before stays for a rollback."""
    kb.reindexer.activate(generation_id, who)
    return _shape(kb, generation_id)


@router.post("/{generation_id}/pause")
def pause_generation(kb: Kb, who: Admin, generation_id: int) -> GenerationOut:
    """Stop a build where it is."""
    _same(kb, generation_id)
    return _shape(kb, kb.reindexer.pause(who))


@router.post("/{generation_id}/resume")
def resume_generation(kb: Kb, who: Admin, generation_id: int) -> GenerationOut:
    """Go on with a paused build."""
    _same(kb, generation_id)
    return _shape(kb, kb.reindexer.resume(who))


@router.delete("/{generation_id}", status_code=HTTPStatus.NO_CONTENT)
def cancel_generation(kb: Kb, who: Admin, generation_id: int) -> None:
    """Give a build up."""
    _same(kb, generation_id)
    kb.reindexer.cancel(who)


def _same(kb: Application, generation_id: int) -> None:
    """Only one is built at a time; the address must name it."""
    with kb.database.read() as tx:
        found = generations.get(tx, generation_id)
    if found.state not in (
        generations.GenerationState.BUILDING,
        generations.GenerationState.PAUSED,
    ):
        raise InvalidInput(
            field="id",
            detail=f"generation {generation_id} is {found.state.value}, not being built",
            detail_zh=f"第 {generation_id} 代索引不在构建中（{found.state.value}）",
        )


def _shape(kb: Application, generation_id: int) -> GenerationOut:
    with kb.database.read() as tx:
        return views.generation(generations.get(tx, generation_id), passages.count_live(tx))
