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


@pytest.mark.parametrize(
    "query", ['"网络安全"', "“网络安全”", "「网络安全」", "『网络安全』", "＂网络安全＂"]
)
def test_quotes_demand_the_phrase(query):
    assert parse_query(query).lexical.required == (Phrase(("网络", "络安", "安全")),)


def test_minus_excludes_and_is_not_asked_for():
    parsed = parse_query("合同 -租赁 end-user")

    assert parsed.lexical.excluded == (Phrase(("租赁",)),)
    assert parsed.text == "合同 end-user"


@pytest.mark.parametrize("query", ["合同 －租赁", "合同 NOT 租赁", "合同 AND NOT 租赁"])
def test_other_ways_to_exclude(query):
    parsed = parse_query(query)

    assert parsed.lexical.excluded == (Phrase(("租赁",)),)
    assert parsed.text == "合同"


def test_not_that_negates_nothing_is_left_out():
    assert parse_query("合同 NOT").lexical.excluded == ()
    assert parse_query("NOT").text == ""


def test_an_excluded_phrase_and_an_excluded_field():
    excluded = parse_query('-"网络安全" -title:report').lexical.excluded

    assert excluded == (Phrase(("网络", "络安", "安全")), Phrase(("report",), Field.TITLE))


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("date:2024", (2024, 1, 1), (2024, 12, 31)),
        ("date:2024-02", (2024, 2, 1), (2024, 2, 29)),
        ("日期：2024年12月", (2024, 12, 1), (2024, 12, 31)),
        ("日期:2024年3月5日", (2024, 3, 5), (2024, 3, 5)),
        ("date:2024/3/5", (2024, 3, 5), (2024, 3, 5)),
        ("after:2024.3 before:2025", (2024, 3, 1), (2025, 12, 31)),
        ("从：2024 到：2024年6月", (2024, 1, 1), (2024, 6, 30)),
    ],
)
def test_dates_of_a_year_a_month_or_a_day(query, first, last):
    filters = parse_query(query).filters

    assert filters.created_from == dt.date(*first)
    assert filters.created_to == dt.date(*last)


@pytest.mark.parametrize(
    "query", ["date:2024-13", "date:0000", "date:9999-12", "after:20240", "date:2024-02-30"]
)
def test_what_is_no_date_is_text(query):
    parsed = parse_query(query)

    assert parsed.filters.created_from is None
    assert parsed.text == query


def test_and_binds_tighter_than_or():
    (clause,) = parse_query("a1 AND b1 OR c1").lexical.required

    assert isinstance(clause, AnyOf)
    assert isinstance(clause.clauses[0], AllOf)
    assert clause.clauses[1] == Phrase(("c1",))


def test_a_star_opens_the_end():
    (clause,) = parse_query("ABC-12*").lexical.required

    assert clause == Phrase(("abc", "12"), ending=Ending.PREFIX)


def test_a_full_width_star_opens_the_end_too():
    assert parse_query("ABC－12＊") == parse_query("ABC-12*")


def test_fields_with_a_full_width_colon_and_chinese_quotes():
    assert parse_query("标题：“年度报告”").lexical.required == (
        Phrase(("年度", "度报", "报告"), Field.TITLE),
    )


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


@given(
    st.text(max_size=300)
    | st.text(alphabet='"-*:()ANDORT 合同ab1“”：＂－＊『』:date2024年.', max_size=60)
)
def test_every_string_is_a_query(query):
    parsed = parse_query(query)

    assert len(parsed.lexical.bag) <= 128
