"""What every LanguageModel keeps, whatever runs it."""

from collections.abc import Iterator

import pytest

from kb.domain.errors import InvalidInput, ModelNotInstalled, ModelOutputInvalid
from kb.llm.openai_http import OpenAiModel
from kb.llm.protocol import LanguageModel, Message
from kb.llm.schema import choice_schema, points_schema
from kb.llm.transformers_runtime import TransformersModel
from tests.support.chat_server import ChatServer
from tests.support.tiny_checkpoints import KINDS, make_adapter, make_checkpoint

ASK = [Message("system", "Answer briefly."), Message("user", "Which kind is this? 合同还是发票？")]
OTHER = [Message("system", "Answer briefly."), Message("user", "And this one? 会议纪要")]
LABELS = ["contract", "invoice", "会议纪要"]
HTTP = ("http", "http without logprobs")
ADAPTER = "house-style"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    return {kind: make_checkpoint(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="module", params=[*KINDS, *HTTP])
def model(request, checkpoints, tmp_path_factory) -> Iterator[LanguageModel]:
    kind = request.param
    if kind in KINDS:
        adapter = make_adapter(tmp_path_factory.mktemp("adapter"), checkpoints[kind])
        yield TransformersModel(checkpoints[kind], adapters={ADAPTER: adapter})
        return
    adapter = make_adapter(tmp_path_factory.mktemp("adapter"), checkpoints["llama"])
    network = TransformersModel(checkpoints["llama"], adapters={ADAPTER: adapter})
    server = ChatServer(network, logprobs=kind == "http", adapters=(ADAPTER,))
    yield OpenAiModel(server.url, model="tiny", context_tokens=1024, attempts=1)
    server.close()


def test_it_has_a_name_and_a_context(model):
    model.warm_up()

    assert model.model
    assert model.context_tokens == 1024


def test_it_writes_text_and_the_same_text_again(model):
    first = model.generate(ASK, max_tokens=8)

    assert isinstance(first, str)
    assert first == first.strip() == model.generate(ASK, max_tokens=8)


def test_the_pieces_of_a_stream_make_the_answer(model):
    pieces = list(model.stream(ASK, max_tokens=8))

    assert "".join(pieces).strip() == model.generate(ASK, max_tokens=8)


def test_a_stream_may_be_left_before_its_end(model):
    stream = model.stream(ASK, max_tokens=64)
    next(stream)
    stream.close()

    assert model.generate(ASK, max_tokens=8) == model.generate(ASK, max_tokens=8)


def test_a_batch_gives_each_its_own_answer_in_order(model):
    together = model.generate_batch([ASK, OTHER, ASK], max_tokens=6)

    alone = [model.generate(asked, max_tokens=6) for asked in (ASK, OTHER)]
    assert together == [alone[0], alone[1], alone[0]]
    assert model.generate_batch([], max_tokens=6) == []


def test_label_probabilities_sum_to_one_in_the_order_asked(model):
    scores = model.score_labels(ASK, LABELS)

    assert len(scores) == len(LABELS)
    assert all(0 <= score <= 1 for score in scores)
    assert sum(scores) == pytest.approx(1)


def test_scoring_twice_gives_the_same(model):
    assert model.score_labels(ASK, LABELS) == pytest.approx(model.score_labels(ASK, LABELS))


def test_scores_of_a_batch_are_those_of_each_alone(model):
    together = model.score_labels_batch([ASK, OTHER], LABELS)

    assert together[0] == pytest.approx(model.score_labels(ASK, LABELS), rel=1e-3)
    assert together[1] == pytest.approx(model.score_labels(OTHER, LABELS), rel=1e-3)


def test_a_bound_answer_is_one_of_the_choices(model):
    answer = model.generate_structured(ASK, choice_schema(LABELS), max_tokens=64)

    assert set(answer) == {"label"}
    assert answer["label"] in LABELS


def test_a_bound_list_of_points_keeps_to_its_limits(model):
    answer = model.generate_structured(ASK, points_schema(most=2, longest=12), max_tokens=256)

    assert 1 <= len(answer["points"]) <= 2
    assert all(0 < len(point) <= 12 for point in answer["points"])


def test_a_bound_answer_without_room_is_an_error_not_half_an_answer(model):
    with pytest.raises(ModelOutputInvalid):
        model.generate_structured(ASK, points_schema(most=3, longest=200), max_tokens=4)


def test_adapters_are_switched_and_named(model):
    base, said = model.model, model.score_labels(ASK, LABELS)

    model.use_adapter(ADAPTER)
    adapted, name = model.score_labels(ASK, LABELS), model.model
    model.use_adapter(None)

    assert ADAPTER in name
    assert model.model == base
    assert model.score_labels(ASK, LABELS) == pytest.approx(said, rel=1e-4)
    assert adapted != pytest.approx(said, rel=1e-3)


def test_an_adapter_nobody_made_is_refused(model):
    with pytest.raises(ModelNotInstalled):
        model.use_adapter("nobody-made-this")

    assert model.generate(ASK, max_tokens=2) == model.generate(ASK, max_tokens=2)


def test_it_counts_tokens(model):
    counts = model.count_tokens(["", "contract", "contract 合同 invoice 发票"])

    assert counts[0] == 0 < counts[1] < counts[2]


@pytest.mark.parametrize("call", ["generate", "stream", "structured", "batch"])
def test_what_does_not_fit_the_context_is_refused_not_cut(model, call):
    long = [Message("user", "contract 合同 " * 2000)]
    calls = {
        "generate": lambda: model.generate(long, max_tokens=8),
        "stream": lambda: list(model.stream(long, max_tokens=8)),
        "structured": lambda: model.generate_structured(long, choice_schema(LABELS), max_tokens=8),
        "batch": lambda: model.score_labels_batch([ASK, long], LABELS),
    }

    with pytest.raises(InvalidInput):
        calls[call]()
