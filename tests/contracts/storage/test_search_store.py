"""Searches over the system of record itself: no input is an error, nothing hidden shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.access import Principal, Role
from kb.domain.search import SearchMode, SearchRequest
from kb.search.retrieve import Searcher
from kb.storage.database import Database
from kb.storage.search_store import SqlSearchStore

_ADMIN = Principal(1, "admin", Role.ADMIN)
_ODD = st.text(max_size=80) | st.text(
    alphabet="\"-*:()ANDORT 合同ab1%_\\\\'“”：＂－＊『』date2024年.\x00\ud800", max_size=60
)


@pytest.fixture
def searcher(
    database: Database, add_document: Callable[..., tuple[int, int]], tmp_path: Path
) -> Searcher:
    add_document()
    store = SqlSearchStore(database, tmp_path)
    return Searcher(store, lambda _: np.ones(8, np.float32) / np.float32(8**0.5))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=_ODD, field=st.sampled_from(["", "collection:", "类别：", "type:", "date:", "title:"]))
def test_no_query_is_an_error(searcher: Searcher, query: str, field: str) -> None:
    for mode in SearchMode:
        result = searcher.search(SearchRequest(field + query, mode), _ADMIN)
        assert result.total == len(result.hits)
