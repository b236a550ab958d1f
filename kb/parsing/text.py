"""Plain text and Markdown, read as a stream in whatever encoding it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kb.domain.errors import DamagedFile
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.charset import detect
from kb.parsing.clean import clean
from kb.parsing.facts import DocumentFacts
from kb.parsing.logical import Piece, lay_out
from kb.parsing.looks import LONGEST_HEADING, heading_level, list_mark

_SAMPLE = 65_536
_LONGEST_BLOCK = 20_000
"""Characters of one block; a longer paragraph goes on in the next."""
_WRAPPED_FROM, _WRAPPED_TO = 55, 100
"""Line lengths that hard-wrapped prose has."""
_UNDERLINE = re.compile(r"\s*(?:=+|-+|\*+|~+|_+|#+)\s*$")


def encoding_of(path: Path, *, name: str) -> str:
    """Return the codec for ``path``.

    Raises:
        DamagedFile: the bytes are no text in any encoding we know.
    """
    with path.open("rb") as file:
        found = detect(file.read(_SAMPLE))
    if found is None:
        raise DamagedFile(
            name=name, detail="no text in any known encoding", detail_zh="不是任何已知编码的文本"
        )
    return found


def decode(raw: bytes) -> str:
    """Return ``raw`` as text in the likeliest encoding, broken bytes replaced."""
    return raw.decode(detect(raw[:_SAMPLE]) or "utf-8", "replace")


def read_lines(path: Path, *, name: str) -> Iterator[str]:
    """Yield the file's lines, cleaned, without line ends; very long ones in pieces."""
    with path.open(encoding=encoding_of(path, name=name), errors="replace", newline=None) as file:
        while line := file.readline(_LONGEST_BLOCK):
            yield from clean(line.rstrip("\n")).split("\n")


def text_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return the encoding as metadata; plain text says nothing else about itself."""
    encoding = encoding_of(path, name=name)
    metadata = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    return DocumentFacts(metadata=metadata)


def read_text(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield logical pages of a plain text file.

    Raises:
        DamagedFile: the bytes are no text.
    """
    yield from lay_out(
        text_pieces(read_lines(path, name=name)), first_page=first_page, max_pages=max_pages
    )


def text_pieces(lines: Iterator[str]) -> Iterator[Piece]:
    """Yield headings, list items and paragraphs; hard-wrapped lines are joined."""
    group: list[str] = []
    size = 0
    for line in lines:
        text = line.rstrip()
        if text.strip():
            group.append(text)
            size += len(text)
        if group and (not text.strip() or size > _LONGEST_BLOCK):
            yield from _group_pieces(group)
            group, size = [], 0
    if group:
        yield from _group_pieces(group)


def _group_pieces(group: list[str]) -> Iterator[Piece]:
    """Yield the blocks of lines that stand together between empty ones."""
    if _is_wrapped(group):
        yield _line_piece(_join(group), alone=True)
        return
    for line in group:
        if not _UNDERLINE.fullmatch(line):
            yield _line_piece(line.strip(), alone=len(group) == 1)


def _is_wrapped(group: list[str]) -> bool:
    """Say whether lines were broken at a fixed width: all but the last nearly equally long."""
    if len(group) <= 1:
        return False
    body = [len(line) for line in group[:-1]]
    longest = max(body)
    if not _WRAPPED_FROM <= longest <= _WRAPPED_TO or len(group[-1]) > longest + 2:
        return False
    full = sum(length >= longest * 0.75 for length in body)
    marks = sum(list_mark(line.strip()) for line in group[1:])
    return full >= len(body) * 0.8 and marks == 0


def _join(group: list[str]) -> str:
    """Join wrapped lines: no space inside Chinese, hyphens at line ends undone."""
    joined = ""
    for line in group:
        text = line.strip()
        if joined.endswith("-") and joined[-2:-1].isalpha() and text[:1].islower():
            joined = joined[:-1] + text
        elif joined and (joined[-1] >= "\u2e80" or text[:1] >= "\u2e80"):
            joined += text
        else:
            joined = f"{joined} {text}" if joined else text
    return joined


def _line_piece(text: str, *, alone: bool) -> Piece:
    level = heading_level(text)
    if level is not None:
        return Piece(BlockKind.HEADING, text, level)
    if (
        alone
        and len(text) <= LONGEST_HEADING
        and text.isupper()
        and any(char.isalpha() for char in text)
    ):
        return Piece(BlockKind.HEADING, text, 2)
    if list_mark(text):
        return Piece(BlockKind.LIST_ITEM, text, 1)
    return Piece(BlockKind.PARAGRAPH, text)
