"""Running headers, footers and page numbers: what stands at the same place on page after page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kb.domain.parsed import BlockKind
from kb.parsing.layout_lines import Fragment
from kb.parsing.tables_blocks import rows_of

NEIGHBOURS = 4
"""Pages looked at before and after a page; odd and even ones alternate."""

_MARGIN = 0.13
"""Share of the page's height at either end where furniture is looked for."""
_MOST_ROWS = 4
"""Rows at either end that may be furniture."""
_SAME_PLACE = 12.0
"""Points by which it may move from page to page."""
_DIGITS = re.compile(r"\d+|\b[ivxlc]{1,6}\b")
_SPACES = re.compile(r"\s+")
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—·|.\[(]*(?:page|p\.|第|共)?\s*(?:\d{1,5}|[ivxlc]{1,6})\s*(?:(?:of|/|／|页|，|,|共|\s)+\s*\d{0,5}\s*页?)?"
    r"[\s\-–—·|.\])]*$",
    re.IGNORECASE,
)

Mark = tuple[str, float]
"""(text with its digits taken out, height of its middle on the page)."""


def marks_of(fragments: Iterable[Fragment], height: float) -> list[Mark]:
    """What may be furniture on a page, for comparing with its neighbours."""
    top, bottom = _edge_rows(fragments, height)
    return [_mark(row) for row in (*top, *bottom)]


def _edge_rows(
    fragments: Iterable[Fragment], height: float
) -> tuple[list[list[Fragment]], list[list[Fragment]]]:
    """Rows in the top margin (from the top) and in the bottom margin (from the bottom)."""
    upright = [f for f in fragments if f.turn == 0]
    top = [f for f in upright if f.box[3] < _MARGIN * height]
    bottom = [f for f in upright if f.box[1] > (1 - _MARGIN) * height]
    return rows_of(top)[:_MOST_ROWS], rows_of(bottom)[::-1][:_MOST_ROWS]


def _mark(row: Sequence[Fragment]) -> Mark:
    text = _SPACES.sub("", _DIGITS.sub("#", " ".join(f.text for f in row).lower()))
    return text, (row[0].box[1] + row[0].box[3]) / 2


def furniture(
    fragments: Iterable[Fragment], height: float, neighbours: Sequence[Sequence[Mark]]
) -> dict[int, BlockKind]:
    """Find the furniture of a page.

    Args:
        fragments: Of the page.
        height: Of the page in points.
        neighbours: Marks of the pages around it.

    Returns:
        ``id`` of a fragment -> PAGE_HEADER or PAGE_FOOTER.
    """
    found: dict[int, BlockKind] = {}
    top, bottom = _edge_rows(fragments, height)
    for rows, kind in ((top, BlockKind.PAGE_HEADER), (bottom, BlockKind.PAGE_FOOTER)):
        for place, row in enumerate(rows):
            mark = _mark(row)
            repeated = sum(1 for marks in neighbours if _stands_in(mark, marks))
            text = " ".join(f.text for f in row)
            is_number = place == 0 and _PAGE_NUMBER.match(text) is not None
            if repeated >= min(2, max(1, len(neighbours))) or (is_number and len(text) < 20):  # noqa: PLR2004
                found |= {id(fragment): kind for fragment in row}
    return found


def _stands_in(mark: Mark, marks: Sequence[Mark]) -> bool:
    text, y = mark
    return any(text == other and abs(y - at) <= _SAME_PLACE for other, at in marks)
