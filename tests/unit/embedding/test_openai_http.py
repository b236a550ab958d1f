"""Embeddings over HTTP: honest errors."""

import pytest

from kb.domain.errors import ModelNotInstalled, ModelOutputInvalid, ModelUnavailable
from kb.embedding.openai_http import OpenAiEmbedder
from kb.llm.tokens import token_counter
from tests.support.chat_server import ChatServer


@pytest.fixture
def server():
    server = ChatServer(None)
    yield server
    server.close()


def embedder_at(url, dimension=3, attempts=2):
    return OpenAiEmbedder(
        url, model="m", dimension=dimension, count_tokens=token_counter(""), attempts=attempts
    )


def test_a_busy_server_is_asked_again(server):
    server.fails_next.append(503)

    assert embedder_at(server.url).embed_passages(["x"]).shape == (1, 3)


def test_vectors_of_another_length_are_refused(server):
    with pytest.raises(ModelOutputInvalid):
        embedder_at(server.url, dimension=4).warm_up()


def test_a_wrong_key_is_not_tried_again(server):
    server.fails_next.append(401)

    with pytest.raises(ModelNotInstalled):
        embedder_at(server.url).warm_up()


def test_a_server_that_is_not_there_is_unavailable():
    with pytest.raises(ModelUnavailable):
        embedder_at("http://127.0.0.1:9/v1", attempts=1).warm_up()


def test_many_texts_go_in_batches_and_keep_their_order(server):
    texts = ["x" * length for length in range(150)]

    vectors = embedder_at(server.url).embed_passages(texts)

    assert len(server.asked) == 3
    assert list(vectors[2:, 0]) == sorted(vectors[2:, 0])
