"""One analyser for documents and queries."""

from hypothesis import given
from hypothesis import strategies as st

from kb.index.analyser import Stream, fold, streams, tokens
from kb.index.expression import bag_of, phrase_of


def terms(text):
    return {token.term for token in tokens(text)}


def test_traditional_and_simplified_are_the_same_terms():
    assert terms("網絡安全與資料保護") == terms("网络安全与资料保护")


def test_full_width_and_half_width_are_the_same_terms():
    assert terms("ＡＢＣ－１２３") == terms("abc-123")


def test_a_code_is_kept_whole_and_in_parts():
    found = terms("part ABC-123/4 of v2.1.0")

    assert {"abc-123/4", "abc", "123", "4", "v2.1.0"} <= found


def test_a_code_typed_without_its_dash_is_found():
    assert terms("ABC123") & {t.term for t in tokens("ABC-123") if t.stream is Stream.WORDS}


def test_a_standard_number_keeps_its_pieces():
    assert {"gb/t", "7714-2015", "7714", "2015"} <= terms("GB/T 7714-2015")


def test_english_words_are_stemmed():
    assert terms("contracts signing") == terms("contract signed")


def test_accents_do_not_matter_composed_or_not():
    assert terms("café") == terms("cafe\u0301") == terms("CAFE")


def test_chinese_gives_words_and_bigrams():
    units, words = streams("网络安全法")

    assert units == ["网络", "络安", "安全", "全法", "法"]
    assert "网络安全" in words


def test_offsets_point_into_the_text_as_it_was_written():
    text = "ﬁle…㎏ 《網絡》 Ｎo.１"

    places = {token.term: text[token.start : token.end] for token in tokens(text)}

    assert places["file"] == "ﬁle"
    assert places["kg"] == "㎏"
    assert places["网络"] == "網絡"


@given(st.text(max_size=200))
def test_every_token_lies_in_the_text_in_order_of_its_stream(text):
    last = dict.fromkeys(Stream, 0)
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.term
        assert not any(char.isspace() for char in token.term)
        assert token.start >= last[token.stream] - 1
        last[token.stream] = token.start


@given(st.text(max_size=200))
def test_what_is_indexed_is_what_is_highlighted(text):
    units, words = streams(text)
    found = list(tokens(text))

    assert units == [token.term for token in found if token.stream is Stream.UNITS]
    assert words == [token.term for token in found if token.stream is Stream.WORDS]


@given(st.text(max_size=100))
def test_folding_twice_changes_nothing(text):
    once = fold(text).text

    assert fold(once).text == once


@given(st.text(max_size=300))
def test_bags_and_phrases_come_from_any_text(text):
    assert len(bag_of(text)) <= 128
    phrase = phrase_of(text)
    assert phrase is None or phrase.terms
