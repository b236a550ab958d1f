"""Search without JavaScript: one page, rendered here, every value escaped."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import jinja2
from fastapi import APIRouter, Query, Request, Response

from kb.domain.access import Principal
from kb.domain.errors import KbError, SignInRequired
from kb.domain.search import Excerpt, SearchMode, SearchRequest, SearchResult
from web.problems import status_of
from web.searching import Searching
from web.security import SEARCHES, Language, MaybeCaller, SearchingOf, ThrottleOf

router = APIRouter(include_in_schema=False)

_HITS = 20


def environment() -> jinja2.Environment:
    """Templates with escaping on; an unknown name in one is an error, not a gap."""
    folder = Path(__file__).parent.parent / "templates"
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["pieces"] = pieces
    return made


def pieces(excerpt: Excerpt) -> Iterator[tuple[str, bool]]:
    """The snippet cut at its highlights: (text, highlighted?)."""
    at = 0
    for start, end in excerpt.highlights:
        if start < at:
            continue
        yield excerpt.snippet[at:start], False
        yield excerpt.snippet[start:end], True
        at = end
    yield excerpt.snippet[at:], False


@router.get("/s")
def search_page(  # noqa: PLR0913  (one parameter for each query field)
    *,
    request: Request,
    searching: SearchingOf,
    caller: MaybeCaller,
    language: Language,
    throttle: ThrottleOf,
    q: Annotated[str, Query(max_length=2000)] = "",
    mode: SearchMode = SearchMode.HYBRID,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """Hits with links to the page viewer and the original."""
    status, message, result = HTTPStatus.OK, "", None
    wanted = SearchRequest(query=q.strip(), mode=mode, k=_HITS, offset=offset)
    try:
        if caller is None:
            raise SignInRequired
        throttle.count(SEARCHES, str(caller.principal.user_id))
        result = _search(searching, wanted, caller.principal)
    except KbError as error:
        status, message = status_of(error), error.sentence(language)
    template: jinja2.Template = request.app.state.templates.get_template("search.html")
    html = template.render(
        language=language,
        query=wanted.query,
        mode=mode.value,
        offset=offset,
        k=_HITS,
        message=message,
        result=result,
    )
    return Response(html, status_code=status, media_type="text/html; charset=utf-8")


def _search(searching: Searching, wanted: SearchRequest, who: Principal) -> SearchResult | None:
    return searching.search(wanted, who) if wanted.query else None
