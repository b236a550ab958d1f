"""Taxonomies: the labels a document can have."""

from __future__ import annotations

from fastapi import APIRouter

from kb.access import visible_collections
from kb.domain.errors import InvalidInput
from kb.domain.understanding import Label, Taxonomy
from kb.storage import audit, understanding
from web.api import PREFIX, views
from web.api.models import TaxonomyList, TaxonomyShape
from web.security import Admin, Kb, Who

router = APIRouter(prefix=f"{PREFIX}/taxonomies", tags=["taxonomies"])


@router.get("")
def list_taxonomies(kb: Kb, who: Who) -> TaxonomyList:
    """All taxonomies, with the number of visible documents under each label."""
    with kb.database.read() as tx:
        counts = understanding.documents_per_label(tx, visible_collections(who))
        found = understanding.taxonomies(tx)
    return TaxonomyList.model_construct(items=[views.taxonomy(each, counts) for each in found])


@router.put("/{name}")
def put_taxonomy(kb: Kb, who: Admin, name: str, given: TaxonomyShape) -> TaxonomyShape:
    """Store a taxonomy in place of the one with its name."""
    if given.name != name:
        raise InvalidInput(field="name", detail="differs from the name in the address")
    labels = tuple(Label(**each.model_dump(exclude={"documents"})) for each in given.labels)
    _check(labels)
    with kb.database.write() as tx:
        understanding.put_taxonomy(tx, Taxonomy(name, labels))
        subject = f"taxonomy:{name}"
        audit.record(
            tx, actor=who.name, action="taxonomy.changed", subject=subject, labels=len(labels)
        )
        counts = understanding.documents_per_label(tx, visible_collections(who))
        return views.taxonomy(understanding.taxonomy(tx, name), counts)


def _check(labels: tuple[Label, ...]) -> None:
    """Raise InvalidInput unless names are unique and parents exist without a circle."""
    above = {label.name: label.parent for label in labels}
    if len(above) != len(labels):
        raise InvalidInput(
            field="labels", detail="two labels have the same name", detail_zh="有两个标签同名"
        )
    for name in above:
        seen, at = set[str](), name
        while (parent := above[at]) is not None:
            if parent not in above or parent in seen | {name}:
                raise InvalidInput(
                    field="labels",
                    detail=f"the parent of “{at}” is missing or below it",
                    detail_zh=f"“{at}”的上级不存在或形成循环",
                )
            seen.add(parent)
            at = parent
