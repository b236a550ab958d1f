"""Charts and SmartArt of Office files: the numbers and words behind the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.parsing.clean import inline
from kb.parsing.limits import MAX_COLUMNS
from kb.parsing.ooxml import child, descendants, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Rows = tuple[tuple[str, ...], ...]
_MOST_POINTS = 2_000


def chart_rows(root: Element) -> Rows:
    """Return a chart as a table: one row a category, one column a series, header row first."""
    series = list(descendants(root, "ser"))[: MAX_COLUMNS - 1]
    names = [_first(child(element, "tx")) for element in series]
    columns = [_points(_values(element)) for element in series]
    categories = next(
        (points for element in series if (points := _points(_categories(element)))), []
    )
    count = min(max((len(column) for column in columns), default=0), _MOST_POINTS)
    if not count:
        return ()
    header = ("", *(name or f"#{place}" for place, name in enumerate(names, 1)))
    rows = [
        (_at(categories, place), *(_at(column, place) for column in columns))
        for place in range(count)
    ]
    return (header, *rows)


def chart_title(root: Element) -> str:
    """Return the chart's own title, or empty."""
    title = next(descendants(root, "title"), None)
    if title is None:
        return ""
    return inline(" ".join(mark.text or "" for mark in descendants(title, "t")))


def drawing_words(root: Element) -> list[str]:
    """Return the paragraphs of text in a drawing part (SmartArt), in document order."""
    paragraphs = []
    for paragraph in descendants(root, "p"):
        text = inline("".join(mark.text or "" for mark in descendants(paragraph, "t")))
        if text:
            paragraphs.append(text)
    return paragraphs


def _categories(series: Element) -> Element | None:
    found = child(series, "cat")
    return found if found is not None else child(series, "xVal")


def _points(holder: Element | None) -> list[str]:
    if holder is None:
        return []
    levels = list(descendants(holder, "lvl"))
    scope = levels[0] if levels else holder
    return [inline(_first(point)) for point in descendants(scope, "pt")][:_MOST_POINTS]


def _first(holder: Element | None) -> str:
    if holder is None:
        return ""
    return next((mark.text or "" for mark in holder.iter() if local(mark) == "v"), "")


def _at(values: list[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _values(series: Element) -> Element | None:
    found = child(series, "val")
    return found if found is not None else child(series, "yVal")
