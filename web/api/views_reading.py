"""Jobs and pages as shapes of the REST interface."""

from __future__ import annotations

from kb.domain.documents import DocumentRef, Failure, JobView, PageFacts, WorstPage
from kb.domain.errors import error_of
from web.api import models as m
from web.api import models_reading as shapes
from web.api.models_base import CollectionRef, StageError

_UNSURE = 0.85
"""Confidence of OCR below which a page is worth a look."""
_MANY_UNKNOWN = 0.02
_WEAK_TABLE = 0.6


def stage_error(found: Failure | None, language: str) -> StageError | None:
    """A stored failure, told in the reader's language."""
    if found is None:
        return None
    return StageError(
        stage=found.stage,
        code=found.code,
        message=error_of(found.code, found.facts).sentence(language),
        retryable=found.retryable,
    )


def ref(found: DocumentRef) -> m.DocumentRefOut:
    """A document as another one points to it."""
    return m.DocumentRefOut(
        id=found.id, name=found.name, status=found.status.value, format=found.format
    )


def page(found: PageFacts) -> shapes.PageOut:
    """A page without its text."""
    ledger = found.ledger
    return shapes.PageOut(
        number=found.number,
        width=found.width,
        height=found.height,
        source="ocr" if found.source == "ocr" else "text",
        quality=found.quality,
        warnings=list(found.warnings),
        ledger=shapes.LedgerOut(
            engine=ledger.engine,
            confidence=ledger.confidence,
            unknown_glyphs=ledger.unknown_glyphs,
            table_score=ledger.table_score,
            dropped=list(ledger.dropped),
            reread_by=ledger.reread_by,
        ),
        reasons=_reasons(found),
    )


def _reasons(found: PageFacts) -> list[shapes.Reason]:
    ledger = found.ledger
    reasons: list[tuple[bool, shapes.Reason]] = [
        (found.quality == 0, "no_text"),
        ((ledger.unknown_glyphs or 0.0) > _MANY_UNKNOWN, "unknown_glyphs"),
        (ledger.confidence is not None and ledger.confidence < _UNSURE, "ocr_unsure"),
        (ledger.table_score is not None and ledger.table_score < _WEAK_TABLE, "weak_table"),
        (any(not kind.startswith("running ") for kind in ledger.dropped), "dropped"),
    ]
    return [reason for holds, reason in reasons if holds]


def worst_page(found: WorstPage, *, may_write: bool) -> shapes.WorstPageOut:
    """A page that was read badly."""
    return shapes.WorstPageOut(
        document=found.document_id,
        document_name=found.document_name,
        collection=CollectionRef(id=found.collection_id, name=found.collection),
        may_write=may_write,
        page=page(found.page),
    )


def job(view: JobView, language: str) -> shapes.JobOut:
    """One run of a stage."""
    return shapes.JobOut(
        id=view.id,
        document=view.document_id,
        document_name=view.document_name,
        stage=view.stage,
        state=view.state.value,
        attempt=view.attempt,
        queue=view.queue,
        done=view.done_units,
        total=view.total_units,
        created_at=view.created_at,
        started_at=view.started_at,
        finished_at=view.finished_at,
        error=stage_error(view.failure, language),
    )
