"""Documents with what came out of them: attachments live and go with their message."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.domain.documents import DocumentRef, DocumentStatus, NewDocument
from kb.domain.errors import Conflict
from kb.storage import documents
from kb.storage.tables import (
    BlobRow,
    ClassificationRow,
    DocumentRow,
    DocumentVersionRow,
    JobRow,
    utc_now,
)

Member = tuple[int, int]
"""(document id, current version id)"""


def add_child(tx: Session, parent_id: int, new: NewDocument) -> int | None:
    """Write an attachment down where its parent is now; return its version id.

    None when it was taken out before, by an attempt that was killed for one, be it in the trash.
    """
    parent = tx.get_one(DocumentRow, parent_id)
    there = select(DocumentRow.id).where(
        DocumentRow.parent_id == parent_id,
        DocumentRow.sha256 == new.sha256,
        DocumentRow.name == new.name,
    )
    if tx.scalar(there) is not None:
        return None
    child = replace(
        new,
        collection_id=parent.collection_id,
        user_id=parent.created_by,
        parent_id=parent_id,
    )
    try:
        return documents.add(tx, child)[1]
    except Conflict:  # another attempt came in between
        return None


def depth(tx: Session, document_id: int) -> int:
    """1 for a document that was given to us, 2 for what came out of it, and so on."""
    found, above = 0, document_id
    while above:
        found += 1
        above = tx.scalar(select(DocumentRow.parent_id).where(DocumentRow.id == above)) or 0
    return found


def ref(tx: Session, document_id: int) -> DocumentRef | None:
    """A document as another points to it; None when it was purged."""
    found = _refs(tx, DocumentRow.id == document_id)
    return found[0] if found else None


def children(tx: Session, document_id: int) -> list[DocumentRef]:
    """What came out of a document and is not in the trash by itself, in order."""
    parent = tx.get(DocumentRow, document_id)
    gone = parent.deleted_at if parent is not None else None
    same = DocumentRow.deleted_at.is_(None) if gone is None else DocumentRow.deleted_at == gone
    return _refs(tx, (DocumentRow.parent_id == document_id) & same)


def _refs(tx: Session, which: object) -> list[DocumentRef]:
    rows = tx.execute(
        select(
            DocumentRow.id,
            DocumentRow.name,
            DocumentVersionRow.status,
            DocumentVersionRow.format,
            DocumentRow.deleted_at,
        )
        .join(DocumentVersionRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .where(which)  # type: ignore[arg-type]
        .order_by(DocumentRow.id)
    )
    return [
        DocumentRef(
            document, name, DocumentStatus.DELETED if deleted else DocumentStatus(status), form
        )
        for document, name, status, form, deleted in rows
    ]


def descendants(tx: Session, document_id: int) -> list[Member]:
    """All that came out of a document, directly or not, parents before children."""
    found: list[Member] = []
    above = [document_id]
    while above:
        rows = tx.execute(
            select(DocumentRow.id, DocumentRow.current_version_id)
            .where(DocumentRow.parent_id.in_(above))
            .order_by(DocumentRow.id)
        ).all()
        found += [(row[0], row[1] or 0) for row in rows]
        above = [row[0] for row in rows]
    return found


def to_trash(tx: Session, document_id: int) -> list[Member]:
    """From this commit on no search shows it, nor what came out of it.

    Returns:
        Those that went along; what was in the trash before is not among them.
    """
    now = utc_now()
    along = [
        member
        for member in descendants(tx, document_id)
        if tx.get_one(DocumentRow, member[0]).deleted_at is None
    ]
    _change(tx, [document_id, *(member[0] for member in along)], deleted_at=now)
    return along


def from_trash(tx: Session, document_id: int) -> list[Member]:
    """Bring it back with what went along with it; return the latter.

    Raises:
        Conflict: a live document of the collection has the same content, or its parent is in
            the trash.
    """
    row = tx.get_one(DocumentRow, document_id)
    if row.parent_id is not None and tx.get_one(DocumentRow, row.parent_id).deleted_at:
        raise Conflict(
            detail="the document it came out of is in the trash; restore that one",
            detail_zh="它所属的文档在回收站中，请恢复那份文档",
        )
    along = [
        member
        for member in descendants(tx, document_id)
        if tx.get_one(DocumentRow, member[0]).deleted_at == row.deleted_at
    ]
    try:
        with tx.begin_nested():
            _change(tx, [document_id, *(member[0] for member in along)], deleted_at=None)
    except IntegrityError as error:
        raise Conflict(detail="the same content is in the collection again") from error
    return along


def move(tx: Session, document_id: int, collection_id: int) -> list[Member]:
    """Put a document with all that came out of it into another collection; return the latter.

    Raises:
        Conflict: it came out of another document and stays with that.
    """
    if tx.get_one(DocumentRow, document_id).parent_id is not None:
        raise Conflict(
            detail="an attachment stays with the document it came out of; move that one",
            detail_zh="附件随其所属文档存放，请移动那份文档",
        )
    along = descendants(tx, document_id)
    _change(tx, [document_id, *(member[0] for member in along)], collection_id=collection_id)
    return along


def _change(tx: Session, ids: list[int], **values: object) -> None:
    tx.execute(
        update(DocumentRow)
        .where(DocumentRow.id.in_(ids))
        .values(changed_at=utc_now(), **values)
        .execution_options(synchronize_session=False)
    )
    tx.expire_all()


def purge(tx: Session, document_id: int) -> None:
    """Remove a document and what came out of it for good.

    The rows of originals that nobody refers to any more go too; the files go with a later sweep.
    """
    family = [document_id, *(member[0] for member in descendants(tx, document_id))][::-1]
    for each in family:  # children before parents
        _purge_one(tx, each)


def _purge_one(tx: Session, document_id: int) -> None:
    mine = DocumentVersionRow.document_id == document_id
    versions = select(DocumentVersionRow.id).where(mine)
    hashes = set(tx.scalars(select(DocumentVersionRow.sha256).where(mine)))
    for table in (ClassificationRow, JobRow):
        tx.execute(delete(table).where(table.version_id.in_(versions)))
    tx.execute(delete(DocumentVersionRow).where(mine))
    tx.execute(delete(DocumentRow).where(DocumentRow.id == document_id))
    used = set(
        tx.scalars(select(DocumentVersionRow.sha256).where(DocumentVersionRow.sha256.in_(hashes)))
    )
    tx.execute(delete(BlobRow).where(BlobRow.sha256.in_(sorted(hashes - used))))
