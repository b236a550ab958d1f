"""Pages as they were read, and how well."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from kb.domain.documents import PageFacts, WorstPage
from kb.domain.page_json import page_from_json, page_to_json
from kb.domain.parsed import PageLedger, ParsedPage
from kb.storage.tables import CollectionRow, DocumentRow, DocumentVersionRow, PageRow

_FACTS = (
    PageRow.number,
    PageRow.width,
    PageRow.height,
    PageRow.source,
    PageRow.quality,
    PageRow.warnings,
    PageRow.engine,
    PageRow.confidence,
    PageRow.unknown_glyphs,
    PageRow.table_score,
    PageRow.dropped,
    PageRow.reread_by,
)


def add(tx: Session, version_id: int, pages: Sequence[ParsedPage]) -> None:
    """Keep pages as they were read; the same page again replaces itself."""
    numbers = [page.number for page in pages]
    tx.execute(delete(PageRow).where(PageRow.version_id == version_id, PageRow.number.in_(numbers)))
    tx.add_all(_row(version_id, page) for page in pages)
    tx.flush()
    tx.expunge_all()


def _row(version_id: int, page: ParsedPage) -> PageRow:
    ledger = page.ledger
    return PageRow(
        version_id=version_id,
        number=page.number,
        width=page.width,
        height=page.height,
        source=page.source,
        quality=page.quality,
        warnings=list(page.warnings),
        payload=zlib.compress(page_to_json(page).encode()),
        engine=ledger.engine,
        confidence=ledger.confidence,
        unknown_glyphs=ledger.unknown_glyphs,
        table_score=ledger.table_score,
        dropped=list(ledger.dropped),
        reread_by=ledger.reread_by,
    )


def drop(tx: Session, version_id: int) -> None:
    """Forget what was read, so that reading starts anew."""
    tx.execute(delete(PageRow).where(PageRow.version_id == version_id))


def last(tx: Session, version_id: int) -> int:
    """Number of the last page kept, 0 when there is none."""
    query = select(func.max(PageRow.number)).where(PageRow.version_id == version_id)
    return tx.scalar(query) or 0


def of_version(tx: Session, version_id: int, number: int | None = None) -> Iterator[ParsedPage]:
    """Pages in order, or the one asked for; read in pieces, so memory stays small."""
    query = select(PageRow.payload).where(PageRow.version_id == version_id).order_by(PageRow.number)
    if number is not None:
        query = query.where(PageRow.number == number)
    for payload in tx.scalars(query.execution_options(yield_per=50)):
        yield page_from_json(zlib.decompress(payload).decode())


def facts(tx: Session, version_id: int) -> list[PageFacts]:
    """What lists say of each page."""
    query = select(*_FACTS).where(PageRow.version_id == version_id).order_by(PageRow.number)
    return [_facts(tuple(row)) for row in tx.execute(query)]


def _facts(row: tuple) -> PageFacts:  # type: ignore[type-arg]
    number, width, height, source, quality, warnings, *measured = row
    engine, confidence, unknown, tables, dropped, reread_by = measured
    ledger = PageLedger(engine, confidence, unknown, tables, tuple(dropped), reread_by)
    return PageFacts(number, width, height, source, quality, tuple(warnings), ledger)


def worst(
    tx: Session,
    visible: frozenset[int] | None,
    *,
    below: float = 1.0,
    collection_id: int | None = None,
    after: tuple[float, int, int] | None = None,
    limit: int = 50,
) -> list[WorstPage]:
    """Pages of live documents by quality, the worst first.

    Args:
        tx: where to read.
        visible: collections that may be seen; None is all.
        below: only pages whose quality is less.
        collection_id: only of this collection.
        after: (quality, version id, page) of the last page of the list before.
        limit: at most so many.
    """
    query = (
        select(
            DocumentRow.id,
            DocumentRow.name,
            DocumentRow.collection_id,
            CollectionRow.name,
            PageRow.version_id,
            *_FACTS,
        )
        .join(DocumentVersionRow, PageRow.version_id == DocumentVersionRow.id)
        .join(DocumentRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .join(CollectionRow, DocumentRow.collection_id == CollectionRow.id)
        .where(DocumentRow.deleted_at.is_(None), PageRow.quality < below)
        .order_by(PageRow.quality, PageRow.version_id, PageRow.number)
        .limit(limit)
    )
    if visible is not None:
        query = query.where(DocumentRow.collection_id.in_(visible))
    if collection_id is not None:
        query = query.where(DocumentRow.collection_id == collection_id)
    if after is not None:
        quality, version_id, number = after
        same = PageRow.quality == quality
        query = query.where(
            or_(
                PageRow.quality > quality,
                and_(same, PageRow.version_id > version_id),
                and_(same, PageRow.version_id == version_id, PageRow.number > number),
            )
        )
    return [
        WorstPage(row[0], row[1], row[2], row[3], row[4], _facts(tuple(row[5:])))
        for row in tx.execute(query)
    ]
