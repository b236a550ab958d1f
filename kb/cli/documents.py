"""Documents: ingest, list, show, delete, restore, retry."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from kb.access import visible_collections
from kb.cli.output import SOME_FAILED, Invocation, error_json, failure_json, table
from kb.domain.access import Principal
from kb.domain.documents import TERMINAL, DocumentFilter, DocumentStatus, DocumentView
from kb.domain.errors import Cancelled, NotFound
from kb.ingestion.receive import Received
from kb.storage import documents as store
from kb.storage import passages, understanding

As = Annotated[str | None, typer.Option("--as", help="Act as this user.")]
Collection = Annotated[
    str | None, typer.Option("--collection", "-C", help="Name or id of a collection.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the documents are terminal.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(ingest)
    app.command("list")(list_documents)
    app.command()(show)
    app.command()(delete)
    app.command()(restore)
    app.command()(retry)
    app.command()(cancel)


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or ZIP archives.")],
    collection: Collection = None,
    wait: Wait = False,
    person: As = None,
) -> None:
    """Take files in, the same way as the web upload does."""
    started = time.monotonic()
    kb: Invocation = context.obj
    principal = kb.ready(person)
    collection_id = _collection_id(kb, collection, principal)
    received = list(_receive_all(kb, paths, collection_id, principal))
    if wait:
        _wait(kb, [r.document_id for r in received if r.document_id is not None])
    rows = [_outcome(kb, outcome) for outcome in received]
    kb.emit(
        {"documents": rows, "elapsed_s": round(time.monotonic() - started, 3)},
        table(
            ("id", "status", "name", ""),
            ((r["id"], r["status"], r["name"], r.get("error", {}).get("message")) for r in rows),
        ),
    )
    if any(row["status"] in ("rejected", DocumentStatus.FAILED) for row in rows):
        raise typer.Exit(SOME_FAILED)


def _collection_id(kb: Invocation, name: str | None, principal: Principal) -> int:
    visible = visible_collections(principal)
    with kb.application.database.read() as tx:
        if name is not None:
            return store.collection_named(tx, name, visible).id
        found = store.collections(tx, visible)
    if not found:
        raise NotFound(kind="collection", id="")
    return found[0].id


def _receive_all(
    kb: Invocation, paths: Sequence[Path], collection_id: int, principal: Principal
) -> Iterator[Received]:
    receiver = kb.application.receiver
    for path in paths:
        if not path.exists():
            raise NotFound(kind="file", id=str(path))
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            folder = file.parent.relative_to(path.parent) if path.is_dir() else Path()
            with file.open("rb") as source:
                yield from receiver.receive(
                    source,
                    name=file.name,
                    path="" if folder == Path() else folder.as_posix(),
                    collection_id=collection_id,
                    principal=principal,
                )


def _wait(kb: Invocation, ids: Sequence[int]) -> None:
    application = kb.application
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        disable=kb.quiet or kb.as_json,
    ) as progress:
        task = progress.add_task("处理中 working", total=len(ids))
        while True:
            with application.database.read() as tx:
                views = store.get_many(tx, ids, None)
            done = sum(view.status in TERMINAL for view in views)
            progress.update(task, completed=done)
            if done == len(views):
                return
            if application.workers_alive():
                time.sleep(0.2)
            else:
                application.work_until_idle()


def _outcome(kb: Invocation, outcome: Received) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": outcome.document_id,
        "name": outcome.name,
        "status": outcome.status,
    }
    if outcome.duplicate_of is not None:
        row["duplicate_of"] = outcome.duplicate_of
    if outcome.error is not None:
        row["error"] = error_json(outcome.error, "receive")
    if outcome.document_id is not None:
        with kb.application.database.read() as tx:
            view = store.get(tx, outcome.document_id, None)
        row["status"] = view.status.value
        if view.status is DocumentStatus.FAILED and view.failure is not None:
            row["error"] = failure_json(view.failure)
    return row


def list_documents(
    context: typer.Context,
    collection: Collection = None,
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    trash: Annotated[bool, typer.Option("--trash", help="What is in the trash.")] = False,
    limit: Annotated[int, typer.Option(help="Most rows; 0 for all.")] = 0,
    person: As = None,
) -> None:
    """Documents, newest first."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    wanted = DocumentFilter(
        collection_id=_collection_id(kb, collection, principal) if collection else None,
        status=status,
        in_trash=trash,
    )
    with kb.application.database.read() as tx:
        visible = visible_collections(principal)
        views = store.list_documents(tx, wanted, visible, limit=limit or 1_000_000)
    kb.emit(
        {"documents": [_row(view) for view in views]},
        table(
            ("id", "status", "pages", "category", "collection", "name"),
            (
                (v.id, v.status, v.pages, v.category and v.category.name, v.collection, v.name)
                for v in views
            ),
        ),
    )


