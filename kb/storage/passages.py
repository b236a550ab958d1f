"""Passages, windows and embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb.domain.passages import Passage, Span, Window
from kb.domain.search import IndexEntry
from kb.storage.tables import (
    DocumentRow,
    DocumentVersionRow,
    EmbeddingRow,
    PassageRow,
    WindowRow,
)


def replace(
    tx: Session, version_id: int, passages: Sequence[Passage], windows: Sequence[Window]
) -> None:
    """Store the cuts of a version in place of earlier ones."""
    tx.execute(delete(PassageRow).where(PassageRow.version_id == version_id))
    tx.execute(delete(WindowRow).where(WindowRow.version_id == version_id))
    tx.add_all(
        PassageRow(
            version_id=version_id,
            ordinal=passage.ordinal,
            page=passage.page,
            text=passage.text,
            heading_path=list(passage.heading_path),
            spans=[[s.start, s.end, s.page, *(round(v, 1) for v in s.box)] for s in passage.spans],
            text_hash=passage.text_hash,
        )
        for passage in passages
    )
    tx.add_all(
        WindowRow(
            version_id=version_id,
            ordinal=window.ordinal,
            text=window.text,
            tokens=window.tokens,
            first_passage=window.first_passage,
            last_passage=window.last_passage,
        )
        for window in windows
    )
    tx.flush()


def of_version(tx: Session, version_id: int) -> list[Passage]:
    """The passages of a version in order."""
    rows = tx.scalars(
        select(PassageRow).where(PassageRow.version_id == version_id).order_by(PassageRow.ordinal)
    )
    return [passage_of(row) for row in rows]


def passage_of(row: PassageRow) -> Passage:
    """A stored passage as a value."""
    return Passage(
        ordinal=row.ordinal,
        text=row.text,
        heading_path=tuple(row.heading_path),
        spans=spans_of(row.spans),
    )


def spans_of(stored: Sequence[Any]) -> tuple[Span, ...]:
    """Stored spans as values."""
    return tuple(Span(s, e, page, (x0, y0, x1, y1)) for s, e, page, x0, y0, x1, y1 in stored)


def windows_of(tx: Session, version_id: int) -> list[Window]:
    """The windows of a version in order."""
    rows = tx.scalars(
        select(WindowRow).where(WindowRow.version_id == version_id).order_by(WindowRow.ordinal)
    )
    return [Window(r.ordinal, r.text, r.tokens, r.first_passage, r.last_passage) for r in rows]


def ids_and_pages(tx: Session, version_id: int) -> dict[int, tuple[int, int]]:
    """Ordinal -> (passage id, page) of a version."""
    query = select(PassageRow.ordinal, PassageRow.id, PassageRow.page).where(
        PassageRow.version_id == version_id
    )
    return {ordinal: (passage_id, page) for ordinal, passage_id, page in tx.execute(query)}


# Embeddings -------------------------------------------------------------------------------


def missing_embeddings(
    tx: Session, version_id: int, model: str, limit: int
) -> list[tuple[str, str]]:
    """(text hash, text to embed) of the version's texts that ``model`` has not embedded yet."""
    known = exists().where(
        EmbeddingRow.text_hash == PassageRow.text_hash, EmbeddingRow.model == model
    )
    rows = tx.scalars(
        select(PassageRow)
        .where(PassageRow.version_id == version_id, ~known)
        .order_by(PassageRow.ordinal)
        .limit(limit)
    )
    texts = {row.text_hash: passage_of(row).embedded_text for row in rows}
    return list(texts.items())


def add_embeddings(
    tx: Session, model: str, hashes: Sequence[str], vectors: NDArray[np.float32]
) -> None:
    """Keep vectors (n, d) as float16; a text that got its vector in between keeps it."""
    if not hashes:
        return
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    packed = np.ascontiguousarray(vectors, dtype="<f2")
    rows = [
        {"text_hash": text_hash, "model": model, "vector": vector.tobytes()}
        for text_hash, vector in zip(hashes, packed, strict=True)
    ]
    tx.execute(insert(EmbeddingRow).on_conflict_do_nothing(), rows)


