"""A holder's name tells any process of the machine whether it is alive."""

from __future__ import annotations

import socket
import subprocess
import sys

from kb.jobs.holder import may_be_alive, this_holder


def test_this_process_is_alive() -> None:
    assert may_be_alive(this_holder())


def test_a_process_that_ended_is_gone() -> None:
    script = "from kb.jobs.holder import this_holder; print(this_holder())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert not may_be_alive(done.stdout.strip())


def test_a_reused_pid_is_somebody_else() -> None:
    host, pid, started = this_holder().split(":")

    assert not may_be_alive(f"{host}:{pid}:{int(started) + 1}")


def test_a_holder_on_another_machine_may_be_alive() -> None:
    assert may_be_alive(f"not-{socket.gethostname()}:1:1")
    assert may_be_alive("")
