"""Notes of windows in SQL: what kb.enrichment.protocol.WindowNotes asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kb.storage import understanding
from kb.storage.database import Database


class SqlWindowNotes:
    """Each note is kept in a transaction of its own, so that a killed summary resumes."""

    def __init__(self, database: Database) -> None:
        """Take the database and do nothing."""
        self._database = database

    def find(self, recipe: str, text_hashes: Sequence[str]) -> Mapping[str, str]:
        """Notes by text hash, of those that exist."""
        with self._database.read() as tx:
            return understanding.window_notes(tx, recipe, text_hashes)

    def put(self, recipe: str, text_hash: str, note: str) -> None:
        """Keep a note; the same again replaces it."""
        with self._database.write() as tx:
            understanding.put_window_note(tx, recipe, text_hash, note)
