"""Index generations: built beside the live one, then put into service. Administrators only."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from kb.bootstrap import Application
from kb.domain.errors import Conflict
from kb.ingestion.reindex import Gates
from kb.storage import documents, generations, golden
from web.api import PREFIX
from web.api.models_index import (
    ActivationIn,
    GenerationIn,
    GenerationList,
    GenerationOut,
    GoldenIn,
    GoldenList,
    GoldenOut,
)
from web.api.views_index import generation as shown
from web.api.views_index import golden as golden_shown
from web.api.views_index import in_full
from web.security import Admin, Kb, Language

router = APIRouter(prefix=PREFIX, tags=["generations"])


@router.get("/generations")
def list_generations(kb: Kb, who: Admin, language: Language) -> GenerationList:
    """All generations, oldest first."""
    with kb.database.read() as tx:
        found = generations.in_state(tx)
        names = {each.id: each.name for each in documents.collections(tx, None)}
    return GenerationList(items=[shown(each, names, language) for each in found])


@router.post("/generations", status_code=HTTPStatus.ACCEPTED)
def start_generation(kb: Kb, who: Admin, language: Language, given: GenerationIn) -> GenerationOut:
    """Begin to build a new index of everything or of one collection; the live one goes on."""
    started = kb.reindexer.start(
        who, collection_id=given.collection, flip=given.flip, embedder=given.embedder
    )
    return _shape(kb, started, language)


@router.post("/generations/rollback")
def roll_back_generation(kb: Kb, who: Admin, language: Language) -> GenerationOut:
    """Put the previous generation back into service."""
    return _shape(kb, kb.reindexer.rollback(who), language)


@router.get("/generations/{generation_id}")
def get_generation(kb: Kb, who: Admin, language: Language, generation_id: int) -> GenerationOut:
    """One generation, with what it answers to each golden query beside the one before."""
    return _shape(kb, generation_id, language)


@router.post("/generations/{generation_id}/activate")
def activate_generation(
    kb: Kb, who: Admin, language: Language, generation_id: int, given: ActivationIn | None = None
) -> GenerationOut:
    """Put a built generation into service; the one before stays for a rollback."""
    anyway = given is not None and given.anyway
    kb.reindexer.activate(generation_id, who, Gates.OVERRULED if anyway else Gates.OBEYED)
    return _shape(kb, generation_id, language)


@router.post("/generations/{generation_id}/pause")
def pause_generation(kb: Kb, who: Admin, language: Language, generation_id: int) -> GenerationOut:
    """Stop a build where it is."""
    _same(kb, generation_id)
    return _shape(kb, kb.reindexer.pause(who), language)


@router.post("/generations/{generation_id}/resume")
def resume_generation(kb: Kb, who: Admin, language: Language, generation_id: int) -> GenerationOut:
    """Go on with a paused build."""
    _same(kb, generation_id)
    return _shape(kb, kb.reindexer.resume(who), language)


@router.delete("/generations/{generation_id}", status_code=HTTPStatus.NO_CONTENT)
def cancel_generation(kb: Kb, who: Admin, generation_id: int) -> None:
    """Give a build up."""
    _same(kb, generation_id)
    kb.reindexer.cancel(who)


@router.get("/golden-queries")
def list_golden_queries(kb: Kb, who: Admin) -> GoldenList:
    """The queries that every new index must answer, oldest first."""
    found = kb.golden_set.list(who)
    with kb.database.read() as tx:
        names = golden.names(tx, sorted({d for each in found for d in each.documents}))
    return GoldenList(items=[golden_shown(each, names) for each in found])


@router.post("/golden-queries", status_code=HTTPStatus.CREATED)
def put_golden_query(kb: Kb, who: Admin, given: GoldenIn) -> GoldenOut:
    """Keep a query with the documents that answer it; the same query again replaces them."""
    kept = kb.golden_set.put(who, given.query, given.documents)
    found = next(each for each in kb.golden_set.list(who) if each.id == kept)
    with kb.database.read() as tx:
        return golden_shown(found, golden.names(tx, found.documents))


@router.delete("/golden-queries/{query_id}", status_code=HTTPStatus.NO_CONTENT)
def remove_golden_query(kb: Kb, who: Admin, query_id: int) -> None:
    """Forget a golden query."""
    kb.golden_set.remove(who, query_id)


def _same(kb: Application, generation_id: int) -> None:
    """Only one is built at a time; the address must name it."""
    with kb.database.read() as tx:
        found = generations.get(tx, generation_id)
    if found.state not in (
        generations.GenerationState.BUILDING,
        generations.GenerationState.PAUSED,
    ):
        raise Conflict(
            detail=f"generation {generation_id} is {found.state.value}, not being built",
            detail_zh=f"第 {generation_id} 代索引不在构建中",
        )


def _shape(kb: Application, generation_id: int, language: str) -> GenerationOut:
    with kb.database.read() as tx:
        found = generations.get(tx, generation_id)
        names = {each.id: each.name for each in documents.collections(tx, None)}
    return in_full(shown(found, names, language), found)
