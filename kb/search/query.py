"""The query syntax people know: quotes, minus, AND, OR, NOT, prefix*, field:value, dates.

Odd input is text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kb.domain.search import SearchFilters
from kb.index.analyser import Stream, fold, tokens
from kb.index.expression import (
    AllOf,
    AnyOf,
    Clause,
    Ending,
    Field,
    LexicalQuery,
    Phrase,
    bag_of,
    is_unspaced,
    phrase_of,
)

MAX_QUERY = 2000
"""Characters of a query that are read."""
_MAX_CLAUSES = 32
_SHORT_TERMS = 3
_CODE_WORDS = 3

_FIELDS = {
    "title": Field.TITLE,
    "标题": Field.TITLE,
    "name": Field.NAME,
    "文件名": Field.NAME,
    "heading": Field.HEADING,
    "章节": Field.HEADING,
}


def _format(filters: SearchFilters, value: str) -> SearchFilters:
    return replace(filters, formats=filters.formats | {value})


def _language(filters: SearchFilters, value: str) -> SearchFilters:
    return replace(filters, languages=filters.languages | {value})


def _collection(filters: SearchFilters, value: str) -> SearchFilters:
    return replace(filters, collection_names=filters.collection_names | {value})


def _category(filters: SearchFilters, value: str) -> SearchFilters:
    return replace(filters, categories=filters.categories | {value})


def _from(filters: SearchFilters, day: dt.date) -> SearchFilters:
    return replace(filters, created_from=day)


def _to(filters: SearchFilters, day: dt.date) -> SearchFilters:
    return replace(filters, created_to=day)


_FILTERS = {
    "type": _format,
    "format": _format,
    "类型": _format,
    "lang": _language,
    "language": _language,
    "语言": _language,
    "collection": _collection,
    "知识库": _collection,
    "category": _category,
    "类别": _category,
}
_DATES = {
    "after": (_from,),
    "before": (_to,),
    "date": (_from, _to),
    "从": (_from,),
    "到": (_to,),
    "日期": (_from, _to),
}
_DATE = re.compile(
    r"(?P<year>\d{4})(?:年|[-/.](?=\d)|$)"
    r"(?:(?P<month>\d{1,2})(?:月|[-/.](?=\d)|$))?"
    r"(?:(?P<day>\d{1,2})日?)?"
)
_WIDE = str.maketrans(
    {"＂": '"', "〝": "“", "〞": "”", "『": "「", "』": "」", "－": "-", "＊": "*"} | {"\0": " "}
)
"""Operators as Chinese keyboards write them; NUL, which PostgreSQL refuses, parts words."""
_SYNONYMS = {
    "word": "docx",
    "excel": "xlsx",
    "powerpoint": "pptx",
    "ppt": "pptx",
    "text": "txt",
    "markdown": "md",
    "htm": "html",
    "jpg": "jpeg",
    "中文": "zh",
    "chinese": "zh",
    "英文": "en",
    "英语": "en",
    "english": "en",
}

_QUOTED = r'"[^"]*"|“[^”]*”|「[^」]*」'
_ITEM = re.compile(
    rf"(?P<minus>(?<![^\s(])-(?=[^\s-]))?"
    rf"(?:(?P<field>[^\W\d_]{{1,12}})[:：](?=\S))?"
    rf"(?:(?P<quoted>{_QUOTED})|(?P<word>[^\s\"“”「」()]+))"
)
_QUESTION = re.compile(
    r"[?？]\s*$|^(?:who|what|when|where|which|why|how|is|are|do|does|did|can|could|should)\b"
    r"|什么|什麼|怎么|怎麼|怎样|如何|哪|谁|誰|为何|为什么|多少|几|吗|嗎|呢|是否",
    re.IGNORECASE,
)


_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my", "bo", "yue"})
"""Languages that ``is_unspaced`` letters are written in."""


class QueryKind(StrEnum):
    """What a query looks like; chooses how much words count against meaning."""

    CODE = "code"
    """A part number, a version, a file name."""
    KEYWORDS = "keywords"
    """A few words."""
    QUESTION = "question"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as understood."""

    text: str
    """What is asked for, without operators and filters: goes to the embedder."""
    lexical: LexicalQuery
    filters: SearchFilters
    kind: QueryKind

    @property
    def unspaced(self) -> bool:
        """Whether it is in a script without spaces between words."""
        return any(is_unspaced(char) for char in self.text)

    def foreign_to(self, language: str) -> bool:
        """Whether a text in ``language`` is in another script than the query."""
        return in_unspaced_script(language) is (not self.unspaced)


def in_unspaced_script(language: str) -> bool | None:
    """Say whether ``language`` (BCP 47) is written without spaces; None when it is unknown."""
    return None if language == "und" else language.split("-", maxsplit=1)[0] in _UNSPACED


@dataclass(frozen=True, slots=True)
class _Operand:
    text: str
    clause: Clause | None
    """None: nothing to look for (punctuation)."""
    negated: bool
    exact: bool
    """Must be obeyed even without an operator beside it."""


@dataclass(frozen=True, slots=True)
class _Operator:
    word: str


