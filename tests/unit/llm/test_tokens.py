"""Token counts without any model."""

import subprocess
import sys

import pytest

from kb.domain.errors import ModelNotInstalled
from kb.llm.tokens import token_counter


def test_without_a_model_deepseeks_tokenizer_counts():
    count = token_counter("")

    short, long = count(["Hello", "Hello, 知识库 knowledge base. " * 100])
    assert 0 < short < long
    assert count(["", "\ud800"])[0] == 0


def test_an_endpoint_counts_the_same():
    assert token_counter("http://127.0.0.1:1/v1")(["合同"]) == token_counter("")(["合同"])


def test_a_folder_without_tokenizer_is_told(tmp_path):
    with pytest.raises(ModelNotInstalled):
        token_counter(str(tmp_path))(["x"])


def test_choosing_a_tokenizer_loads_nothing():
    code = (
        "import sys; from kb.llm.tokens import token_counter; token_counter('');"
        "assert 'tokenizers' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
