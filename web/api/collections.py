"""Collections: what is granted as a whole."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from kb.access import may, require, visible_collections
from kb.domain.access import Level, Principal
from kb.domain.documents import CollectionView
from kb.storage import audit, documents, taxonomies
from kb.storage.database import Session
from web.api import PREFIX
from web.api.loop_models import CollectionModels
from web.api.models import CollectionIn, CollectionList, CollectionOut
from web.security import Admin, Kb, Who

router = APIRouter(prefix=f"{PREFIX}/collections", tags=["collections"])


@router.get("")
def list_collections(kb: Kb, who: Who) -> CollectionList:
    """Collections the caller may see."""
    with kb.database.read() as tx:
        found = documents.collections(tx, visible_collections(who))
    return CollectionList(items=[_shape(view, who) for view in found])


@router.post("", status_code=HTTPStatus.CREATED)
def add_collection(kb: Kb, who: Admin, given: CollectionIn) -> CollectionOut:
    """Make a collection."""
    with kb.database.write() as tx:
        view = documents.add_collection(tx, given.name.strip())
        _note(tx, who, "collection.added", view.id, name=view.name)
    return _shape(view, who)


@router.patch("/{collection_id}")
def rename_collection(kb: Kb, who: Who, collection_id: int, given: CollectionIn) -> CollectionOut:
    """Give a collection another name."""
    with kb.database.write() as tx:
        _managed(tx, collection_id, who)
        documents.rename_collection(tx, collection_id, given.name.strip())
        _note(tx, who, "collection.renamed", collection_id, name=given.name.strip())
        view = collection(tx, collection_id, who)
    return _shape(view, who)


@router.delete("/{collection_id}", status_code=HTTPStatus.NO_CONTENT)
def remove_collection(kb: Kb, who: Who, collection_id: int) -> None:
    """Remove an empty collection."""
    with kb.database.write() as tx:
        view = _managed(tx, collection_id, who)
        documents.remove_collection(tx, collection_id)
        _note(tx, who, "collection.removed", collection_id, name=view.name)


@router.get("/{collection_id}/models")
def get_models(kb: Kb, who: Who, collection_id: int) -> CollectionModels:
    """Which taxonomy a collection uses and how its summaries are; null is the default."""
    with kb.database.read() as tx:
        collection(tx, collection_id, who)
        style = taxonomies.summary_style(tx, collection_id)
        own = taxonomies.own_taxonomies(tx).get(collection_id)
    return CollectionModels(
        taxonomy=own, summary_length=style.length, summary_language=style.language
    )


@router.put("/{collection_id}/models")
def put_models(kb: Kb, who: Who, collection_id: int, given: CollectionModels) -> CollectionModels:
    """Choose them. With another taxonomy the collection's documents become stale."""
    with kb.database.write() as tx:
        view = _managed(tx, collection_id, who)
        taxonomies.use(tx, collection_id, given.taxonomy)
        taxonomies.set_summary_style(
            tx, collection_id, given.summary_length, given.summary_language
        )
        _note(tx, who, "collection.models_chosen", collection_id, name=view.name)
    return given


def collection(tx: Session, collection_id: int, who: Principal) -> CollectionView:
    """A collection that the caller may see.

    Raises:
        NotFound: there is none, or it may not be seen.
    """
    return documents.collection_with_id(tx, collection_id, visible_collections(who))


def _managed(tx: Session, collection_id: int, who: Principal) -> CollectionView:
    view = collection(tx, collection_id, who)
    require(who, Level.MANAGE, collection_id)
    return view


def _shape(view: CollectionView, who: Principal) -> CollectionOut:
    return CollectionOut(
        id=view.id,
        name=view.name,
        documents=view.documents,
        may_write=may(who, Level.WRITE, view.id),
        may_manage=may(who, Level.MANAGE, view.id),
    )


def _note(tx: Session, who: Principal, action: str, collection_id: int, *, name: str) -> None:
    subject = f"collection:{collection_id}"
    audit.record(tx, actor=who.name, action=action, subject=subject, name=name)
