"""The HTTP runtime: retries, honest errors, scores with and without log-probabilities."""

import pytest

from kb.domain.errors import (
    InvalidInput,
    ModelNotInstalled,
    ModelOutputInvalid,
    ModelUnavailable,
)
from kb.llm.configured import language_model
from kb.llm.openai_http import OpenAiModel
from kb.llm.protocol import Message
from kb.llm.schema import choice_schema
from kb.llm.transformers_runtime import TransformersModel
from tests.support.chat_server import ChatServer
from tests.support.tiny_checkpoints import make_checkpoint

ASK = [Message("user", "contract or invoice?")]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return TransformersModel(make_checkpoint(tmp_path_factory.mktemp("llama"), "llama"))


@pytest.fixture
def server(network):
    server = ChatServer(network)
    yield server
    server.close()


def model_at(server, **more):
    return OpenAiModel(server.url, model="tiny", **more)


def test_a_busy_server_is_asked_again(server):
    server.fails_next.extend([503, 429])

    model_at(server).warm_up()

    assert not server.fails_next


def test_a_server_that_stays_busy_is_unavailable(server):
    server.fails_next.extend([503] * 2)

    with pytest.raises(ModelUnavailable) as caught:
        model_at(server, attempts=2).warm_up()

    assert caught.value.retryable


def test_a_server_that_is_not_there_is_unavailable():
    model = OpenAiModel("http://127.0.0.1:9/v1", model="tiny", attempts=1)

    with pytest.raises(ModelUnavailable):
        model.generate(ASK, max_tokens=4)


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_is_not_tried_again(server, status):
    server.fails_next.append(status)

    with pytest.raises(ModelNotInstalled):
        model_at(server).generate(ASK, max_tokens=4)

    assert len(server.asked) == 1


def test_a_refusal_is_an_invalid_output(server):
    server.fails_next.append(400)

    with pytest.raises(ModelOutputInvalid):
        model_at(server).generate(ASK, max_tokens=4)


def test_scores_come_from_log_probabilities_where_the_server_gives_them(server):
    scores = model_at(server).score_labels(ASK, ["contract", "invoice"])

    assert len(server.asked) == 1
    assert sum(scores) == pytest.approx(1)
    assert scores[0] != scores[1]


def test_without_log_probabilities_the_shares_of_repeated_answers_count(network):
    server = ChatServer(network, logprobs=False)
    try:
        model = model_at(server)
        scores = model.score_labels(ASK, ["contract", "invoice"])
        model.score_labels(ASK, ["contract", "invoice"])
    finally:
        server.close()

    assert sorted(scores) == pytest.approx([0.5 / 6, 5.5 / 6])
    assert all(ask["temperature"] == 1 for ask in server.asked[1:])
    assert len(server.asked) == 11  # log-probabilities are asked for once


@pytest.mark.parametrize("knows", ["json_schema", "guided_json", "json_object", "nothing"])
def test_answers_are_bound_in_the_strongest_way_the_server_knows(network, knows):
    server = ChatServer(network, bounds=knows)
    model = model_at(server)
    try:
        answers = [
            model.generate_structured(ASK, choice_schema(["yes", "no"]), max_tokens=64)
            for _ in range(2)
        ]
    finally:
        server.close()

    assert all(answer["label"] in {"yes", "no"} for answer in answers)
    ways = ["json_schema", "guided_json", "json_object", "nothing"]
    assert len(server.asked) == ways.index(knows) + 2  # what it refused is not asked for again


def test_thoughts_are_not_part_of_a_stream():
    server = ChatServer(Thinker())
    try:
        pieces = list(model_at(server).stream(ASK, max_tokens=8))
    finally:
        server.close()

    assert "".join(pieces) == "The answer."


def test_a_stream_that_stays_busy_or_is_refused_says_so(server):
    server.fails_next.extend([503, 400])

    with pytest.raises(ModelOutputInvalid):
        list(model_at(server).stream(ASK, max_tokens=4))


class Thinker:
    """Thinks aloud before it speaks."""

    def stream(self, messages, *, max_tokens):
        yield from ("<th", "ink>well", " well</thi", "nk>\n\n", "The", " answer.")


def test_a_server_needs_a_model_name():
    with pytest.raises(InvalidInput):
        language_model("http://127.0.0.1:1/v1")
    assert language_model("http://127.0.0.1:1/v1", model="m").model == "m@127.0.0.1:1"
