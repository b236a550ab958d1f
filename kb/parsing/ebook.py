"""EPUB: the chapters in the order of the book's spine, each as a web page without its frame."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from kb.domain.errors import DamagedFile
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import inline
from kb.parsing.containers import Container
from kb.parsing.facts import DocumentFacts
from kb.parsing.html import decode_html, fragment_pieces
from kb.parsing.logical import Piece, lay_out
from kb.parsing.ooxml import attribute, child, descendants, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FIELDS = {"creator": "author", "date": "created", "subject": "subject", "language": "language",
           "publisher": "publisher", "description": "description"}  # fmt: skip


def epub_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return title and metadata of the book.

    Raises:
        CannotRead: the container is damaged, encrypted or beyond the limits.
    """
    with Container(path, name=name) as container:
        _, package = _package(container)
    title = ""
    metadata: dict[str, str] = {}
    fields = child(package, "metadata")
    for field in fields if fields is not None else ():
        value = inline(field.text or "")
        if local(field) == "title":
            title = title or value
        elif local(field) in _FIELDS and value:
            metadata.setdefault(_FIELDS[local(field)], value)
    return DocumentFacts(title=title, metadata=metadata)


def read_epub(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield logical pages of a book.

    Raises:
        CannotRead: with the reason.
    """
    with Container(path, name=name) as container:
        yield from lay_out(_pieces(container), first_page=first_page, max_pages=max_pages)


def _pieces(container: Container) -> Iterator[Piece]:
    place, package = _package(container)
    parts = {
        attribute(entry, "id"): posixpath.normpath(
            posixpath.join(posixpath.dirname(place), unquote(attribute(entry, "href")))
        )
        for entry in descendants(package, "item")
    }
    for reference in descendants(package, "itemref"):
        part = parts.get(attribute(reference, "idref"), "")
        if part in container:
            yield Piece(BlockKind.PARAGRAPH, new_page="chapter")
            yield from fragment_pieces(decode_html(container.read(part)))


def _package(container: Container) -> tuple[str, Element]:
    """Return the package document and where it lies."""
    root = container.xml("META-INF/container.xml")
    for entry in descendants(root, "rootfile") if root is not None else ():
        place = attribute(entry, "full-path")
        package = container.xml(place)
        if package is not None:
            return place, package
    raise DamagedFile(
        name=container.name, detail="the book has no package file", detail_zh="缺少书籍清单文件"
    )
