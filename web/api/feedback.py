"""What people say about a document's category and summary, and what waits for them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from kb.access import may, visible_collections
from kb.bootstrap import Application
from kb.domain.access import Level, Principal
from kb.domain.errors import InvalidInput
from kb.search.highlight import boxes_of
from kb.storage import documents, understanding
from web.api import PREFIX, views
from web.api.collections import collection as visible_collection
from web.api.loop_models import (
    ConfirmIn,
    EvidenceOut,
    EvidencePassage,
    ReviewItem,
    ReviewList,
    SummaryIn,
)
from web.api.models import DocumentRow, PlacedBoxOut, Probability
from web.security import Kb, Language, Who

router = APIRouter(prefix=PREFIX, tags=["feedback"])


@router.post("/documents/{document_id}/confirm")
def confirm(
    kb: Kb, who: Who, language: Language, document_id: int, given: ConfirmIn
) -> DocumentRow:
    """Say that the model's category, or summary, is right. Models learn from it."""
    if not (given.category or given.summary):
        raise InvalidInput(
            field="category", detail="say what is right", detail_zh="请说明确认哪一项"
        )
    if given.category:
        kb.feedback.confirm_category(document_id, who)
    if given.summary:
        kb.feedback.confirm_summary(document_id, who)
    return _row(kb, who, language, document_id)


@router.delete("/documents/{document_id}/category")
def take_back_category(kb: Kb, who: Who, language: Language, document_id: int) -> DocumentRow:
    """Undo a person's category: what the model had said counts again."""
    kb.feedback.take_back_category(document_id, who)
    return _row(kb, who, language, document_id)


@router.get("/documents/{document_id}/evidence")
def evidence(kb: Kb, who: Who, document_id: int, label: str) -> EvidenceOut:
    """The passages that speak most for a label, each judged by itself."""
    with kb.database.read() as tx:
        view = documents.get(tx, document_id, visible_collections(who))
    found = kb.evidence.find(view, label)
    return EvidenceOut(
        label=found.label,
        model=found.model,
        looked_at=found.looked_at,
        total=found.total,
        passages=[
            EvidencePassage(
                passage=one.passage_id,
                page=one.page,
                text=one.text,
                heading_path=list(one.heading_path),
                probability=one.probability,
                boxes=[PlacedBoxOut(page=b.page, box=b.box) for b in boxes_of(one.spans, ())],
            )
            for one in found.passages
        ],
    )


@router.put("/documents/{document_id}/summary")
def put_summary(
    kb: Kb, who: Who, language: Language, document_id: int, given: SummaryIn
) -> DocumentRow:
    """Put a person's summary in place of the model's; no model replaces it."""
    kb.feedback.set_summary(document_id, given.text, who)
    return _row(kb, who, language, document_id)


@router.delete("/documents/{document_id}/summary", status_code=HTTPStatus.ACCEPTED)
def drop_summary(kb: Kb, who: Who, language: Language, document_id: int) -> DocumentRow:
    """Have the model write a new summary."""
    kb.feedback.forget_summary(document_id, who)
    return _row(kb, who, language, document_id)


@router.get("/review")
def review(  # noqa: PLR0913  (one parameter for each query field)
    *,
    kb: Kb,
    who: Who,
    language: Language,
    collection: int | None = None,
    writable: bool = False,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewList:
    """Documents no model was sure about, the most uncertain first.

    With ``writable`` only those whose category the caller may decide.
    """
    visible = visible_collections(who)
    if writable and visible is not None:
        visible = frozenset(one for one in visible if may(who, Level.WRITE, one))
    with kb.database.read() as tx:
        if collection is not None:
            visible_collection(tx, collection, who)
        found, total = understanding.unsure(
            tx, visible, collection_id=collection, limit=limit, offset=offset
        )
        rows = {
            view.id: view
            for view in documents.get_many(tx, [one.document_id for one in found], visible)
        }
        labels = views.labels_of(tx)
        said = {
            view.id: understanding.classification(tx, view.version_id) for view in rows.values()
        }
    items = []
    for one in found:
        view, classification = rows[one.document_id], said[one.document_id]
        known = labels.at(view.collection_id)
        ranked = classification.probabilities[:5] if classification else ()
        items.append(
            ReviewItem(
                document=views.row(view, labels, language),
                uncertainty=one.uncertainty,
                probabilities=[
                    Probability(
                        name=name,
                        name_zh=known[name].name_zh if name in known else name,
                        name_en=known[name].name_en if name in known else name,
                        probability=probability,
                    )
                    for name, probability in ranked
                ],
            )
        )
    return ReviewList(items=items, total=total)


def _row(kb: Application, who: Principal, language: str, document_id: int) -> DocumentRow:
    with kb.database.read() as tx:
        view = documents.get(tx, document_id, visible_collections(who))
        labels = views.labels_of(tx)
    return views.row(view, labels, language)
