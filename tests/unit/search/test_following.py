"""Where somebody follows the index, searches never wait for a new snapshot to be opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.domain.search import SearchMode, SearchNotice, SearchRequest
from kb.search.retrieve import Searcher
from tests.unit.search.conftest import MemoryStore


class RememberingStore(MemoryStore):
    """Knows of each passage which snapshot holds it, so that older ones have more pending."""

    def __init__(self, directory):
        super().__init__(directory)
        self.held = {}

    def fold(self):
        fresh = set(self.waiting)
        super().fold()
        self.held |= dict.fromkeys(fresh, self.live.snapshot)

    def _pending(self, live):
        if live is None:
            return set()
        return {n for n in self.rows if self.held.get(n, live.snapshot + 1) > live.snapshot}

    def pending_mark(self, live):
        return repr(sorted(self._pending(live)))

    def pending(self, live):
        before, self.waiting = self.waiting, self._pending(live)
        try:
            return super().pending(live)
        finally:
            self.waiting = before


@pytest.fixture
def store(tmp_path):
    return RememberingStore(tmp_path / "generation")


def documents(searcher: Searcher, admin, query: str) -> list[int]:
    found = searcher.search(SearchRequest(query, SearchMode.LEXICAL), admin)
    return [hit.document_id for hit in found.hits]


def break_newest_snapshot(store) -> None:
    newest = max((store.live.directory / "snapshots").glob("*.json"))
    newest.write_bytes(b"no manifest")


def test_a_search_is_answered_from_the_open_snapshot_and_what_came_since(
    store, searcher, admin
) -> None:
    store.add(1, "gaskets for flanges")
    store.fold()
    searcher.warm_up()
    store.add(2, "seals for pumps")
    store.fold()
    break_newest_snapshot(store)  # whoever opened it now would have to say so

    found = searcher.search(SearchRequest("seals", SearchMode.LEXICAL), admin)

    assert [hit.document_id for hit in found.hits] == [2]
    assert found.notice is None
    assert documents(searcher, admin, "gaskets") == [1]


def test_what_follows_opens_the_new_snapshot(store, searcher, admin) -> None:
    store.add(1, "gaskets for flanges")
    store.fold()
    searcher.warm_up()
    store.add(2, "seals for pumps")
    store.fold()
    break_newest_snapshot(store)
    searcher.warm_up()

    found = searcher.search(SearchRequest("seals", SearchMode.LEXICAL), admin)

    assert found.notice is SearchNotice.INDEX_DAMAGED
    assert [hit.document_id for hit in found.hits] == [2], "the one before and what came since"


def test_where_nobody_follows_a_search_opens_what_is_newest(store, searcher, admin) -> None:
    store.add(1, "gaskets for flanges")
    store.fold()
    assert documents(searcher, admin, "gaskets") == [1]
    store.add(2, "seals for pumps")
    store.fold()
    break_newest_snapshot(store)

    found = searcher.search(SearchRequest("seals", SearchMode.LEXICAL), admin)

    assert found.notice is SearchNotice.INDEX_DAMAGED
    assert [hit.document_id for hit in found.hits] == [2], "the one before and what came since"


def test_an_index_that_is_gone_is_not_served_from_memory(store, searcher, admin) -> None:
    store.add(1, "gaskets for flanges")
    store.fold()
    searcher.warm_up()
    store.live = None

    found = searcher.search(SearchRequest("gaskets", SearchMode.LEXICAL), admin)

    assert found.notice is SearchNotice.NO_INDEX


def test_a_flip_is_followed(store, searcher, admin) -> None:
    store.add(1, "gaskets for flanges")
    store.fold()
    searcher.warm_up()
    store.live = replace(store.live, generation=2)
    found = searcher.search(SearchRequest("gaskets", SearchMode.LEXICAL), admin)
    assert (found.generation, len(found.hits)) == (1, 1)
    searcher.warm_up()
    found = searcher.search(SearchRequest("gaskets", SearchMode.LEXICAL), admin)
    assert (found.generation, len(found.hits)) == (2, 1)
