"""Collections, documents and their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.domain.documents import (
    CategoryView,
    CollectionView,
    DocumentFilter,
    DocumentStatus,
    DocumentView,
    JobState,
    NewDocument,
    Stage,
    StageRun,
    VersionFacts,
)
from kb.domain.errors import Conflict, NotFound
from kb.storage.jobs import failure_of
from kb.storage.stale import is_stale, stale_among
from kb.storage.tables import (
    AnySelect,
    BlobRow,
    ClassificationRow,
    CollectionRow,
    DocumentRow,
    DocumentVersionRow,
    JobRow,
    UserRow,
    utc_now,
)

UNSURE = "unsure"
_STAGE_ORDER = {stage: place for place, stage in enumerate(Stage)}


# Collections ------------------------------------------------------------------------------


def add_collection(tx: Session, name: str) -> CollectionView:
    """Make a collection.

    Raises:
        Conflict: the name is taken.
    """
    row = CollectionRow(name=name)
    try:
        with tx.begin_nested():
            tx.add(row)
    except IntegrityError as error:
        raise Conflict(detail=f"collection “{name}” exists") from error
    return CollectionView(row.id, row.name, 0)


def collections(tx: Session, visible: frozenset[int] | None) -> list[CollectionView]:
    """Collections in ``visible`` (None: all) with the number of live documents."""
    query = (
        select(CollectionRow.id, CollectionRow.name, func.count(DocumentRow.id))
        .outerjoin(
            DocumentRow,
            (DocumentRow.collection_id == CollectionRow.id) & DocumentRow.deleted_at.is_(None),
        )
        .group_by(CollectionRow.id, CollectionRow.name)
        .order_by(CollectionRow.id)
    )
    if visible is not None:
        query = query.where(CollectionRow.id.in_(visible))
    return [CollectionView(*row) for row in tx.execute(query)]


def collection_named(tx: Session, name: str, visible: frozenset[int] | None) -> CollectionView:
    """The collection with this name or id.

    Raises:
        NotFound: there is none, or it may not be seen.
    """
    for view in collections(tx, visible):
        if view.name == name or str(view.id) == name:
            return view
    raise NotFound(kind="collection", id=name)


def collection_with_id(
    tx: Session, collection_id: int, visible: frozenset[int] | None
) -> CollectionView:
    """The collection with this id.

    Raises:
        NotFound: there is none, or it may not be seen.
    """
    if visible is None or collection_id in visible:
        found = collections(tx, frozenset({collection_id}))
        if found:
            return found[0]
    raise NotFound(kind="collection", id=collection_id)


def rename_collection(tx: Session, collection_id: int, name: str) -> None:
    """Give a collection another name.

    Raises:
        Conflict: the name is taken.
    """
    taken = select(CollectionRow.id).where(
        CollectionRow.name == name, CollectionRow.id != collection_id
    )
    if tx.scalar(taken) is not None:
        raise Conflict(detail=f"collection “{name}” exists")
    tx.execute(update(CollectionRow).where(CollectionRow.id == collection_id).values(name=name))


def remove_collection(tx: Session, collection_id: int) -> None:
    """Remove an empty collection.

    Raises:
        Conflict: it holds documents, perhaps in the trash.
    """
    if tx.scalar(select(DocumentRow.id).where(DocumentRow.collection_id == collection_id)):
        raise Conflict(detail="the collection still holds documents (look in the trash too)")
    tx.execute(delete(CollectionRow).where(CollectionRow.id == collection_id))


# Documents --------------------------------------------------------------------------------


def live_with_content(tx: Session, collection_id: int, sha256: str) -> int | None:
    """The live document of the collection that has this content."""
    return tx.scalar(
        select(DocumentRow.id).where(
            DocumentRow.collection_id == collection_id,
            DocumentRow.sha256 == sha256,
            DocumentRow.deleted_at.is_(None),
            DocumentRow.parent_id.is_(None),
        )
    )


def add(tx: Session, new: NewDocument) -> tuple[int, int]:
    """Write a document and its first version; return (document id, version id).

    Raises:
        Conflict: a live document with this content came in between.
    """
    if tx.get(BlobRow, new.sha256) is None:
        tx.add(BlobRow(sha256=new.sha256, size=new.size))
        tx.flush()
    document = DocumentRow(
        collection_id=new.collection_id,
        name=new.name,
        path=new.path,
        sha256=new.sha256,
        created_by=new.user_id,
        parent_id=new.parent_id,
    )
    try:
        with tx.begin_nested():
            tx.add(document)
    except IntegrityError as error:
        raise Conflict(detail="the same content arrived at the same moment") from error
    version = DocumentVersionRow(
        document_id=document.id,
        number=1,
        sha256=new.sha256,
        size=new.size,
        format=new.format,
        media_type=new.media_type,
        status=DocumentStatus.RECEIVED,
    )
    tx.add(version)
    tx.flush()
    document.current_version_id = version.id
    tx.flush()
    return document.id, version.id


def version_facts(tx: Session, version_id: int) -> VersionFacts | None:
    """What a stage needs to know; None when the version is gone."""
    row = tx.execute(
        select(DocumentVersionRow, DocumentRow)
        .join(DocumentRow, DocumentVersionRow.document_id == DocumentRow.id)
        .where(DocumentVersionRow.id == version_id)
    ).one_or_none()
    if row is None:
        return None
    version, document = row
    return VersionFacts(
        id=version.id,
        document_id=document.id,
        collection_id=document.collection_id,
        name=document.name,
        title=version.title,
        sha256=version.sha256,
        format=version.format,
        media_type=version.media_type,
        language=version.language,
        live=document.deleted_at is None and document.current_version_id == version.id,
    )


def set_status(tx: Session, version_id: int, status: DocumentStatus) -> None:
    """Note where a version stands, and that its document changed."""
    tx.execute(
        update(DocumentVersionRow).where(DocumentVersionRow.id == version_id).values(status=status)
    )
    touch(tx, version_id)


def touch(tx: Session, version_id: int) -> None:
    """Note that the document changed, so that watchers are told."""
    tx.execute(
        update(DocumentRow)
        .where(DocumentRow.current_version_id == version_id)
        .values(changed_at=utc_now())
    )


def set_facts(tx: Session, version_id: int, **facts: Any) -> None:  # noqa: ANN401
    """Store what reading found: title, language, page_count, file_metadata, warnings."""
    tx.execute(
        update(DocumentVersionRow).where(DocumentVersionRow.id == version_id).values(**facts)
    )


def change(tx: Session, document_id: int, **values: Any) -> None:  # noqa: ANN401
    """Change a document's own columns (name, collection_id)."""
    tx.execute(
        update(DocumentRow)
        .where(DocumentRow.id == document_id)
        .values(changed_at=utc_now(), **values)
    )


