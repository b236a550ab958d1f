"""The schema goes up, down and up again, and equals the model, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from kb.domain.understanding import LabelSource
from kb.storage import people, taxonomies, understanding
from kb.storage.database import Database, alembic_config
from kb.storage.tables import Table


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(database: Database) -> None:
    assert tables(database) == set(Table.metadata.tables)

    with database.engine.connect() as connection:
        configuration = alembic_config()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "base")
        connection.commit()
    assert tables(database) == set()

    database.migrate()
    assert tables(database) == set(Table.metadata.tables)


def test_the_schema_equals_the_model(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_many_may_migrate_at_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.migrate, databases))

    assert tables(databases[0]) == set(Table.metadata.tables)
    for database in databases:
        database.close()


def test_what_stood_in_the_release_before_is_there_afterwards(database_url: str) -> None:
    """Given a database of schema 0001 with a labelled document; when it is brought up to date and
    down again; then nothing that refers to the changed tables is lost."""
    database = Database(database_url)
    configuration = alembic_config()
    with database.engine.connect().execution_options(kb_writes=True) as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        for table, row in RELEASED:
            columns = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)  # noqa: S608 - our own names
        connection.commit()

    database.migrate()

    with database.write() as tx:
        found = understanding.classification(tx, 1)
        assert found is not None
        assert (found.label, found.path, found.source) == ("a", "", LabelSource.PERSON)
        summary = understanding.summary(tx, 1)
        assert summary is not None
        assert (summary.text, summary.source) == ("One.", LabelSource.MODEL)
        assert [label.examples for label in taxonomies.taxonomy(tx).labels] == [()]
        taxonomies.put_taxonomy(tx, taxonomies.taxonomy(tx))
        taxonomies.undo(tx, "t", None)
        assert people.user_named(tx, "mei").id == 1
        assert tx.scalar(text("SELECT count(*) FROM grants")) == 1

    with database.engine.connect().execution_options(kb_writes=True) as connection:
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "0002")
        connection.commit()
        assert connection.scalar(text("SELECT count(*) FROM grants")) == 1
        assert connection.scalar(text("SELECT label FROM classifications")) == "a"
    database.close()


NOW = "2026-11-01 08:00:00"
RELEASED: tuple[tuple[str, dict[str, object]], ...] = (
    ("users", {"id": 1, "name": "mei", "role": "member", "created_at": NOW}),
    ("collections", {"id": 1, "name": "c", "created_at": NOW}),
    ("grants", {"user_id": 1, "collection_id": 1, "level": "read", "created_at": NOW}),
    ("blobs", {"sha256": "x", "size": 1, "created_at": NOW}),
    (
        "documents",
        {
            "id": 1,
            "collection_id": 1,
            "name": "a",
            "path": "",
            "sha256": "x",
            "current_version_id": 1,
            "created_at": NOW,
            "changed_at": NOW,
        },
    ),
    (
        "document_versions",
        {
            "id": 1,
            "document_id": 1,
            "number": 1,
            "sha256": "x",
            "size": 1,
            "format": "txt",
            "media_type": "text/plain",
            "status": "ready",
            "title": "",
            "language": "en",
            "page_count": 1,
            "file_metadata": "{}",
            "warnings": "[]",
            "created_at": NOW,
        },
    ),
    (
        "taxonomies",
        {
            "id": 1,
            "name": "t",
            "labels": '[{"name": "a", "name_zh": "a", "name_en": "a", "description_zh": "",'
            ' "description_en": "", "parent": null}]',
            "changed_at": NOW,
        },
    ),
    (
        "classifications",
        {
            "version_id": 1,
            "label": "a",
            "confidence": 1.0,
            "probabilities": "[]",
            "model": "m",
            "source": "person",
            "decided_by": 1,
            "decided_at": NOW,
        },
    ),
    (
        "summaries",
        {
            "version_id": 1,
            "kind": "extractive",
            "sentences": '[["One.", [0]]]',
            "model": "m",
            "windows_read": 1,
            "windows_total": 1,
            "created_at": NOW,
        },
    ),
)
