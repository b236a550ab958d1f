"""Summaries are measured with the field's formulas, Chinese by words, beside baselines."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.errors import InvalidInput, NotFound
from kb.enrichment.summarise import ExtractiveSummariser
from kb.enrichment.summary_words import words_of
from kb.evaluation.rouge import best_rouge, rouge
from kb.evaluation.summaries import evaluate_summaries, lead, load_references

ENGLISH = (
    "The weather was fine on Monday and everybody went to the river for a long swim. "
    "The board of the pump factory decided to raise the walls along the river by one metre. "
    "Somebody had brought a cake. The walls of the pump factory along the river cost two millions."
)
CHINESE = (
    "会议开始前大家喝了茶。董事会决定把河岸的围墙加高一米，以防止水泵厂再次被淹。"
    "有人带来了蛋糕分给同事。水泵厂的河岸围墙预计花费两百万元。"
)
ROWS = [
    {
        "id": "en",
        "text": ENGLISH,
        "summary": ["The pump factory raises its walls along the river.", "Walls are raised."],
        "lang": "en",
    },
    {"id": "zh", "text": CHINESE, "summary": "水泵厂加高河岸围墙，防止再次被淹。", "lang": "zh"},
    {"id": "empty", "text": "", "summary": "x", "lang": "en"},
]
WORDS = st.lists(st.sampled_from(["pump", "wall", "river", "cake", "the"]), max_size=12)


def count(texts):
    return [len(text) for text in texts]


def test_known_values():
    score = rouge(
        ["the", "cat", "sat", "on", "the", "mat"], ["the", "cat", "lay", "on", "the", "mat"]
    )

    assert score.rouge_1 == pytest.approx(5 / 6)
    assert score.rouge_2 == pytest.approx(3 / 5)
    assert score.rouge_l == pytest.approx(5 / 6)


@given(WORDS, WORDS)
def test_scores_lie_between_nothing_and_the_same(found, wanted):
    score, back = rouge(found, wanted), rouge(wanted, found)

    assert score == back
    assert 0 <= score.rouge_2 <= 1
    assert 0 <= score.rouge_l <= score.rouge_1 <= 1
    if found:
        assert rouge(found, found).rouge_l == 1
        assert best_rouge(found, [wanted, found]).rouge_l == 1


def test_chinese_is_compared_by_words():
    assert "围墙" in words_of("河岸的围墙加高一米")


def test_a_set_is_measured_beside_its_baselines(tmp_path):
    with gzip.open(tmp_path / "docs.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    told = []

    figures = evaluate_summaries(
        tmp_path, ExtractiveSummariser(), count, told=lambda *now: told.append(now)
    )

    assert figures["documents"] == 2
    assert figures["ours"]["rouge_l"] > figures["lead_k"]["rouge_l"]
    assert figures["with_sources"] == figures["coverage"] == 1
    assert figures["without_summary"] == 0
    assert told[-1] == (2, 2)
    assert len(load_references(tmp_path, 1)) == 1


def test_lead_takes_whole_sentences(tmp_path):
    (tmp_path / "docs.jsonl").write_text(json.dumps(ROWS[0]))
    from kb.evaluation.summaries import as_text  # noqa: PLC0415 - named where it is used

    text = as_text(load_references(tmp_path)[0], count)

    assert lead(text.passages, 3) == words_of(ENGLISH.split(". ", maxsplit=1)[0])


@pytest.mark.parametrize("content", ["not json\n", '{"id": 1}\n[]\n', ""])
def test_a_set_that_is_none_is_told(tmp_path, content):
    (tmp_path / "docs.jsonl").write_text(content)

    with pytest.raises(InvalidInput):
        load_references(tmp_path)
    with pytest.raises(NotFound):
        load_references(tmp_path / "nowhere")