def any_document(tx: Session) -> bool:
    """Whether there is any document at all, in the trash or not."""
    return tx.scalar(select(DocumentRow.id).limit(1)) is not None


def known_blobs(tx: Session) -> dict[str, int]:
    """Hash -> size of every original that a version refers to."""
    rows = tx.execute(select(BlobRow.sha256, BlobRow.size))
    return {row.sha256: row.size for row in rows}


# Reading ----------------------------------------------------------------------------------


def _joined(visible: frozenset[int] | None) -> AnySelect:
    query = (
        select(
            DocumentRow,
            DocumentVersionRow,
            CollectionRow.name,
            ClassificationRow,
            UserRow.name,
        )
        .join(DocumentVersionRow, DocumentRow.current_version_id == DocumentVersionRow.id)
        .join(CollectionRow, DocumentRow.collection_id == CollectionRow.id)
        .outerjoin(ClassificationRow, ClassificationRow.version_id == DocumentVersionRow.id)
        .outerjoin(UserRow, DocumentRow.created_by == UserRow.id)
    )
    if visible is not None:
        query = query.where(DocumentRow.collection_id.in_(visible))
    return query


def get(tx: Session, document_id: int, visible: frozenset[int] | None) -> DocumentView:
    """One document, in the trash or not.

    Raises:
        NotFound: there is none, or it may not be seen.
    """
    row = tx.execute(_joined(visible).where(DocumentRow.id == document_id)).one_or_none()
    if row is None:
        raise NotFound(kind="document", id=document_id)
    return _views(tx, [row])[0]


def get_many(tx: Session, ids: Sequence[int], visible: frozenset[int] | None) -> list[DocumentView]:
    """Those of the documents that exist and may be seen, by id."""
    rows = tx.execute(
        _joined(visible).where(DocumentRow.id.in_(ids)).order_by(DocumentRow.id)
    ).all()
    return _views(tx, rows)


def changed_since(
    tx: Session,
    since: dt.datetime,
    visible: frozenset[int] | None,
    limit: int = 200,
) -> list[DocumentView]:
    """Documents that changed after ``since`` (aware datetime), oldest change first."""
    rows = tx.execute(
        _joined(visible)
        .where(DocumentRow.changed_at > since)
        .order_by(DocumentRow.changed_at)
        .limit(limit)
    ).all()
    return _views(tx, rows)


def _conditions(wanted: DocumentFilter) -> list[ColumnElement[bool]]:
    deleted = DocumentRow.deleted_at
    found: list[ColumnElement[bool]] = [
        deleted.is_not(None) if wanted.in_trash else deleted.is_(None)
    ]
    if wanted.collection_id is not None:
        found.append(DocumentRow.collection_id == wanted.collection_id)
    if wanted.status:
        found.append(DocumentVersionRow.status == wanted.status)
    if wanted.format:
        found.append(DocumentVersionRow.format == wanted.format)
    if wanted.language:
        found.append(DocumentVersionRow.language == wanted.language)
    if wanted.category == UNSURE:
        found.append(ClassificationRow.version_id.is_not(None) & ClassificationRow.label.is_(None))
    elif wanted.category:
        found.append(ClassificationRow.label == wanted.category)
    if wanted.stale:
        found.append(is_stale())
    if wanted.name_contains:
        found.append(DocumentRow.name.icontains(wanted.name_contains, autoescape=True))
    return found


