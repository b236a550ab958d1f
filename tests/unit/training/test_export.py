"""Merged checkpoints and INT8 graphs answer as the trained network does, or do not serve."""

import json

import numpy as np
import pytest

from kb.domain.errors import CheckpointRefused, InvalidInput, PromotionRefused
from kb.domain.models import ModelTask, Split, TrainingMethod, TrainingPlan
from kb.llm.onnx_scorer import OnnxScorer
from kb.llm.sequence_classifier import TransformersScorer
from kb.training.bench import bench
from kb.training.export import export_int8, load_trained, merge, onnx_session
from kb.training.export_graph import Numbers, Recipe, Rows
from kb.training.finetune import FineTuner
from tests.support.labelled_texts import labelled_texts
from tests.support.tiny_checkpoints import KINDS, make_checkpoint


@pytest.fixture(scope="module", params=KINDS)
def trained(request, tmp_path_factory):
    """(kind, folder of a trained classifier, its base)."""
    root = tmp_path_factory.mktemp(request.param)
    base = make_checkpoint(root / "base", request.param, hidden=64)
    return request.param, learned(base, root / "model"), base


def learned(base, folder):
    plan = TrainingPlan(
        ModelTask.CLASSIFIER,
        TrainingMethod.LORA,
        base=str(base),
        epochs=3.0,
        learning_rate=1e-2,
        rank=4,
        batch_size=4,
        max_tokens=64,
    )
    folder.mkdir()
    FineTuner().train(plan, labelled_texts(), folder, lambda *_: None)
    return folder


def held_out():
    return [example for example in labelled_texts() if example.split is Split.TEST]


def logits(network, ids):
    import torch  # noqa: PLC0415 - collecting tests loads no torch

    with torch.inference_mode():
        return network(torch.tensor([ids])).logits.numpy()


def test_a_merged_checkpoint_answers_like_its_adapters(trained, tmp_path):
    _, folder, base = trained

    merge(folder, tmp_path, base=base)

    ids = [40, 41, 42, 43]
    whole = logits(load_trained(tmp_path, None), ids)
    assert np.allclose(whole, logits(load_trained(folder, base), ids), atol=1e-5)
    assert not (tmp_path / "adapter_config.json").exists()
    assert json.loads((tmp_path / "model.json").read_bytes())["runtime"] == "merged"


def test_int8_serves_where_the_class_is_known_and_is_refused_elsewhere(trained, tmp_path):
    kind, folder, base = trained
    if kind.startswith("deepseek"):
        with pytest.raises(CheckpointRefused, match=kind):
            export_int8(folder, tmp_path, held_out(), base=base)
        return

    report = export_int8(folder, tmp_path, held_out(), base=base)

    assert report.agreement == 1.0
    assert report.f1_int8 == report.f1_fp32 == 1.0
    assert report.size_share < 0.35
    assert (tmp_path / "model.onnx").stat().st_size == report.bytes_int8
    assert json.loads((tmp_path / "model.json").read_bytes())["runtime"] == "onnx-int8"


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    root = tmp_path_factory.mktemp("llama")
    base = make_checkpoint(root / "base", "llama", hidden=64)
    return learned(base, root / "model"), base


def test_what_serves_answers_as_it_was_trained(llama, tmp_path):
    folder, base = llama
    texts = [example.text * 5 for example in held_out()]  # several windows
    export_int8(folder, tmp_path / "onnx", held_out(), base=base)
    merge(folder, tmp_path / "whole", base=base)

    adapted = TransformersScorer(folder, base).score(texts)

    assert np.allclose(TransformersScorer(tmp_path / "whole").score(texts), adapted, atol=1e-4)
    assert np.allclose(OnnxScorer(tmp_path / "onnx").score(texts), adapted, atol=0.02)
    truth = [example.label for example in held_out()]
    assert [("contract", "invoice")[row.argmax()] for row in adapted] == truth


@pytest.mark.parametrize("rows", list(Rows))
@pytest.mark.parametrize("numbers", list(Numbers))
def test_the_graph_computes_what_the_network_does(llama, tmp_path, numbers, rows):
    folder, base = llama
    ids = list(range(30, 75))

    export_int8(folder, tmp_path, held_out(), base=base, recipe=Recipe(numbers, rows))
    session = onnx_session(str(tmp_path / "model.onnx"))
    found = session.run(None, {"input_ids": np.array([ids], np.int64)})[0]

    exact = logits(load_trained(folder, base), ids)
    tolerance = 1e-4 if numbers is Numbers.FP32 else 0.2
    assert np.abs(found - exact).max() < tolerance


def test_an_export_that_answers_differently_does_not_serve(llama, tmp_path):
    folder, base = llama

    with pytest.raises(PromotionRefused, match="agree"):
        export_int8(folder, tmp_path, held_out(), base=base, least_agreement=1.1)

    assert not (tmp_path / "model.onnx").exists()
    assert json.loads((tmp_path / "export.json").read_bytes())["texts"] == len(held_out())


def test_adapters_want_their_base_and_exports_want_held_out_texts(llama, tmp_path):
    folder, base = llama

    with pytest.raises(InvalidInput, match="needs its base"):
        merge(folder, tmp_path, base=None)
    with pytest.raises(InvalidInput, match="0 held-out"):
        export_int8(folder, tmp_path, [], base=base)


def test_runtimes_are_told_side_by_side(llama, tmp_path):
    folder, base = llama
    export_int8(folder, tmp_path, held_out(), base=base)

    rows = bench(folder, [e.text for e in held_out()], base=base, exported=tmp_path)

    assert [row.runtime for row in rows] == ["torch fp32", "torch dynamic int8", "onnxruntime int8"]
    assert all(row.agreement == 1.0 for row in rows)
    assert rows[2].size_mb < rows[0].size_mb
    assert rows[2].memory_mb < rows[0].memory_mb
