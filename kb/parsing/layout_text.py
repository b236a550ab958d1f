"""Characters as people read them: cleaning, joining lines, undoing hyphenation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

SOFT_HYPHEN = "\u00ad"

_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3000-\u303f\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf"
    "\u3200-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003134f"
)
_IDEOGRAPH = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
"""Scripts written without spaces; Korean is written with them."""
_IS_CJK = re.compile(f"[{_CJK}]")
_IS_IDEOGRAPH = re.compile(f"[{_IDEOGRAPH}]")
_WIDE_PUNCTUATION = re.compile(
    "[\u3000-\u3004\u3008-\u301f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff65]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_WORD_BEFORE_HYPHEN = re.compile(r"([^\W\d_]+)[-\u00ad\u2010]$")
HYPHENS = ("-", SOFT_HYPHEN, "\u2010")
_LONGEST_WORD = 60
_WORD_AFTER_HYPHEN = re.compile(r"^([^\W\d_]+)(-?)")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def _translation() -> dict[int, str | None]:
    """Controls, lone surrogates, noncharacters and invisibles go; look-alikes become plain."""
    table: dict[int, str | None] = dict.fromkeys(range(32))
    table |= dict.fromkeys(range(127, 160))
    table |= dict.fromkeys(range(55296, 57344))
    table |= dict.fromkeys((8203, 8204, 8205, 8288, 65279, 65534, 65535))
    table |= dict.fromkeys(range(64976, 65008))
    table |= dict.fromkeys((*range(8234, 8239), *range(8294, 8298)))
    table |= dict.fromkeys((9, 10, 11, 12, 13, 160), " ")
    # pdfium's marks for a hyphen at the end of a line.
    table |= {0x02: SOFT_HYPHEN, 0xFFFE: SOFT_HYPHEN, 0x85: " ", 0x2028: " ", 0x2029: " "}
    same_looking = (*range(0x2F00, 0x2FE0), *range(0xF900, 0xFB00), *range(0xFB00, 0xFB07))
    for code in same_looking:
        table[code] = unicodedata.normalize("NFKC", chr(code))
    # Bullets of the Symbol and Wingdings fonts, which live in the private use area.
    table |= dict.fromkeys((61623, 61607, 61548, 61550, 61656, 61692, 61558), "•")
    return table


_TRANSLATION = _translation()


def clean_text(text: str) -> str:
    """Characters that a database and a reader can use; spaces single, ends stripped."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return _SPACES.sub(" ", text.translate(_TRANSLATION)).strip()


def has_cjk(text: str) -> bool:
    """Whether any character is set on the full-width grid."""
    return not text.isascii() and _IS_CJK.search(text) is not None


def is_cjk(character: str) -> bool:
    """Whether the character is set on the full-width grid (ideographs, kana, punctuation)."""
    return _IS_CJK.match(character) is not None


def is_ideograph(character: str) -> bool:
    """Whether the character belongs to a script that is written without spaces."""
    return _IS_IDEOGRAPH.match(character) is not None


def is_right_to_left(text: str) -> bool:
    """Whether Hebrew or Arabic letters are in the text."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def count_ideographs(text: str) -> int:
    """How many characters belong to a script that is written without spaces."""
    return 0 if text.isascii() else len(_IS_IDEOGRAPH.findall(text))


def space_between(before: str, after: str) -> str:
    """What stands between two pieces of one paragraph: nothing next to Chinese, else a space."""
    if not before or not after or before.endswith(" ") or after.startswith(" "):
        return ""
    last, first = before[-1], after[0]
    if _WIDE_PUNCTUATION.match(last) or _WIDE_PUNCTUATION.match(first):
        return ""
    if is_ideograph(last) or is_ideograph(first):
        return ""
    return " "


def _without_hyphen(before: str, after: str, vocabulary: Collection[str]) -> str | None:
    """``before`` as it continues in ``after`` when its last word was broken there."""
    if not before.endswith(HYPHENS):
        return None
    word = _WORD_BEFORE_HYPHEN.search(before, max(0, len(before) - _LONGEST_WORD))
    rest = _WORD_AFTER_HYPHEN.match(after)
    if word is None or rest is None:
        return None
    first, second = word.group(1), rest.group(1)
    whole, dashed = (first + second).lower(), f"{first}-{second}".lower()
    stem = before[:-1]
    if whole in vocabulary:
        return stem
    is_compound = stem[: -len(first)].endswith("-") or bool(rest.group(2))
    if dashed in vocabulary or is_compound or not second[0].islower() or first.isupper():
        return stem + "-"
    return stem


def vocabulary_of(texts: Sequence[str]) -> frozenset[str]:
    """Lower-cased words, for telling a broken word from a compound; empty if none is broken."""
    if not any(text.endswith(HYPHENS) for text in texts):
        return frozenset()
    return frozenset(word.lower() for text in texts for word in _WORDS.findall(text))


def join_lines(
    lines: Sequence[str], vocabulary: Collection[str] = frozenset()
) -> tuple[str, list[tuple[int, int]]]:
    """Join the printed lines of one paragraph.

    Args:
        lines: Cleaned texts, top to bottom; may end in a (soft) hyphen.
        vocabulary: Lower-cased words of the neighbourhood, from ``vocabulary_of``.

    Returns:
        The paragraph and, for each line, its (start, end) offsets in it.
    """
    joined = ""
    places: list[tuple[int, int]] = []
    for line in lines:
        if joined and line:
            continued = _without_hyphen(joined, line, vocabulary)
            if continued is None:
                joined = joined.removesuffix(SOFT_HYPHEN)
                joined += space_between(joined, line)
            else:
                joined = continued
        places.append((len(joined), len(joined) + len(line)))
        joined += line
    limit = len(joined)
    for index in range(len(places) - 1, -1, -1):  # a hyphen that went shortened its line
        start, end = places[index]
        places[index] = (min(start, limit), min(end, limit))
        limit = places[index][0]
    if SOFT_HYPHEN in joined:
        return _drop_soft_hyphens(joined, places)
    return joined, places


def _drop_soft_hyphens(
    text: str, places: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    """Remove soft hyphens that stayed inside, keeping the offsets true; a last one is a dash."""
    if text.endswith(SOFT_HYPHEN):
        text = text[:-1] + "-"
    moved = [
        (start - text.count(SOFT_HYPHEN, 0, start), end - text.count(SOFT_HYPHEN, 0, end))
        for start, end in places
    ]
    return text.replace(SOFT_HYPHEN, ""), moved
