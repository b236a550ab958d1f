"""Passages to windows: what the language model reads at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from kb.domain.errors import InvalidInput
from kb.domain.passages import Passage, Window

CountTokens = Callable[[Sequence[str]], list[int]]
MAX_TOKENS = 32_768
_FEWEST = 16
_GAP = "\n\n"
_COUNT_BATCH = 256
"""Passages whose tokens are counted together; bounds memory on long documents."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A passage as it stands in a window, or a part of one that is too long."""

    ordinal: int
    text: str
    tokens: int


def make_windows(
    passages: Iterable[Passage], *, count_tokens: CountTokens, max_tokens: int = MAX_TOKENS
) -> list[Window]:
    """All windows of a document at once; see ``windows_of``."""
    return list(windows_of(passages, count_tokens=count_tokens, max_tokens=max_tokens))


def windows_of(
    passages: Iterable[Passage], *, count_tokens: CountTokens, max_tokens: int = MAX_TOKENS
) -> Iterator[Window]:
    """Lay passages end to end into windows, each heading once before what it heads.

    Args:
        passages: in document order.
        count_tokens: of the model that will read the windows.
        max_tokens: its context less what prompt and answer need; at least 16.

    Returns:
        Windows of at most ``max_tokens``; each passage is in exactly one, except that a passage
        longer than a window is cut into several.

    Raises:
        InvalidInput: ``max_tokens`` is too small to hold anything.
    """
    if max_tokens < _FEWEST:
        raise InvalidInput(field="max_tokens", detail=f"{max_tokens} < {_FEWEST}")
    given = 0
    held: list[_Piece] = []
    size = 0
    for piece in _pieces(passages, count_tokens, max_tokens):
        continues = held and piece.ordinal == held[-1].ordinal
        if held and (size + piece.tokens > max_tokens or continues):
            for window in _closed(held, given, count_tokens, max_tokens):
                yield window
                given += 1
            held, size = [], 0
        held.append(piece)
        size += piece.tokens
    yield from _closed(held, given, count_tokens, max_tokens)


def _closed(
    held: list[_Piece], number: int, count_tokens: CountTokens, max_tokens: int
) -> Iterator[Window]:
    """Turn what is held into a window; what does not fit after all goes into the next."""
    rest = held
    while rest:
        taken = len(rest)
        text = _joined(rest)
        while (tokens := count_tokens([text])[0]) > max_tokens and taken > 1:
            taken -= 1
            text = _joined(rest[:taken])
        yield Window(number, text, tokens, rest[0].ordinal, rest[taken - 1].ordinal)
        number += 1
        rest = rest[taken:]


def _joined(pieces: Sequence[_Piece]) -> str:
    return _GAP.join(piece.text for piece in pieces)


def _pieces(
    passages: Iterable[Passage], count_tokens: CountTokens, max_tokens: int
) -> Iterator[_Piece]:
    for batch in _batches(_rendered(passages)):
        counts = count_tokens([text + _GAP for _, text in batch])
        for (ordinal, text), tokens in zip(batch, counts, strict=True):
            if tokens <= max_tokens:
                yield _Piece(ordinal, text, tokens)
            else:
                yield from _cut(_Piece(ordinal, text, tokens), count_tokens, max_tokens)


def _batches(rendered: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    while batch := list(islice(rendered, _COUNT_BATCH)):
        yield batch


def _cut(piece: _Piece, count_tokens: CountTokens, max_tokens: int) -> Iterator[_Piece]:
    """Cut by characters until every part fits."""
    if piece.tokens <= max_tokens or len(piece.text) <= 1:
        yield piece
        return
    parts = -(-piece.tokens // max_tokens) + 1
    step = max(-(-len(piece.text) // parts), 1)
    texts = [piece.text[at : at + step] for at in range(0, len(piece.text), step)]
    for text, tokens in zip(texts, count_tokens([t + _GAP for t in texts]), strict=True):
        yield from _cut(_Piece(piece.ordinal, text, tokens), count_tokens, max_tokens)


def _rendered(passages: Iterable[Passage]) -> Iterator[tuple[int, str]]:
    """Ordinal and text of each passage, with the headings new since the one before."""
    above: tuple[str, ...] = ()
    for passage in passages:
        same = 0
        for old, new in zip(above, passage.heading_path, strict=False):
            if old != new:
                break
            same += 1
        above = passage.heading_path
        yield passage.ordinal, "\n".join(part for part in (*above[same:], passage.text) if part)
