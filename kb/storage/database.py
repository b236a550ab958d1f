"""The engine and the two kinds of transaction: reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Float, create_engine, event, make_url
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session as Session  # noqa: PLC0414  (what transactions give; other rooms import it here)
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

import migrations
from kb.domain.errors import DiskFull, InvalidInput, ServiceUnavailable

_BUSY_MILLISECONDS = 30_000


class clock(GenericFunction[float]):  # noqa: N801  (used like a SQL function)
    """Seconds since the epoch by the database's own clock."""

    type = Float()
    inherit_cache = True


@compiles(clock, "sqlite")
def _sqlite_clock(element: clock, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(clock, "postgresql")
def _postgresql_clock(element: clock, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return "extract(epoch from clock_timestamp())"


class Database:
    """Connections to the system of record. Safe to share between threads, not across a fork."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The engine, made at first use so that each forked process has its own."""
        if self._engine is None:
            self._engine = _make_engine(self.url)
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; nothing is kept."""
        with self._told_plainly(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any error. Keep it short: SQLite has one writer.

        Raises:
            ServiceUnavailable: the database does not answer.
            DiskFull: no space to commit.
        """
        with self._told_plainly(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"kb_writes": True})
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def _told_plainly(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            detail = str(error.orig)
            if "disk is full" in detail or "No space left" in detail:
                raise DiskFull(detail=detail) from error
            raise ServiceUnavailable(service="database", detail=detail) from error
        except (DataError, UnicodeEncodeError) as error:
            if isinstance(error, DataError) and "NUL" not in str(error.orig):
                raise
            raise InvalidInput(
                field="text",
                detail="must not hold NUL characters or halves of surrogate pairs",
                detail_zh="不能含有空字符（NUL）或不成对的代理字符",
            ) from error

    def migrate(self) -> None:
        """Bring the schema to the newest revision; quick when it is there already."""
        url = make_url(self.url)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        configuration = alembic_config()
        head = ScriptDirectory.from_config(configuration).get_current_head()
        with self._told_plainly(), self.engine.connect() as connection:
            if MigrationContext.configure(connection).get_current_revision() == head:
                return
        with (
            self._told_plainly(),
            self.engine.connect().execution_options(kb_writes=True) as connection,
        ):
            _one_at_a_time(connection)
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
            connection.commit()

    def close(self) -> None:
        """Give all connections back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _one_at_a_time(connection: Connection) -> None:
    """Let one process migrate; others wait and then find nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7264918)")
    else:
        connection.exec_driver_sql("SELECT 1")  # begins, and BEGIN IMMEDIATE takes the lock


def alembic_config() -> Config:
    """Alembic's configuration, also from an installed wheel."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return configuration


def _make_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": _BUSY_MILLISECONDS / 1000})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:  # noqa: ANN401
        connection.isolation_level = None  # we begin transactions ourselves, below
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={_BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",  # a 2xx upload means fsynced
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A reading transaction that later writes would meet SQLITE_BUSY at once; take the
        # write lock at the start instead.
        writes = connection.get_execution_options().get("kb_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
