"""The tree of commands and its global options."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from kb.bootstrap import build
from kb.cli import (
    documents,
    evaluation,
    index,
    labels,
    models,
    operations,
    people,
    schedules,
    search,
    summaries,
    training,
    understanding,
)
from kb.cli.output import Invocation, sentence
from kb.domain.errors import KbError
from kb.settings import Settings
from kb.telemetry import configure_logging

WRONG_USAGE = 2

app = typer.Typer(
    name="kb",
    help="知库 Zhiku: the knowledge base that runs on your own machines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    documents,
    search,
    summaries,
    understanding,
    labels,
    training,
    models,
    index,
    schedules,
    operations,
    people,
    evaluation,
):
    group.register(app)


@app.callback()
def _globals(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder where everything is stored.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but the answer.")] = False,
) -> None:
    given: dict[str, Any] = {} if data is None else {"data": data}
    settings = Settings(**given)
    configure_logging("error" if settings.log_level == "info" else settings.log_level)
    context.obj = Invocation(build(settings), as_json, quiet)


def run() -> None:
    """Run ``kb`` and turn failures into sentences and exit codes."""
    arguments = _globals_first(sys.argv[1:])
    try:
        app(args=arguments)
    except KbError as error:
        sys.stderr.write(sentence(error) + "\n")
        sys.exit(1)
    except ValidationError as error:
        for wrong in error.errors():
            name = "KB_" + "_".join(map(str, wrong["loc"])).upper()
            sys.stderr.write(f"设置有误 wrong setting {name}: {wrong['msg']}\n")
        sys.exit(WRONG_USAGE)
    except BrokenPipeError:
        os._exit(0)  # the reader of our output went away: nothing is wrong


def _globals_first(arguments: list[str]) -> list[str]:
    """Let ``--json``, ``--quiet`` and ``--data DIR`` stand after the command as well."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in ("--json", "--quiet") or argument.startswith("--data="):
            front.append(argument)
        elif argument == "--data" and "train" not in rest[:1]:  # "kb train" has a --data of its own
            front += [argument, *([value] if (value := next(waiting, None)) else [])]
        else:
            rest.append(argument)
    return front + rest
