"""Fixtures that every test may ask for; services start only when a test asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.instance import Instance
from tests.support.services import PostgresServer, RedisServer, chromium_program


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for each pytest worker."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL of an empty database of the test's own."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """An empty Redis of the test's own: ``url``, ``vanish()``, ``start()``."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def redis_vanishes(redis_server: RedisServer) -> Callable[[], None]:
    """Fault: Redis and all in it is gone at once; ``redis_server.start()`` brings it back."""
    return redis_server.vanish


@pytest.fixture(scope="session")
def models_folder(request: pytest.FixtureRequest) -> Path:
    """Converted model files, kept between runs: derived from packages, the same for every test."""
    return Path(request.config.cache.mkdir("models"))


@pytest.fixture
def new_instance(tmp_path: Path, models_folder: Path) -> Iterator[Callable[..., Instance]]:
    """Make instances on the test's own data folder: ``new_instance(KB_WORKERS="1").start()``."""
    made: list[Instance] = []

    def make(**environment: str) -> Instance:
        settings = {"KB_MODELS_DIR": str(models_folder), "KB_WORKERS": "1", **environment}
        made.append(Instance(tmp_path / "data", settings))
        return made[-1]

    yield make
    for instance in made:
        instance.stop()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[Instance]:
    """A running ``kb up`` that the tests of one module share: ``url``, ``link``, ``client()``."""
    settings = {"KB_MODELS_DIR": str(models_folder), "KB_WORKERS": "1"}
    running = Instance(tmp_path_factory.mktemp("instance") / "data", settings)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def client(instance: Instance) -> Iterator[httpx2.Client]:
    """A signed-in client of the module's instance."""
    with instance.client() as signed_in:
        yield signed_in


@pytest.fixture
def worker_killed(instance: Instance) -> Callable[[], int]:
    """Fault: the reading workers die by ``kill -9``; the supervisor starts them again."""
    return lambda: instance.kill("cpu@")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium."""
    return chromium_program()