def _row(view: DocumentView) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": view.id,
        "name": view.name,
        "path": view.path,
        "title": view.title,
        "status": view.status.value,
        "collection": view.collection,
        "format": view.format,
        "size": view.size,
        "pages": view.pages,
        "language": view.language,
        "sha256": view.sha256,
        "created_at": view.created_at.isoformat(),
        "label": None,
    }
    if view.category is not None:
        row["label"] = {
            "name": view.category.name,
            "confidence": view.category.confidence,
            "source": view.category.source,
        }
    if view.parent_id is not None:
        row["parent"] = view.parent_id
    if view.failure is not None and view.status is DocumentStatus.FAILED:
        row["error"] = failure_json(view.failure)
    return row


def show(
    context: typer.Context,
    document: Annotated[int, typer.Argument(help="Id of the document.")],
    person: As = None,
) -> None:
    """One document: its category, summary, stages."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    with kb.application.database.read() as tx:
        view = store.get(tx, document, visible_collections(principal))
        summary = understanding.summary(tx, view.version_id)
        places = passages.ids_and_pages(tx, view.version_id)
    shown = _row(view) | {
        "version": view.version,
        "warnings": list(view.warnings),
        "metadata": view.metadata,
        "summary": None,
        "stages": [
            {
                "stage": run.stage,
                "state": run.state.value,
                "attempt": run.attempt,
                "started_at": run.started_at,
                "finished_at": run.finished_at,
                **({"error": failure_json(run.failure)} if run.failure else {}),
            }
            for run in view.stages
        ],
    }
    if summary is not None:
        shown["summary"] = {
            "kind": summary.kind.value,
            "model": summary.model,
            "text": summary.text,
            "coverage": {
                "windows_read": summary.windows_read,
                "windows_total": summary.windows_total,
            },
            "sentences": [
                {
                    "text": sentence_.text,
                    "sources": [
                        {"passage": places[p][0], "page": places[p][1]}
                        for p in sentence_.passages
                        if p in places
                    ],
                }
                for sentence_ in summary.sentences
            ],
        }
    kb.emit(shown, _as_text(shown))


def _as_text(shown: dict[str, Any]) -> str:
    label = shown["label"]
    category = "—"
    if label:
        category = f"{label['name'] or 'unsure'} ({label['confidence']:.0%}, {label['source']})"
    lines = [
        f"{shown['title']}",
        f"{shown['name']} · {shown['collection']} · {shown['pages']} p. · {shown['language']}",
        f"status    {shown['status']}",
        f"category  {category}",
    ]
    if shown["summary"]:
        lines += [f"summary   ({shown['summary']['kind']}) {shown['summary']['text']}"]
    for run in shown["stages"]:
        reason = run.get("error", {}).get("message", "")
        lines.append(f"  {run['stage']:<10} {run['state']:<8} {reason}")
    return "\n".join(lines)


Documents = Annotated[list[int], typer.Argument(help="Ids of documents.")]


def delete(
    context: typer.Context,
    documents: Documents,
    purge: Annotated[bool, typer.Option("--purge", help="Remove from the trash for good.")] = False,
    person: As = None,
) -> None:
    """Put documents into the trash; they are gone from every search at once."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    lifecycle = kb.application.lifecycle
    for document in documents:
        if purge:
            lifecycle.purge(document, principal)
        else:
            lifecycle.delete(document, principal)
    _settle_index(kb)
    kb.emit({"deleted": documents}, f"已删除 deleted: {len(documents)}")


def restore(context: typer.Context, documents: Documents, person: As = None) -> None:
    """Bring documents back from the trash."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    for document in documents:
        kb.application.lifecycle.restore(document, principal)
    _settle_index(kb)
    kb.emit({"restored": documents}, f"已恢复 restored: {len(documents)}")


def retry(
    context: typer.Context,
    documents: Annotated[
        list[int] | None, typer.Argument(help="Ids; none means all failed ones.")
    ] = None,
    wait: Wait = False,
    person: As = None,
) -> None:
    """Run failed stages again."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    ids = documents or _with_failures(kb, principal)
    for document in ids:
        kb.application.lifecycle.retry(document, principal)
    if wait:
        _wait(kb, ids)
    kb.emit({"retried": ids}, f"已重试 retried: {len(ids)}")


def cancel(context: typer.Context, documents: Documents, person: As = None) -> None:
    """End the work on documents within seconds; what was read stays, retry goes on from there."""
    kb: Invocation = context.obj
    principal = kb.ready(person)
    for document in documents:
        kb.application.lifecycle.cancel(document, principal)
    kb.emit({"cancelled": documents}, f"已取消 cancelled: {len(documents)}")


def _with_failures(kb: Invocation, principal: Principal) -> list[int]:
    with kb.application.database.read() as tx:
        visible = visible_collections(principal)
        views = store.list_documents(tx, DocumentFilter(), visible, limit=1_000_000)
    return [
        view.id
        for view in views
        if view.failure is not None
        and view.failure.code != Cancelled.code
        and view.status in TERMINAL
    ]


def _settle_index(kb: Invocation) -> None:
    if not kb.application.workers_alive():
        kb.application.index_writer.fold()
