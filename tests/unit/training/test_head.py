"""Heads: split, trained, kept in a folder, serving, and measured in folds."""

import json
import random
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.domain.errors import CheckpointRefused, InvalidInput
from kb.domain.models import Example, ModelTask, Split, TrainingMethod, TrainingPlan
from kb.domain.passages import Passage
from kb.domain.understanding import Label, Taxonomy
from kb.enrichment.head import load
from kb.enrichment.plain import PlainText
from kb.enrichment.trained import TrainedClassifier
from kb.evaluation.labelled import LabelledText, bare_labels
from kb.training import head_attention
from kb.training.head import HeadTrainer
from kb.training.head_cascade import cascade_curve
from kb.training.head_evaluation import evaluate_heads, read_set
from kb.training.splits import assign_splits, near_duplicates

_WORDS = {
    "invoice": "amount due payment invoice total tax bank transfer number net",
    "minutes": "meeting chair present agenda action decided minutes next item agreed",
    "manual": "press button install cable device warning screen reset cover battery",
}
WORDS = {kind: words.split() for kind, words in _WORDS.items()}
PLAN = TrainingPlan(ModelTask.CLASSIFIER, TrainingMethod.HEAD, taxonomy="kinds")


class WordVectors:
    """Texts as sums of fixed random directions of their words: similar words, similar vectors."""

    model, dimension = "word-directions", 48

    def warm_up(self):
        pass

    def embed_passages(self, texts):
        rows = np.stack([self.embed_query(text) for text in texts])
        return rows.astype(np.float32)

    def embed_query(self, text):
        words = re.findall(r"\w+", text.lower()) or [""]
        total = sum(
            np.random.default_rng(sum(map(ord, w)) * 7919 + len(w)).normal(size=self.dimension)
            for w in words
        )
        return (total / np.linalg.norm(total)).astype(np.float32)

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]


def written(label, number, length=30):
    draw = random.Random(f"{label}{number}")
    common = ["the", "of", "company", "please", "page", "we", f"n{number}"]
    return " ".join(draw.choice(WORDS[label] + common) for _ in range(length))


@pytest.fixture(scope="module")
def examples():
    made = [Example(f"{label}-{n}", written(label, n), label) for label in WORDS for n in range(24)]
    return assign_splits(made, seed=0)