def parse_query(query: str) -> ParsedQuery:
    """Understand ``query``; every string is a valid query."""
    filters = SearchFilters()
    sequence: list[_Operand | _Operator] = []
    negated = False
    # Half a surrogate pair cannot be sent to a database.
    sound = query[:MAX_QUERY].encode("utf-8", "replace").decode().translate(_WIDE)
    for match in _ITEM.finditer(sound):
        narrowed = None if negated else _narrowed(filters, match)
        if narrowed is not None:
            filters = narrowed
        elif match["word"] == "NOT" and not match["minus"] and match["field"] is None:
            negated = True
        elif match["word"] in {"AND", "OR"} and not match["minus"]:
            sequence.append(_Operator(match["word"]))
        else:
            operand = _operand(match)
            sequence.append(replace(operand, negated=operand.negated or negated))
            negated = False
    required: list[Clause] = []
    excluded: list[Clause] = []
    for group in _groups(sequence):
        wanted, unwanted = _clauses(group)
        required += wanted
        excluded += unwanted
    asked = [part for part in sequence if isinstance(part, _Operand) and not part.negated]
    text = " ".join(part.text for part in asked)
    lexical = LexicalQuery(
        bag_of(text), tuple(required[:_MAX_CLAUSES]), tuple(excluded[:_MAX_CLAUSES])
    )
    return ParsedQuery(text, lexical, filters, _kind_of(text))


def _narrowed(filters: SearchFilters, match: re.Match[str]) -> SearchFilters | None:
    """Return the filters with one more ``field:value``, or None when it is none."""
    field = (match["field"] or "").lower()
    value = _content(match).strip().casefold()
    if match["minus"] or not value:
        return None
    if field in _FILTERS:
        return _FILTERS[field](filters, _SYNONYMS.get(value, value))
    period = _period(value) if field in _DATES else None
    if period is None:
        return None
    for narrow in _DATES[field]:
        filters = narrow(filters, period[0] if narrow is _from else period[1])
    return filters


def _period(value: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of a year, a month or a day; None when it is no date."""
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    year, month, day = (int(match[part] or 0) for part in ("year", "month", "day"))
    try:
        first = dt.date(year, month or 1, day or 1)
        if day:
            return first, first
        after = dt.date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
    except ValueError:
        return None
    return first, after - dt.timedelta(days=1)


def _content(match: re.Match[str]) -> str:
    return match["quoted"][1:-1] if match["quoted"] is not None else match["word"]


def _operand(match: re.Match[str]) -> _Operand:
    content = _content(match)
    field = _FIELDS.get((match["field"] or "").lower(), Field.ANYWHERE)
    quoted = match["quoted"] is not None
    prefix = not quoted and content.endswith("*")
    if match["field"] and field is Field.ANYWHERE:
        content = f"{match['field']}:{content}"  # no field of ours: it is text
    clause = _prefix(content.rstrip("*"), field) if prefix else phrase_of(content, field)
    exact = quoted or prefix or field is not Field.ANYWHERE
    return _Operand(content.rstrip("*"), clause, match["minus"] is not None, exact)


def _prefix(text: str, field: Field) -> Clause | None:
    """Return what begins with ``text``: its letters, or its stem (the index holds stems)."""
    stem = phrase_of(text, field)
    if stem is None:
        return None
    last = [token for token in tokens(text) if token.stream is Stream.UNITS][-1]
    if stem.terms[-1] != last.term or is_unspaced(last.term[-1]):
        return stem  # what follows a bigram is free anyway
    letters = fold(text[last.start : last.end]).text
    opened = Phrase((*stem.terms[:-1], letters), field, Ending.PREFIX)
    return opened if letters == last.term else AnyOf((opened, stem))


def _groups(sequence: Sequence[_Operand | _Operator]) -> Iterator[list[_Operand | _Operator]]:
    """Yield runs of operands joined by operators; operators with nothing to join vanish."""
    group: list[_Operand | _Operator] = []
    for part in sequence:
        if isinstance(part, _Operator):
            if group and isinstance(group[-1], _Operand):
                group.append(part)
        elif group and isinstance(group[-1], _Operand):
            yield group
            group = [part]
        else:
            group.append(part)
    if group:
        yield group if isinstance(group[-1], _Operand) else group[:-1]


def _clauses(group: list[_Operand | _Operator]) -> tuple[list[Clause], list[Clause]]:
    """Return (required, excluded) of one group; AND binds tighter than OR."""
    operands = [part for part in group if isinstance(part, _Operand)]
    excluded = [part.clause for part in operands if part.negated and part.clause is not None]
    if len(operands) == 1 and not operands[0].exact:
        return [], excluded
    branches: list[list[Clause]] = [[]]
    for part in group:
        if isinstance(part, _Operator):
            if part.word == "OR":
                branches.append([])
        elif not part.negated and part.clause is not None:
            branches[-1].append(part.clause)
    choices = [_all(branch) for branch in branches if branch]
    if not choices:
        return [], excluded
    return [choices[0] if len(choices) == 1 else AnyOf(tuple(choices))], excluded


def _all(clauses: list[Clause]) -> Clause:
    return clauses[0] if len(clauses) == 1 else AllOf(tuple(clauses))


def _kind_of(text: str) -> QueryKind:
    words = text.split()
    coded = [
        word
        for word in words
        if any(char.isdigit() for char in word)
        and any(char.isascii() and (char.isalpha() or char in "-_./") for char in word)
    ]
    if coded and len(words) <= _CODE_WORDS and 2 * len(coded) >= len(words):
        return QueryKind.CODE
    if _QUESTION.search(text):
        return QueryKind.QUESTION
    terms = [term for term in bag_of(text) if term.stream is Stream.WORDS or term.term.isascii()]
    return QueryKind.KEYWORDS if len(terms) <= _SHORT_TERMS else QueryKind.TEXT
