"""Tables against ground truth, cell by cell and neighbour by neighbour."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.evaluation.text_scores import level, plain

Rows = Sequence[Sequence[str]]

_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_RULE = re.compile(r"^\s*:?-+:?\s*$")
_JOINT = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class TableScores:
    """All tables of one document; F1 values 0 .. 1."""

    cells: float
    """Cells with the same text, as a bag over the document."""
    neighbours: float
    """Pairs of a cell and its nearest filled neighbour to the right or below, as in the ICDAR
    2013 table competition (Göbel and others, 2012): right text in the right place."""


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The pipe tables of a Markdown text, without their rule rows."""
    tables: list[list[list[str]]] = []
    inside = False
    for line in text.split("\n"):
        found = _ROW.match(line)
        if found is None:
            inside = False
            continue
        cells = [cell.strip() for cell in _JOINT.split(found.group(1))]
        if not inside:
            tables.append([])
            inside = True
        if not all(_RULE.match(cell) for cell in cells):
            tables[-1].append(cells)
    return [table for table in tables if table]


def table_scores(found: Iterable[Rows], truth: Iterable[Rows]) -> TableScores:
    """Compare the tables of a document, however they are cut into tables."""
    mine = [_level(rows) for rows in found]
    wanted = [_level(rows) for rows in truth]
    return TableScores(
        cells=_f1(_cells(mine), _cells(wanted)),
        neighbours=_f1(_pairs(mine), _pairs(wanted)),
    )


def _level(rows: Rows) -> list[list[str]]:
    return [["".join(level(plain(cell)).split()) for cell in row] for row in rows]


def _cells(tables: list[list[list[str]]]) -> Iterator[str]:
    return (cell for rows in tables for row in rows for cell in row if cell)


def _pairs(tables: list[list[list[str]]]) -> Iterator[tuple[str, str, str]]:
    for rows in tables:
        yield from _along(rows, "right")
        wide = max((len(row) for row in rows), default=0)
        columns = [[row[c] if c < len(row) else "" for row in rows] for c in range(wide)]
        yield from _along(columns, "below")


def _along(rows: list[list[str]], direction: str) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        filled = [cell for cell in row if cell]
        for at in range(1, len(filled)):
            yield (filled[at - 1], filled[at], direction)


def _f1(found: Iterable[Hashable], truth: Iterable[Hashable]) -> float:
    a, b = Counter(found), Counter(truth)
    total = sum(a.values()) + sum(b.values())
    return round(2 * sum((a & b).values()) / total, 4) if total else 1.0