@pytest.fixture(scope="module")
def trained(examples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry") / "classifier-0001"
    folder.mkdir()
    told = []
    watch = lambda done, total, figures: told.append((done, total))  # noqa: E731
    model = HeadTrainer(WordVectors()).train(PLAN, examples, folder, watch)
    return model, told


def document(text):
    return PlainText("file.txt", "", "en", (Passage(0, text, (), ()),))


def taxonomy(*names):
    return Taxonomy("kinds", tuple(Label(n, n, n, "", "") for n in names))


def test_a_head_learns_and_reports_beside_its_baselines(trained):
    model, told = trained

    assert model.metrics["macro_f1"] > 0.9
    assert set(model.baselines) == {"tfidf_lr", "embeddings_lr", "gradient_boosting"}
    assert told[-1][0] == told[-1][1]
    report = json.loads((model.folder / "report.json").read_text("utf-8"))
    assert report["evaluated_on"] == "test"
    assert {row["label"] for row in report["per_class"]} == set(WORDS)


def test_its_folder_holds_safetensors_and_json_only(trained):
    names = {path.name for path in trained[0].folder.iterdir()}

    assert names == {"head.safetensors", "model.json", "report.json", "README.md"}


def test_it_serves_from_its_folder(trained):
    classifier = TrainedClassifier(trained[0].folder, WordVectors())

    found = classifier.classify(document(written("manual", 99)), taxonomy(*WORDS))

    assert found.probabilities[0][0] == "manual"
    assert sum(share for _, share in found.probabilities) == pytest.approx(1, abs=1e-3)
    assert found.path == "head"


def test_a_label_added_later_shares_by_its_description_and_is_named(trained):
    classifier = TrainedClassifier(trained[0].folder, WordVectors())
    now = taxonomy("invoice", "manual", "recipe")

    found = classifier.classify(document(written("manual", 98)), now)

    assert {name for name, _ in found.probabilities} == {"invoice", "manual", "recipe"}
    assert classifier.unknown(now) == ("recipe",)
    assert sum(share for _, share in found.probabilities) == pytest.approx(1, abs=1e-3)


def test_another_embedder_is_refused(trained):
    other = WordVectors()
    other.model = "something-else"

    with pytest.raises(CheckpointRefused, match="something-else"):
        TrainedClassifier(trained[0].folder, other)


def test_damaged_weights_are_refused(trained, tmp_path):
    (tmp_path / "model.json").write_bytes((trained[0].folder / "model.json").read_bytes())
    (tmp_path / "head.safetensors").write_bytes(b"\x00" * 20)

    with pytest.raises(CheckpointRefused):
        load(tmp_path)


def test_one_label_is_not_enough(tmp_path):
    one = [Example(str(n), written("manual", n), "manual") for n in range(9)]

    with pytest.raises(InvalidInput, match="9 examples of 1 labels"):
        HeadTrainer(WordVectors()).train(PLAN, one, tmp_path, lambda *_: None)


def test_without_a_test_split_figures_come_from_cross_validation(tmp_path):
    few = [Example(f"{x}{n}", written(x, n), x, split=Split.TRAIN) for x in WORDS for n in range(6)]

    model = HeadTrainer(WordVectors()).train(PLAN, few, tmp_path, lambda *_: None)

    assert json.loads((tmp_path / "report.json").read_text())["evaluated_on"] == "cross-validation"
    assert model.baselines == {}


def test_attention_learns_what_stands_in_a_single_passage():
    pytest.importorskip("torch")
    draw = np.random.default_rng(0)
    marks = draw.normal(size=(2, 24)).astype(np.float32) * 2
    truth = np.arange(80) % 2
    documents = [draw.normal(size=(20, 24)).astype(np.float32) for _ in truth]
    for rows, label in zip(documents, truth, strict=True):
        rows[draw.integers(20)] += marks[label]

    fitted = head_attention.train(documents, truth, 2)

    said = [int(fitted.scores(rows).argmax()) for rows in documents]
    assert np.mean(said == truth) > 0.9


def test_near_duplicates_never_cross_and_test_stays_test(examples):
    text = written("manual", 1, 200)
    copies = [Example(f"copy-{n}", f"{text} v{n}", "manual") for n in range(4)]
    frozen = replace(copies[0], split=Split.TEST)

    found = assign_splits([*examples, frozen, *copies[1:]], seed=0)

    assert {e.split for e in found if e.key.startswith("copy")} == {Split.TEST}
    assert len({e.group for e in found if e.key.startswith("copy")}) == 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=12), st.integers(0, 5))
def test_more_examples_move_none_of_the_old_test_examples(labels, seed):
    old = [Example(f"old{n}", written(x, n, 60), x) for n, x in enumerate(labels)]
    first = assign_splits(old, seed=seed)
    new = [Example(f"new{n}", written(x, 100 + n, 60), x) for n, x in enumerate(labels)]

    second = assign_splits([*first, *new], seed=seed)

    for before, after in zip(first, second[: len(first)], strict=True):
        assert before.key == after.key
        assert before.split is not Split.TEST or after.split is Split.TEST


def test_given_groups_stay_together():
    assert (
        len(set(near_duplicates(["alpha " * 9, "omega " * 9, "gamma " * 9], ["a", "a", ""]))) == 2
    )


@pytest.fixture(scope="module")
def measured():
    rows = [
        LabelledText(f"{x}{n}", f"{written(x, n)}\n\n" * 3, x, "", "en", "")
        for x in WORDS
        for n in range(12)
    ]
    return read_set(rows, bare_labels(sorted(WORDS)), WordVectors())


def test_folds_compare_the_head_with_the_customary_ways(measured):
    figures = evaluate_heads(measured)

    assert figures["macro_f1"] > 0.9
    assert {"tfidf_lr", "embeddings_lr", "gradient_boosting", "zero_shot"} <= set(
        figures["baselines"]
    )
    assert 0 <= figures["accepted_share"] <= 1
    assert figures["ece"] < 0.5


def test_a_cascade_is_at_most_as_dear_as_reading_everything(measured):
    found = cascade_curve(measured)

    assert found["passages_cascade"] <= found["passages_document"]
    assert found["curve"][0]["cost"] <= 1