def vectors_of(tx: Session, version_id: int, model: str) -> NDArray[np.float32] | None:
    """Vectors (n, d) of a version's passages in order, or None unless all are there."""
    rows = tx.scalars(
        select(EmbeddingRow.vector)
        .select_from(PassageRow)
        .outerjoin(
            EmbeddingRow,
            (EmbeddingRow.text_hash == PassageRow.text_hash) & (EmbeddingRow.model == model),
        )
        .where(PassageRow.version_id == version_id)
        .order_by(PassageRow.ordinal)
    ).all()
    if not rows or any(row is None for row in rows):
        return None
    return np.stack([unpack(row) for row in rows])


def unpack(vector: bytes) -> NDArray[np.float32]:
    """A stored vector as float32 (d,)."""
    return np.frombuffer(vector, dtype="<f2").astype(np.float32)


# For the index ----------------------------------------------------------------------------


def entries(
    tx: Session, version_ids: Sequence[int], model: str
) -> list[tuple[IndexEntry, bytes | None]]:
    """Passages of those of the versions that are live, each with its vector if it has one."""
    query = (
        select(PassageRow, DocumentRow, DocumentVersionRow.title, EmbeddingRow.vector)
        .join(DocumentVersionRow, PassageRow.version_id == DocumentVersionRow.id)
        .join(DocumentRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .outerjoin(
            EmbeddingRow,
            (EmbeddingRow.text_hash == PassageRow.text_hash) & (EmbeddingRow.model == model),
        )
        .where(DocumentRow.deleted_at.is_(None), PassageRow.version_id.in_(version_ids))
        .order_by(PassageRow.id)
    )
    return [
        (entry_of(passage, document, title), vector)
        for passage, document, title, vector in tx.execute(query)
    ]


def entry_of(passage: PassageRow, document: DocumentRow, title: str) -> IndexEntry:
    """A stored passage as the index takes it in."""
    return IndexEntry(
        passage_id=passage.id,
        version_id=passage.version_id,
        document_id=document.id,
        collection_id=document.collection_id,
        title=title or document.name,
        name=document.name,
        heading="\n".join(passage.heading_path),
        text=passage.text,
    )


def live_versions(tx: Session, *, after: int = 0, limit: int = 200) -> list[int]:
    """Ids of live, current versions that have passages, in order, beginning after ``after``."""
    query = (
        select(DocumentRow.current_version_id)
        .where(
            DocumentRow.deleted_at.is_(None),
            DocumentRow.current_version_id > after,
            exists().where(PassageRow.version_id == DocumentRow.current_version_id),
        )
        .order_by(DocumentRow.current_version_id)
        .limit(limit)
    )
    return [version_id for version_id in tx.scalars(query) if version_id is not None]


def live_passage_ids(tx: Session, model: str | None = None) -> Iterator[int]:
    """Ids of all passages that the index should hold; with ``model`` those that have a vector."""
    query = (
        select(PassageRow.id)
        .join(DocumentRow, DocumentRow.current_version_id == PassageRow.version_id)
        .where(DocumentRow.deleted_at.is_(None))
    )
    if model is not None:
        query = query.where(
            exists().where(
                EmbeddingRow.text_hash == PassageRow.text_hash, EmbeddingRow.model == model
            )
        )
    yield from tx.scalars(query.execution_options(yield_per=5_000))


def count_live(tx: Session) -> int:
    """How many passages the index should hold."""
    query = (
        select(func.count(PassageRow.id))
        .join(DocumentRow, DocumentRow.current_version_id == PassageRow.version_id)
        .where(DocumentRow.deleted_at.is_(None))
    )
    return tx.scalar(query) or 0


def sample_vectors(
    tx: Session, model: str, *, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(ids (n,), vectors (n, d)) of up to ``limit`` live passages, the oldest first."""
    rows = tx.execute(
        select(PassageRow.id, EmbeddingRow.vector)
        .join(DocumentRow, DocumentRow.current_version_id == PassageRow.version_id)
        .join(EmbeddingRow, EmbeddingRow.text_hash == PassageRow.text_hash)
        .where(DocumentRow.deleted_at.is_(None), EmbeddingRow.model == model)
        .order_by(PassageRow.id)
        .limit(limit)
    ).all()
    ids = np.array([row.id for row in rows], dtype=np.int64)
    return ids, np.stack([unpack(row.vector) for row in rows])


def remove_unused_embeddings(tx: Session) -> int:
    """Drop vectors of texts that no passage has any more; return how many."""
    unused = ~exists().where(PassageRow.text_hash == EmbeddingRow.text_hash)
    removed = tx.execute(delete(EmbeddingRow).where(unused))
    return int(removed.rowcount)  # type: ignore[attr-defined]