def list_documents(
    tx: Session,
    wanted: DocumentFilter,
    visible: frozenset[int] | None,
    *,
    sort: str = "-created",
    after: int | None = None,
    limit: int = 100,
) -> list[DocumentView]:
    """A page of a list; ``sort`` is created, name or size, with "-" for descending.

    ``after`` is the last document of the page before. The page begins behind that document's
    place, so what arrives meanwhile shifts nothing; it is empty when that document was purged.
    """
    column: Any = {
        "name": func.lower(DocumentRow.name),
        "size": DocumentVersionRow.size,
    }.get(sort.lstrip("-"), DocumentRow.id)
    descending = sort.startswith("-")
    query = _joined(visible).where(*_conditions(wanted))
    if after is not None:
        place = (
            select(column)
            .select_from(DocumentRow)
            .join(DocumentVersionRow, DocumentRow.current_version_id == DocumentVersionRow.id)
            .where(DocumentRow.id == after)
            .correlate(None)
            .scalar_subquery()
        )
        behind = column < place if descending else column > place
        query = query.where(behind | ((column == place) & (DocumentRow.id < after)))
    order = column.desc() if descending else column.asc()
    query = query.order_by(order, DocumentRow.id.desc())
    return _views(tx, tx.execute(query.limit(limit)).all())


def count_by_status(
    tx: Session, wanted: DocumentFilter, visible: frozenset[int] | None
) -> dict[str, int]:
    """How many documents of the list are in each status."""
    query = (
        _joined(visible)
        .where(*_conditions(wanted))
        .with_only_columns(DocumentVersionRow.status, func.count())
        .group_by(DocumentVersionRow.status)
    )
    return {str(status): count for status, count in tx.execute(query)}


def matching_ids(
    tx: Session, wanted: DocumentFilter, visible: frozenset[int] | None
) -> frozenset[int]:
    """Ids of all live documents that match; for filters inside the search engines."""
    query = _joined(visible).where(*_conditions(wanted)).with_only_columns(DocumentRow.id)
    return frozenset(tx.scalars(query))


def names_like(
    tx: Session, typed: str, visible: frozenset[int] | None, *, limit: int
) -> list[tuple[int, str]]:
    """(id, name or title) of live documents containing ``typed``; those beginning with it first."""
    title = func.coalesce(func.nullif(DocumentVersionRow.title, ""), DocumentRow.name)
    in_name = DocumentRow.name.icontains(typed, autoescape=True)
    in_title = title.icontains(typed, autoescape=True)
    begins = DocumentRow.name.istartswith(typed, autoescape=True) | title.istartswith(
        typed, autoescape=True
    )
    query = (
        _joined(visible)
        .where(DocumentRow.deleted_at.is_(None), in_name | in_title)
        .with_only_columns(DocumentRow.id, case((in_title, title), else_=DocumentRow.name))
        .order_by(case((begins, 0), else_=1), DocumentRow.id.desc())
        .limit(limit)
    )
    return [(document_id, name) for document_id, name in tx.execute(query)]


def _views(tx: Session, rows: Sequence[Any]) -> list[DocumentView]:
    versions = [version.id for _, version, *_ in rows]
    runs: dict[int, list[StageRun]] = {}
    for job in tx.scalars(select(JobRow).where(JobRow.version_id.in_(versions))):
        runs.setdefault(job.version_id or 0, []).append(_stage_run(job))
    stale = stale_among(tx, versions)
    return [_view(row, runs.get(row[1].id, []), stale) for row in rows]


def _stage_run(job: JobRow) -> StageRun:
    return StageRun(
        stage=job.stage,
        state=JobState(job.state),
        attempt=job.attempt,
        job_id=job.id,
        started_at=job.started_at,
        finished_at=job.finished_at,
        failure=failure_of(job),
        done_units=job.done_units,
        total_units=job.total_units,
    )


def _view(row: Any, runs: list[StageRun], stale: frozenset[int]) -> DocumentView:  # noqa: ANN401
    document, version, collection, classification, creator = row
    category = None
    if classification is not None:
        category = CategoryView(
            classification.label,
            classification.confidence,
            classification.source,
            version.id in stale,
        )
    status = DocumentStatus(version.status)
    return DocumentView(
        id=document.id,
        version_id=version.id,
        version=version.number,
        name=document.name,
        path=document.path,
        title=version.title or document.name,
        collection_id=document.collection_id,
        collection=collection,
        status=DocumentStatus.DELETED if document.deleted_at else status,
        format=version.format,
        media_type=version.media_type,
        size=version.size,
        sha256=version.sha256,
        pages=version.page_count,
        language=version.language,
        category=category,
        created_at=document.created_at,
        changed_at=document.changed_at,
        created_by=creator,
        deleted_at=document.deleted_at,
        stages=tuple(sorted(runs, key=lambda run: _STAGE_ORDER.get(Stage(run.stage), 99))),
        metadata=version.file_metadata,
        warnings=tuple(version.warnings),
        parent_id=document.parent_id,
    )
