"""Which sentences of a document could stand in its summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.chunking.sentences import sentence_spans
from kb.domain.passages import Passage
from kb.enrichment.script import is_chinese

_NOT_BODY = re.compile(
    r"^[\s\d.、一二三四五六七八九十第章节（）()#*]*"
    r"(references|bibliography|works cited|acknowledge?ments?|table of contents|contents|index|"
    r"参考文献|参考资料|目\s*录|致\s*谢|附图|索引)[\s:：]*$",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"all rights reserved|©|\(c\) \d{4}|版权所有|翻印必究|page \d+ of \d+|第\s*\d+\s*页|"
    r"https?://\S{40,}|\bdoi:|\bISBN\b|\bISSN\b|\.{4,}|…{3,}|_{4,}|click here|点击查看|责任编辑|"
    r"indicate by check mark|forward-looking|\(mark one\)|commission file|[☐☒□■]|"
    r"^\s*\[\d+\]|\bet al\.,? \(?\d{4}|\bpp\. ?\d+|^(figure|fig\.|table|图|表)\s*\d",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"^(?:发言人\s*\d+|[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){0,3})\s*[：:]\s*")
_LIST_MARK = re.compile(
    r"^(?:[-*•·●▪◆■–—>#]+|[(（]?\d{1,2}[)）.、](?!\d)|[(（][a-z一二三四五六七八九十]{1,3}[)）])\s*"
)
_LEANING = re.compile(
    r"^(?:however|but|and|so|also|this|that|these|those|it|they|he|she|such|then|thus|therefore|"
    r"moreover|furthermore|in addition|for example|for instance|otherwise|yes|no|okay|ok|well|um|"
    r"uh|yeah)\b|^(?:但是?|而且?|并且|因此|所以|此外|另外|同时|然后|例如|比如|其中|其次|否则|"
    r"这|那|该|他们?|她|它们?|对吧|嗯|啊|好的?[，,。]|就是|反正)",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"\bthis (?:paper|report|document|guide|manual|policy|agreement|study|article|release)\b|"
    r"\bwe (?:propose|present|introduce|show|find|found|recommend|conclude)\b|"
    r"\b(?:in conclusion|in summary|results show|the purpose of|aims? to|announced|decided to)\b|"
    r"^为了|目的是|旨在|总之|综上|结论|结果表明|会议(?:决定|强调|指出)|主要(?:从事|内容|任务|介绍|探讨)|"
    r"本(?:文|报告|手册|办法|规定|条例|协议|合同|项目|制度|次会议|系统)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]{1,3}[)）、]|第[一二三四五六七八九十百\d]+[章节条]"
    r"|\d+(?:\.\d+)*[.、 ])"
)
_FULL_STOPS = tuple('。！？!?.”’"」）)')
_CHINESE_LENGTHS, _ENGLISH_LENGTHS = (12, 200), (6, 60)
_CHINESE_CLAUSE, _ENGLISH_CLAUSE = (16, 140), (8, 60)
_LINE_LENGTHS = (8, 200)
_TURNS_A_SPEAKER = 3
_LETTERS_TO_JUDGE = 60
_STOPS = re.compile(r"(?<=[a-z)][.!?])\s+(?=[a-z(])")
_LONG_CLAUSE = 15
_CLAUSE_ENDS = re.compile(
    r"(?P<mark>[;；]\s*|[,：:]\s+|，)|"
    r"\b(?:and|or|but|however|if|unless|except|provided|which|who|that|because)\b"
)
_ARTICLE = re.compile(
    r"^(?:第[一二三四五六七八九十百千零\d]+条|(?:article|section) [\dIVX]+\b[.:]?)\s*",
    re.IGNORECASE,
)
_ARTICLE_LINE = re.compile(r"^[\s　]*第[一二三四五六七八九十百千零\d]+条[\s　]", re.MULTILINE)
_FIRST_ARTICLE = re.compile(r"^(?:第[一1]条|(?:article|section) (?:1|I)\b)", re.IGNORECASE)
_SHORT_CHINESE, _SHORT_ENGLISH = 24, 60
"""Characters; a shorter line before a sentence may be a heading rather than its beginning."""
_DIGIT_SHARE = 0.3
_DOTTED = re.compile(r"(?:\.\s?){4,}|…{2,}|_{4,}")
_JOINED_HAN = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence and where it stands."""

    text: str
    passage: int
    """Ordinal."""
    place: float
    """0 at the beginning of the document, 1 at its end."""
    opens: bool
    """First sentence of its passage."""
    leaning: bool
    """Begins with a word that points back ("however", "此外")."""
    telling: bool
    """Says what the document is about or comes to ("this report", "本文", "results show")."""


def prose(passages: Sequence[Passage]) -> list[Passage]:
    """Leave out what only lists: tables of contents, references, tables."""
    return [
        passage
        for passage in passages
        if not any(_NOT_BODY.match(heading) for heading in passage.heading_path[-1:])
        and not _listing(passage.text)
    ]


def candidates(passages: Iterable[Passage], total: int) -> list[Candidate]:
    """Whole, plain sentences; when there are none at all (slides, forms), their lines.

    A sentence that goes on for longer than a summary can bear (statutes, contracts without full
    stops) is offered in its clauses, where nothing else stands in its passage.

    Args:
        passages: those to take sentences from.
        total: passages of the whole document.
    """
    passages = list(passages)
    found: list[Candidate] = []
    for passage in passages:
        whole = list(_of_passage(passage, total, _is_sentence))
        found += whole or _of_passage(passage, total, _is_clause)
    return found or [c for passage in passages for c in _of_passage(passage, total, _is_line)]


