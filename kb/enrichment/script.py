"""Which script a text is written in."""

from __future__ import annotations

import re

_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_WORDS = re.compile(r"[A-Za-zÀ-ɏЀ-ӿ]+")


def is_chinese(text: str) -> bool:
    """Say whether Chinese characters outnumber words of alphabetic scripts."""
    return len(_HAN.findall(text)) > len(_WORDS.findall(text))
