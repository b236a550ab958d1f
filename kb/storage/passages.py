"""Passages, windows and embeddings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
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

_MOST_PARTS = 100
"""Portions asked for in one query."""


class MissingText(NamedTuple):
    """A text without a vector."""

    ordinal: int
    text_hash: str
    text: str


class Kept(NamedTuple):
    """What storing a slice of passages changed."""

    added: int
    replaced: int


def keep(tx: Session, version_id: int, passages: Sequence[Passage]) -> Kept:
    """Store the next passages of a version, in order.

    One that is there already with the same text at the same place stays as it is, with its id;
    one that differs makes way.
    """
    if not passages:
        return Kept(0, 0)
    place = (
        PassageRow.version_id == version_id,
        PassageRow.ordinal.between(passages[0].ordinal, passages[-1].ordinal),
    )
    stored = {row.ordinal: row for row in tx.scalars(select(PassageRow).where(*place))}
    same = {p.ordinal for p in passages if p.ordinal in stored and _same(stored[p.ordinal], p)}
    differ = sorted(set(stored) - same)
    if differ:
        tx.execute(
            delete(PassageRow).where(
                PassageRow.version_id == version_id, PassageRow.ordinal.in_(differ)
            )
        )
    tx.expunge_all()
    tx.add_all(_row(version_id, passage) for passage in passages if passage.ordinal not in same)
    tx.flush()
    tx.expunge_all()
    return Kept(len(passages) - len(same), len(differ))


def _row(version_id: int, passage: Passage) -> PassageRow:
    return PassageRow(
        version_id=version_id,
        ordinal=passage.ordinal,
        page=passage.page,
        text=passage.text,
        heading_path=list(passage.heading_path),
        spans=_stored_spans(passage),
        text_hash=passage.text_hash,
    )


def _stored_spans(passage: Passage) -> list[list[float]]:
    return [[s.start, s.end, s.page, *(round(v, 1) for v in s.box)] for s in passage.spans]


def _same(row: PassageRow, passage: Passage) -> bool:
    return (
        row.text_hash == passage.text_hash
        and row.text == passage.text
        and row.heading_path == list(passage.heading_path)
        and row.spans == _stored_spans(passage)
    )


def drop_from(tx: Session, version_id: int, ordinal: int) -> int:
    """Remove the passages from ``ordinal`` on; return how many."""
    gone = tx.execute(
        delete(PassageRow).where(PassageRow.version_id == version_id, PassageRow.ordinal >= ordinal)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def count(tx: Session, version_id: int) -> int:
    """How many passages a version has by now."""
    query = select(func.count()).where(PassageRow.version_id == version_id)
    return tx.scalar(query) or 0


def drop_windows(tx: Session, version_id: int) -> None:
    """Forget the windows of a version."""
    tx.execute(delete(WindowRow).where(WindowRow.version_id == version_id))


def add_windows(tx: Session, version_id: int, windows: Sequence[Window]) -> None:
    """Store the next windows of a version."""
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


def texts_of(tx: Session, version_id: int) -> Iterator[Passage]:
    """The passages of a version in order, without their places; read in pieces."""
    query = (
        select(PassageRow.ordinal, PassageRow.text, PassageRow.heading_path)
        .where(PassageRow.version_id == version_id)
        .order_by(PassageRow.ordinal)
    )
    for ordinal, text, path in tx.execute(query.execution_options(yield_per=500)):
        yield Passage(ordinal, text, tuple(path), ())


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


def places_of(
    tx: Session, version_id: int, ordinals: Sequence[int]
) -> dict[int, tuple[int, int, tuple[Span, ...]]]:
    """Ordinal -> (passage id, page, where it stands) of some passages of a version."""
    query = select(PassageRow.ordinal, PassageRow.id, PassageRow.page, PassageRow.spans).where(
        PassageRow.version_id == version_id, PassageRow.ordinal.in_(ordinals)
    )
    return {at: (number, page, spans_of(spans)) for at, number, page, spans in tx.execute(query)}


# Embeddings -------------------------------------------------------------------------------


def missing_embeddings(
    tx: Session, version_id: int, model: str, *, after: int = -1, limit: int
) -> list[MissingText]:
    """Texts of the version, beyond an ordinal, that ``model`` has not embedded yet."""
    known = exists().where(
        EmbeddingRow.text_hash == PassageRow.text_hash, EmbeddingRow.model == model
    )
    rows = tx.execute(
        select(PassageRow.ordinal, PassageRow.text, PassageRow.heading_path, PassageRow.text_hash)
        .where(PassageRow.version_id == version_id, PassageRow.ordinal > after, ~known)
        .order_by(PassageRow.ordinal)
        .limit(limit)
    )
    return [
        MissingText(ordinal, text_hash, Passage(ordinal, text, tuple(path), ()).embedded_text)
        for ordinal, text, path, text_hash in rows
    ]


def count_missing(tx: Session, version_id: int, model: str) -> int:
    """How many passages of the version have no vector of ``model`` yet."""
    known = exists().where(
        EmbeddingRow.text_hash == PassageRow.text_hash, EmbeddingRow.model == model
    )
    query = select(func.count()).select_from(PassageRow)
    return tx.scalar(query.where(PassageRow.version_id == version_id, ~known)) or 0


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


@dataclass(frozen=True, slots=True)
class Portion:
    """Some passages of a version, by ordinal."""

    version_id: int
    first: int = 0
    last: int | None = None
    """Inclusive; None is to the end."""


def merged(portions: Iterable[Portion]) -> list[Portion]:
    """The same passages in as few portions as possible, in order."""
    found: list[Portion] = []
    for portion in sorted(portions, key=lambda p: (p.version_id, p.first)):
        before = found[-1] if found else None
        if before is None or before.version_id != portion.version_id or _apart(before, portion):
            found.append(portion)
        else:
            ends = (before.last, portion.last)
            last = None if None in ends else max(end for end in ends if end is not None)
            found[-1] = Portion(before.version_id, before.first, last)
    return found


def _apart(before: Portion, after: Portion) -> bool:
    return before.last is not None and after.first > before.last + 1


def entries(
    tx: Session, portions: Sequence[Portion], model: str
) -> list[tuple[IndexEntry, bytes | None]]:
    """Passages of those of the versions that are live, each with its vector if it has one."""
    whole = [p.version_id for p in portions if p.first == 0 and p.last is None]
    found = _entries(tx, PassageRow.version_id.in_(whole), model) if whole else []
    parts = [p for p in portions if p.first > 0 or p.last is not None]
    for start in range(0, len(parts), _MOST_PARTS):
        chosen = or_(*(_within(portion) for portion in parts[start : start + _MOST_PARTS]))
        found += _entries(tx, chosen, model)
    return sorted(found, key=lambda pair: pair[0].passage_id)


def _within(portion: Portion) -> ColumnElement[bool]:
    conditions = [PassageRow.version_id == portion.version_id, PassageRow.ordinal >= portion.first]
    if portion.last is not None:
        conditions.append(PassageRow.ordinal <= portion.last)
    return and_(*conditions)


def _entries(
    tx: Session, chosen: ColumnElement[bool], model: str
) -> list[tuple[IndexEntry, bytes | None]]:
    query = (
        select(  # columns, not rows: the places of the lines are most of a passage
            PassageRow.id,
            PassageRow.version_id,
            DocumentRow.id,
            DocumentRow.collection_id,
            func.coalesce(func.nullif(DocumentVersionRow.title, ""), DocumentRow.name),
            DocumentRow.name,
            PassageRow.heading_path,
            PassageRow.text,
            EmbeddingRow.vector,
        )
        .join(DocumentVersionRow, PassageRow.version_id == DocumentVersionRow.id)
        .join(DocumentRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .outerjoin(
            EmbeddingRow,
            (EmbeddingRow.text_hash == PassageRow.text_hash) & (EmbeddingRow.model == model),
        )
        .where(DocumentRow.deleted_at.is_(None), chosen)
    )
    return [
        (IndexEntry(passage, version, document, collection, title, name, "\n".join(path), text), v)
        for passage, version, document, collection, title, name, path, text, v in tx.execute(query)
    ]


def live_among(tx: Session, versions: Iterable[int]) -> set[int]:
    """Those of the versions that are live, current and have passages."""
    query = select(DocumentRow.current_version_id).where(
        DocumentRow.deleted_at.is_(None),
        DocumentRow.current_version_id.in_(list(versions)),
        exists().where(PassageRow.version_id == DocumentRow.current_version_id),
    )
    return {version_id for version_id in tx.scalars(query) if version_id is not None}


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


def sizes(
    tx: Session, *, after: int = 0, limit: int = 200, collection_id: int | None = None
) -> list[tuple[int, int]]:
    """(version, one more than its last ordinal) of ``live_versions``, of one collection if told."""
    query = (
        select(PassageRow.version_id, func.max(PassageRow.ordinal) + 1)
        .join(DocumentRow, DocumentRow.current_version_id == PassageRow.version_id)
        .where(DocumentRow.deleted_at.is_(None), PassageRow.version_id > after)
        .group_by(PassageRow.version_id)
        .order_by(PassageRow.version_id)
        .limit(limit)
    )
    if collection_id is not None:
        query = query.where(DocumentRow.collection_id == collection_id)
    return [(version_id, length) for version_id, length in tx.execute(query)]


def count_in(tx: Session, portion: Portion) -> int:
    """How many passages a portion has."""
    return tx.scalar(select(func.count(PassageRow.id)).where(_within(portion))) or 0


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


def count_live(tx: Session, *, collection_id: int | None = None, model: str | None = None) -> int:
    """How many passages the index should hold; with ``model`` those that have a vector."""
    query = (
        select(func.count(PassageRow.id))
        .join(DocumentRow, DocumentRow.current_version_id == PassageRow.version_id)
        .where(DocumentRow.deleted_at.is_(None))
    )
    if collection_id is not None:
        query = query.where(DocumentRow.collection_id == collection_id)
    if model is not None:
        query = query.where(
            exists().where(
                EmbeddingRow.text_hash == PassageRow.text_hash, EmbeddingRow.model == model
            )
        )
    return tx.scalar(query) or 0


def vectors_after(
    tx: Session, model: str, after: int, *, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(ids (n,), vectors (n, d)) of the next live passages that have one, in order of ids."""
    rows = tx.execute(
        select(PassageRow.id, EmbeddingRow.vector)
        .join(DocumentRow, DocumentRow.current_version_id == PassageRow.version_id)
        .join(EmbeddingRow, EmbeddingRow.text_hash == PassageRow.text_hash)
        .where(
            DocumentRow.deleted_at.is_(None),
            EmbeddingRow.model == model,
            PassageRow.id > after,
        )
        .order_by(PassageRow.id)
        .limit(limit)
    ).all()
    ids = np.array([row.id for row in rows], dtype=np.int64)
    halves = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f2")
    return ids, halves.reshape(len(rows), -1 if rows else 0).astype(np.float32)


def highest_live(tx: Session) -> int:
    """The largest id of a passage; 0 when there is none."""
    return tx.scalar(select(func.max(PassageRow.id))) or 0


def remove_unused_embeddings(tx: Session) -> int:
    """Drop vectors of texts that no passage has any more; return how many."""
    unused = ~exists().where(PassageRow.text_hash == EmbeddingRow.text_hash)
    removed = tx.execute(delete(EmbeddingRow).where(unused))
    return int(removed.rowcount)  # type: ignore[attr-defined]
