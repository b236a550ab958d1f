"""Which analyser an index was built with, told by what it does."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from kb.index.analyser import streams

_PROBES = (
    "中华人民共和国网络安全法第二十一条：网络运营者应当按照等级保护制度的要求履行义务",
    "臺灣後裔乾燥機與發電機的維護手冊，頭髮、皇后、里程",
    "The running pumps' bearings were re-greased; don't over-tighten GK-100/2A valves",
    "ISO 9001:2015 ｆｕｌｌｗｉｄｔｈ Ⅳ ½ 1,234.5 v2.0.1 user@example.com",
    "Größe café naïve ひらがな カタカナ 한국어 ภาษาไทย",
)


@lru_cache(maxsize=1)
def analyser_identity() -> str:
    """A short name that changes when the same text would give other terms.

    It is taken from the terms of a few texts with everything the analyser treats specially, so
    that a new dictionary or stemmer shows as well as a new rule.
    """
    terms = json.dumps([streams(text) for text in _PROBES], ensure_ascii=False)
    return hashlib.sha256(terms.encode()).hexdigest()[:12]
