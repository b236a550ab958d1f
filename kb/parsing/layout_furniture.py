"""Running headers, footers and page numbers: what stands at the same place on page after page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kb.domain.parsed import BlockKind
from kb.parsing.layout_lines import Fragment
from kb.parsing.tables_blocks import rows_of

NEIGHBOURS = 4
"""Pages looked at before and after a page; odd and even ones alternate."""

_TOP_ZONE, _BOTTOM_ZONE = 0.13, 0.2
"""Shares of the page's height where furniture is looked for; pages often end early."""
_MARGIN = 0.13
"""Share of it where a lone number is a page number, whatever stands on other pages."""
_LONGEST_NUMBER = 20
_APART = 0.9
"""Heights of a row by which a title that changes from page to page stands off the text."""
_MOST_ROWS = 4
"""Rows at either end that may be furniture."""
_SAME_PLACE = 12.0
"""Points by which it may move from page to page."""
_DIGITS = re.compile(r"\d+|\b[ivxlc]{1,6}\b")
_SPACES = re.compile(r"\s+")
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—·|.\[(]*(?:page|p\.|第|共)?\s*(?:\d{1,5}|[ivxlc]{1,6}|[A-Z\d]{1,3}[-–.]\d{1,4})\s*(?:(?:of|/|／|页|，|,|共|\s)+\s*\d{0,5}\s*页?)?"
    r"[\s\-–—·|.\])]*$",
    re.IGNORECASE,
)

Mark = tuple[str, float]
"""(text with its digits taken out, height of its middle on the page)."""
_NUMBER_LAST: Mark = ("last row is a page number", -1.0)


def marks_of(fragments: Iterable[Fragment], height: float) -> list[Mark]:
    """What may be furniture on a page, for comparing with its neighbours."""
    top, bottom = _edge_rows(fragments, height)
    marks = [_mark(row) for row in (*top, *bottom)]
    if bottom and _is_page_number(bottom[0]):
        marks.append(_NUMBER_LAST)
    return marks


def _edge_rows(
    fragments: Iterable[Fragment], height: float
) -> tuple[list[list[Fragment]], list[list[Fragment]]]:
    """The outermost rows: (from the top downwards, from the bottom upwards)."""
    upright = [f for f in fragments if f.turn == 0]
    top = [f for f in upright if f.box[3] < _TOP_ZONE * height]
    bottom = [f for f in upright if f.box[1] > (1 - _BOTTOM_ZONE) * height]
    return rows_of(top)[:_MOST_ROWS], rows_of(bottom)[::-1][:_MOST_ROWS]


def _text(row: Sequence[Fragment]) -> str:
    return " ".join(f.text for f in row)


def _is_page_number(row: Sequence[Fragment]) -> bool:
    text = _text(row)
    return len(text) <= _LONGEST_NUMBER and _PAGE_NUMBER.match(text) is not None


def _mark(row: Sequence[Fragment]) -> Mark:
    text = _SPACES.sub("", _DIGITS.sub("#", _text(row).lower()))
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
    enough = min(2, max(1, len(neighbours)))
    numbered = sum(1 for marks in neighbours if _NUMBER_LAST in marks) >= enough
    for rows, kind in ((top, BlockKind.PAGE_HEADER), (bottom, BlockKind.PAGE_FOOTER)):
        for place, row in enumerate(rows):
            y = (row[0].box[1] + row[0].box[3]) / 2
            at_edge = min(y, height - y) < _MARGIN * height
            is_last = kind is BlockKind.PAGE_FOOTER and numbered
            is_number = place == 0 and (at_edge or is_last) and _is_page_number(row)
            repeated = sum(1 for marks in neighbours if _stands_in(_mark(row), marks))
            if is_number or repeated >= enough:
                found |= {id(fragment): kind for fragment in row}
            elif place + 1 < len(rows) and _gap(row, rows[place + 1]) < _APART * _height(row):
                break  # the paragraph's own edge: what is farther in is its text
    return found


def _height(row: Sequence[Fragment]) -> float:
    return row[0].box[3] - row[0].box[1]


def _gap(row: Sequence[Fragment], other: Sequence[Fragment]) -> float:
    """White between two rows, whichever is above."""
    a, b = row[0].box, other[0].box
    return max(a[1], b[1]) - min(a[3], b[3])


def _stands_in(mark: Mark, marks: Sequence[Mark]) -> bool:
    text, y = mark
    return any(text == other and abs(y - at) <= _SAME_PLACE for other, at in marks)
