"""Snippets with highlights, and boxes on the page, from the stored text by our own analyser."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from kb.domain.passages import Span
from kb.domain.search import PlacedBox
from kb.index.analyser import Stream, places
from kb.index.expression import Clause, Ending, LexicalQuery, Phrase, is_unspaced

Range = tuple[int, int]

_SNIPPET_WIDTH = 240
"""Columns: a Chinese character takes two."""
_LEAD_WIDTH = 50
"""Columns of context before the first highlight."""
_MAX_BOXES = 100
_WIDE_FROM = "\u1100"
"""From Hangul on, nearly every character takes two columns."""
_MIN_RUN = 3
"""Chinese characters in a row that must match where they are not a word of the query."""
_ENGLISH_STOPS = """
a an and are as at be by can do doe did for from had has have how i in is it its
not of on or that the this to was were what when where which who whi will with
you your
"""
_STOP = frozenset(_ENGLISH_STOPS.split())
"""English words (as stems) that rank but are not worth marking."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a passage for the result list."""

    text: str
    highlights: tuple[Range, ...]
    """Offsets in ``text``."""
    start: int
    """Where it begins in the passage (after the leading ellipsis, if any)."""


def matching_ranges(text: str, query: LexicalQuery) -> tuple[Range, ...]:
    """Return where words of ``query`` stand in ``text``: ordered, not overlapping."""
    units, words = _wanted(query)
    marked: list[Range] = []
    bigrams: list[Range] = []
    for token in places(text, units, words, tuple(_prefixes(query.required))):
        loose = token.stream is Stream.UNITS and token.term in units and is_unspaced(token.term[0])
        (bigrams if loose else marked).append((token.start, token.end))
    least = 1 if all(len(word) < _MIN_RUN for word in words) else _MIN_RUN
    runs = [run for run in _merged(bigrams) if run[1] - run[0] >= least]
    return _merged([*marked, *runs])


def _wanted(query: LexicalQuery) -> tuple[frozenset[str], frozenset[str]]:
    """Return the unit terms and the words worth marking; all of them when none is."""
    notable = [one for one in query.bag if _notable(one.stream, one.term)] or query.bag
    return (
        frozenset(one.term for one in notable if one.stream is Stream.UNITS),
        frozenset(one.term for one in notable if one.stream is Stream.WORDS),
    )


def _notable(stream: Stream, term: str) -> bool:
    if stream is Stream.WORDS:
        return len(term) > 1
    return term not in _STOP


def _prefixes(clauses: Iterable[Clause]) -> Iterable[str]:
    for clause in clauses:
        if isinstance(clause, Phrase):
            if clause.ending is Ending.PREFIX:
                yield clause.terms[-1]
        else:
            yield from _prefixes(clause.clauses)


def _merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def snippet_of(text: str, ranges: Sequence[Range]) -> Snippet:
    """Return the stretch of ``text`` with the most different matches, or its beginning."""
    anchor = _best_anchor(text, ranges) if ranges else 0
    start = _back(text, anchor, _LEAD_WIDTH) if ranges else 0
    end = _forward(text, start, _SNIPPET_WIDTH)
    if end == len(text):  # room left at the end is better spent on what comes before
        start = min(start, _back(text, end, _SNIPPET_WIDTH))
    while start < end and text[start].isspace():
        start += 1
    lead = "…" if start else ""
    tail = "…" if end < len(text) else ""
    shown = "".join(" " if char.isspace() else char for char in text[start:end])
    shift = len(lead) - start
    highlights = tuple(
        (max(begin, start) + shift, min(stop, end) + shift)
        for begin, stop in ranges
        if begin < end and stop > start
    )
    return Snippet(f"{lead}{shown}{tail}", highlights, start)


def _best_anchor(text: str, ranges: Sequence[Range]) -> int:
    """Return the start of the range after which most different matches follow closely."""
    columns = list(accumulate(map(_width, text), initial=0))
    starts = [columns[start] for start, _ in ranges]
    matches = [text[start:end].lower() for start, end in ranges]
    best, best_worth = ranges[0][0], -1
    for index, (start, _) in enumerate(ranges):
        limit = bisect_left(starts, starts[index] + _SNIPPET_WIDTH - _LEAD_WIDTH)
        worth = sum(map(len, set(matches[index:limit])))
        if worth > best_worth:
            best, best_worth = start, worth
    return best


def _width(char: str) -> int:
    return 2 if char >= _WIDE_FROM else 1


def _forward(text: str, start: int, width: int) -> int:
    """Return the end of the widest stretch from ``start``; never inside a spaced word."""
    position = start
    while position < len(text) and width > 0:
        width -= _width(text[position])
        position += 1
    if position == len(text):
        return position
    cut = position
    while cut > start and _inside_word(text, cut):
        cut -= 1
    return cut if cut > start else position


def _back(text: str, end: int, width: int) -> int:
    """Return the start of the widest stretch before ``end``; never inside a spaced word."""
    position = end
    while position > 0 and width > 0:
        position -= 1
        width -= _width(text[position])
    if position == 0:
        return 0
    cut = position
    while cut < end and _inside_word(text, cut):
        cut += 1
    return cut


def _inside_word(text: str, cut: int) -> bool:
    """Say whether ``text`` must not be cut before ``cut``: in a word, or before a mark."""
    before, after = text[cut - 1], text[cut]
    if unicodedata.combining(after):
        return True
    return all(char.isalnum() and not is_unspaced(char) for char in (before, after))


def boxes_of(spans: Sequence[Span], ranges: Sequence[Range]) -> tuple[PlacedBox, ...]:
    """Return the boxes of the lines that ``ranges`` touch; of all lines when there are none."""
    starts = [start for start, _ in ranges]
    placed: dict[PlacedBox, None] = {}
    for span in spans:
        nearest = bisect_left(starts, span.end) - 1
        if not ranges or (nearest >= 0 and ranges[nearest][1] > span.start):
            placed[PlacedBox(span.page, span.box)] = None
    return tuple(placed)[:_MAX_BOXES]


def page_at(spans: Sequence[Span], offset: int) -> int:
    """Return the page (from 1) on which ``offset`` of the passage's text stands."""
    page = spans[0].page if spans else 1
    for span in spans:
        if span.start > offset:
            break
        page = span.page
    return page
