"""What a line is by its look: headings by their numbering, list items by their marks."""

from __future__ import annotations

import re

_NUMERAL = "[一二三四五六七八九十百千零〇两\\d]{1,6}"
_HEADINGS = (
    (re.compile(rf"第\s?{_NUMERAL}\s?[编篇部卷](?=\s|[^分门位长属首])"), 1),
    (re.compile(rf"第\s?{_NUMERAL}\s?章"), 1),
    (re.compile(rf"第\s?{_NUMERAL}\s?节"), 2),
    (re.compile(r"(?:chapter|part|appendix|annex)\s+[\dIVXA-Z]+\b", re.IGNORECASE), 1),
    (re.compile(r"(?:section|article)\s+[\dIVX]+\b", re.IGNORECASE), 2),
    (re.compile(r"附\s?[录件表]\s?[一二三四五六七八九十\dA-Z]?(?=[\s:：]|$)"), 1),
    (re.compile(r"[一二三四五六七八九十]{1,3}\s?[、．.]\s?\S"), 2),
    (re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]\s?\S"), 3),
)
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,5})[.、．]?\s{0,3}(?=[^\d\s.,:：/%-])")
_SENTENCE = re.compile(r"[。！？；，,;!?]|\.\s|\.$|：$|:$")
_LIST = re.compile(
    r"(?:[-*+•·●○■□▪◆►➢✓√–—]|\d{1,3}[.)、．]|[（(]\d{1,3}[)）]|[a-zA-Z][.)]|[①-⑳])\s*(?=\S)"
)
LONGEST_HEADING = 60
_LENGTHS = range(2, LONGEST_HEADING + 1)


def heading_level(text: str) -> int | None:
    """Return the level (1 is outermost) that a line's numbering gives it, None for running text.

    Only short lines without sentence punctuation are taken: "第三章 付款", "二、范围", "2.1 Scope".
    """
    if len(text) not in _LENGTHS or _SENTENCE.search(text):
        return None
    for pattern, level in _HEADINGS:
        if pattern.match(text):
            return level
    number = _DECIMAL.match(text)
    if number and "." in number.group(1):
        return min(number.group(1).count(".") + 1, 6)
    return None


def list_mark(text: str) -> bool:
    """Say whether a line begins with a bullet or an enumeration mark."""
    match = _LIST.match(text)
    return match is not None and len(text) > match.end()
