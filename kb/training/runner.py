"""A training in a process of its own: what is handed to it, and what it says while it runs.

A crash or a full memory in there touches nobody else. The folder holds ``plan.json``,
``examples.jsonl``, ``model/`` (what is trained, with checkpoints) and in the end ``result.json``.
The process prints one JSON object a line: ``{"done", "total", "figures"}`` or ``{"error"}``.
"""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kb.domain.errors import KbError, TrainingDied, error_of

PLAN, EXAMPLES, MODEL, RESULT, LOG = (
    "plan.json",
    "examples.jsonl",
    "model",
    "result.json",
    "process.log",
)
_POLL_SECONDS = 0.5
_POLITE_SECONDS = 3.0
_LAST_WORDS = 400

Beat = Callable[[], None]
"""Called at least once a second; raises LeaseLost where the work must stop."""
Heard = Callable[[int, int, Mapping[str, float]], None]


@dataclass(frozen=True, slots=True)
class Runner:
    """Starts the process and listens to it."""

    command: Callable[[str, Path], tuple[list[str], Mapping[str, str]]]
    """(what to do, folder) to a command line and its environment."""

    def run(self, what: str, folder: Path, *, heard: Heard, beat: Beat) -> dict[str, Any]:
        """Let the process do its work to the end; return what it left in ``result.json``.

        Raises:
            KbError: as the process told.
            TrainingDied: it ended without a word.
            LeaseLost: from ``beat``; the process is stopped.
        """
        result = folder / RESULT
        result.unlink(missing_ok=True)
        with self._started(what, folder) as (process, lines):
            told = self._listen(process, lines, heard, beat)
        if told is not None:
            raise told
        if process.returncode != 0 or not result.is_file():
            raise TrainingDied(training=folder.name, detail=_last_words(process, folder))
        found: dict[str, Any] = json.loads(result.read_bytes())
        return found

    @contextmanager
    def _started(
        self, what: str, folder: Path
    ) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str | None]]]:
        command, environment = self.command(what, folder)
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        lines: queue.Queue[str | None] = queue.Queue()
        assert process.stdout is not None  # noqa: S101  (asked for above)
        reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            yield process, lines
        finally:
            _end(process)
            reader.join()

    def _listen(
        self,
        process: subprocess.Popen[str],
        lines: queue.Queue[str | None],
        heard: Heard,
        beat: Beat,
    ) -> KbError | None:
        told: KbError | None = None
        beaten = 0.0
        while True:
            if time.monotonic() - beaten > _POLL_SECONDS:
                beat()
                beaten = time.monotonic()
            try:
                line = lines.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                process.wait()
                return told
            message = _message(line)
            if "error" in message:
                told = error_of(message["error"], message["facts"])
            elif "done" in message:
                heard(message["done"], message["total"], message["figures"])


def _read(source: IO[str], lines: queue.Queue[str | None]) -> None:
    with source:
        for line in source:
            lines.put(line)
    lines.put(None)


def _message(line: str) -> dict[str, Any]:
    """A line of ours; what libraries print between is passed over."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=_POLITE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_words(process: subprocess.Popen[str], folder: Path) -> str:
    status = process.returncode
    if status is not None and status < 0:
        number = signal.Signals(-status).name
        why = "memory ran out" if -status == signal.SIGKILL else "crashed"
        return f"{number}: {why}"
    log = folder / LOG
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return f"exit {status}: {text[-_LAST_WORDS:].strip()}"
