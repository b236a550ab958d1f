"""Words and meaning in one ranking."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.search import FoundBy
from kb.index.allowed import Ranked, best
from kb.search.fusion import (
    SIGNS,
    Evidence,
    RankingWeights,
    fuse,
    kinds,
    learned_weights,
    weight_of_words,
)
from kb.search.query import parse_query
from kb.search.rerank import FEEDBACK

QUERIES = ["ABC-123/4", "合同", "违约金怎么计算", "storing flammable liquids in the warehouse", ""]

rankings = st.dictionaries(st.integers(0, 50), st.floats(0, 30, width=32), max_size=20).map(
    lambda scores: best(
        np.fromiter(scores, np.int64, len(scores)),
        np.fromiter(scores.values(), np.float32, len(scores)),
        20,
    )
)


def ranked(*pairs):
    return Ranked(
        np.array([p for p, _ in pairs], np.int64), np.array([s for _, s in pairs], np.float32)
    )


def evidence(words, meaning, *, query="付款期限多久", coverage=1.0, complete=True, foreign=()):
    return Evidence(parse_query(query), words, meaning, coverage, complete, frozenset(foreign))


def test_when_the_words_are_not_in_the_corpus_meaning_decides():
    found = evidence(ranked((1, 0.5)), ranked((2, 0.9), (1, 0.7)), coverage=0.01)

    weight = weight_of_words(found, learned_weights())

    assert fuse(found, weight)[0].passage_id == 2


def test_a_code_leans_on_words():
    words, meaning = ranked((1, 20), (3, 2)), ranked((2, 0.9), (1, 0.7), (4, 0.6))

    code, text = (
        weight_of_words(evidence(words, meaning, query=query), learned_weights())
        for query in ("ABC-123/4", "storing flammable liquids in the warehouse")
    )

    assert code > max(text, 0.8)


def test_the_weights_that_ship_are_complete_and_keep_words_and_meaning_in_their_roles():
    weights = learned_weights()

    assert set(weights.words) == {*SIGNS, *kinds()}
    assert set(weights.feedback) == set(FEEDBACK)
    assert weights.words["words_stand_out"] >= 0 >= weights.words["meaning_stands_out"]
    assert all(share >= 0 for share in weights.feedback.values())


def test_both_sides_are_named():
    words, meaning = ranked((1, 2.0), (2, 1.0)), ranked((2, 0.9), (3, 0.8))

    found = fuse(evidence(words, meaning), 0.5)

    assert {one.passage_id: one.found_by for one in found} == {
        1: FoundBy.WORDS,
        2: FoundBy.BOTH,
        3: FoundBy.MEANING,
    }


@given(rankings, rankings, st.floats(0, 1), st.sampled_from(QUERIES), st.booleans())
def test_scores_stay_between_0_and_1_and_fall(words, meaning, coverage, query, complete):
    found = evidence(words, meaning, query=query, coverage=coverage, complete=complete)
    extreme = RankingWeights(dict.fromkeys((*SIGNS, *kinds()), 50.0), {})

    for weights in (learned_weights(), extreme):
        weight = weight_of_words(found, weights)
        fused = fuse(found, weight)

        assert 0 <= weight <= 1
        scores = [one.score for one in fused]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 + 1e-6 for score in scores)
        expected = set(words.passages.tolist()) | set(meaning.passages.tolist())
        assert {one.passage_id for one in fused} == expected


@given(rankings)
def test_one_side_alone_keeps_its_order(words):
    found = fuse(evidence(words, Ranked.empty()), 1.0)

    scores = dict(zip(words.passages.tolist(), words.scores.tolist(), strict=True))
    order = [scores[one.passage_id] for one in found]
    assert order == sorted(order, reverse=True)


def test_a_page_in_another_script_is_ranked_by_meaning():
    words = ranked((1, 9.0), (2, 8.0), (3, 7.0))
    meaning = ranked((4, 0.95), (1, 0.9), (2, 0.8), (3, 0.7))

    alone = fuse(evidence(words, meaning, coverage=0.8), 0.7)
    told = fuse(evidence(words, meaning, coverage=0.8, foreign={4}), 0.7)

    assert alone[0].passage_id == 1
    assert told[0].passage_id == 4


def test_a_code_is_found_by_its_letters_in_every_script():
    words = ranked((1, 9.0))
    meaning = ranked((2, 0.95), (3, 0.9), (1, 0.7))

    found = fuse(evidence(words, meaning, coverage=0.9, foreign={1, 2, 3}), 0.9)

    assert found[0].passage_id == 1
