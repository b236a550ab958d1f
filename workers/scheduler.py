"""One quiet process: relays the outbox, takes back abandoned jobs, starts what is scheduled."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from kb.bootstrap import Application, build
from kb.domain.errors import KbError
from kb.settings import Settings
from kb.telemetry import configure_logging

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Duty:
    every_seconds: float
    run: Callable[[], None]
    due: float = 0.0


def run(application: Application, stop: threading.Event) -> None:
    """Do the rounds until ``stop`` is set."""
    reconciler = application.reconciler
    duties = [
        _Duty(1.0, application.note_alive),
        _Duty(1.0, reconciler.relay),
        _Duty(5.0, reconciler.reconcile),
        _Duty(15.0, application.start_scheduled),
        _Duty(600.0, reconciler.sweep),
    ]
    while not stop.wait(0.25):
        for duty in duties:
            if time.monotonic() >= duty.due:
                duty.due = time.monotonic() + duty.every_seconds
                _do(duty)


def _do(duty: _Duty) -> None:
    try:
        duty.run()
    except KbError as error:  # a database that is away for a minute must not end the rounds
        _log.warning("round_failed", code=error.code, detail=str(error))


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    settings = Settings()
    configure_logging(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(build(settings), stop)


if __name__ == "__main__":
    main()
