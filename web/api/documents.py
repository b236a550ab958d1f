"""Documents: lists, details, and what people do with them."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from kb.access import visible_collections
from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.documents import DocumentFilter, DocumentStatus, DocumentView
from kb.domain.errors import ChangedMeanwhile
from kb.storage import documents, families, pages, passages, understanding
from web.api import PREFIX, views, views_reading
from web.api.collections import collection
from web.api.cursors import cursor_after, place_of
from web.api.models import Counts, DocumentDetail, DocumentList, DocumentPatch, DocumentRow
from web.security import Kb, Language, Who

router = APIRouter(prefix=f"{PREFIX}/documents", tags=["documents"])

Sort = Literal["created", "-created", "name", "-name", "size", "-size"]
Name = Annotated[str | None, Query(max_length=120)]
IfMatch = Annotated[str | None, Header()]


def wanted(  # noqa: PLR0913  (one parameter for each query field)
    *,
    collection: int | None = None,
    status: Name = None,
    format: Name = None,
    category: Name = None,
    language: Name = None,
    q: Annotated[str, Query(max_length=300)] = "",
    trash: bool = False,
    stale: bool = False,
) -> DocumentFilter:
    """Which documents a list shows. ``category=unsure`` finds those no model was sure about."""
    return DocumentFilter(
        collection_id=collection,
        status=status,
        format=format,
        category=category,
        language=language,
        name_contains=q.strip(),
        in_trash=trash,
        stale=stale,
    )


@router.get("")
def list_documents(  # noqa: PLR0913  (one parameter for each query field)
    *,
    kb: Kb,
    who: Who,
    language: Language,
    want: Annotated[DocumentFilter, Depends(wanted)],
    sort: Sort = "-created",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DocumentList:
    """Documents the caller may see, in pages. The counts ignore the status filter."""
    after, visible = place_of(cursor), visible_collections(who)
    with kb.database.read() as tx:
        found = documents.list_documents(tx, want, visible, sort=sort, after=after, limit=limit + 1)
        counts = documents.count_by_status(tx, replace(want, status=None), visible)
        labels = views.labels_of(tx)
    if want.in_trash:
        counts = {DocumentStatus.DELETED.value: sum(counts.values())}
    total = counts.get(want.status, 0) if want.status else sum(counts.values())
    return DocumentList(
        items=[views.row(view, labels, language) for view in found[:limit]],
        next_cursor=cursor_after(found[limit - 1].id) if len(found) > limit else None,
        counts=Counts(total=total, by_status=counts),
    )


@router.get("/{document_id}")
def get_document(
    kb: Kb, who: Who, language: Language, document_id: int, response: Response
) -> DocumentDetail:
    """All that is known of a document but its text. The ETag is for If-Match."""
    with kb.database.read() as tx:
        view = documents.get(tx, document_id, visible_collections(who))
        labels = views.labels_of(tx)
        shown = views.detail(
            view,
            labels,
            language,
            summary=views.summary(
                understanding.summary(tx, view.version_id),
                passages.ids_and_pages(tx, view.version_id),
            ),
            classification=understanding.classification(tx, view.version_id),
            pages=pages.facts(tx, view.version_id),
        )
        parent = families.ref(tx, view.parent_id) if view.parent_id else None
        children = families.children(tx, document_id)
    response.headers["ETag"] = etag(view)
    return shown.model_copy(
        update={
            "parent": parent and views_reading.ref(parent),
            "children": [views_reading.ref(child) for child in children],
        }
    )


@router.patch("/{document_id}")
def change_document(  # noqa: PLR0913  (FastAPI hands each thing in by name)
    *,
    kb: Kb,
    who: Who,
    language: Language,
    document_id: int,
    given: DocumentPatch,
    response: Response,
    if_match: IfMatch = None,
) -> DocumentRow:
    """Correct the category, rename, or move to another collection."""
    view = _visible(kb, document_id, who)
    if if_match not in (None, "*", etag(view)):
        raise ChangedMeanwhile(kind="document", id=document_id)
    if given.collection is not None and given.collection != view.collection_id:
        with kb.database.read() as tx:
            collection(tx, given.collection, who)
        kb.lifecycle.move(document_id, given.collection, who)
    if given.title is not None:
        kb.lifecycle.rename(document_id, given.title, who)
    if "category" in given.model_fields_set:
        kb.feedback.set_category(document_id, given.category, who)
    view = _visible(kb, document_id, who)
    response.headers["ETag"] = etag(view)
    return _row(kb, view, language)


@router.delete("/{document_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_document(
    kb: Kb,
    who: Who,
    document_id: int,
    purge: bool = False,  # noqa: FBT001, FBT002  (a query field)
) -> None:
    """Put a document into the trash, or with ``purge`` remove one for good that is there."""
    if purge:
        kb.lifecycle.purge(document_id, who)
    else:
        kb.lifecycle.delete(document_id, who)


@router.post("/{document_id}/restore")
def restore_document(kb: Kb, who: Who, language: Language, document_id: int) -> DocumentRow:
    """Bring a document back from the trash."""
    kb.lifecycle.restore(document_id, who)
    return _row(kb, _visible(kb, document_id, who), language)


@router.post("/{document_id}/retry", status_code=HTTPStatus.ACCEPTED)
def retry_document(kb: Kb, who: Who, language: Language, document_id: int) -> DocumentRow:
    """Run a failed document again from the stage that failed."""
    kb.lifecycle.retry(document_id, who)
    return _row(kb, _visible(kb, document_id, who), language)


@router.post("/{document_id}/cancel", status_code=HTTPStatus.ACCEPTED)
def cancel_document(kb: Kb, who: Who, language: Language, document_id: int) -> DocumentRow:
    """End the work on a document; it stops within seconds, what was read stays."""
    kb.lifecycle.cancel(document_id, who)
    return _row(kb, _visible(kb, document_id, who), language)


def etag(view: DocumentView) -> str:
    """Changes with every change of the document."""
    return f'"{view.id}-{int(view.changed_at.timestamp() * 1_000_000)}"'


def _visible(kb: Application, document_id: int, who: Principal) -> DocumentView:
    with kb.database.read() as tx:
        return documents.get(tx, document_id, visible_collections(who))


def _row(kb: Application, view: DocumentView, language: str) -> DocumentRow:
    with kb.database.read() as tx:
        labels = views.labels_of(tx)
    return views.row(view, labels, language)
