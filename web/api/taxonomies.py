"""Taxonomies: the labels a document can have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Response
from pydantic import ValidationError

from kb.access import visible_collections
from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.errors import InvalidInput
from kb.domain.understanding import Label, Taxonomy
from kb.enrichment.taxonomy import parse_taxonomy, to_json, to_yaml
from kb.ingestion.taxonomy_changes import Changed, Names
from kb.storage import documents, taxonomies, understanding
from kb.storage.database import Session
from web.api import PREFIX, views
from web.api.loop_models import (
    GoneLabel,
    MergeIn,
    RemoveIn,
    RenameIn,
    SplitIn,
    TaxonomyChanged,
    TaxonomyImported,
    TaxonomyVersionOut,
    TaxonomyVersions,
)
from web.api.models import LabelShape, TaxonomyList, TaxonomyShape
from web.api.models_base import CollectionRef
from web.security import Admin, Kb, Who

router = APIRouter(prefix=f"{PREFIX}/taxonomies", tags=["taxonomies"])

_MOST_CHARACTERS = 4 * 1024 * 1024


@router.get("")
def list_taxonomies(kb: Kb, who: Who) -> TaxonomyList:
    """All taxonomies, with the number of visible documents under each label."""
    with kb.database.read() as tx:
        found = understanding.taxonomies(tx)
        return TaxonomyList.model_construct(items=_shown(tx, who, found))


@router.put("/{name}")
def put_taxonomy(kb: Kb, who: Admin, name: str, given: TaxonomyShape) -> TaxonomyShape:
    """Store a taxonomy in place of the one with its name."""
    if given.name != name:
        raise InvalidInput(field="name", detail="differs from the name in the address")
    labels = tuple(label_of(each) for each in given.labels)
    _check(labels)
    kb.taxonomy_changes.put(Taxonomy(name, labels), who, action="change")
    with kb.database.read() as tx:
        return _shown(tx, who, [understanding.taxonomy(tx, name)])[0]


@router.post("/import")
def import_taxonomy(
    kb: Kb,
    who: Admin,
    content: Annotated[str, Body(media_type="application/yaml", max_length=_MOST_CHARACTERS)],
    name: Annotated[str | None, Query(min_length=1, max_length=120, pattern=r"\S")] = None,
    preview: bool = False,  # noqa: FBT001, FBT002  (a query field)
) -> TaxonomyImported:
    """Take a taxonomy in from YAML or JSON, under ``name`` or its own. Or say what it changes."""
    read = parse_taxonomy(content)
    wanted = Taxonomy(name or read.name, read.labels)
    shape = views.taxonomy(wanted, {})
    try:
        TaxonomyShape.model_validate(shape.model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(field=at, detail=first["msg"]) from error
    _check(wanted.labels)
    found = kb.taxonomy_changes.put(wanted, who, action="import", preview=preview)
    return TaxonomyImported(
        preview=preview,
        exists=found.exists,
        added=list(found.added),
        changed=list(found.changed),
        gone=[
            GoneLabel(
                label=label,
                documents_by_person=reach.documents_by_person,
                documents_by_model=reach.documents_by_model,
                examples=reach.examples,
            )
            for label, reach in found.gone.items()
        ],
        taxonomy=shape,
    )


@router.get("/{name}/export")
def export_taxonomy(
    kb: Kb,
    who: Who,
    name: str,
    format: Literal["yaml", "json"] = "yaml",
) -> Response:
    """The taxonomy as a file that import reads."""
    with kb.database.read() as tx:
        found = understanding.taxonomy(tx, name)
    text = to_yaml(found) if format == "yaml" else to_json(found)
    return Response(
        text,
        media_type=f"application/{format}; charset=utf-8",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.{format}"
        },
    )


@router.post("/{name}/remove")
def remove_label(kb: Kb, who: Admin, name: str, given: RemoveIn) -> TaxonomyChanged:
    """Take a label out; what models said of it is asked anew. Or say what it would do."""
    found = kb.taxonomy_changes.remove(name, given.label, who, preview=given.preview)
    return _changed(kb, who, name, found)


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
        counts = understanding.documents_per_label(tx, visible_collections(who)).get(name, {})
    return TaxonomyChanged(
        preview=found.number is None,
        documents_by_person=found.reach.documents_by_person,
        documents_by_model=found.reach.documents_by_model,
        examples=found.reach.examples,
        taxonomy=views.taxonomy(found.taxonomy, counts),
        number=found.number,
    )


def _shown(tx: Session, who: Principal, found: Sequence[Taxonomy]) -> list[TaxonomyShape]:
    visible = visible_collections(who)
    counts = understanding.documents_per_label(tx, visible)
    own, default = taxonomies.own_taxonomies(tx), taxonomies.taxonomy(tx).name
    used: dict[str, list[CollectionRef]] = {}
    for each in documents.collections(tx, visible):
        name = own.get(each.id, default)
        used.setdefault(name, []).append(CollectionRef(id=each.id, name=each.name))
    return [
        views.taxonomy(each, counts.get(each.name, {}), used.get(each.name, ())) for each in found
    ]


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
