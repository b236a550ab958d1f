"""What a command prints: one JSON document for programs, or text for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.documents import Failure
from kb.domain.errors import KbError, error_of

SOME_FAILED = 3
"""Exit code: done, but some items failed."""


@dataclass(slots=True)
class Invocation:
    """One run of ``kb``: the application, and how to answer."""

    application: Application
    as_json: bool
    quiet: bool

    def emit(self, document: dict[str, Any], text: str | Table | None = None) -> None:
        """Print the one answer: ``document`` with --json, ``text`` otherwise."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
        elif isinstance(text, Table):
            Console().print(text)
        elif text is not None and not self.quiet:
            sys.stdout.write(text.rstrip("\n") + "\n")

    def tell(self, message: str) -> None:
        """Say something on the side: progress, never part of the answer."""
        if not self.quiet:
            sys.stderr.write(message + "\n")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A bar on a terminal; call what it gives with (done, total)."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        shown = sys.stderr.isatty() and not self.quiet
        with Progress(*columns, console=Console(stderr=True), disable=not shown) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)

    def ready(self, person: str | None = None) -> Principal:
        """Open the data folder and return who is asking."""
        self.application.prepare()
        return self.application.administrator(person)


def sentence(error: KbError) -> str:
    """Both languages, Chinese first: the terminal does not say which one its reader speaks."""
    return f"{error.sentence('zh')}\n{error.sentence('en')}"


def error_json(error: KbError, stage: str) -> dict[str, Any]:
    """An error as INTERFACES has it."""
    return {
        "stage": stage,
        "code": error.code,
        "message": error.sentence("en"),
        "message_zh": error.sentence("zh"),
        "retryable": error.retryable,
    }


def failure_json(failure: Failure) -> dict[str, Any]:
    """A stored failure as INTERFACES has it."""
    return error_json(error_of(failure.code, failure.facts), failure.stage) | {
        "retryable": failure.retryable
    }


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table for people."""
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in row))
    return shown
