"""What recurs: ``kb schedule``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kb.cli.documents import Collection
from kb.cli.output import Invocation, table
from kb.ingestion.schedule import Scheduled
from kb.storage import documents as store
from kb.storage.generations import Flip
from kb.storage.schedules import Missed


def register(app: typer.Typer) -> None:
    """Add these commands."""
    schedule = typer.Typer(help="Recurring re-indexes and trainings.", no_args_is_help=True)
    schedule.command("add")(add)
    schedule.command("list")(show)
    schedule.command("remove")(remove)
    app.add_typer(schedule, name="schedule")


def add(  # noqa: PLR0913, PLR0917  (typer's options: each is named on the command line)
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="reindex, or train: heads whose labels changed")],
    cron: Annotated[str, typer.Argument(help="“minute hour day month weekday”.")],
    time_zone: Annotated[
        str, typer.Option("--time-zone", help="Such as Asia/Shanghai; this machine's unless told.")
    ] = "",
    missed: Annotated[
        Missed, typer.Option(help="Runs missed while nothing ran: make up for them once, or not.")
    ] = Missed.ONCE,
    collection: Collection = None,
    flip: Annotated[
        Flip, typer.Option(help="Re-index: into service by itself, or by hand.")
    ] = Flip.AUTOMATIC,
) -> None:
    """Re-index or train at the times of a cron expression."""
    kb: Invocation = context.obj
    kb.ready()
    options: dict[str, Any] = {"flip": flip.value} if flip is not Flip.AUTOMATIC else {}
    if collection is not None:
        with kb.application.database.read() as tx:
            options["collection"] = store.collection_named(tx, collection, None).id
    schedules = kb.application.schedules
    made = schedules.add(action, cron, time_zone=time_zone, missed=missed, options=options)
    found = next(one for one in schedules.list() if one.schedule.id == made)
    kb.emit(_row(found), f"{made}  {action}  {cron}  → {found.next_run.isoformat()}")


def show(context: typer.Context) -> None:
    """All schedules with their next runs and what became of the last."""
    kb: Invocation = context.obj
    kb.ready()
    rows = [_row(one) for one in kb.application.schedules.list()]
    columns = ("id", "action", "cron", "time_zone", "next_run", "last")
    kb.emit({"schedules": rows}, table(columns, ([_cell(row, c) for c in columns] for row in rows)))


def remove(
    context: typer.Context, schedule: Annotated[int, typer.Argument(help="Its id.")]
) -> None:
    """Forget a schedule."""
    kb: Invocation = context.obj
    kb.ready()
    kb.application.schedules.remove(schedule)
    kb.emit({"removed": schedule}, f"{schedule} ✗")


def _cell(row: dict[str, Any], column: str) -> object:
    if column != "last":
        return row[column]
    return f"{row['runs'][0]['outcome']} {row['runs'][0]['slot']}" if row["runs"] else ""


def _row(one: Scheduled) -> dict[str, Any]:
    return {
        "id": one.schedule.id,
        "action": one.schedule.action,
        "cron": one.schedule.cron,
        "time_zone": one.schedule.time_zone,
        "missed": one.schedule.missed.value,
        "options": dict(one.schedule.options or {}),
        "next_run": one.next_run.isoformat(),
        "runs": [
            {
                "slot": slot.slot.isoformat(),
                "outcome": slot.outcome.value,
                "started": slot.started_id,
                "facts": slot.facts,
            }
            for slot in one.slots
        ],
    }
