"""Loading checkpoints from folders, and label scores that are likelihoods."""

import json
import math
import subprocess
import sys

import pytest

from kb.domain.errors import ModelNotInstalled
from kb.llm.configured import language_model
from kb.llm.protocol import Message
from kb.llm.transformers_runtime import TransformersModel
from tests.support.tiny_checkpoints import make_checkpoint

TEMPLATE = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]"
ASK = [Message("user", "yes or no")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_checkpoint(tmp_path_factory.mktemp("llama"), "llama", chat_template=TEMPLATE)


def test_label_scores_are_mean_log_likelihoods_of_the_whole_label(folder):
    import torch  # noqa: PLC0415 - collecting loads no torch

    labels = ["yes", "no contract at all"]
    model = TransformersModel(folder)

    scores = model.score_labels(ASK, labels)

    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: PLC0415 - collecting loads no torch

    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt = tokenizer.encode("[user]yes or no[assistant]", add_special_tokens=False)
    means = []
    for label in labels:
        answer = tokenizer.encode(label, add_special_tokens=False)
        with torch.inference_mode():
            logits = network(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
        at = range(len(prompt) - 1, len(prompt) - 1 + len(answer))
        means.append(
            sum(float(logits[i, t]) for i, t in zip(at, answer, strict=True)) / len(answer)
        )
    total = sum(map(math.exp, means))
    assert scores == pytest.approx([math.exp(mean) / total for mean in means], rel=1e-4)


def test_the_order_of_labels_does_not_change_their_scores(folder):
    model = TransformersModel(folder)

    there = model.score_labels(ASK, ["yes", "no contract", "invoice"])
    back = model.score_labels(ASK, ["invoice", "no contract", "yes"])

    assert there == pytest.approx(back[::-1], rel=1e-5)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_it_runs_in_each_precision(folder, precision):
    model = TransformersModel(folder, precision=precision)

    assert sum(model.score_labels(ASK, ["yes", "no"])) == pytest.approx(1)


def test_the_smaller_context_wins(folder):
    assert TransformersModel(folder, context_tokens=100).context_tokens == 100
    assert TransformersModel(folder, context_tokens=99_999).context_tokens == 1024


@pytest.mark.parametrize(
    ("config", "files"),
    [
        (None, []),
        ({"architectures": ["SomethingElse"]}, ["model.safetensors", "tokenizer.json"]),
        ({"architectures": ["LlamaForCausalLM"]}, ["pytorch_model.bin", "tokenizer.json"]),
        ({"architectures": ["LlamaForCausalLM"]}, ["model.safetensors"]),
    ],
)
def test_what_is_no_safe_checkpoint_is_refused(tmp_path, config, files):
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    for name in files:
        (tmp_path / name).write_bytes(b"")

    with pytest.raises(ModelNotInstalled):
        TransformersModel(tmp_path)


def test_damaged_weights_are_told_as_such(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not weights")

    with pytest.raises(ModelNotInstalled):
        TransformersModel(tmp_path).warm_up()


def test_configuring_a_checkpoint_imports_no_torch(folder):
    code = (
        "import sys; from kb.llm.configured import language_model;"
        f"m = language_model({str(folder)!r}); m.count_tokens(['x']);"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_configured_is_no_model():
    assert language_model("") is None
