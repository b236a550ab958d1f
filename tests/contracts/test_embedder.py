"""What every Embedder keeps, whatever runs it."""

import numpy as np
import pytest

from kb.embedding.e5 import E5Embedder
from kb.embedding.openai_http import OpenAiEmbedder
from kb.llm.tokens import token_counter
from tests.support.chat_server import ChatServer

TEXTS = ["合同自签字之日起生效。", "", "word " * 3000, "The contract was signed.", "\ud800"]


@pytest.fixture(scope="module", params=["e5", "e5 on two cores", "http"])
def embedder(request, models_folder):
    if request.param != "http":
        yield E5Embedder(models_folder, threads=2 if "two" in request.param else 1)
        return
    server = ChatServer(None)
    yield OpenAiEmbedder(
        server.url, model="tiny", dimension=3, count_tokens=token_counter(""), attempts=1
    )
    server.close()


def test_it_knows_its_name_and_dimension_without_loading(embedder):
    assert embedder.model
    assert embedder.dimension > 0


def test_vectors_are_unit_length_float32_in_input_order(embedder):
    texts = TEXTS[:4]

    vectors = embedder.embed_passages(texts)

    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    backwards = embedder.embed_passages(texts[::-1])
    assert np.allclose(vectors, backwards[::-1], atol=1e-6)


def test_a_text_has_one_vector_whatever_stands_beside_it(embedder):
    alone = embedder.embed_passages(TEXTS[:1])[0]

    assert np.array_equal(alone, embedder.embed_passages(TEXTS[:4])[0])


def test_a_query_is_one_vector(embedder):
    assert embedder.embed_query("何时生效？").shape == (embedder.dimension,)


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_it_counts_tokens_beyond_its_context(embedder):
    counts = embedder.count_tokens(["", "word", "word " * 3000])

    assert counts[0] == 0 < counts[1]
    assert counts[2] > 2500
