"""Pages across documents: those that were read worst, and reading one again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from kb.access import may, visible_collections
from kb.domain.access import Level
from kb.domain.errors import NotFound
from kb.storage import documents, jobs, pages
from web.api import PREFIX
from web.api.cursors import cursor_after, places_of
from web.api.models_reading import JobOut, RereadIn, WorstPageList
from web.api.views_reading import job, worst_page
from web.security import Kb, Language, Who

router = APIRouter(prefix=PREFIX, tags=["pages"])
_PLACE = 3


@router.get("/pages")
def list_pages(  # noqa: PLR0913  (one parameter for each query field)
    *,
    kb: Kb,
    who: Who,
    sort: Literal["quality"] = "quality",
    collection: int | None = None,
    below: Annotated[float, Query(ge=0, le=1)] = 0.9,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WorstPageList:
    """Pages of documents the caller may see whose quality is under ``below``, worst first."""
    del sort  # there is one order so far
    place = places_of(cursor, _PLACE)
    with kb.database.read() as tx:
        found = pages.worst(
            tx,
            visible_collections(who),
            below=below,
            collection_id=collection,
            after=None if place is None else (place[0], int(place[1]), int(place[2])),
            limit=limit + 1,
        )
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return WorstPageList(
        items=[
            worst_page(each, may_write=may(who, Level.WRITE, each.collection_id)) for each in shown
        ],
        next_cursor=last and cursor_after(last.page.quality, last.version_id, last.page.number),
    )


@router.post("/documents/{document_id}/pages/{number}/reread", status_code=HTTPStatus.ACCEPTED)
def reread_page(
    *, kb: Kb, who: Who, language: Language, document_id: int, number: int, given: RereadIn
) -> JobOut:
    """Have a page read again by the other OCR engine; the better reading is kept."""
    with kb.database.read() as tx:
        view = documents.get(tx, document_id, visible_collections(who))
        known = next(pages.of_version(tx, view.version_id, number), None)
    if known is None:
        raise NotFound(kind="page", id=number)
    job_id = kb.lifecycle.reread(document_id, [number], who, engine=given.engine)
    with kb.database.read() as tx:
        return job(jobs.get(tx, job_id), language)
