"""Finding: ``kb search``."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

from kb.access import visible_collections
from kb.cli.documents import As, Collection
from kb.cli.output import Invocation
from kb.domain.errors import InvalidInput
from kb.domain.search import Facets, Hit, SearchFilters, SearchMode, SearchRequest, SearchResult
from kb.storage import documents as store

_FILTERS = {
    "category": "categories",
    "language": "languages",
    "lang": "languages",
    "format": "formats",
    "type": "formats",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(search)


def search(  # noqa: PLR0913, PLR0917  (typer's options: each is named on the command line)
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words, a question, “quoted phrases”, -minus.")],
    collection: Collection = None,
    mode: Annotated[SearchMode, typer.Option(help="Evidence to use.")] = SearchMode.HYBRID,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="category=, language=, format=, document=, from=, to="),
    ] = None,
    k: Annotated[int, typer.Option("-k", help="Hits wanted.", min=1, max=1000)] = 10,
    person: As = None,
) -> None:
    """Search, with page and place of every hit."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    wanted = _filters(filters or [])
    if collection is not None:
        with kb.application.database.read() as tx:
            visible = visible_collections(principal)
            found = store.collection_named(tx, collection, visible)
        wanted["collections"] = frozenset({found.id})
    request = SearchRequest(query=query, mode=mode, filters=SearchFilters(**wanted), k=k)
    result = kb.application.searcher.search(request, principal)
    kb.emit(_result_json(result), _as_text(result))


def _filters(given: list[str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for pair in given:
        key, separator, value = pair.partition("=")
        if not separator or not value:
            raise InvalidInput(field="--filter", detail=f"“{pair}” is not key=value")
        if key in _FILTERS:
            field = _FILTERS[key]
            wanted[field] = wanted.get(field, frozenset()) | {value}
        elif key == "document" and value.isdigit():
            wanted["documents"] = wanted.get("documents", frozenset()) | {int(value)}
        elif key in ("from", "to"):
            wanted[f"created_{key}"] = _day(value)
        else:
            raise InvalidInput(field="--filter", detail=f"unknown key “{key}”")
    return wanted


def _day(value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(field="--filter", detail=f"“{value}” is not YYYY-MM-DD") from error


def _result_json(result: SearchResult) -> dict[str, Any]:
    return {
        "query": result.query,
        "mode": result.mode.value,
        "took_ms": round(result.took_ms, 2),
        "generation": result.generation,
        "notice": result.notice.value if result.notice else None,
        "total": result.total,
        "hits": [_hit_json(hit) for hit in result.hits],
        "facets": _facets_json(result.facets),
    }


def _hit_json(hit: Hit) -> dict[str, Any]:
    best = hit.best
    return {
        "document": hit.document_id,
        "version": hit.version_id,
        "passage": best.passage_id,
        "name": hit.name,
        "title": hit.title,
        "page": best.page,
        "boxes": [{"page": placed.page, "box": list(placed.box)} for placed in best.boxes],
        "score": round(best.score, 6),
        "found_by": best.found_by.value,
        "snippet": best.snippet,
        "highlights": [list(span) for span in best.highlights],
    }


def _facets_json(facets: Facets) -> dict[str, Any]:
    return {
        name: [
            {"value": count.value, "label": count.label, "count": count.count}
            for count in getattr(facets, name)
        ]
        for name in ("collection", "category", "language", "format")
    }


def _as_text(result: SearchResult) -> str:
    lines = [
        f"{hit.document_id:>6}  {hit.title}  p.{hit.best.page}  ({hit.best.found_by})\n"
        f"        {hit.best.snippet}"
        for hit in result.hits
    ]
    return "\n".join([*lines, f"{result.total} · {result.took_ms:.0f} ms"])
