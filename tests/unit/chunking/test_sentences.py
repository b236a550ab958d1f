"""Sentences in Chinese and English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.chunking.sentences import sentence_spans


def sentences(text):
    return [text[start:end].strip() for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天下雨。“明天呢？”不知道！", ["今天下雨。", "“明天呢？”", "不知道！"]),
        ("Dr. Smith left. He was late.", ["Dr. Smith left.", "He was late."]),
        ("It costs 3.50 dollars. See Fig. 2.", ["It costs 3.50 dollars.", "See Fig. 2."]),
        ("1. Scope of work. 2. Price.", ["1. Scope of work.", "2. Price."]),
        ("J. K. Rowling wrote it. Really? Yes!", ["J. K. Rowling wrote it.", "Really?", "Yes!"]),
        ("Visit example.com now. 然后回来。", ["Visit example.com now.", "然后回来。"]),
        ("no stop at the end", ["no stop at the end"]),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@given(st.text("aA1.。!? \n”)中", max_size=120))
def test_spans_cover_the_text(text):
    spans = sentence_spans(text)

    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)
