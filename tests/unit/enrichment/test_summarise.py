"""Extractive summaries: the document's own sentences, each with its source, nothing else."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.errors import NoTextFound
from kb.domain.understanding import SummaryKind
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
def summariser(embedder):
    return ExtractiveSummariser(embedder)


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


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text("aB 。.中文\n|1:：", max_size=80), min_size=1, max_size=4))
def test_odd_text_never_breaks_it(summariser, document, texts):
    text = document("A first sentence that is long enough.", *texts)

    summary = summariser.summarise(text, nothing)

    assert len(summary.sentences) <= 5
