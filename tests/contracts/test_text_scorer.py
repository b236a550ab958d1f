"""What every TextScorer keeps, whatever runs it: four runtimes, one suite."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kb.domain.errors import ModelNotInstalled
from kb.llm.label_scorers import EmbeddedScorer, LanguageModelScorer
from kb.llm.onnx_scorer import OnnxScorer
from kb.llm.openai_http import OpenAiModel
from kb.llm.protocol import TextScorer
from kb.llm.sequence_classifier import TransformersScorer
from kb.llm.transformers_runtime import TransformersModel
from tests.support.chat_server import ChatServer
from tests.support.tiny_checkpoints import (
    make_adapter,
    make_checkpoint,
    make_classifier,
    make_onnx_classifier,
)

LABELS = ("contract", "invoice", "会议纪要")
DESCRIBED = [(label, f"about {label}") for label in LABELS]
TEXTS = ["The contract was signed.", "", "会议纪要：讨论了计划。" * 30, "Invoice 17"]
RUNTIMES = ["merged", "adapter", "onnx", "http", "transformers labels", "embedded"]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("base"), "llama")


@pytest.fixture(scope="module", params=RUNTIMES)
def scorer(request, base, tmp_path_factory) -> Iterator[TextScorer]:
    folder = tmp_path_factory.mktemp("scorer")
    kind = request.param
    if kind == "merged":
        yield TransformersScorer(make_classifier(folder, base, LABELS))
    elif kind == "adapter":
        make_adapter(folder, base, labels=LABELS)
        yield TransformersScorer(folder, base)
    elif kind == "onnx":
        yield OnnxScorer(make_onnx_classifier(folder, base, LABELS))
    elif kind == "embedded":
        yield EmbeddedScorer(DESCRIBED, _characters, max_tokens=64)
    elif kind == "transformers labels":
        yield LanguageModelScorer(TransformersModel(base), DESCRIBED, chinese=False)
    else:
        server = ChatServer(TransformersModel(base))
        model = OpenAiModel(server.url, model="tiny", context_tokens=700, attempts=1)
        yield LanguageModelScorer(model, DESCRIBED, chinese=False)
        server.close()


def _characters(texts):
    """Counts of characters as unit vectors: enough for an embedder here."""
    rows = np.zeros((len(texts), 64), np.float32)
    for row, text in enumerate(texts):
        for character in text or " ":
            rows[row, ord(character) % 64] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_it_knows_its_labels_and_its_window(scorer):
    scorer.warm_up()

    assert scorer.labels == LABELS
    assert scorer.max_tokens >= 16


def test_every_text_gets_probabilities_of_all_labels(scorer):
    found = scorer.score(TEXTS)

    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), len(LABELS))
    assert found.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), rel=1e-4)
    assert (found >= 0).all()


def test_no_texts_give_no_rows(scorer):
    assert scorer.score([]).shape == (0, len(LABELS))


def test_neighbours_and_order_change_nothing(scorer):
    together = scorer.score(TEXTS)

    alone = np.concatenate([scorer.score([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=2e-3)
    assert scorer.score(TEXTS[::-1])[::-1] == pytest.approx(together, abs=2e-3)


def test_the_end_of_a_long_text_counts(scorer):
    long = "The contract was signed. " * 120
    other = long + "会议纪要：讨论了下一季度的计划。" * 120

    assert scorer.score([long]) != pytest.approx(scorer.score([other]), abs=1e-6)


def test_a_temperature_flattens_without_reordering(base, tmp_path):
    folder = make_classifier(tmp_path, base, LABELS)
    sharp = TransformersScorer(folder).score(TEXTS)

    facts = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**facts, "temperature": 4.0}))
    flat = TransformersScorer(folder).score(TEXTS)

    assert (flat.max(axis=1) < sharp.max(axis=1)).all()
    assert (flat.argsort(axis=1) == sharp.argsort(axis=1)).all()


@pytest.mark.parametrize("scorer_class", [TransformersScorer, OnnxScorer])
def test_a_folder_that_is_no_model_says_what_is_missing(tmp_path, scorer_class):
    with pytest.raises(ModelNotInstalled, match=r"model\.json"):
        scorer_class(tmp_path)
