"""Pages survive the way through JSON; anything else is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.page_json import page_from_json, page_to_json
from kb.domain.parsed import Block, BlockKind, Line, PageLedger, PageSource, ParsedPage

numbers = st.floats(0, 5000, allow_nan=False)
boxes = st.tuples(numbers, numbers, numbers, numbers)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@st.composite
def blocks(draw):
    text = draw(texts)
    lines = tuple(Line(0, len(text), box) for box in draw(st.lists(boxes, max_size=2)))
    rows = draw(st.none() | st.lists(st.lists(texts, max_size=3).map(tuple), max_size=3).map(tuple))
    return Block(
        draw(st.sampled_from(BlockKind)),
        text,
        draw(boxes),
        lines,
        draw(st.none() | st.integers(0, 9)),
        rows,
        draw(st.none() | st.floats(0, 1)),
    )


pages = st.builds(
    ParsedPage,
    st.integers(1, 10_000),
    numbers,
    numbers,
    st.sampled_from(PageSource),
    st.floats(0, 1),
    st.lists(blocks(), max_size=4).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.builds(
        PageLedger,
        texts,
        st.none() | st.floats(0, 1),
        st.none() | st.floats(0, 1),
        st.none() | st.floats(0, 1),
        st.lists(texts, max_size=2).map(tuple),
        texts,
    ),
)


@given(pages)
def test_page_comes_back_unchanged(page):
    assert page_from_json(page_to_json(page)) == page


GOOD = {
    "n": 1,
    "w": 595.0,
    "h": 842.0,
    "s": "text",
    "q": 1.0,
    "b": [["paragraph", "abc", [0, 0, 1, 1], [[0, 3, 0, 0, 1, 1]], None, None, None]],
    "x": [],
}


@pytest.mark.parametrize(
    "change",
    [
        {"n": -1},
        {"n": True},
        {"w": "595"},
        {"s": "magic"},
        {"b": [["paragraph", "abc", [0, 0, 1], [], None, None, None]]},
        {"b": [["paragraph", "abc", [0, 0, 1, 1], [[0, 9, 0, 0, 1, 1]], None, None, None]]},
        {"b": [["paragraph", "\ud800", [0, 0, 1, 1], [], None, None, None]]},
        {"b": [["paragraph", 7, [0, 0, 1, 1], [], None, None, None]]},
        {"b": None},
        {"x": [1]},
    ],
)
def test_what_is_not_a_page_is_refused(change):
    with pytest.raises(ValueError, match=r".+"):
        page_from_json(json.dumps(GOOD | change))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"n":NaN}', "[" * 100_000])
def test_what_is_not_even_json_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        page_from_json(text)
