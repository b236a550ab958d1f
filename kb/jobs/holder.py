"""Who holds a job: named so that any process on the same machine can tell whether it lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_PROCESSES = Path("/proc/self/stat")


def this_holder() -> str:
    """``host:pid:start`` of this process; the start time guards against a pid used again."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def may_be_alive(holder: str) -> bool:
    """False only when the holder ran on this machine and is certainly gone."""
    host, _, process = holder.partition(":")
    pid, _, started = process.partition(":")
    if host != socket.gethostname() or not pid.isdigit() or not _PROCESSES.exists():
        return True
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot (proc(5), field 22); "" when gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    state, start = fields[0], fields[19]
    return "" if state == "Z" else start
