"""Encodings are measured, not guessed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.parsing.charset import detect, is_text

SAMPLES = {
    "zh": "本合同由甲乙双方于二〇二四年签订，付款方式如下。",
    "zh-Hant": "本合約由甲乙雙方簽訂，報價單如下，請於三十日內付款。",
    "ja": "これは日本語のテキストです。会議の議事録を添付します。",
    "ko": "이것은 한국어 문서입니다. 회의록을 첨부합니다.",
    "ru": "Это русский текст о договоре поставки товара.",
    "de": "Größe und Maß für die Prüfung übergeben, müßte genügen.",
    "fr": "Été à Noël: le contrat a été signé, où ça?",
    "pl": "Umowa została zawarta między stronami, zażółć gęślą jaźń.",
}
CASES = [
    ("zh", "gb18030"),
    ("zh", "gbk"),
    ("zh", "utf-16-le"),
    ("zh", "utf-16-be"),
    ("zh-Hant", "big5"),
    ("zh-Hant", "utf-16-le"),
    ("ja", "cp932"),
    ("ja", "euc_jp"),
    ("ko", "cp949"),
    ("ko", "utf-16-le"),
    ("ru", "cp1251"),
    ("ru", "koi8_r"),
    ("ru", "utf-16-le"),
    ("de", "cp1252"),
    ("fr", "cp1252"),
    ("pl", "cp1250"),
    ("zh", "utf-8-sig"),
    ("de", "utf-16"),
    ("de", "utf-32"),
]


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize(("language", "codec"), CASES)
def test_text_reads_back_in_the_encoding_found(language, codec, times):
    text = SAMPLES[language] * times
    raw = text.encode(codec)

    found = detect(raw)

    assert found is not None
    assert raw.decode(found) == text
    assert is_text(raw)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_utf8_is_always_recognised_as_text(text):
    assert is_text(text.encode())


def test_a_few_broken_bytes_do_not_change_utf8():
    raw = "合同".encode() + b"\xff\xfe" + "编号 KB-7".encode()
    assert detect(raw) == "utf-8"


def test_a_character_cut_at_the_sample_end_does_not_change_utf8():
    raw = ("知" * 30_000).encode()
    assert detect(raw) == "utf-8"


def test_random_bytes_are_no_text():
    raw = random.Random(0).randbytes(4000)
    assert detect(raw) is None
    assert not is_text(raw)
