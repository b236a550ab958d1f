"""A fresh database of each kind, with one collection and documents in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.domain.documents import NewDocument
from kb.storage import documents, people
from kb.storage.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kb.sqlite3'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def collection(database: Database) -> int:
    with database.write() as tx:
        people.ensure_administrator(tx)
        return documents.add_collection(tx, "Contracts").id


@pytest.fixture
def add_document(database: Database, collection: int) -> Callable[..., tuple[int, int]]:
    def add(name: str = "a.pdf", content: bytes = b"a") -> tuple[int, int]:
        new = NewDocument(
            collection_id=collection,
            name=name,
            path="",
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            format="pdf",
            media_type="application/pdf",
            user_id=1,
        )
        with database.write() as tx:
            return documents.add(tx, new)

    return add
