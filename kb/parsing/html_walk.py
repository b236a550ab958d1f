"""Walks an HTML tree in order and yields its visible blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.domain.parsed import BlockKind
from kb.parsing.clean import clean, inline
from kb.parsing.limits import LONGEST_REPEATED_CELL, MAX_BLOCKS, MAX_COLUMNS
from kb.parsing.logical import Piece

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_INVISIBLE = frozenset(
    (
        "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg",
        "canvas", "audio", "video", "select", "datalist", "input", "button", "textarea", "map",
        "frame", "frameset", "applet", "dialog", "progress", "meter",
    )
)  # fmt: skip
_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dir",
        "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
        "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav",
        "ol", "p", "pre", "section", "summary", "table", "ul", "tr", "td", "th", "tbody", "thead",
        "tfoot", "caption", "search",
    )
)  # fmt: skip
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DEEPEST = 250
_LONGEST_CELL = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """A block of a page."""

    piece: Piece
    linked: float = 0.0
    """Share of its text that is links: menus have nearly all, prose little."""


def html_blocks(tree: LexborHTMLParser) -> Iterator[Found]:
    """Yield the visible text of a page as headings, paragraphs, list items, tables and code."""
    root = tree.body or tree.root
    if root is not None:
        walk = _Walk()
        for count, found in enumerate(walk.blocks(root, 0)):
            if count > MAX_BLOCKS:
                return
            yield found


class _Walk:
    """One pass over a tree; ``_text`` gathers the words between two block borders."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._kind = BlockKind.PARAGRAPH
        self._level: int | None = None
        self._mark = ""
        self._lists: list[list[int | None]] = []
        self._titled = False
        self._links = 0
        self._linked = 0

    def blocks(self, node: LexborNode, depth: int) -> Iterator[Found]:
        """Yield the blocks below ``node`` and what is left open at its end."""
        if depth > _DEEPEST:
            self._text.append(node.text(separator=" "))
            return
        for element in node.iter(include_text=True):
            yield from self._visit(element, depth + 1)
        if depth == 0:
            yield from self._flush()

    def _visit(self, element: LexborNode, depth: int) -> Iterator[Found]:
        tag = element.tag or ""
        if tag == "-text":
            text = element.text_content or ""
            self._text.append(text)
            self._linked += len(text.strip()) if self._links else 0
        elif tag == "br":
            self._text.append("\x0b")
        elif tag == "img":
            self._text.append(f" {inline(element.attributes.get('alt') or '')} ")
        elif tag in _INVISIBLE or not tag[0].isalpha() or _is_hidden(element):
            return
        elif tag in _BLOCKS:
            yield from self._block(element, tag, depth)
        else:
            self._links += tag == "a"
            yield from self.blocks(element, depth)
            self._links -= tag == "a"

    def _block(self, element: LexborNode, tag: str, depth: int) -> Iterator[Found]:
        yield from self._flush()
        if tag == "table" and not _is_layout(element):
            yield from self._table(element)
        elif tag == "pre":
            text = element.text().strip("\n")
            if text.strip():
                yield Found(Piece(BlockKind.CODE, clean(text)))
        elif tag in _LISTS:
            self._lists.append([_start(element)] if tag == "ol" else [None])
            yield from self.blocks(element, depth)
            yield from self._flush()
            self._lists.pop()
        else:
            before = self._kind, self._level
            self._open(tag)
            yield from self.blocks(element, depth)
            yield from self._flush()
            self._kind, self._level = before

    def _open(self, tag: str) -> None:
        if tag in _HEADINGS:
            level = _HEADINGS[tag]
            first = level == 1 and not self._titled
            self._titled = self._titled or first
            self._kind = BlockKind.TITLE if first else BlockKind.HEADING
            self._level = None if first else level
        elif tag in {"li", "dt", "dd"}:
            self._kind, self._level = BlockKind.LIST_ITEM, max(len(self._lists), 1)
            counter = self._lists[-1] if self._lists and tag == "li" else [None]
            if counter[0] is not None:
                self._mark = f"{counter[0]}. "
                counter[0] += 1
        elif tag in {"figcaption", "caption"}:
            self._kind, self._level = BlockKind.CAPTION, None

    def _flush(self) -> Iterator[Found]:
        if not self._text:
            return
        text = "\n".join(inline(line) for line in "".join(self._text).split("\x0b")).strip()
        linked = self._linked / len(text) if text else 0.0
        self._text, self._linked = [], 0
        if text:
            mark, self._mark = self._mark, ""
            text = mark + re.sub(r"\n{2,}", "\n", text)
            yield Found(Piece(self._kind, text, self._level), linked)

    def _table(self, table: LexborNode) -> Iterator[Found]:
        for caption in table.css("caption"):
            text = inline(caption.text(separator=" "))
            if text:
                yield Found(Piece(BlockKind.CAPTION, text))
            caption.decompose()
        rows = _rows(table)
        if rows:
            yield Found(Piece(BlockKind.TABLE, rows=rows), _linked_share(table))


