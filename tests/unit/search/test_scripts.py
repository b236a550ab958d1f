"""Pages in two scripts on one scale."""

import numpy as np

from kb.domain.search import SearchRequest
from kb.search.scripts import Scripts
from tests.unit.search.conftest import unit

CORNER_ZH, CORNER_EN = 5, 6
"""Dimensions in which the embedder of this test keeps the two languages apart."""


def place(topic, corner, share=0.0):
    values = np.zeros(8, np.float32)
    values[topic] = 1
    values[corner] = 2
    values[4] = share
    return values


def two_languages(store):
    for topic in range(4):
        for number in range(30):
            page = 100 * topic + number
            store.add(page + 1, f"第{page}页", vector=place(topic, CORNER_ZH, number / 60))
            store.add(
                page + 1001,
                f"page {page}",
                language="en",
                vector=place(topic, CORNER_EN, number / 60),
            )
    store.fold()


def test_a_question_finds_the_page_in_the_other_script_beside_its_own(
    store, searcher, meanings, admin
):
    two_languages(store)
    meanings["question of topic two"] = unit(place(2, CORNER_EN))

    found = searcher.search(SearchRequest("question of topic two", k=40), admin)

    topics = {hit.document_id % 1000 // 100 for hit in found.hits}
    languages = [hit.language for hit in found.hits]
    assert topics == {2}
    assert min(languages.count("zh"), languages.count("en")) >= 10


def test_one_script_needs_no_second_search(store, searcher, admin):
    store.add(1, "合同", vector=[1])
    store.fold()

    assert [hit.document_id for hit in searcher.search(SearchRequest("合同"), admin).hits] == [1]


def test_without_both_means_nothing_is_freed_or_moved():
    scripts = Scripts(spaced=unit([1]))

    assert scripts.neutral(unit([1, 1])) is None
    same = scripts.centred(np.stack([unit([0, 1]), np.zeros(8, np.float32)]), [True, None])
    assert np.allclose(same, [unit([0, 1]), np.zeros(8)])


def test_vectors_are_compared_without_what_tells_their_script():
    zh, en = unit(place(0, CORNER_ZH)), unit(place(0, CORNER_EN))
    other = unit(place(1, CORNER_ZH))
    scripts = Scripts(unspaced=(zh + other) / 2, spaced=(en + unit(place(1, CORNER_EN))) / 2)

    a, b, c = scripts.centred(np.stack([zh, en, other]), [True, False, True])

    assert a @ b > 0.99
    assert a @ c < 0
