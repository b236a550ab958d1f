"""Server-sent events: progress of what the caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from kb.access import visible_collections
from kb.accounts import Accounts
from kb.bootstrap import Application
from kb.domain.access import Principal, Role
from kb.domain.errors import KbError
from web.api import PREFIX, views, views_index
from web.events import Change, Hub
from web.security import AccountsOf, Kb, Language, MaybeCaller, Who, authenticate

router = APIRouter(prefix=PREFIX, tags=["events"])

_RECONNECT_MS = 2_000
_MOST_AT_ONCE = 100


@router.get("/events", response_class=EventSourceResponse)
async def events(  # noqa: PLR0913  (FastAPI hands each thing in by name)
    *,
    request: Request,
    kb: Kb,
    accounts: AccountsOf,
    caller: MaybeCaller,
    who: Who,
    language: Language,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """``document`` events carry a DocumentRow, ``generation`` events (administrators) its state.

    Rights are looked up anew for every batch; the stream ends when the session does.
    """
    hub: Hub = request.app.state.hub
    listener = hub.open()
    try:
        yield ServerSentEvent(comment="listening", retry=_RECONNECT_MS)
        batch = await hub.since(last_event_id)
        while True:
            if batch:
                principal = await _still(request, accounts)
                if principal is None:
                    return
                for event in await run_in_threadpool(_told, kb, principal, batch, language):
                    yield event
            first = await listener.queue.get()
            batch = [] if first is None else [first]
            while batch and not listener.queue.empty() and len(batch) < _MOST_AT_ONCE:
                change = listener.queue.get_nowait()
                if change is None:
                    listener.queue.put_nowait(None)
                    break
                batch.append(change)
            if first is None:
                return
    finally:
        hub.leave(listener)


async def _still(request: Request, accounts: Accounts) -> Principal | None:
    """The caller as of now; None when the session ended or the token expired."""
    try:
        caller = await authenticate(request, accounts)
    except KbError:
        return None
    return None if caller is None else caller.principal


def _told(
    kb: Application, who: Principal, batch: list[Change], language: str
) -> list[ServerSentEvent]:
    visible = visible_collections(who)
    with kb.database.read() as tx:
        labels = views.labels_of(tx)
    told = []
    for change in batch:
        if (view := change.document) is not None:
            if visible is None or view.collection_id in visible:
                shown = views.row(view, labels, language)
                told.append(ServerSentEvent(event="document", id=change.id, data=shown))
        elif change.generation is not None and who.role is Role.ADMIN:
            shape = views_index.generation(change.generation, {}, language)
            told.append(ServerSentEvent(event="generation", id=change.id, data=shape))
    return told
