"""Markdown: headings, lists, tables, code and quotes, told by their marks line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import inline
from kb.parsing.facts import DocumentFacts
from kb.parsing.html import fragment_pieces
from kb.parsing.logical import Piece, lay_out
from kb.parsing.text import read_lines, text_facts

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LIST = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])\s+(\S.*)")
_TASK = re.compile(r"\[([ xX])\]\s+")
_RULE = re.compile(r" {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_QUOTE = re.compile(r" {0,3}> ?")
_CELL = re.compile(r"(?<!\\)\|")
_HTML_BLOCK = re.compile(r"\s*</?(?:table|div|p|ul|ol|h[1-6]|details|blockquote)\b", re.IGNORECASE)
_MARKUP = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\((?:[^()]|\([^)]*\))*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"~~(.+?)~~"), r"\1"),
    (re.compile(r"(`+)(.+?)\1"), r"\2"),
    (re.compile(r"<((?:https?|mailto):[^>\s]+)>"), r"\1"),
    (re.compile(r"</?(?:b|i|em|strong|br|sub|sup|kbd|span|u|a|code|img|font)\b[^>]*>", re.I), " "),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)
_LONGEST_LINE = 20_000
_CODE_LINES, _HTML_LINES, _FRONT_LINES = 500, 2000, 100
"""Most lines of one block of code, of embedded HTML, of front matter."""


def markdown_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return the title and fields of a YAML front matter, read as plain "key: value" lines.

    Raises:
        DamagedFile: the bytes are no text.
    """
    facts = text_facts(path, name=name)
    metadata = dict(facts.metadata)
    title = ""
    lines = read_lines(path, name=name)
    if next(lines, "").strip() == "---":
        for _, line in zip(range(100), lines, strict=False):
            if line.strip() in {"---", "..."}:
                break
            key, colon, value = line.partition(":")
            value = value.strip().strip("\"'")
            if colon and key.strip() == "title":
                title = value
            elif colon and key.strip() in {"author", "date", "description", "keywords"}:
                metadata[{"date": "created"}.get(key.strip(), key.strip())] = value
    return DocumentFacts(title=title, metadata=metadata)


def read_markdown(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield logical pages of a Markdown file.

    Raises:
        DamagedFile: the bytes are no text.
    """
    pieces = _Reader().pieces(read_lines(path, name=name))
    yield from lay_out(pieces, first_page=first_page, max_pages=max_pages)


class _Reader:
    """Gathers lines until a mark says that a block ends."""

    def __init__(self) -> None:
        self._kind = BlockKind.PARAGRAPH
        self._level: int | None = None
        self._lines: list[str] = []
        self._titled = False

    def pieces(self, lines: Iterator[str]) -> Iterator[Piece]:
        """Yield the blocks of a Markdown text."""
        for line in _without_front_matter(lines):
            fence = _FENCE.match(line)
            if fence:
                yield from self._flush()
                yield from _code(lines, fence.group(1))
            elif _HTML_BLOCK.match(line):
                yield from self._flush()
                yield from _html(line, lines)
            else:
                yield from self._line(_QUOTE.sub("", line))
        yield from self._flush()

    def _line(self, line: str) -> Iterator[Piece]:
        if not line.strip():
            yield from self._flush()
        elif heading := _HEADING.match(line):
            yield from self._flush()
            yield self._heading(plain(heading.group(2)), len(heading.group(1)))
        elif (under := _UNDERLINE.match(line)) and self._is_text():
            text = plain(" ".join(self._lines))
            self._lines = []
            yield self._heading(text, 1 if under.group(1)[0] == "=" else 2)
        elif _RULE.match(line):
            yield from self._flush()
        elif "|" in line and (self._kind is BlockKind.TABLE or self._starts_table(line)):
            yield from self._table_line(line)
        else:
            yield from self._text_line(line)

    def _is_text(self) -> bool:
        return bool(self._lines) and self._kind is BlockKind.PARAGRAPH

    def _starts_table(self, line: str) -> bool:
        """A table shows by the rule under its first line, or by a bar at both ends."""
        if _TABLE_RULE.match(line) and "-" in line:
            return bool(self._lines) and "|" in self._lines[-1]
        return line.strip().startswith("|") and line.strip().endswith("|")

    def _table_line(self, line: str) -> Iterator[Piece]:
        if self._kind is not BlockKind.TABLE:
            header = [self._lines.pop()] if _TABLE_RULE.match(line) else []
            yield from self._flush()
            self._kind, self._lines = BlockKind.TABLE, header
        self._lines.append(line)

    def _text_line(self, line: str) -> Iterator[Piece]:
        found = _LIST.match(line)
        if found:
            yield from self._flush()
            self._kind, self._level = BlockKind.LIST_ITEM, len(found.group(1)) // 2 + 1
            mark = found.group(2)
            self._lines = [f"{mark} {found.group(3)}" if mark[0].isdigit() else found.group(3)]
            return
        if self._kind is BlockKind.TABLE:
            yield from self._flush()
        self._lines.append(line.strip())

    def _heading(self, text: str, level: int) -> Piece:
        if level == 1 and not self._titled:
            self._titled = True
            return Piece(BlockKind.TITLE, text)
        return Piece(BlockKind.HEADING, text, level)

    def _flush(self) -> Iterator[Piece]:
        kind, level, lines = self._kind, self._level, self._lines
        self._kind, self._level, self._lines = BlockKind.PARAGRAPH, None, []
        if not lines:
            return
        if kind is BlockKind.TABLE:
            rows = tuple(_cells(line) for line in lines if not _TABLE_RULE.match(line))
            width = max((len(row) for row in rows), default=0)
            yield Piece(kind, rows=tuple(row + ("",) * (width - len(row)) for row in rows))
        elif text := plain(_joined(lines)):
            yield Piece(kind, text, level)


def plain(text: str) -> str:
    """Return Markdown inline text without its marks; link targets are dropped."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text[:_LONGEST_LINE])
    return inline(_TASK.sub(lambda mark: "☐ " if mark.group(1) == " " else "☑ ", text, count=1))


def _joined(lines: list[str]) -> str:
    joined = ""
    for line in lines:
        wide = joined[-1:] >= "\u2e80" or line[:1] >= "\u2e80"
        joined += line if not joined or wide else f" {line}"
    return joined


def _cells(line: str) -> tuple[str, ...]:
    text = line.strip()
    text = text.removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    return tuple(plain(cell) for cell in _CELL.split(text))


def _code(lines: Iterator[str], fence: str) -> Iterator[Piece]:
    gathered: list[str] = []
    for line in lines:
        if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            break
        gathered.append(line)
        if len(gathered) >= _CODE_LINES:
            yield Piece(BlockKind.CODE, "\n".join(gathered))
            gathered = []
    if any(line.strip() for line in gathered):
        yield Piece(BlockKind.CODE, "\n".join(gathered).strip("\n"))


def _html(line: str, lines: Iterator[str]) -> Iterator[Piece]:
    gathered = [line]
    for following in lines:
        if not following.strip() or len(gathered) > _HTML_LINES:
            break
        gathered.append(following)
    yield from fragment_pieces("\n".join(gathered))


def _without_front_matter(lines: Iterator[str]) -> Iterator[str]:
    first = next(lines, None)
    if first is None:
        return
    if first.strip() == "---":
        held = [first]
        for line in lines:
            held.append(line)
            if line.strip() in {"---", "..."} or len(held) > _FRONT_LINES:
                break
        if held[-1].strip() not in {"---", "..."}:
            yield from held
    else:
        yield first
    yield from lines
