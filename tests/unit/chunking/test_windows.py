"""Windows: every passage once, never beyond the limit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.chunking.windows import make_windows
from kb.domain.errors import InvalidInput
from kb.domain.passages import Passage


def count_words(texts):
    return [len(text.split()) for text in texts]


def count_by_joining(texts):
    """Like many tokenizers: one token for up to three characters, across white space."""
    return [-(-len(text) // 3) for text in texts]


paths = st.lists(st.sampled_from(["One", "Two", "Three"]), max_size=2).map(tuple)
texts = st.lists(
    st.tuples(st.text("ab 中。\n", min_size=1, max_size=150).filter(str.strip), paths), max_size=12
)


@given(texts, st.sampled_from([count_words, count_by_joining]), st.integers(16, 60))
def test_windows_hold_every_passage_in_order_within_the_limit(parts, count, limit):
    passages = [Passage(at, text, path, ()) for at, (text, path) in enumerate(parts)]

    windows = make_windows(passages, count_tokens=count, max_tokens=limit)

    assert [w.ordinal for w in windows] == list(range(len(windows)))
    assert all(w.tokens == count([w.text])[0] <= limit for w in windows)
    inside = [n for w in windows for n in range(w.first_passage, w.last_passage + 1)]
    assert sorted(set(inside)) == [p.ordinal for p in passages]
    assert inside == sorted(inside)

    def squeezed(text):
        return re.sub(r"\s|One|Two|Three", "", text)

    assert squeezed("".join(w.text for w in windows)) == squeezed("".join(t for t, _ in parts))


def test_a_passage_that_fits_stands_in_one_window_only():
    passages = [Passage(n, f"passage {n} " + "word " * 10, (), ()) for n in range(20)]

    windows = make_windows(passages, count_tokens=count_words, max_tokens=40)

    inside = [n for w in windows for n in range(w.first_passage, w.last_passage + 1)]
    assert inside == list(range(20))


def test_a_heading_stands_once_before_what_it_heads():
    passages = [Passage(0, "a", ("H", "X"), ()), Passage(1, "b", ("H", "Y"), ())]

    (window,) = make_windows(passages, count_tokens=count_words)

    assert window.text == "H\nX\na\n\nY\nb"


def test_a_limit_that_holds_nothing_is_refused():
    with pytest.raises(InvalidInput):
        make_windows([], count_tokens=count_words, max_tokens=3)
