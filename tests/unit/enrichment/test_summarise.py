"""Extractive summaries: the document's own sentences, each with its source, nothing else."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.errors import NoTextFound
from kb.domain.understanding import SummaryKind, SummaryLength, SummaryStyle
from kb.enrichment.summarise import ExtractiveSummariser

ENGLISH = (
    "This report describes the flood of March and its consequences for the northern plant. "
    "Water entered the hall on Sunday night after two days of rain. "
    "Production stopped for nine days and two machines were lost.",
    "The insurer covers most of the damage to buildings and machines. "
    "However, it does not pay for lost orders. "
    "The board decided to raise the walls along the river by one metre.",
    "Copyright © 2024 Example. All rights reserved. Part | Price\nA-1 | 300\nA-2 | 400",
)
CHINESE = (
    "本报告介绍了三月份水灾的情况及其对北部工厂的影响。连续两天降雨之后，周日夜间洪水进入了厂房。"
    "生产停顿了九天，损失了两台机器设备。",
    "保险公司承担了大部分建筑物和机器的损失。董事会决定把河岸的围墙加高一米，以防止类似事故再次发生。",
)


@pytest.fixture(scope="module")
def summariser():
    return ExtractiveSummariser()


def nothing(done, total):
    pass


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE])
def test_every_sentence_stands_word_for_word_in_its_source(summariser, document, texts):
    summary = summariser.summarise(document(*texts), nothing)

    assert summary.kind is SummaryKind.EXTRACTIVE
    assert 2 <= len(summary.sentences) <= 5
    for sentence in summary.sentences:
        (source,) = sentence.passages
        assert sentence.text in texts[source]


def test_tables_and_boilerplate_are_left_out(summariser, document):
    summary = summariser.summarise(document(*ENGLISH), nothing)

    assert "Copyright" not in summary.text
    assert "|" not in summary.text


def test_sentences_keep_the_order_of_the_document(summariser, document):
    summary = summariser.summarise(document(*CHINESE), nothing)

    whole = "".join(CHINESE)
    places = [whole.index(sentence.text) for sentence in summary.sentences]
    assert places == sorted(places)


def test_references_are_not_content(summariser, document):
    listed = document(
        "Smith wrote a long book about rivers and their floods.", heading="References"
    )
    body = document(*ENGLISH)
    both = replace(
        body,
        passages=(*body.passages, replace(listed.passages[0], ordinal=3)),
        vectors=None,
    )

    summary = summariser.summarise(both, nothing)

    assert "Smith" not in summary.text


def test_a_repeated_sentence_is_said_once(summariser, document):
    summary = summariser.summarise(document(*ENGLISH[:1] * 6), nothing)

    texts = [sentence.text for sentence in summary.sentences]
    assert len(texts) == len(set(texts))


def test_progress_reaches_the_end(summariser, document):
    seen = []

    summary = summariser.summarise(document(*CHINESE), lambda *now: seen.append(now))

    assert seen[-1] == (summary.windows_read, summary.windows_total)
    assert summary.windows_read == summary.windows_total


def test_a_pure_table_gets_no_invented_sentence(summariser, document):
    summary = summariser.summarise(document("a | b\n1 | 2\n3 | 4"), nothing)

    assert summary.sentences == ()


def test_no_text_is_told(summariser, document):
    with pytest.raises(NoTextFound):
        summariser.summarise(document(" "), nothing)


def test_one_line_is_one_sentence_and_points_stand_for_all_parts(summariser, document):
    text = document(
        "The roof of the northern hall was repaired in May. Rain had come through for years.",
        "Engineers measured the river twice a day. Its level never rose above two metres.",
        "A new furnace melts forty tons in one shift. It needs half the gas of the old one.",
        "Cooks in the canteen prepare nine hundred meals. Most guests choose the cheaper dish.",
        "Old drawings lie in an archive under the stairs. Nobody has sorted them since the war.",
        "Apprentices planted a garden behind the gate. Visitors like to sit there at noon.",
    )

    line = summariser.summarise(text, nothing, style=SummaryStyle(SummaryLength.LINE))
    points = summariser.summarise(text, nothing, style=SummaryStyle(SummaryLength.POINTS))

    assert len(line.sentences) == 1
    assert len({source for point in points.sentences for source in point.passages}) >= 3


def test_a_wanted_length_is_kept_to(summariser, document):
    text = document(*(ENGLISH[:2] * 4))

    summary = summariser.summarise(text, nothing, style=SummaryStyle(words=30))

    assert 15 <= len(summary.text.split()) <= 45


def test_rules_begin_with_the_article_that_says_their_purpose(summariser, document):
    articles = [
        f"第{n}条 单位应当按照规定办理登记手续，并及时报送材料。" for n in "二三四五六七八九"
    ]
    text = document("某市登记管理办法\n2020年通过\n第一条 为了规范登记，制定本办法。", *articles)

    summary = summariser.summarise(text, nothing)

    assert summary.sentences[0].text.startswith("第一条 为了规范登记")


def test_text_without_capitals_or_stops_still_has_sentences(summariser, document):
    small = (
        "you must open an account before you use the service and keep your password to yourself. "
        "we may close the account at any time without telling you the reason for it."
    )
    endless = "the licensee shall keep the software secret; " + (
        "the licensee shall pay the fee within thirty days of the invoice and shall not pass the "
        "software on to others without the written consent of the licensor in advance " * 3
    )

    for text in (small, endless):
        assert summariser.summarise(document(text), nothing).sentences


def test_speakers_are_not_part_of_what_they_say(summariser, document):
    turns = "\n".join(
        f"{who}: We decided to move the furnace to hall {n} because the river may rise again."
        for n, who in enumerate(["Ann", "Bob"] * 6)
    )

    summary = summariser.summarise(document(turns), nothing)

    assert summary.sentences
    assert not any(s.text.startswith(("Ann", "Bob")) for s in summary.sentences)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text("aB 。.中文\n|1:：", max_size=80), min_size=1, max_size=4))
def test_odd_text_never_breaks_it(summariser, document, texts):
    text = document("A first sentence that is long enough.", *texts)

    summary = summariser.summarise(text, nothing)

    assert len(summary.sentences) <= 5
