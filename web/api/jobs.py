"""Jobs: what runs, what waits, what failed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from kb.access import visible_collections
from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.documents import JobState
from kb.domain.errors import Conflict, NotFound
from kb.storage import jobs
from web.api import PREFIX
from web.api.cursors import cursor_after, place_of
from web.api.models_reading import JobList, JobOut
from web.api.views_reading import job
from web.security import Kb, Language, Who

router = APIRouter(prefix=f"{PREFIX}/jobs", tags=["jobs"])


@router.get("")
def list_jobs(  # noqa: PLR0913  (one parameter for each query field)
    *,
    kb: Kb,
    who: Who,
    language: Language,
    state: JobState | None = None,
    document: int | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobList:
    """Jobs of documents the caller may see, newest first."""
    with kb.database.read() as tx:
        found = jobs.list_jobs(
            tx,
            state=state,
            document_id=document,
            collections=visible_collections(who),
            before=place_of(cursor),
            limit=limit + 1,
        )
    return JobList(
        items=[job(each, language) for each in found[:limit]],
        next_cursor=cursor_after(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("/{job_id}/retry", status_code=HTTPStatus.ACCEPTED)
def retry_job(kb: Kb, who: Who, language: Language, job_id: int) -> JobOut:
    """Run the document of a failed job again from the stage that failed."""
    kb.lifecycle.retry(_document_of(kb, who, job_id), who)
    with kb.database.read() as tx:
        return job(jobs.get(tx, job_id), language)


@router.post("/{job_id}/cancel", status_code=HTTPStatus.ACCEPTED)
def cancel_job(kb: Kb, who: Who, language: Language, job_id: int) -> JobOut:
    """End the work on the document of a job; it stops within seconds, what was read stays."""
    kb.lifecycle.cancel(_document_of(kb, who, job_id), who)
    with kb.database.read() as tx:
        return job(jobs.get(tx, job_id), language)


def _document_of(kb: Application, who: Principal, job_id: int) -> int:
    """The document that a job works on.

    Raises:
        NotFound: there is no such job, or it may not be seen.
        Conflict: it belongs to no document.
    """
    with kb.database.read() as tx:
        found = jobs.list_jobs(tx, job_id=job_id, collections=visible_collections(who), limit=1)
    if not found:
        raise NotFound(kind="job", id=job_id)
    document = found[0].document_id
    if document is None:
        raise Conflict(
            detail="this job belongs to no document; see the search index or the trainings",
            detail_zh="该任务不属于任何文档，请到搜索索引或训练页面查看",
        )
    return document
