"""The index: re-index, generations, golden queries."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from kb.cli.documents import Collection
from kb.cli.output import Invocation, table
from kb.domain.errors import GateRefused
from kb.ingestion.gates import refused
from kb.ingestion.reindex import Gates, Reindexer
from kb.storage import documents as store
from kb.storage.generations import Flip, Generation, GenerationState

_UNDER_WAY = (GenerationState.BUILDING, GenerationState.PAUSED)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    reindex = typer.Typer(help="Build a new index beside the live one, then flip.")
    reindex.callback(invoke_without_command=True)(start)
    reindex.command()(pause)
    reindex.command()(resume)
    reindex.command()(cancel)
    app.add_typer(reindex, name="reindex")
    group = typer.Typer(help="Index generations.", no_args_is_help=True)
    group.command("list")(list_generations)
    group.command()(activate)
    group.command()(rollback)
    app.add_typer(group, name="generations")
    golden = typer.Typer(help="Queries that every new index must answer.", no_args_is_help=True)
    golden.command("add")(add_golden)
    golden.command("list")(list_golden)
    golden.command("remove")(remove_golden)
    group.add_typer(golden, name="golden")


def start(
    context: typer.Context,
    collection: Collection = None,
    embedder: Annotated[
        str | None,
        typer.Option("--embedder", help="built-in, or https://server/v1#model:dimension."),
    ] = None,
    flip: Annotated[
        Flip, typer.Option(help="Into service by itself once the checks are passed, or by hand.")
    ] = Flip.AUTOMATIC,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is built.")] = False,
) -> None:
    """Build a new generation of the index; unchanged text is not embedded again."""
    if context.invoked_subcommand is not None:
        return
    began = time.monotonic()
    kb: Invocation = context.obj
    principal = kb.ready()
    place = None if collection is None else _collection_id(kb, collection)
    generation = kb.application.reindexer.start(
        principal, collection_id=place, flip=flip, embedder=embedder
    )
    if wait:
        _wait(kb, generation)
    found = next(g for g in kb.application.reindexer.list() if g.id == generation)
    kb.emit(
        {
            "generation": generation,
            "state": found.state.value,
            "passages": found.passages,
            "elapsed_s": round(time.monotonic() - began, 3),
            "gates": found.gates or {},
        },
        f"第 {generation} 代 generation {generation}: {found.state.value}",
    )
    if found.state is GenerationState.REFUSED:
        english, chinese = refused(found.gates or {}) or ("", "")
        raise GateRefused(generation=generation, detail=english, detail_zh=chinese)


def _collection_id(kb: Invocation, name: str) -> int:
    with kb.application.database.read() as tx:
        return store.collection_named(tx, name, None).id


def _wait(kb: Invocation, generation: int) -> None:
    application = kb.application
    with kb.progress("构建索引 building") as show:
        while True:
            [found] = [g for g in application.reindexer.list() if g.id == generation]
            show(found.done, found.total)
            if found.state not in _UNDER_WAY:
                return
            if application.workers_alive() or not application.work_once():
                time.sleep(0.3)


def pause(context: typer.Context) -> None:
    """Stop the build where it is."""
    _steered(context, "paused")


def resume(context: typer.Context) -> None:
    """Go on with a paused build."""
    _steered(context, "building")


def cancel(context: typer.Context) -> None:
    """Give the build up."""
    _steered(context, "cancelled")


def _steered(context: typer.Context, state: str) -> None:
    kb: Invocation = context.obj
    principal = kb.ready()
    reindexer = kb.application.reindexer
    act = {"paused": reindexer.pause, "building": reindexer.resume, "cancelled": reindexer.cancel}
    generation = act[state](principal)
    kb.emit({"generation": generation, "state": state}, f"{generation}: {state}")


def list_generations(context: typer.Context) -> None:
    """All generations."""
    kb: Invocation = context.obj
    kb.ready()
    rows = [_row(generation) for generation in kb.application.reindexer.list()]
    kb.emit(
        {"generations": rows},
        table(
            ("id", "state", "passages", "progress", "embedder", "checks"),
            (
                [r["id"], r["state"], r["passages"], _percent(r), r["embedder"], _verdict(r)]
                for r in rows
            ),
        ),
    )


def _row(generation: Generation) -> dict[str, Any]:
    return {
        "id": generation.id,
        "state": generation.state.value,
        "embedder": generation.embedder,
        "passages": generation.passages,
        "snapshot": generation.snapshot,
        "collection": generation.plan.collection_id,
        "flip": generation.plan.flip.value,
        "outdated": Reindexer.outdated(generation),
        "started_by": generation.plan.started_by,
        "progress": {"done": generation.done, "total": generation.total}
        if generation.state in _UNDER_WAY
        else None,
        "pace": generation.pace if generation.state in _UNDER_WAY else None,
        "gates": generation.gates,
        "created_at": generation.created_at.isoformat(),
        "activated_at": generation.activated_at.isoformat() if generation.activated_at else None,
    }


def _percent(row: dict[str, Any]) -> str:
    progress = row["progress"]
    return f"{100 * progress['done'] // max(progress['total'], 1)} %" if progress else ""


def _verdict(row: dict[str, Any]) -> str:
    gates = row["gates"] or {}
    return " ".join(f"{name} {'✓' if gate['passed'] else '✗'}" for name, gate in gates.items())


def activate(
    context: typer.Context,
    generation: Annotated[int, typer.Argument(help="Its id.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Although its checks say no.")] = False,
) -> None:
    """Put a built generation into service."""
    kb: Invocation = context.obj
    gates = Gates.OVERRULED if anyway else Gates.OBEYED
    kb.application.reindexer.activate(generation, kb.ready(), gates)
    kb.emit({"generation": generation, "state": "live"}, f"{generation}: live")


def rollback(context: typer.Context) -> None:
    """Put the previous generation back into service."""
    kb: Invocation = context.obj
    generation = kb.application.reindexer.rollback(kb.ready())
    kb.emit({"generation": generation, "state": "live"}, f"{generation}: live")


def add_golden(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="As a person would type it.")],
    documents: Annotated[list[int], typer.Argument(help="Ids of the documents that answer it.")],
) -> None:
    """Keep a query; a new index that does not find its documents is refused."""
    kb: Invocation = context.obj
    kept = kb.application.golden_set.put(kb.ready(), query, documents)
    kb.emit({"id": kept, "query": query, "documents": documents}, f"{kept}  {query}")


def list_golden(context: typer.Context) -> None:
    """All golden queries."""
    kb: Invocation = context.obj
    rows = [
        {"id": one.id, "query": one.query, "documents": list(one.documents)}
        for one in kb.application.golden_set.list(kb.ready())
    ]
    kb.emit(
        {"golden": rows},
        table(("id", "query", "documents"), (list(row.values()) for row in rows)),
    )


def remove_golden(
    context: typer.Context, golden: Annotated[int, typer.Argument(help="Its id.")]
) -> None:
    """Forget a golden query."""
    kb: Invocation = context.obj
    kb.application.golden_set.remove(kb.ready(), golden)
    kb.emit({"removed": golden}, f"{golden} ✗")
