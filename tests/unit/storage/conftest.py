"""A fresh database with one collection, and documents in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.domain.documents import NewDocument
from kb.storage import documents, people
from kb.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'kb.sqlite3'}")
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
