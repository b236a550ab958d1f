"""Where sentences end, in Chinese and in languages that write with full stops."""

from __future__ import annotations

import re

_CLOSERS = "\"'”’）)】」』》〉]"
_STOP = re.compile(rf"(?:[。！？!?…]+|\.+)[{re.escape(_CLOSERS)}]*|\n[ \t\r]*\n")
_ABBREVIATIONS = re.compile(
    r"mrs?|ms|dr|prof|[sj]r|st|vs|etc|inc|ltd|co|corp|nos?|figs?|eqs?|sect?|ch|vol|pp?|art|al|eds?"
    r"|approx|dept|est|gov|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|cf|ca|u\.s|u\.k|e\.g|i\.e"
    r"|[ap]\.m|ph\.d",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"[\w.&-]+$")
_LONGEST_WORD = 24
_NUMBERING = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,6})")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Cut ``text`` into sentences.

    Returns:
        (start, end) offsets, in order, that cover the text without gaps: white space after a
        sentence belongs to it. Linear in the length of the text.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for stop in _STOP.finditer(text):
        end = stop.end()
        if end <= start or not _ends_sentence(text, start, stop):
            continue
        while end < len(text) and text[end].isspace():
            end += 1
        if not text[start:end].strip() and spans:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def ends_sentence(text: str) -> bool:
    """Say whether ``text`` stops where a sentence, a heading or a list introduction would."""
    return text.rstrip().rstrip(_CLOSERS).endswith(tuple("。！？!?….:：；;"))


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    mark = stop.group()[0]
    if mark not in ".!?":
        return True
    if not _followed_by_space(text, stop.end()):
        return False
    return mark != "." or _full_stop(text, start, stop)


def _full_stop(text: str, start: int, stop: re.Match[str]) -> bool:
    """Tell a full stop from the dot of an abbreviation, an initial or a list number."""
    following = text[stop.end() : stop.end() + 8].lstrip()[:1]
    if following.islower():
        return False
    before = _WORD_BEFORE.search(text, max(start, stop.start() - _LONGEST_WORD), stop.start())
    if before is None:
        return True
    word = before.group()
    if _ABBREVIATIONS.fullmatch(word):
        return not following
    opens = not text[start : before.start()].strip()
    initial = len(word) == 1 and word.isascii() and word.isupper()
    return not initial and not (opens and _NUMBERING.fullmatch(word))


def _followed_by_space(text: str, at: int) -> bool:
    return at >= len(text) or text[at].isspace() or ord(text[at]) >= 0x2E80  # noqa: PLR2004 - where East Asian scripts begin
