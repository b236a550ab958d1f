"""Labels: the examples that models learn from, with their lineage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query
from fastapi.responses import StreamingResponse

from kb.access import require_curator, visible_collections
from kb.domain.models import ModelTask
from kb.storage import audit, examples, taxonomies, trainings
from kb.storage.examples import ExampleView, Wanted
from kb.training.imports import rows_in
from web.api import PREFIX
from web.api.cursors import cursor_after, place_of
from web.api.loop_models import (
    ExampleList,
    ExampleOut,
    ImportedOut,
    LabelCount,
    LabelCounts,
    RefusedRow,
)
from web.door import SMALL_BODY
from web.security import Engineer, Kb, Who

router = APIRouter(prefix=f"{PREFIX}/labels", tags=["labels"])

_LINES = "application/x-ndjson"


@router.get("")
def list_examples(  # noqa: PLR0913  (one parameter for each query field)
    *,
    kb: Kb,
    who: Who,
    taxonomy: str | None = None,
    label: str | None = None,
    origin: Literal["correction", "confirmation", "import"] | None = None,
    kind: Literal["label", "summary"] | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ExampleList:
    """Examples whose documents the caller may see, newest first."""
    wanted = Wanted(taxonomy, label, origin, kind)
    with kb.database.read() as tx:
        found = examples.newest(
            tx,
            wanted,
            visible_collections(who),
            before=place_of(cursor),
            limit=limit + 1,
        )
    return ExampleList(
        items=[_shape(each) for each in found[:limit]],
        next_cursor=cursor_after(found[limit - 1].id) if len(found) > limit else None,
    )


@router.get("/counts")
def count_examples(kb: Kb, who: Who, taxonomy: str | None = None) -> LabelCounts:
    """How many examples each label has, and how many came since the last training."""
    with kb.database.read() as tx:
        known = taxonomies.taxonomy(tx, taxonomy)
        counts = examples.counts(tx, known.name, visible_collections(who))
        last = trainings.last_of(tx, ModelTask.CLASSIFIER, known.name)
        since = examples.changed_since(tx, known.name, last.created_at if last else None)
    rows = [
        LabelCount(
            label=label.name,
            name_zh=label.name_zh,
            name_en=label.name_en,
            **{
                split: counts.get(label.name, {}).get(split, 0)
                for split in ("train", "validation", "test", "unassigned")
            },
            total=sum(counts.get(label.name, {}).values()),
        )
        for label in known.labels
    ]
    return LabelCounts(
        taxonomy=known.name,
        labels=rows,
        total=sum(row.total for row in rows),
        since_last_training=since,
    )


@router.post("/import")
def import_examples(
    kb: Kb,
    who: Engineer,
    content: Annotated[str, Body(media_type=_LINES, max_length=SMALL_BODY)],
    taxonomy: str | None = None,
) -> ImportedOut:
    """Take labelled rows in: JSON lines {text or document, label, summary?, split?}.

    At most 4 MB at once: send larger files in pieces, or use `kb labels import`.
    """
    found = kb.importer.rows(list(rows_in(content)), who, taxonomy=taxonomy)
    return ImportedOut(
        taxonomy=found.taxonomy,
        new=found.new,
        same=found.same,
        changed=found.changed,
        refused=found.refused,
        rows=[RefusedRow(row=r.row, reason=r.reason, reason_zh=r.reason_zh) for r in found.rows],
        labels=dict(found.labels),
    )


@router.get("/export")
def export_examples(kb: Kb, who: Who, taxonomy: str | None = None) -> StreamingResponse:
    """Examples with their lineage as JSON lines that import reads; those the caller may see."""
    require_curator(who)
    with kb.database.read() as tx:
        rows = list(examples.everything(tx, Wanted(taxonomy), visible_collections(who)))

    def lines() -> Iterator[str]:
        for row in rows:
            yield json.dumps(row, ensure_ascii=False) + "\n"

    return StreamingResponse(lines(), media_type=_LINES)


@router.delete("/{example_id}", status_code=HTTPStatus.NO_CONTENT)
def remove_example(kb: Kb, who: Who, example_id: int) -> None:
    """Forget an example; the document's label stays."""
    require_curator(who)
    with kb.database.write() as tx:
        examples.get(tx, example_id, visible_collections(who))
        examples.remove(tx, example_id)
        audit.record(tx, actor=who.name, action="label.removed", subject=f"example:{example_id}")


def _shape(found: ExampleView) -> ExampleOut:
    return ExampleOut(
        id=found.id,
        taxonomy=found.taxonomy,
        document=found.document_id,
        collection=found.collection,
        name=found.name,
        label=found.label,
        summary=found.summary,
        split=found.split,
        origin=found.origin,
        by=found.by,
        at=found.at,
        model=found.model,
        model_said=found.model_said,
    )
