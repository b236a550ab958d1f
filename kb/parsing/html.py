"""Web pages: what a reader came for, in order, with headings, lists and tables.

All visible text is kept. When trafilatura finds a main text in the page, what stands around it
(menus, teasers, footers) is marked as page header and footer and so stays out of passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kb.domain.errors import LimitExceeded
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import clean, inline
from kb.parsing.facts import DocumentFacts
from kb.parsing.html_walk import Found, html_blocks
from kb.parsing.logical import Piece, lay_out
from kb.parsing.text import decode

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_LARGEST = 64 * 1024 * 1024
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_METADATA = {
    "author": "author",
    "article:author": "author",
    "description": "description",
    "og:description": "description",
    "keywords": "keywords",
    "date": "created",
    "article:published_time": "created",
    "article:modified_time": "modified",
}
_SHORTEST_MAIN = 400
"""Characters of main text below which nothing is set aside."""
_LEAST_MAIN = 0.05
"""Share of the page's text that a main text must have, to be believed."""


_KEPT_NEAR_TEXT = frozenset(
    (BlockKind.TITLE, BlockKind.HEADING, BlockKind.CAPTION, BlockKind.TABLE, BlockKind.CODE)
)
_SHORTEST_MATCH = 12
_SHORTEST_PROSE = 80
_MENU = 0.5
"""Share of links from which a block is a menu or a list of teasers."""
_MATCHED = 60
"""Characters at either end of a block that are looked for in the main text."""


def html_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return title and metadata of a page's head.

    Raises:
        LimitExceeded: it is larger than a page can be.
    """
    tree = _parse(_html(path, name=name))
    metadata: dict[str, str] = {}
    title = ""
    for meta in tree.css("meta"):
        key = (meta.attributes.get("name") or meta.attributes.get("property") or "").lower()
        value = inline(meta.attributes.get("content") or "")
        if key == "og:title":
            title = value
        elif key in _METADATA and value:
            metadata.setdefault(_METADATA[key], value)
    element = tree.css_first("head title") or tree.css_first("title")
    stated = inline(element.text()) if element is not None else ""
    return DocumentFacts(title=stated or title, metadata=metadata)


def read_html(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield logical pages of a web page. Nothing it refers to is fetched, no script runs.

    Raises:
        LimitExceeded: it is larger or deeper than a page can be.
    """
    html = _html(path, name=name)
    yield from lay_out(page_pieces(html), first_page=first_page, max_pages=max_pages)


def page_pieces(html: str) -> Iterator[Piece]:
    """Yield the blocks of a page, those around its main text as header and footer."""
    yield from _set_apart(list(html_blocks(_parse(html))), _main_text(html))


def fragment_pieces(html: str) -> Iterator[Piece]:
    """Yield the blocks of HTML that is all content: a mail's body, a chapter of a book."""
    for found in html_blocks(_parse(html)):
        yield found.piece


def _parse(html: str) -> LexborHTMLParser:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - 20 ms, for HTML alone

    return LexborHTMLParser(html)


def _html(path: Path, *, name: str) -> str:
    if path.stat().st_size > _LARGEST:
        raise LimitExceeded(
            name=name,
            detail=f"a page of more than {_LARGEST >> 20} MB",
            detail_zh=f"网页超过 {_LARGEST >> 20} MB",
        )
    return decode_html(path.read_bytes())


def decode_html(raw: bytes) -> str:
    """Return HTML as text: by what it declares when that fits its bytes, else as measured."""
    declared = _DECLARED.search(raw[:4096])
    if declared and not raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        codec = declared.group(1).decode("ascii", "replace").lower()
        codec = "gb18030" if codec in {"gb2312", "gbk", "x-gbk"} else codec
        try:
            return raw.decode(codec)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return decode(raw)


def _main_text(html: str) -> str:
    """Return what trafilatura takes for the main text, without spaces; empty when it is unsure."""
    import trafilatura  # noqa: PLC0415 - 300 ms, for HTML alone
    from lxml.etree import LxmlError  # noqa: PLC0415

    try:
        found = trafilatura.extract(
            html, include_comments=False, include_tables=True, favor_recall=True, fast=True
        )
    except (LxmlError, ValueError, RecursionError, AttributeError, TypeError):
        return ""  # a page beyond its parser is shown whole
    return _squeezed(clean(found or ""))


def _set_apart(blocks: list[Found], main: str) -> Iterator[Piece]:
    pieces = [block.piece for block in blocks]
    whole = sum(len(_squeezed(_words(piece))) for piece in pieces)
    belongs = [_belongs(piece, main) for piece in pieces]
    if len(main) < max(_SHORTEST_MAIN, whole * _LEAST_MAIN) or not any(belongs):
        yield from pieces
        return
    first, last = belongs.index(True), len(belongs) - 1 - belongs[::-1].index(True)
    # The headline stands above the text and is often taken for part of the frame.
    titles = [place for place in range(first) if pieces[place].kind is BlockKind.TITLE]
    first = titles[-1] if titles else first
    for place, block in enumerate(blocks):
        inside = first <= place <= last
        near = inside and any(belongs[max(place - 1, 0) : place + 2])
        kept = belongs[place] or place == first or (near and block.piece.kind in _KEPT_NEAR_TEXT)
        if kept or (inside and _is_prose(block)):
            yield block.piece
        else:
            kind = BlockKind.PAGE_HEADER if place < first else BlockKind.PAGE_FOOTER
            yield Piece(kind, _words(block.piece))


def _is_prose(block: Found) -> bool:
    return block.linked < _MENU and len(_words(block.piece)) >= _SHORTEST_PROSE


def _belongs(piece: Piece, main: str) -> bool:
    words = _squeezed(_words(piece))
    if len(words) < _SHORTEST_MATCH:
        return False
    return words[:_MATCHED] in main or words[-_MATCHED:] in main


def _words(piece: Piece) -> str:
    if piece.rows is None:
        return piece.text
    return " ".join(cell for row in piece.rows for cell in row if cell)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s|\-•]+", "", text)
