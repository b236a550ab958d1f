"""Alembic revisions of the schema in kb.storage.tables."""
