"""Jobs: what runs, what waits, what failed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from kb.access import visible_collections
from kb.domain.documents import JobState
from kb.domain.errors import Conflict, NotFound
from kb.storage import jobs
from web.api import PREFIX, views
from web.api.models import JobList, JobOut
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
            before=views.place_of(cursor),
            limit=limit + 1,
        )
    return JobList(
        items=[views.job(each, language) for each in found[:limit]],
        next_cursor=views.cursor_after(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("/{job_id}/retry", status_code=HTTPStatus.ACCEPTED)
def retry_job(kb: Kb, who: Who, language: Language, job_id: int) -> JobOut:
    """Run the document of a failed job again from the stage that failed."""
    visible = visible_collections(who)
    with kb.database.read() as tx:
        found = jobs.list_jobs(tx, job_id=job_id, collections=visible, limit=1)
    if not found:
        raise NotFound(kind="job", id=job_id)
    if found[0].document_id is None:
        raise Conflict(
            detail="this job belongs to no document; it is retried by itself",
            detail_zh="该任务不属于任何文档，会自动重试",
        )
    kb.lifecycle.retry(found[0].document_id, who)
    with kb.database.read() as tx:
        return views.job(jobs.get(tx, job_id), language)
