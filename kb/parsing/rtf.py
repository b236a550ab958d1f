"""RTF: its text by striprtf, in the code page it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from kb.domain.errors import DamagedFile, LimitExceeded
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import clean, inline
from kb.parsing.facts import DocumentFacts
from kb.parsing.logical import Piece, lay_out
from kb.parsing.text import text_pieces

_LARGEST = 64 * 1024 * 1024
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_PICTURE = re.compile(r"[0-9a-fA-F\s]{2000,}")
_FIELD = re.compile(r"\{\\(title|author|subject|keywords|company)\s([^{}]{1,1000})\}")
_ROW = re.compile(r"^(?:[^|\n]*\|){2,}\s*$")


def rtf_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return title and metadata of the info group.

    Raises:
        LimitExceeded: it is larger than we read as a whole.
    """
    head = _source(path, name)[0][:65_536]
    fields = {
        key: inline(_text(r"{\rtf1 " + value + "}", name)) for key, value in _FIELD.findall(head)
    }
    title = fields.pop("title", "")
    return DocumentFacts(title=title, metadata={k: v for k, v in fields.items() if v})


def read_rtf(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield logical pages of a rich text file.

    Raises:
        DamagedFile: its groups make no sense.
        LimitExceeded: it is larger than we read as a whole.
    """
    source, codec = _source(path, name)
    text = _text(source, name, codec)
    yield from lay_out(_pieces(text), first_page=first_page, max_pages=max_pages)


def _source(path: Path, name: str) -> tuple[str, str]:
    if path.stat().st_size > _LARGEST:
        raise LimitExceeded(
            name=name,
            detail=f"RTF of more than {_LARGEST >> 20} MB",
            detail_zh=f"RTF 超过 {_LARGEST >> 20} MB",
        )
    return _decoded(path.read_bytes())


def rtf_text(raw: bytes, *, name: str) -> str:
    """Return the text of rich text held in memory.

    Raises:
        DamagedFile: its groups make no sense.
    """
    source, codec = _decoded(raw)
    return _text(source, name, codec)


def _decoded(raw: bytes) -> tuple[str, str]:
    declared = _CODE_PAGE.search(raw[:4096])
    codec = f"cp{declared.group(1).decode()}" if declared else "cp1252"
    codec = {"cp65001": "utf-8", "cp936": "gb18030"}.get(codec, codec)
    try:
        text = raw.decode(codec, "replace")
    except LookupError:
        codec, text = "cp1252", raw.decode("cp1252", "replace")
    return _PICTURE.sub("", text), codec  # the hexadecimal of pictures is most of a large file


def _text(source: str, name: str, codec: str = "cp1252") -> str:
    try:
        text = rtf_to_text(source, encoding=codec, errors="replace")  # type: ignore[no-untyped-call]
        return clean(text)
    except (ValueError, IndexError, KeyError, LookupError, OverflowError) as error:
        raise DamagedFile(
            name=name, detail=f"RTF: {error}", detail_zh=f"RTF 错误：{error}"
        ) from error


def _pieces(text: str) -> Iterator[Piece]:
    """Yield blocks; striprtf writes table rows as cells with a bar after each."""
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    for line in text.split("\n"):
        if _ROW.match(line):
            yield from text_pieces(iter(lines))
            lines = []
            rows.append(tuple(inline(cell) for cell in line.strip().removesuffix("|").split("|")))
            continue
        if rows:
            yield _table(rows)
            rows = []
        lines.extend([line, ""])  # a line is a paragraph here
    if rows:
        yield _table(rows)
    yield from text_pieces(iter(lines))


def _table(rows: list[tuple[str, ...]]) -> Piece:
    width = max(len(row) for row in rows)
    return Piece(BlockKind.TABLE, rows=tuple(row + ("",) * (width - len(row)) for row in rows))
