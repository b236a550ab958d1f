"""XLSX sheets whose few cells lie far apart, which a grid in memory cannot hold; and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.domain.errors import DamagedFile, UnsafeContent
from kb.parsing.clean import inline
from kb.parsing.containers import Container
from kb.parsing.limits import MAX_COLUMNS, MEBI
from kb.parsing.ooxml import attribute, child, descendants, local, main_part, relationships

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})(\d{1,7})"')
_LARGE_GRID = 3_000_000
"""Cells of a bounding box from which on a sheet counts as sparse when it is nearly empty."""
_DENSITY = 0.05
_MOST_CELLS = 1_000_000
_MOST_STRINGS = 2_000_000


def sparse_sheets(container: Container) -> dict[str, str]:
    """Return sheet name -> part of those whose bounding box is too large to be read as a grid."""
    found = {}
    for name, part in _sheets(container).items():
        count, rows, columns = _extent(container, part)
        if rows * columns > _LARGE_GRID and count < rows * columns * _DENSITY:
            found[name] = part
    return found


def _sheets(container: Container) -> dict[str, str]:
    main = main_part(container, "xl/workbook.xml")
    if not main.endswith(".xml"):
        return {}
    root = container.xml(main)
    relations = relationships(container, main)
    return {
        attribute(sheet, "name"): relations[attribute(sheet, "id")][1]
        for sheet in (descendants(root, "sheet") if root is not None else ())
        if attribute(sheet, "id") in relations
    }


def _extent(container: Container, part: str) -> tuple[int, int, int]:
    """Return (cells, last row, last column) of a sheet, in one pass over its bytes."""
    if part not in container:
        return 0, 0, 0
    count = rows = columns = 0
    rest = b""
    with container.open(part) as stream:
        while chunk := stream.read(4 * MEBI):
            text = rest + chunk
            end = 0
            for cell in _CELL.finditer(text):
                count += 1
                rows = max(rows, int(cell.group(2)))
                columns = max(columns, _column(cell.group(1).decode()))
                end = cell.end()
            rest = text[max(end, len(text) - 256) :]
    return count, rows, columns


def sparse_rows(container: Container, part: str) -> Iterator[list[str]]:
    """Yield the rows that hold anything, without the empty columns between their cells."""
    from lxml import etree  # noqa: PLC0415 - heavy, and sparse sheets are rare

    strings = _shared_strings(container)
    with container.open(part) as stream:
        if b"<!DOCTYPE" in stream.read(4096):
            raise UnsafeContent(
                name=container.name, detail="XML with a DTD", detail_zh="XML 中含有 DTD"
            )
    seen = 0
    try:
        with container.open(part) as stream:
            options = {"resolve_entities": False, "no_network": True, "huge_tree": False}
            for _, row in etree.iterparse(stream, events=("end",), tag="{*}row", **options):
                cells = [_cell(cell, strings) for cell in row if local(cell) == "c"]
                seen += len(cells)
                row.clear()
                while row.getprevious() is not None:
                    del row.getparent()[0]
                if seen > _MOST_CELLS:
                    return
                yield [cell for cell in cells if cell][:MAX_COLUMNS]
    except etree.XMLSyntaxError as error:
        raise DamagedFile(
            name=container.name, detail=f"XML: {error.msg}", detail_zh=f"XML 错误：{error.msg}"
        ) from error


def _cell(cell: Element, strings: list[str]) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return inline("".join(mark.text or "" for mark in descendants(cell, "t")))
    value = child(cell, "v")
    text = (value.text or "") if value is not None else ""
    if kind == "s":
        return strings[int(text)] if text.isdigit() and int(text) < len(strings) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return inline(text)


def _shared_strings(container: Container) -> list[str]:
    for kind, target in relationships(container, main_part(container, "xl/workbook.xml")).values():
        root = container.xml(target) if kind == "sharedStrings" else None
        if root is not None:
            return [
                inline("".join(mark.text or "" for mark in descendants(entry, "t")))
                for entry in list(root)[:_MOST_STRINGS]
            ]
    return []


def comments(container: Container) -> Iterator[str]:
    """Yield the cell comments of a workbook as "sheet B2: author: text"."""
    for sheet, part in _sheets(container).items():
        for kind, target in relationships(container, part).values():
            root = container.xml(target) if kind == "comments" else None
            for comment in descendants(root, "comment") if root is not None else ():
                text = inline("".join(mark.text or "" for mark in descendants(comment, "t")))
                if text:
                    yield f"{sheet} {attribute(comment, 'ref')}: {text}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
