"""The index: re-index, generations, schedules."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from kb.cli.output import Invocation, table
from kb.domain.errors import GateRefused
from kb.storage.generations import Generation, GenerationState

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
    schedule = typer.Typer(help="Recurring re-indexes and trainings.", no_args_is_help=True)
    schedule.command("add")(add_schedule)
    schedule.command("list")(list_schedules)
    schedule.command("remove")(remove_schedule)
    app.add_typer(schedule, name="schedule")


def start(
    context: typer.Context,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the flip.")] = False,
) -> None:
    """Build a new generation of the whole index; unchanged text is not embedded again."""
    if context.invoked_subcommand is not None:
        return
    began = time.monotonic()
    kb: Invocation = context.obj
    generation = kb.application.reindexer.start(kb.ready())
    if wait:
        _wait(kb, generation)
    found = next((g for g in kb.application.reindexer.list() if g.id == generation), None)
    kb.emit(
        {
            "generation": generation,
            "state": found.state.value if found else "cancelled",
            "passages": found.passages if found else 0,
            "elapsed_s": round(time.monotonic() - began, 3),
            "gates": (found.gates if found else None) or {},
        },
        f"第 {generation} 代 generation {generation}: {found.state if found else 'cancelled'}",
    )
    if found is not None and found.state is GenerationState.REFUSED:
        refused = [name for name, gate in (found.gates or {}).items() if not gate["passed"]]
        raise GateRefused(generation=generation, detail=", ".join(refused))


def _wait(kb: Invocation, generation: int) -> None:
    application = kb.application
    while True:
        found = [g for g in application.reindexer.list() if g.id == generation]
        if not found or found[0].state not in _UNDER_WAY:
            return
        if application.workers_alive():
            time.sleep(0.3)
        else:
            application.work_until_idle()


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
            ("id", "state", "passages", "embedder"),
            ([r[c] for c in ("id", "state", "passages", "embedder")] for r in rows),
        ),
    )


def _row(generation: Generation) -> dict[str, Any]:
    return {
        "id": generation.id,
        "state": generation.state.value,
        "embedder": generation.embedder,
        "passages": generation.passages,
        "snapshot": generation.snapshot,
        "gates": generation.gates,
        "created_at": generation.created_at.isoformat(),
        "activated_at": generation.activated_at.isoformat() if generation.activated_at else None,
    }


def activate(
    context: typer.Context, generation: Annotated[int, typer.Argument(help="Its id.")]
) -> None:
    """Put a built generation into service."""
    kb: Invocation = context.obj
    kb.application.reindexer.activate(generation, kb.ready())
    kb.emit({"generation": generation, "state": "live"}, f"{generation}: live")


def rollback(context: typer.Context) -> None:
    """Put the previous generation back into service."""
    kb: Invocation = context.obj
    generation = kb.application.reindexer.rollback(kb.ready())
    kb.emit({"generation": generation, "state": "live"}, f"{generation}: live")


def add_schedule(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="reindex, or train: heads whose labels changed")],
    cron: Annotated[str, typer.Argument(help="“minute hour day month weekday”, local time.")],
) -> None:
    """Re-index or train at the times of a cron expression."""
    kb: Invocation = context.obj
    kb.ready()
    schedule = kb.application.schedules.add(action, cron)
    kb.emit({"id": schedule, "action": action, "cron": cron}, f"{schedule}  {action}  {cron}")


def list_schedules(context: typer.Context) -> None:
    """All schedules with their next runs."""
    kb: Invocation = context.obj
    kb.ready()
    rows = [
        {
            "id": one.schedule.id,
            "action": one.schedule.action,
            "cron": one.schedule.cron,
            "next_run": one.next_run.isoformat(),
        }
        for one in kb.application.schedules.list()
    ]
    kb.emit(
        {"schedules": rows},
        table(("id", "action", "cron", "next run"), (list(row.values()) for row in rows)),
    )


def remove_schedule(
    context: typer.Context, schedule: Annotated[int, typer.Argument(help="Its id.")]
) -> None:
    """Forget a schedule."""
    kb: Invocation = context.obj
    kb.ready()
    kb.application.schedules.remove(schedule)
    kb.emit({"removed": schedule}, f"{schedule} ✗")