def _linked_share(table: LexborNode) -> float:
    whole = len(inline(table.text()))
    return sum(len(inline(link.text())) for link in table.css("a")) / whole if whole else 0.0


def _is_hidden(element: LexborNode) -> bool:
    attributes = element.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN.search(attributes.get("style") or ""))


def _is_layout(table: LexborNode) -> bool:
    """Say whether a table only arranges the page: tables inside it, or a single cell."""
    if (table.attributes.get("role") or "") in {"presentation", "none"}:
        return True
    cells = table.css("td, th")
    if len(cells) <= 1:
        return True
    return any(len(inner.css("td, th")) > len(cells) / 2 for inner in table.css("table table"))


def _rows(table: LexborNode) -> tuple[tuple[str, ...], ...]:
    """Return cell texts; a cell spanning rows speaks in each, one spanning columns once."""
    rows: list[tuple[str, ...]] = []
    spanning: dict[int, tuple[int, str]] = {}
    for row in _own(table, "tr"):
        cells: list[str] = []
        for cell in row.iter():
            if cell.tag not in {"td", "th"}:
                continue
            _fill(cells, spanning)
            text = inline(_cell_text(cell))[:_LONGEST_CELL]
            down = min(_number(cell.attributes.get("rowspan")), 1000)
            if down > 1 and len(text) <= LONGEST_REPEATED_CELL:
                spanning[len(cells)] = (down - 1, text)
            across = min(_number(cell.attributes.get("colspan")), MAX_COLUMNS)
            cells.extend([text, *[""] * (across - 1)])
        _fill(cells, spanning)
        if any(cells):
            rows.append(tuple(cells[:MAX_COLUMNS]))
    width = max((len(row) for row in rows), default=0)
    return tuple(row + ("",) * (width - len(row)) for row in rows)


def _fill(cells: list[str], spanning: dict[int, tuple[int, str]]) -> None:
    """Put the cells that reach down from rows above."""
    while len(cells) in spanning:
        left, text = spanning.pop(len(cells))
        if left > 1:
            spanning[len(cells)] = (left - 1, text)
        cells.append(text)


def _own(table: LexborNode, tag: str) -> Iterator[LexborNode]:
    """Yield the rows of a table, not those of tables inside its cells."""
    for element in table.iter():
        if element.tag == tag:
            yield element
        elif element.tag in {"thead", "tbody", "tfoot"}:
            yield from (row for row in element.iter() if row.tag == tag)


def _cell_text(cell: LexborNode) -> str:
    for element in cell.css("script, style, noscript, template"):
        element.decompose()
    for image in cell.css("img"):
        alt = image.attributes.get("alt")
        if alt:
            image.insert_after(f" {alt} ")
    for element in cell.css("br, p, div, li, tr, td"):
        element.insert_before(" ")
    return cell.text()


def _start(element: LexborNode) -> int:
    start = element.attributes.get("start")
    return _number(start) if start else 1


def _number(text: str | None) -> int:
    try:
        return max(int(text or "1"), 1)
    except ValueError:
        return 1
