"""Taxonomies: the labels a document can have."""

from __future__ import annotations

from fastapi import APIRouter

from kb.access import visible_collections
from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.errors import InvalidInput
from kb.domain.understanding import Label, Taxonomy
from kb.ingestion.taxonomy_changes import Changed, Names
from kb.storage import audit, taxonomies, understanding
from web.api import PREFIX, views
from web.api.loop_models import (
    MergeIn,
    RenameIn,
    SplitIn,
    TaxonomyChanged,
    TaxonomyVersionOut,
    TaxonomyVersions,
)
from web.api.models import LabelShape, TaxonomyList, TaxonomyShape
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
    labels = tuple(label_of(each) for each in given.labels)
    _check(labels)
    with kb.database.write() as tx:
        understanding.put_taxonomy(tx, Taxonomy(name, labels), by=who.name)
        subject = f"taxonomy:{name}"
        audit.record(
            tx, actor=who.name, action="taxonomy.changed", subject=subject, labels=len(labels)
        )
        counts = understanding.documents_per_label(tx, visible_collections(who))
        return views.taxonomy(understanding.taxonomy(tx, name), counts)


@router.post("/{name}/merge")
def merge_labels(kb: Kb, who: Admin, name: str, given: MergeIn) -> TaxonomyChanged:
    """Make several labels one; their documents and examples go with it. Or say what it would do."""
    found = kb.taxonomy_changes.merge(name, given.labels, given.into, who, preview=given.preview)
    return _changed(kb, who, name, found)


@router.post("/{name}/rename")
def rename_label(kb: Kb, who: Admin, name: str, given: RenameIn) -> TaxonomyChanged:
    """Give a label another name; its documents and examples go with it."""
    new = Names(given.to, given.name_zh, given.name_en)
    found = kb.taxonomy_changes.rename(name, given.label, new, who, preview=given.preview)
    return _changed(kb, who, name, found)


@router.post("/{name}/split")
def split_label(kb: Kb, who: Admin, name: str, given: SplitIn) -> TaxonomyChanged:
    """Make several labels of one; what people said goes to one of them, models are asked again."""
    into = [label_of(each) for each in given.into]
    found = kb.taxonomy_changes.split(
        name, given.label, into, who, inherits=given.inherits, preview=given.preview
    )
    return _changed(kb, who, name, found)


@router.post("/{name}/undo")
def undo_change(kb: Kb, who: Admin, name: str) -> TaxonomyVersionOut:
    """Take the newest change back: labels, documents and examples are as before it."""
    return _version(kb.taxonomy_changes.undo(name, who))


@router.get("/{name}/versions")
def list_versions(kb: Kb, who: Who, name: str) -> TaxonomyVersions:
    """All changes of a taxonomy, newest first."""
    with kb.database.read() as tx:
        found = taxonomies.versions(tx, name)
    return TaxonomyVersions(items=[_version(each) for each in found])


def _version(found: taxonomies.TaxonomyVersion) -> TaxonomyVersionOut:
    facts = {key: value for key, value in found.facts.items() if key != "moves"}
    return TaxonomyVersionOut(
        number=found.number,
        action=found.action,
        facts=facts,
        labels=found.labels,
        moved_documents=found.moved_documents,
        moved_examples=found.moved_examples,
        undone=found.undone,
        by=found.by,
        at=found.at,
    )


def _changed(kb: Application, who: Principal, name: str, found: Changed) -> TaxonomyChanged:
    with kb.database.read() as tx:
        counts = understanding.documents_per_label(tx, visible_collections(who))
    return TaxonomyChanged(
        preview=found.number is None,
        documents_by_person=found.reach.documents_by_person,
        documents_by_model=found.reach.documents_by_model,
        examples=found.reach.examples,
        taxonomy=views.taxonomy(found.taxonomy, counts),
        number=found.number,
    )


def label_of(given: LabelShape) -> Label:
    """A label as it was sent."""
    fields = given.model_dump(exclude={"documents"})
    return Label(**{**fields, "examples": tuple(given.examples)})


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
