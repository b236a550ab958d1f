"""A search store that always speaks of one generation, for measuring it."""

from __future__ import annotations

from pathlib import Path

from kb.domain.search import LiveIndex
from kb.storage import generations
from kb.storage.database import Database
from kb.storage.search_store import SqlSearchStore, generation_path


class PinnedSearchStore(SqlSearchStore):
    """Implements ``kb.search.store.SearchStore`` with a generation in the place of the live one."""

    def __init__(self, database: Database, index_path: Path, generation_id: int) -> None:
        super().__init__(database, index_path)
        self._pinned_database, self._pinned_path = database, index_path
        self._generation_id = generation_id

    def live_index(self) -> LiveIndex:
        """The generation chosen.

        Raises:
            NotFound: it is gone.
        """
        with self._pinned_database.read() as tx:
            found = generations.get(tx, self._generation_id)
        directory = generation_path(self._pinned_path, found.id)
        return LiveIndex(generation=found.id, directory=directory, snapshot=found.snapshot)
