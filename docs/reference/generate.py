"""Writes settings.md, cli.md and http.md from the code; a test fails when they differ from it.

``python docs/reference/generate.py`` writes; ``make docs`` calls it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic_core import PydanticUndefined
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from kb.bootstrap import build
from kb.cli.app import app as command_line
from kb.settings import Settings
from web.app import create_app

HERE = Path(__file__).parent
NOTE = "<!-- Written by `make docs` from the code; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """File name -> content of every generated page."""
    return {"settings.md": _settings(), "cli.md": _command_line(), "http.md": _http()}


def _settings() -> str:
    lines = ["# Settings", ""]
    lines += [
        "Environment variables `KB_*`, or the same names without the prefix, in lower case, in"
    ]
    lines += [
        "`kb.toml` in the working folder; the environment wins. `kb config show` prints each with"
    ]
    lines += ["its value and origin.", "", "| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", PydanticUndefined) else f"`{field.default}`"
        lines.append(f"| `KB_{name.upper()}` | {default} | {field.description} |")
    return NOTE + "\n".join(lines) + "\n"


def _command_line() -> str:
    lines = ["# Command line", ""]
    lines += [
        "Exit codes: 0 done, 1 the operation failed, 2 wrong usage, 3 done but some items failed."
    ]
    lines += ["`--json` prints one JSON document on stdout; logs and progress go to stderr.", ""]
    root = get_command(command_line)
    lines += ["## Options of every command", "", *_options(root), ""]
    for path, command in _commands(root, "kb"):
        arguments = [
            (p.metavar or p.name).upper() for p in command.params if p.param_type_name == "argument"
        ]
        lines += [f"## `{' '.join([path, *arguments])}`", "", (command.help or "").strip(), ""]
        lines += [*_options(command), ""] if _options(command) else []
    return NOTE + "\n".join(lines).rstrip() + "\n"


def _commands(group: TyperGroup, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it, in alphabetical order."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        elif not command.hidden:
            yield f"{path} {name}", command


def _options(command: TyperCommand) -> list[str]:
    told = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    return [
        f"- `{', '.join([*option.opts, *option.secondary_opts])}`: {option.help or ''}".rstrip(": ")
        for option in told
        if "completion" not in (option.name or "")
    ]


def _http() -> str:
    with tempfile.TemporaryDirectory() as folder:
        web = create_app(build(Settings(data=Path(folder))))
        lines = [
            "# HTTP",
            "",
            "Types and parameters: OpenAPI 3.1 at `/api/openapi.json`. Errors are",
        ]
        lines += ["`application/problem+json` (RFC 9457) with a stable `code`.", ""]
        lines += ["| method | path | does |", "|---|---|---|"]
        lines += [
            f"| {method} | `{path}` | {does} |" for path, method, does in sorted(_routes(web))
        ]
    return NOTE + "\n".join(lines) + "\n"


def _routes(web: FastAPI) -> Iterator[tuple[str, str, str]]:
    for route in iter_route_contexts(web.routes):
        summary = (route.endpoint.__doc__ or route.name or "").strip().splitlines()[0]
        for method in sorted(route.methods or ()):
            yield str(route.path), method, summary


if __name__ == "__main__":
    for name, content in pages().items():
        (HERE / name).write_text(content, encoding="utf-8")
        sys.stdout.write(f"{name}\n")
