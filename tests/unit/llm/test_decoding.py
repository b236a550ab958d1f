"""What reuse, batches and bounds may not change: the answer."""

import importlib.util

import pytest

from kb.domain.errors import InvalidInput, ModelDoesNotFit, ModelNotInstalled, ModelOutputInvalid
from kb.llm.memory import memory_need, require_room, shape_of
from kb.llm.prompts import classify_window
from kb.llm.protocol import Message
from kb.llm.schema import choice_schema, parsed, points_schema
from kb.llm.thoughts import without_thoughts
from kb.llm.transformers_runtime import TransformersModel
from tests.support.tiny_checkpoints import KINDS, make_adapter, make_checkpoint

LABELS = ["contract", "invoice", "会议纪要"]
THINKING = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}<think>\n"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {kind: make_checkpoint(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


def asked(window):
    described = [(label, f"about {label}") for label in LABELS]
    return classify_window(window, described, chinese=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_taxonomy_is_read_once_and_the_scores_stay(folders, kind):
    model = TransformersModel(folders[kind])
    first = model.score_labels(asked("The contract was signed."), LABELS)
    before = model.tokens_read

    second = model.score_labels(asked("Invoice number 17."), LABELS)

    fresh = TransformersModel(folders[kind])
    alone = fresh.score_labels(asked("Invoice number 17."), LABELS)
    assert second == pytest.approx(alone, rel=1e-3)
    assert model.tokens_read - before < 0.7 * fresh.tokens_read
    assert model.score_labels(asked("The contract was signed."), LABELS) == pytest.approx(
        first, rel=1e-3
    )


def test_a_batch_reads_what_its_prompts_share_once(folders):
    prompts = [asked(window) for window in ("The contract.", "Invoice 17.", "会议纪要：计划。")]
    together, alone = TransformersModel(folders["llama"]), TransformersModel(folders["llama"])

    shares = together.score_labels_batch(prompts, LABELS)

    fresh = []
    for prompt in prompts:
        one = TransformersModel(folders["llama"])
        fresh += one.score_labels_batch([prompt], LABELS)
        alone = one if alone.tokens_read < one.tokens_read else alone
    for row, other in zip(shares, fresh, strict=True):
        assert row == pytest.approx(other, rel=1e-3)
    assert together.tokens_read < 2 * alone.tokens_read


def test_a_failed_call_leaves_nothing_half_read(folders):
    model = TransformersModel(folders["llama"])
    said = model.score_labels(asked("The contract."), LABELS)

    with pytest.raises(InvalidInput):
        model.generate_structured(
            asked("x"), {"type": "object", "properties": {"a": {"$ref": "#/no"}}}, max_tokens=8
        )

    assert model.score_labels(asked("The contract."), LABELS) == pytest.approx(said, rel=1e-4)


def test_adapters_share_one_base_and_a_stream_notices_the_switch(folders, tmp_path):
    model = TransformersModel(folders["llama"])
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        model.add_adapter(name, make_adapter(tmp_path / name, folders["llama"]))
    model.use_adapter("one")
    one = model.score_labels(asked("x"), LABELS)
    model.use_adapter("two")
    assert model.score_labels(asked("x"), LABELS) == pytest.approx(one, rel=1e-3)

    stream = model.stream(asked("x"), max_tokens=64)
    next(stream)
    model.use_adapter(None)

    with pytest.raises(ModelNotInstalled):
        model.add_adapter("none", tmp_path)
    assert model.score_labels(asked("x"), LABELS) != pytest.approx(one, rel=1e-3)
    with pytest.raises(Exception, match="switched"):
        list(stream)


def test_models_that_think_are_asked_to_answer(tmp_path):
    model = TransformersModel(make_checkpoint(tmp_path, "qwen2", chat_template=THINKING))

    answer = model.generate_structured([Message("user", "x")], choice_schema(LABELS), max_tokens=64)

    assert answer["label"] in LABELS
    assert without_thoughts("I wonder</think>\nYes") == "\nYes"


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_fewer_bits_run_where_bitsandbytes_is_and_say_so_where_it_is_not(tmp_path, precision):
    folder = make_checkpoint(tmp_path, "llama", hidden=128)  # 4 bits come in blocks of 64
    model = TransformersModel(folder, precision=precision)

    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(ModelNotInstalled, match="bitsandbytes"):
            model.warm_up()
    else:
        assert sum(model.score_labels(asked("x"), LABELS)) == pytest.approx(1)


def test_a_model_without_room_is_refused_before_it_is_loaded():
    config = {
        "hidden_size": 8192,
        "intermediate_size": 22016,
        "num_hidden_layers": 95,
        "num_attention_heads": 64,
        "num_key_value_heads": 8,
        "vocab_size": 102_400,
    }
    need = memory_need(shape_of(config), "float32")

    with pytest.raises(ModelDoesNotFit, match="GB x"):
        require_room("deepseek-llm-67b-chat", need, 24 << 30)
    require_room("deepseek-llm-67b-chat", need, 1 << 40)


@pytest.mark.parametrize(
    "answer",
    [
        "no JSON at all",
        '{"points": ["a", "b"',
        '{"points": []}',
        '{"points": ["a", "b", "c"]}',
        '{"points": ["far too long"]}',
        '{"points": [1]}',
        '{"points": ["a"], "more": 1}',
        '["a"]',
    ],
)
def test_an_answer_of_another_shape_is_no_answer(answer):
    with pytest.raises(ModelOutputInvalid):
        parsed(answer, points_schema(most=2, longest=5), "m")


def test_json_is_found_among_words():
    schema = points_schema(most=2, longest=5)

    assert parsed('Here: ```{"points": ["a"]}```', schema, "m") == {"points": ["a"]}
