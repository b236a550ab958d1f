"""Search and suggestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kb.access import visible_collections
from kb.domain.errors import InvalidInput
from kb.domain.search import SearchFilters, SearchMode, SearchRequest
from kb.storage import documents
from web.api import PREFIX, views
from web.api.models import SearchOut, SuggestionOut, SuggestOut
from web.security import SEARCHES, SUGGESTIONS, Kb, SearchingOf, ThrottleOf, Who

router = APIRouter(prefix=PREFIX, tags=["search"])

_SUGGESTIONS = 8
Values = Annotated[list[str], Query(max_length=50)]


def filters(
    collection: Values = [],  # noqa: B006  (FastAPI copies defaults)
    category: Values = [],  # noqa: B006
    language: Values = [],  # noqa: B006
    format: Values = [],  # noqa: B006  (the field's name in the interface)
) -> SearchFilters:
    """Restrictions; each may be repeated, or hold several values with commas between."""
    ids = _split(collection)
    if not all(each.isdigit() for each in ids):
        raise InvalidInput(
            field="collection", detail="must be ids of collections", detail_zh="应为资料库编号"
        )
    return SearchFilters(
        collections=frozenset(map(int, ids)),
        categories=_split(category),
        languages=_split(language),
        formats=_split(format),
    )


@router.get("/search")
def search(  # noqa: PLR0913  (one parameter for each query field)
    *,
    searching: SearchingOf,
    who: Who,
    throttle: ThrottleOf,
    want: Annotated[SearchFilters, Depends(filters)],
    q: Annotated[str, Query(max_length=2000)] = "",
    mode: SearchMode = SearchMode.HYBRID,
    k: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> SearchOut:
    """Find documents by words, by meaning, or both."""
    throttle.count(SEARCHES, str(who.user_id))
    request = SearchRequest(query=q, mode=mode, filters=want, k=k, offset=offset)
    return views.search_result(searching.search(request, who))


@router.get("/suggest")
def suggest(
    kb: Kb, who: Who, throttle: ThrottleOf, q: Annotated[str, Query(max_length=300)] = ""
) -> SuggestOut:
    """Names and titles of visible documents that contain what was typed so far."""
    throttle.count(SUGGESTIONS, str(who.user_id))
    typed = q.strip()
    if not typed:
        return SuggestOut(items=[])
    with kb.database.read() as tx:
        found = documents.names_like(tx, typed, visible_collections(who), limit=_SUGGESTIONS)
    return SuggestOut(
        items=[
            SuggestionOut(text=name, kind="document", document=document_id)
            for document_id, name in found
        ]
    )


def _split(values: list[str]) -> frozenset[str]:
    return frozenset(part.strip() for value in values for part in value.split(",") if part.strip())
