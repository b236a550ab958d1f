"""A second look at the best candidates."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb.index.allowed import Ranked
from kb.search.fusion import Evidence
from kb.search.query import parse_query
from kb.search.rerank import LearnedRanker, feedback

DIMENSION = 4


def ranked(*scores, first=1):
    ids = np.arange(first, first + len(scores), dtype=np.int64)
    return Ranked(ids, np.array(scores, np.float32))


def evidence(words, meaning, coverage=0.6):
    return Evidence(parse_query("付款期限"), words, meaning, coverage, True, frozenset())


def lookup(rows):
    """Vectors by passage; zeros for the others."""

    def vectors(passages):
        found = np.zeros((len(passages), DIMENSION), np.float32)
        for at, passage in enumerate(passages):
            if passage in rows:
                row = np.array(rows[passage], np.float32)
                found[at] = row / np.linalg.norm(row)
        return found

    return vectors


def test_what_is_like_the_first_rises():
    meaning = ranked(0.9, 0.88, 0.87, 0.86, 0.6)
    like = {1: [1, 0, 0, 0], 2: [0, 1, 0, 0], 3: [1, 0.1, 0, 0], 4: [1, 0, 0.1, 0], 5: [0, 0, 1, 0]}

    found = LearnedRanker().rank(evidence(Ranked.empty(), meaning), lookup(like))

    assert [one.passage_id for one in found][:3] == [1, 3, 4]


def test_without_vectors_the_fused_order_stays():
    words, meaning = ranked(9, 8, 7, 6), ranked(0.9, 0.8, 0.7, 0.6)

    found = LearnedRanker().rank(evidence(words, meaning), lookup({}))

    assert [one.passage_id for one in found] == [1, 2, 3, 4]


def test_a_fresh_passage_without_a_vector_keeps_its_place_at_the_top():
    words, meaning = ranked(20, 6, 5, 4, 3), ranked(0.9, 0.8, 0.7, 0.6, first=2)
    rows = {2: [1, 0, 0, 0], 3: [1, 0.1, 0, 0], 4: [1, 0.2, 0, 0], 5: [1, 0.3, 0, 0]}

    found = LearnedRanker().rank(evidence(words, meaning), lookup(rows))

    assert found[0].passage_id == 1


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1),
)
def test_signs_stay_between_0_and_1(scores, seed, missing):
    chance = np.random.default_rng(seed)
    vectors = chance.standard_normal((len(scores), DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[chance.random(len(scores)) < missing] = 0

    signs = feedback(np.array(sorted(scores, reverse=True)), vectors)

    assert signs.shape == (len(scores), 3)
    assert ((signs >= -1e-9) & (signs <= 1 + 1e-9)).all()


@given(st.integers(0, 2**32 - 1), st.integers(0, 150), st.integers(0, 150))
def test_every_candidate_comes_back_once_with_falling_scores(seed, by_words, by_meaning):
    chance = np.random.default_rng(seed)
    words = ranked(*sorted(chance.random(by_words) * 20, reverse=True), first=1)
    meaning = ranked(*sorted(chance.random(by_meaning), reverse=True), first=50)
    rows = {n: chance.standard_normal(DIMENSION) for n in range(1, 220) if n % 7}

    found = LearnedRanker().rank(evidence(words, meaning), lookup(rows))

    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-6 for score in scores)
    expected = {*words.passages.tolist(), *meaning.passages.tolist()}
    assert sorted(one.passage_id for one in found) == sorted(expected)
