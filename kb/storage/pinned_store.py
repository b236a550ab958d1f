"""Search stores that choose their generation: one by its id, or the newest of an embedder."""

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


class MatchingSearchStore(SqlSearchStore):
    """Implements ``kb.search.store.SearchStore`` for those who embed queries with one embedder.

    Around a flip to another embedder a search that began before is answered by the generation
    its query was embedded for, which is kept as the previous one.
    """

    def __init__(self, database: Database, index_path: Path, embedder: str) -> None:
        super().__init__(database, index_path)
        self._own_database, self._own_path, self._embedder = database, index_path, embedder

    def live_index(self) -> LiveIndex | None:
        """The newest generation in service, or the one before, of this embedder."""
        states = (generations.GenerationState.PREVIOUS, generations.GenerationState.LIVE)
        with self._own_database.read() as tx:
            found = [g for g in generations.in_state(tx, *states) if self._is_mine(g)]
        if not found:
            return None
        live = max(found, key=lambda g: (g.state is generations.GenerationState.LIVE, g.id))
        directory = generation_path(self._own_path, live.id)
        return LiveIndex(generation=live.id, directory=directory, snapshot=live.snapshot)

    def _is_mine(self, generation: generations.Generation) -> bool:
        return generation.plan.embedder == self._embedder
