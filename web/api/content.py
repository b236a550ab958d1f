"""What is in a document: its text, its pages as pictures, its original, places of words."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from kb.access import may, visible_collections
from kb.bootstrap import Application
from kb.domain.access import Level, Principal
from kb.domain.documents import DocumentView
from kb.domain.errors import NotFound
from kb.domain.parsed import FileType
from kb.parsing.registry import OWN_PAGES
from kb.storage import documents, pages
from web.api import PREFIX, views
from web.api.models import HitsOut, PageHits, TextOut
from web.page_images import PageImages, media_type_of
from web.security import SEARCHES, Kb, SearchingOf, ThrottleOf, Who

router = APIRouter(prefix=f"{PREFIX}/documents", tags=["documents"])

_SAFE_TYPES = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "image/png",
        "image/jpeg",
        "image/tiff",
        "text/plain",
        "text/csv",
    }
)
"""Types a browser cannot be made to run; any other original goes out as plain bytes."""
_SANDBOXED = "sandbox; default-src 'none'; frame-ancestors 'none'"
_MOST_TEXT_PAGES = 200


@router.get("/{document_id}/text")
def get_text(
    kb: Kb, who: Who, document_id: int, page: Annotated[int | None, Query(ge=1)] = None
) -> TextOut:
    """The text with its places; one page, or the first 200."""
    with kb.database.read() as tx:
        view = _readable(documents.get(tx, document_id, visible_collections(who)), who)
        found = []
        for each in pages.of_version(tx, view.version_id, page):
            found.append(views.text_page(each))
            if len(found) == _MOST_TEXT_PAGES:
                break
    if page is not None and not found:
        raise NotFound(kind="page", id=page)
    return TextOut(pages=found)


@router.get(
    "/{document_id}/pages/{number}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def get_page_image(
    request: Request,
    kb: Kb,
    who: Who,
    document_id: int,
    number: int,
    width: Annotated[int, Query(ge=50, le=4000)] = 1200,
) -> Response:
    """A page as a picture, at least ``width`` pixels wide up to 2400."""
    view = _visible(kb, document_id, who)
    if number < 1 or (view.pages and number > view.pages):
        raise NotFound(kind="page", id=number)
    key = f"{view.sha256}-{view.version_id}-{number}"
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{key}-{width}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    images: PageImages = request.app.state.page_images
    image = images.get(key, width, lambda pixels: _draw(kb, view, number, pixels))
    return Response(image, media_type=media_type_of(image), headers=headers)


@router.get(
    "/{document_id}/original",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def get_original(kb: Kb, who: Who, document_id: int) -> FileResponse:
    """The file as it was given to us, always as an attachment."""
    view = _visible(kb, document_id, who)
    path = kb.blobs.existing(view.sha256, name=view.name)
    safe = view.media_type if view.media_type in _SAFE_TYPES else "application/octet-stream"
    return FileResponse(
        path,
        media_type=safe,
        headers={
            "Content-Disposition": attachment(view.name),
            "Content-Security-Policy": _SANDBOXED,
        },
    )


@router.get("/{document_id}/hits")
def get_hits(
    *,
    kb: Kb,
    searching: SearchingOf,
    who: Who,
    throttle: ThrottleOf,
    document_id: int,
    q: Annotated[str, Query(max_length=2000)],
) -> HitsOut:
    """All places in this document that match the words of a query."""
    throttle.count(SEARCHES, str(who.user_id))
    _visible(kb, document_id, who)
    pages = [
        PageHits(number=found.page, boxes=list(found.boxes))
        for found in searching.places(document_id, q, who)
    ]
    return HitsOut(pages=pages, total=sum(len(page.boxes) for page in pages))


def _draw(kb: Application, view: DocumentView, number: int, width: int) -> bytes:
    """A page of the original in the sandbox; where the format has none, the page as we read it.

    Raises:
        NotFound: the document has no such page (yet).
        CannotRead: it cannot be drawn, and why.
    """
    if view.format in OWN_PAGES:
        original = kb.blobs.existing(view.sha256, name=view.name)
        file_type = FileType(view.format, view.media_type)
        return kb.reader.render(original, file_type, number, width, name=view.name)
    with kb.database.read() as tx:
        page = next(pages.of_version(tx, view.version_id, number), None)
    if page is None:
        raise NotFound(kind="page", id=number)
    from kb.parsing.render import render_logical_page  # noqa: PLC0415  (loads the fonts)

    return render_logical_page(page, width)


def attachment(name: str) -> str:
    """A Content-Disposition that saves under ``name`` in every browser (RFC 6266)."""
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _visible(kb: Application, document_id: int, who: Principal) -> DocumentView:
    with kb.database.read() as tx:
        return _readable(documents.get(tx, document_id, visible_collections(who)), who)


def _readable(view: DocumentView, who: Principal) -> DocumentView:
    """What is in the trash can be looked into only by those who may bring it back.

    Raises:
        NotFound: for anybody else it is gone.
    """
    if view.deleted_at is not None and not may(who, Level.WRITE, view.collection_id):
        raise NotFound(kind="document", id=view.id)
    return view
