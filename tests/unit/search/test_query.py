"""The query syntax."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.index.expression import AllOf, AnyOf, Ending, Field, Phrase
from kb.search.query import QueryKind, parse_query


def test_plain_words_rank_and_demand_nothing():
    parsed = parse_query("网络 安全 contract")

    assert not parsed.lexical.restricts
    assert parsed.text == "网络 安全 contract"


@pytest.mark.parametrize("query", ['"网络安全"', "“网络安全”", "「网络安全」"])
def test_quotes_demand_the_phrase(query):
    assert parse_query(query).lexical.required == (Phrase(("网络", "络安", "安全")),)


def test_minus_excludes_and_is_not_asked_for():
    parsed = parse_query("合同 -租赁 end-user")

    assert parsed.lexical.excluded == (Phrase(("租赁",)),)
    assert parsed.text == "合同 end-user"


def test_and_binds_tighter_than_or():
    (clause,) = parse_query("a1 AND b1 OR c1").lexical.required

    assert isinstance(clause, AnyOf)
    assert isinstance(clause.clauses[0], AllOf)
    assert clause.clauses[1] == Phrase(("c1",))


def test_a_star_opens_the_end():
    (clause,) = parse_query("ABC-12*").lexical.required

    assert clause == Phrase(("abc", "12"), ending=Ending.PREFIX)


def test_fields_say_where_to_look():
    required = parse_query('title:报告 name:"plan 2024"').lexical.required

    assert required == (Phrase(("报告",), Field.TITLE), Phrase(("plan", "2024"), Field.NAME))


def test_filters_are_taken_out_of_the_text():
    parsed = parse_query("合同 type:PDF lang:英文 after:2024-01-31 类别:contract")

    assert parsed.text == "合同"
    assert parsed.filters.formats == {"pdf"}
    assert parsed.filters.languages == {"en"}
    assert parsed.filters.created_from == dt.date(2024, 1, 31)
    assert parsed.filters.categories == {"contract"}


@pytest.mark.parametrize("query", ["http://a.b/c", "foo:bar", "after:yesterday", "比例 3:1"])
def test_what_is_no_field_of_ours_is_text(query):
    parsed = parse_query(query)

    assert parsed.text == query
    assert not parsed.lexical.restricts


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("ABC-123/4", QueryKind.CODE),
        ("GB/T 7714-2015", QueryKind.CODE),
        ("v2.1.0", QueryKind.CODE),
        ("合同", QueryKind.KEYWORDS),
        ("annual report", QueryKind.KEYWORDS),
        ("违约金怎么计算", QueryKind.QUESTION),
        ("how long is the notice period", QueryKind.QUESTION),
        ("procedures for storing flammable liquids in the warehouse", QueryKind.TEXT),
    ],
)
def test_the_kind_of_a_query(query, kind):
    assert parse_query(query).kind is kind


@given(st.text(max_size=300) | st.text(alphabet='"-*:()ANDOR 合同ab1“”', max_size=60))
def test_every_string_is_a_query(query):
    parsed = parse_query(query)

    assert len(parsed.lexical.bag) <= 128
