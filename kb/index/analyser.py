"""One way from text to terms, for documents and for queries.

Folding: NFKC, lower case, Latin without diacritics, Traditional to Simplified character by
character (OpenCC's table, without its phrase rules: the same character must fold to the same
one in a query of two characters and in a book). Then two streams of terms:

* units, in text order, one position each: words of spaced scripts (English stemmed, codes in
  parts) and bigrams of unspaced scripts, with the last character of a run by itself;
* words: what carries meaning as a whole: Chinese words (rjieba) and codes as typed.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import opencc
import rjieba
import Stemmer

_MAX_TERM = 64
"""Longer runs of letters are cut: they are data, nobody types them."""

_STEMS_KEPT = 200_000
"""Bounds the memory of the stem cache."""

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_UNSPACED = _HAN + "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7af"
UNSPACED = re.compile(f"[{_UNSPACED}]")
"""A character of a script that is written without spaces between words."""

_LETTER = rf"[^\W_{_UNSPACED}]"
_TOKEN = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<number>\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?)"
    rf"|(?P<joined>{_LETTER}+(?:[-_./+#&@:']{_LETTER}+)*(?:\+\+|#)?)"
)
_PART = re.compile(rf"{_LETTER}+")
_HAN_RUN = re.compile(f"[{_HAN}]+")
_ENGLISH = re.compile(r"[a-z']+")


class Stream(StrEnum):
    """The two streams of terms."""

    UNITS = "units"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Token:
    """A term and where it stands in the original text."""

    term: str
    start: int
    end: int
    stream: Stream


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with the way back."""

    text: str
    offsets: tuple[int, ...] | None
    """Original offset of each folded character and of the end; None when they are the same."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the original range that a folded, non-empty range came from."""
        if self.offsets is None:
            return start, end
        begin = self.offsets[start]
        after = end
        while after < len(self.text) and self.offsets[after] == self.offsets[end - 1]:
            after += 1
        return begin, self.offsets[after]


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, int], re.Pattern[str]]:
    """Build the one-to-one folding table and the pattern of characters that need more."""
    singles: dict[int, str] = {}
    longer: list[str] = []
    for code in (*range(0x80, 0xD800), *range(0xF900, 0x10000), *range(0x1D400, 0x1D800)):
        folded = _fold_one(chr(code))
        if len(folded) == 1:
            singles[code] = folded
        else:
            longer.append(chr(code))
    simplified = opencc.OpenCC("t2s").convert("\n".join(singles.values())).split("\n")
    table = {
        code: ord(simple if len(simple) == 1 else folded)
        for (code, folded), simple in zip(singles.items(), simplified, strict=True)
    }
    table |= {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
    changed = {code: value for code, value in table.items() if code != value}
    return changed, re.compile("[" + re.escape("".join(longer)) + "\u0300-\u036f\u3099\u309a]")


def _fold_one(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char).lower()
    if len(folded) == 1 and "LATIN" in unicodedata.name(folded, ""):
        folded = unicodedata.normalize("NFD", folded)[0]
    if len(folded) != 1 and not any(part.isalnum() for part in folded):
        return " "  # "…" and its like: one place, no term
    return folded


def fold(text: str) -> Folded:
    """Fold ``text`` so that spellings of the same thing are equal, keeping the way back."""
    if text.isascii():
        return Folded(text.lower(), None)
    table, longer = _tables()
    if not longer.search(text):
        return Folded(text.translate(table), None)
    pieces: list[str] = []
    offsets: list[int] = []
    for position, char in enumerate(text):
        if unicodedata.combining(char):
            continue
        piece = _fold_one(char).translate(table)
        pieces.append(piece)
        offsets.extend([position] * len(piece))
    return Folded("".join(pieces), (*offsets, len(text)))


class _Stemmer:
    """Snowball's English stemmer behind a cache; the C object is not for two threads at once."""

    def __init__(self) -> None:
        self._stem = Stemmer.Stemmer("english", 0)
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        stem = self._known.get(word)
        if stem is None:
            with self._lock:
                stem = str(self._stem.stemWord(word))
            if len(self._known) >= _STEMS_KEPT:
                self._known.clear()
            self._known[word] = stem
        return stem


@lru_cache(maxsize=1)
def _stemmer() -> _Stemmer:
    return _Stemmer()


def tokens(text: str) -> Iterator[Token]:
    """Yield the terms of ``text`` in order with offsets into ``text`` itself."""
    folded = fold(text)
    for term, start, end, stream in _terms(folded.text):
        yield Token(term, *folded.original(start, end), stream)


def places(
    text: str, units: Set[str], words: Set[str], prefixes: tuple[str, ...] = ()
) -> Iterator[Token]:
    """Yield those tokens of ``text`` whose term is wanted; several times quicker than ``tokens``.

    Args:
        text: as written.
        units: wanted unit terms.
        words: wanted words.
        prefixes: beginnings of wanted unit terms.
    """
    folded = fold(text)
    for term, start, end, stream in _terms(folded.text):
        if stream is Stream.UNITS:
            if term not in units and not (prefixes and term.startswith(prefixes)):
                continue
        elif term not in words:
            continue
        yield Token(term, *folded.original(start, end), stream)


def streams(text: str) -> tuple[list[str], list[str]]:
    """Return (units, words) of ``text``: what is indexed."""
    units: list[str] = []
    words: list[str] = []
    for term, _, _, stream in _terms(fold(text).text):
        (units if stream is Stream.UNITS else words).append(term)
    return units, words


_Placed = tuple[str, int, int, Stream]


def _terms(text: str) -> Iterator[_Placed]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "unspaced":
            yield from _unspaced(match[0], match.start())
        elif kind == "number":
            yield match[0].replace(",", "")[:_MAX_TERM], *match.span(), Stream.UNITS
        else:
            yield from _joined(match[0], match.start())


def _unspaced(run: str, at: int) -> Iterator[_Placed]:
    for index in range(len(run) - 1):
        yield run[index : index + 2], at + index, at + index + 2, Stream.UNITS
    yield run[-1], at + len(run) - 1, at + len(run), Stream.UNITS
    for part in _HAN_RUN.finditer(run):
        begin = at + part.start()
        for word in rjieba.cut(part[0]):
            yield word, begin, begin + len(word), Stream.WORDS
            begin += len(word)


def _joined(token: str, at: int) -> Iterator[_Placed]:
    if _ENGLISH.fullmatch(token):
        yield _stemmer()(token[:_MAX_TERM]), at, at + len(token), Stream.UNITS
        return
    parts = list(_PART.finditer(token))
    for part in parts:
        word = part[0]
        term = _stemmer()(word) if _ENGLISH.fullmatch(word) else word
        yield term[:_MAX_TERM], at + part.start(), at + part.end(), Stream.UNITS
    has_digit = any(char.isdigit() for char in token)
    if len(parts) > 1 or token != parts[0][0]:
        yield token[:_MAX_TERM], at, at + len(token), Stream.WORDS
    if has_digit and not token.isdigit():
        together = "".join(part[0] for part in parts)
        if together != token or len(parts) == 1:
            yield together[:_MAX_TERM], at, at + len(token), Stream.WORDS
