"""What every LanguageModel keeps, whatever runs it."""

from collections.abc import Iterator

import pytest

from kb.domain.errors import InvalidInput
from kb.llm.openai_http import OpenAiModel
from kb.llm.protocol import LanguageModel, Message
from kb.llm.transformers_runtime import TransformersModel
from tests.support.chat_server import ChatServer
from tests.support.tiny_checkpoints import KINDS, make_checkpoint

ASK = [Message("system", "Answer briefly."), Message("user", "Which kind is this? 合同还是发票？")]
LABELS = ["contract", "invoice", "会议纪要"]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    return {kind: make_checkpoint(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="module", params=[*KINDS, "http", "http without logprobs"])
def model(request, checkpoints) -> Iterator[LanguageModel]:
    kind = request.param
    if kind in KINDS:
        yield TransformersModel(checkpoints[kind])
        return
    network = TransformersModel(checkpoints["llama"])
    server = ChatServer(network, logprobs=kind == "http")
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


def test_label_probabilities_sum_to_one_in_the_order_asked(model):
    scores = model.score_labels(ASK, LABELS)

    assert len(scores) == len(LABELS)
    assert all(0 <= score <= 1 for score in scores)
    assert sum(scores) == pytest.approx(1)


def test_scoring_twice_gives_the_same(model):
    assert model.score_labels(ASK, LABELS) == pytest.approx(model.score_labels(ASK, LABELS))


def test_it_counts_tokens(model):
    counts = model.count_tokens(["", "contract", "contract 合同 invoice 发票"])

    assert counts[0] == 0 < counts[1] < counts[2]


def test_what_does_not_fit_the_context_is_refused_not_cut(model):
    with pytest.raises(InvalidInput):
        model.generate([Message("user", "contract 合同 " * 2000)], max_tokens=8)
