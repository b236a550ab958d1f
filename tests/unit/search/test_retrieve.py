"""A query's way to its hits."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.errors import ModelUnavailable
from kb.domain.search import FoundBy, SearchFilters, SearchMode, SearchNotice, SearchRequest
from kb.search.retrieve import Searcher
from tests.unit.search.conftest import MemoryStore, unit

MODES = list(SearchMode)


def ids(result):
    return [hit.document_id for hit in result.hits]


def test_an_upload_is_found_before_and_after_it_is_folded(store, searcher, admin):
    store.add(1, "网络安全法 第一条")

    before = searcher.search(SearchRequest("網絡安全"), admin)
    store.fold()
    after = searcher.search(SearchRequest("網絡安全"), admin)

    assert ids(before) == ids(after) == [1]
    assert after.hits[0].best.found_by is FoundBy.WORDS


def test_words_do_not_wait_for_meaning_and_meaning_comes_when_it_comes(
    store, searcher, meanings, admin
):
    meanings["car"] = unit([1])
    store.add(1, "automobile")
    store.fold()
    assert ids(searcher.search(SearchRequest("car"), admin)) == []

    store.vectors[1] = unit([1, 0.1])
    store.waiting = {1}

    found = searcher.search(SearchRequest("car"), admin)
    assert ids(found) == [1]
    assert found.hits[0].best.found_by is FoundBy.MEANING


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("folded", [True, False], ids=["published", "pending"])
def test_a_member_finds_only_what_was_granted(store, searcher, meanings, member, mode, folded):
    meanings["secret"] = unit([1])
    store.add(1, "secret one", collection=1, vector=[1, 0.2])
    store.add(2, "secret two", collection=2, vector=[1])
    if folded:
        store.fold()

    found = searcher.search(SearchRequest("secret", mode), member)

    assert ids(found) == [1]
    assert [count.value for count in found.facets.collection] == ["1"]
    assert searcher.places(2, "secret", member) == ()


@pytest.mark.parametrize("mode", MODES)
def test_the_trash_is_gone_at_once_although_the_index_still_has_it(
    store, searcher, meanings, admin, mode
):
    meanings["word"] = unit([1])
    for n in range(1, 5):
        store.add(n, f"word {n}", vector=[1, n])
    store.fold()
    store.trash = {1, 2}

    assert sorted(ids(searcher.search(SearchRequest("word", mode), admin))) == [3, 4]


def test_deletions_that_fill_the_first_hundred_do_not_hide_the_rest(store, searcher, admin):
    for n in range(1, 131):
        store.add(n, "word word" if n <= 120 else "word and much other text to rank below")
    store.fold()
    store.trash = set(range(1, 121))

    found = searcher.search(SearchRequest("word", SearchMode.LEXICAL), admin)

    assert sorted(ids(found)) == list(range(121, 131))


def test_a_document_moved_since_the_fold_counts_where_it_is_now(store, searcher, member, admin):
    store.add(1, "word", collection=1)
    store.fold()
    store.rows[1] = replace(store.rows[1], collection_id=2)

    assert ids(searcher.search(SearchRequest("word"), member)) == []
    in_first = SearchFilters(collections=frozenset({1}))
    assert ids(searcher.search(SearchRequest("word", filters=in_first), admin)) == []


def test_passages_of_one_document_become_one_hit(store, searcher, admin):
    for n in range(1, 6):
        store.add(n, f"合同 第{n}条 违约责任", document=9, page=n)
    store.add(6, "另一份合同")
    store.fold()

    found = searcher.search(SearchRequest("合同 违约责任"), admin)

    assert ids(found) == [9, 6]
    assert found.total == 2
    assert len(found.hits[0].excerpts) == 3
    scores = [excerpt.score for excerpt in found.hits[0].excerpts]
    assert scores == sorted(scores, reverse=True)


def test_filters_typed_or_given_narrow_the_result(store, searcher, admin, contract):
    store.add(1, "word", format="pdf", language="en", category=contract)
    store.add(2, "word", format="docx", language="zh", collection=2)
    store.fold()

    def found(query, **filters):
        return ids(searcher.search(SearchRequest(query, filters=SearchFilters(**filters)), admin))

    assert found("word type:pdf") == [1]
    assert found("word lang:中文") == [2]
    assert found("word collection:c2") == [2]
    assert found("word", categories=frozenset({"contract"})) == [1]
    assert found("word type:pdf", formats=frozenset({"docx"})) == []
    assert found("word", collections=frozenset({2})) == [2]


def test_quotes_and_minus_bind_meaning_too(store, searcher, meanings, admin):
    meanings["alpha beta"] = meanings["alpha"] = unit([1])
    store.add(1, "alpha beta", vector=[1, 1])
    store.add(2, "beta alpha", vector=[1])
    store.add(3, "gamma", vector=[1, 0.5])
    store.fold()

    assert ids(searcher.search(SearchRequest('"alpha beta"'), admin)) == [1]
    assert 3 not in ids(searcher.search(SearchRequest("alpha -gamma"), admin))


def test_facets_count_documents(store, searcher, admin, contract):
    store.add(1, "word", document=1, category=contract)
    store.add(2, "word", document=1, category=contract)
    store.add(3, "word", document=3, format="docx")

    facets = searcher.search(SearchRequest("word", k=1), admin).facets

    assert {count.value: count.count for count in facets.format} == {"pdf": 1, "docx": 1}
    assert [(count.value, count.count) for count in facets.category] == [("contract", 1)]
    assert facets.collection[0].label == "C1"
    assert facets.category[0].label == "合同"


def test_pages_of_results_do_not_overlap(store, searcher, admin):
    for n in range(1, 31):
        store.add(n, f"word {n}")
    store.fold()

    parts = [searcher.search(SearchRequest("word", k=10, offset=o), admin) for o in (0, 10, 20)]

    assert sorted(n for part in parts for n in ids(part)) == list(range(1, 31))


def test_without_an_embedder_words_are_searched_and_it_is_said(store, admin):
    def not_ready(text):
        raise ModelUnavailable(model="m", detail="starting")

    store.add(1, "word")
    for embed in (None, not_ready):
        found = Searcher(store, embed).search(SearchRequest("word"), admin)
        assert ids(found) == [1]
        assert found.notice is SearchNotice.WORDS_ONLY


def test_damaged_words_leave_meaning_and_a_notice(store, searcher, meanings, admin):
    meanings["word"] = unit([1])
    store.add(1, "word", vector=[1])
    store.fold()
    for path in store.live.directory.glob("lexical/*.idx"):
        path.write_bytes(b"broken")

    found = searcher.search(SearchRequest("word"), admin)

    assert ids(found) == [1]
    assert found.notice is SearchNotice.INDEX_DAMAGED


def test_a_flip_to_another_generation_is_followed(store, searcher, tmp_path, admin):
    store.add(1, "word")
    store.fold()
    assert ids(searcher.search(SearchRequest("word"), admin)) == [1]

    other = MemoryStore(tmp_path / "other")
    other.add(1, "word")
    other.add(2, "word")
    other.fold()
    store.live, store.rows = replace(other.live, generation=2), other.rows

    found = searcher.search(SearchRequest("word"), admin)
    assert sorted(ids(found)) == [1, 2]
    assert found.generation == 2


def test_places_are_the_lines_with_the_words(store, searcher, admin):
    store.add(1, "nothing here", document=5, page=1)
    store.add(2, "违约责任条款", document=5, page=2)

    places = searcher.places(5, "违约责任", admin)

    assert [(place.page, len(place.boxes)) for place in places] == [(2, 1)]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=60) | st.text(alphabet='"-*:()AND OR合同abc1“”', max_size=40))
def test_no_query_is_an_error(store, searcher, admin, query):
    if not store.rows:
        store.add(1, "合同 abc 1", vector=[1])
        store.fold()
        store.add(2, "abc OR 合同", vector=[1, 1])
    for mode in MODES:
        result = searcher.search(SearchRequest(query, mode), admin)
        assert result.total == len(result.hits)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    granted=st.sets(st.integers(1, 4)),
    wanted=st.sets(st.integers(1, 4)),
    mode=st.sampled_from(MODES),
)
def test_nobody_ever_sees_more_than_the_shadow_model_allows(
    store, searcher, meanings, granted, wanted, mode
):
    meanings["word"] = unit([1])
    if not store.rows:
        for n in range(1, 25):
            store.add(n, f"word {n}", collection=n % 4 + 1, vector=[1, n])
            if n == 12:
                store.fold()
    principal = Principal(3, "m", Role.MEMBER, tuple(Grant(c, Level.READ) for c in granted))
    request = SearchRequest("word", mode, SearchFilters(collections=frozenset(wanted)), k=50)

    found = searcher.search(request, principal)

    visible = granted & wanted if wanted else granted
    assert set(ids(found)) == {n for n in range(1, 25) if n % 4 + 1 in visible}
