"""Measuring retrieval on a fixed set."""

import gzip
import json

import numpy as np
import pytest

from kb.domain.errors import InvalidInput, NotFound
from kb.domain.search import SearchMode
from kb.evaluation.collections import load_retrieval_set
from kb.evaluation.retrieval import evaluate_retrieval, plain

TOPICS = {"cat": 0, "猫": 0, "tax": 1, "税": 1, "ship": 2, "船": 2}


class TopicEmbedder:
    """Meaning is which of three topics a text mentions."""

    model = "topics"
    dimension = 4

    def embed_query(self, text):
        vector = np.zeros(4, np.float32)
        for word, axis in TOPICS.items():
            vector[axis] += word in text
        vector[3] = 0.1
        return vector / np.linalg.norm(vector)

    def embed_passages(self, texts):
        return np.stack([self.embed_query(text) for text in texts])

    def count_tokens(self, texts):
        return [len(text) for text in texts]


@pytest.fixture
def folder(tmp_path):
    corpus = [
        {"id": "a", "title": "Cats", "text": "A cat sleeps.", "lang": "en"},
        {"id": "b", "text": "The tax is due.", "lang": "en"},
        {"id": "c", "text": "猫在睡觉。" + "它很安静。" * 200, "lang": "zh"},
    ]
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(one) + "\n" for one in corpus)
    queries = [
        {"id": "1", "text": 'the "cat": where?', "lang": "en"},
        {"id": "2", "text": "nobody judged this", "lang": "en"},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), "utf-8")
    (tmp_path / "qrels.tsv").write_text("1\ta\t1\n1\tc\t1\n1\tb\t0\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(("mode", "recall"), [("lexical", 0.5), ("vector", 1), ("hybrid", 1)])
def test_each_mode_is_measured(folder, tmp_path, mode, recall):
    figures = evaluate_retrieval(folder, SearchMode(mode), TopicEmbedder(), tmp_path / "work")

    assert figures["queries"] == 1
    assert figures["documents"] == 3
    assert figures["passages"] > 3
    assert figures["recall@10"] == recall
    assert figures["mrr@10"] == 1
    assert set(figures["query_ms"]) == {"p50", "p95", "p99"}


def test_languages_are_also_measured_in_each_direction(folder, tmp_path):
    figures = evaluate_retrieval(folder, SearchMode.HYBRID, TopicEmbedder(), tmp_path / "work")

    assert figures["directions"]["en->zh"]["ndcg@10"] == 1
    assert figures["directions"]["en->en"]["ndcg@10"] == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound, match="corpus"):
        load_retrieval_set(tmp_path)


@pytest.mark.parametrize("line", ["not json", '{"id": 1, "text": "x"}', '{"id": "1"}', "[]"])
def test_a_malformed_line_is_named_with_its_number(folder, line):
    with (folder / "queries.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("\n" + line)

    with pytest.raises(InvalidInput, match=r"queries\.jsonl:3"):
        load_retrieval_set(folder)


def test_a_set_without_judgements_cannot_be_measured(folder, tmp_path):
    (folder / "qrels.tsv").write_text("", "utf-8")

    with pytest.raises(InvalidInput):
        evaluate_retrieval(folder, SearchMode.LEXICAL, TopicEmbedder(), tmp_path / "work")


def test_a_question_is_not_a_query_with_operators():
    assert plain('who said "no" -- title:x AND (y)?') == "who said no title x and y ?"