def turns(passages: Iterable[Passage]) -> int:
    """Lines that are somebody's turn; none where the names do not come again and again.

    A form has many lines of the shape "Name: …" too, each with a name of its own.
    """
    speakers = [
        found.group()
        for passage in passages
        for line in passage.text.splitlines()
        if (found := _SPEAKER.match(line.strip()))
    ]
    return len(speakers) if len(speakers) >= _TURNS_A_SPEAKER * len(set(speakers)) else 0


def _of_passage(
    passage: Passage, total: int, accepts: Callable[[str], bool]
) -> Iterator[Candidate]:
    opens = True
    cut = _clauses if accepts is _is_clause else _stretches
    for start, end in cut(passage.text):
        text = _LIST_MARK.sub("", passage.text[start:end].strip(), count=1)
        text = _SPEAKER.sub("", text, count=1)
        text = " ".join(_JOINED_HAN.sub("", text).split())
        if accepts(text):
            place = (passage.ordinal + start / max(len(passage.text), 1)) / max(total, 1)
            leaning, telling = (
                bool(_LEANING.match(text)),
                bool(_TELLING.search(_ARTICLE.sub("", text))),
            )
            yield Candidate(text, passage.ordinal, place, opens, leaning, telling)
        opens = False


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, which never run over a line that ends like a heading or a list."""
    at = 0
    small = _is_small(text)
    for paragraph in text.split("\n\n"):
        for start, end in sentence_spans(paragraph):
            for first, last in _without_headings(text, at + start, at + end):
                yield from _at_stops(text, first, last) if small else [(first, last)]
        at += len(paragraph) + 2


def is_article(text: str) -> bool:
    """Whether it begins as an article of a law or contract does."""
    return bool(_ARTICLE.match(text))


def is_first_article(text: str) -> bool:
    """Whether it is the article in which rules say their purpose and basis."""
    return bool(_FIRST_ARTICLE.match(text))


def _is_small(text: str) -> bool:
    """Whether it is written without capitals, so that no capital shows where a sentence begins."""
    letters = sum(character.isascii() and character.isalpha() for character in text)
    capitals = sum(character.isascii() and character.isupper() for character in text)
    return letters > _LETTERS_TO_JUDGE and capitals * 200 < letters


def _at_stops(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for stop in _STOPS.finditer(text, start, end):
        yield start, stop.end()
        start = stop.end()
    if text[start:end].strip():
        yield start, end


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Stretches cut further at clause marks, and before conjunctions where none comes for long."""
    for start, end in _stretches(text):
        begun = start
        for mark in _CLAUSE_ENDS.finditer(text, start, end):
            at = mark.end() if mark.group("mark") else mark.start()
            piece = text[begun:at].strip()
            if _is_clause(piece) and (mark.group("mark") or len(piece.split()) >= _LONG_CLAUSE):
                yield begun, at
                begun = at
        yield begun, end


def _without_headings(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut off lines that stand before a sentence as headings and labels do: short, without stop.

    An article always begins a sentence, whatever stands in the lines above it.
    """
    for article in _ARTICLE_LINE.finditer(text, start, end):
        if article.start() > start:
            yield start, article.start()
            start = article.start()
    line_end = text.find("\n", start, end)
    while 0 <= line_end < end - 1 and _heads(text[start:line_end], text[line_end + 1 : end]):
        yield start, line_end
        start = line_end + 1
        line_end = text.find("\n", start, end)
    yield start, end


def _heads(line: str, following: str) -> bool:
    line, following = line.strip(), following.lstrip()
    if line.endswith((",", "，", "、", "-")):
        return False
    if is_chinese(line):
        numbered = _NUMBERED.match(following) or (
            _NUMBERED.match(line) and len(line) < 2 * _SHORT_CHINESE
        )
        return bool(numbered) or len(line) < _SHORT_CHINESE
    return len(line) < _SHORT_ENGLISH and not following[:1].islower()


def _is_sentence(text: str) -> bool:
    if not text.endswith(_FULL_STOPS) or not _is_clean(text):
        return False
    if is_chinese(text):
        return _CHINESE_LENGTHS[0] <= len(text) <= _CHINESE_LENGTHS[1]
    return _ENGLISH_LENGTHS[0] <= len(text.split()) <= _ENGLISH_LENGTHS[1]


def _is_clause(text: str) -> bool:
    if not _is_clean(text):
        return False
    if is_chinese(text):
        return _CHINESE_CLAUSE[0] <= len(text) <= _CHINESE_CLAUSE[1]
    return _ENGLISH_CLAUSE[0] <= len(text.split()) <= _ENGLISH_CLAUSE[1]


def _is_line(text: str) -> bool:
    shortest, longest = _LINE_LENGTHS
    return shortest <= len(text) <= longest and _is_clean(text)


def _is_clean(text: str) -> bool:
    if " | " in text or "\ufffd" in text or _BOILERPLATE.search(text):
        return False
    letters = sum(character.isalpha() for character in text)
    digits = sum(character.isdigit() for character in text)
    return letters * 2 > len(text) and digits <= _DIGIT_SHARE * len(text)


def _listing(text: str) -> bool:
    lines = text.splitlines()
    rows = sum(" | " in line or bool(_DOTTED.search(line)) for line in lines)
    return rows * 3 > len(lines) * 2
