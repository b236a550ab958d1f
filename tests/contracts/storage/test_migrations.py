"""The schema goes up, down and up again, and equals the model, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

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
