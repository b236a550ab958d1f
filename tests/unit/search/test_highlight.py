"""Snippets, highlights and boxes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kb.domain.passages import Span
from kb.search.highlight import boxes_of, matching_ranges, page_at, snippet_of
from kb.search.query import parse_query


def marked(text, query):
    return [text[s:e] for s, e in matching_ranges(text, parse_query(query).lexical)]


def test_simplified_marks_traditional_in_place():
    assert marked("關於《網絡安全法》的規定", "网络安全法") == ["網絡安全法"]


def test_stems_and_codes_are_marked_as_written():
    assert marked("Signed contracts for ABC-123.", "contract abc-123") == ["contracts", "ABC-123"]


def test_filler_words_are_not_marked():
    assert marked("the end of the contract", "what is the contract") == ["contract"]
    assert marked("公司的合同", "合同的期限") == ["合同"]


def test_a_prefix_marks_what_begins_so():
    assert marked("contractor and contrast", "contra*") == ["contractor", "contrast"]


def test_a_snippet_shows_the_place_with_most_matches():
    text = "前言。" * 100 + "合同约定违约责任由乙方承担。" + "附录。" * 100
    ranges = matching_ranges(text, parse_query("合同 违约责任").lexical)

    snippet = snippet_of(text, ranges)

    assert "合同约定违约责任" in snippet.text
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")
    assert [snippet.text[s:e] for s, e in snippet.highlights] == ["合同", "违约责任"]


def test_words_of_spaced_scripts_are_not_cut():
    text = "supercalifragilistic " * 40

    shown = snippet_of(text, ()).text.rstrip("…").split()

    assert set(shown) == {"supercalifragilistic"}


@given(st.text(max_size=600), st.text(max_size=20))
def test_highlights_lie_in_the_snippet_and_in_the_text(text, query):
    ranges = matching_ranges(text, parse_query(query).lexical)
    snippet = snippet_of(text, ranges)

    assert all(0 <= s < e <= len(text) for s, e in ranges)
    assert all(a[1] <= b[0] for a, b in pairwise(ranges))
    assert all(0 <= s < e <= len(snippet.text) for s, e in snippet.highlights)


def test_boxes_are_those_of_the_lines_touched():
    spans = [Span(n * 10, n * 10 + 10, n // 2 + 1, (0, n, 1, n + 1)) for n in range(4)]

    placed = boxes_of(spans, [(12, 14), (28, 32)])

    assert [(one.page, one.box[1]) for one in placed] == [(1, 1), (2, 2), (2, 3)]
    assert len(boxes_of(spans, ())) == 4
    assert page_at(spans, 25) == 2
