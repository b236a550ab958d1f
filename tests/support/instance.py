"""A running Zhiku: ``kb up`` in its own process tree, with a signed-in HTTP client."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import psutil
import pytest

from tests.support.services import wait_until

READY_SECONDS = 90.0
STOP_SECONDS = 10.0


class Instance:
    """``kb up`` on a data folder; may be killed at any moment and started again."""

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        self.data = data
        self.link = ""
        self.url = ""
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait for the line that starts with ``ready``."""
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = ["up", "--port", "0", "--data", str(self.data), "--link"]
        log = (self.data / "up.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kb.cli", *arguments],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.link = self._ready_line()
        parts = urlsplit(self.link)
        self.url = f"{parts.scheme}://{parts.netloc}"

    @contextmanager
    def client(self) -> Iterator[httpx2.Client]:
        """A client that is signed in by the one-time link, with the CSRF header set."""
        with httpx2.Client(base_url=self.url, timeout=30.0, trust_env=False) as client:
            _take_csrf(client, client.get("/api/v1/session"))
            token = parse_qs(urlsplit(self.link).query)["token"][0]
            _take_csrf(client, client.post("/api/v1/session", json={"link_token": token}))
            yield client

    def processes(self) -> list[psutil.Process]:
        """The whole tree, the supervisor first."""
        assert self._process is not None
        try:
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill_tree(self) -> None:
        """``kill -9`` everything at once, as a power cut would."""
        for process in self.processes():
            _send(process, signal.SIGKILL)
        self._reap()

    def kill(self, part_of_command: str) -> int:
        """``kill -9`` each child whose command line has this part.

        Returns:
            How many were killed.
        """
        chosen = [p for p in self.processes()[1:] if part_of_command in _command_line(p)]
        for process in chosen:
            _send(process, signal.SIGKILL)
        return len(chosen)

    def stop(self) -> None:
        """End it as Ctrl-C would; fails when anything of it is left after ten seconds."""
        tree = self.processes()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        _, left = psutil.wait_procs(tree, timeout=STOP_SECONDS)
        for process in left:
            _send(process, signal.SIGKILL)
        self._reap()
        if left:
            pytest.fail(f"left after {STOP_SECONDS:.0f} s: {[_command_line(p) for p in left]}")

    def _ready_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            readable, _, _ = select.select([self._process.stdout], [], [], 0.2)
            line = self._process.stdout.readline() if readable else ""
            if line.startswith("ready "):
                return line.removeprefix("ready ").strip()
            if self._process.poll() is not None:
                break
        log = (self.data / "up.log").read_text(errors="replace")[-2000:]
        self.kill_tree()
        pytest.fail(f"kb up printed no ready line within {READY_SECONDS:.0f} s:\n{log}")

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait(timeout=STOP_SECONDS)
            if self._process.stdout is not None:
                self._process.stdout.close()


def wait_for_status(
    client: httpx2.Client, document: int, statuses: set[str], seconds: float = 60.0
) -> None:
    """Wait until a document has one of these statuses."""
    wait_until(
        lambda: client.get(f"/api/v1/documents/{document}").json()["status"] in statuses,
        f"document {document} is one of {sorted(statuses)}",
        seconds,
    )


def _take_csrf(client: httpx2.Client, reply: httpx2.Response) -> None:
    reply.raise_for_status()
    client.headers["X-CSRF-Token"] = reply.json()["csrf_token"]
    client.headers["Origin"] = str(client.base_url).rstrip("/")


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
