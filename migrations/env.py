"""How alembic reaches the database: by the connection it is given, or by KB_* settings."""

from alembic import context

from kb.settings import Settings
from kb.storage.database import Database
from kb.storage.tables import Table, UtcDateTime


def _plain_type(kind, obj, context_) -> str | bool:  # noqa: ANN001
    """Keep revisions free of our own classes, which may move."""
    if kind == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _run(connection) -> None:  # noqa: ANN001
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with Database(Settings().sqlalchemy_url).engine.connect() as own:
        _run(own)
        own.commit()
