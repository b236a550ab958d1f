"""The way of a DOCX: its parts, then the body in document order with notes, boxes and images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kb.domain.errors import DamagedFile, LimitExceeded
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.charts import chart_rows, chart_title, drawing_words
from kb.parsing.clean import inline
from kb.parsing.containers import Container
from kb.parsing.facts import DocumentFacts
from kb.parsing.figures import Figures
from kb.parsing.limits import MAX_BLOCKS
from kb.parsing.logical import Piece, lay_out
from kb.parsing.ooxml import (
    attribute,
    child,
    descendants,
    local,
    main_part,
    office_facts,
    relationships,
)
from kb.parsing.word_body import Body
from kb.parsing.word_numbers import Numbering
from kb.parsing.word_styles import Styles

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_IMAGE_RELATIONS = frozenset({"image"})
_DEEPEST_BOX = 8
_MOST_PARAGRAPHS = 1_000_000


def docx_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return title and metadata; how many pages there are shows only in the end.

    Raises:
        CannotRead: the container is damaged, encrypted or beyond the limits.
    """
    with Container(path, name=name) as container:
        return office_facts(container)


def read_docx(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield logical pages of a Word document.

    Raises:
        CannotRead: with the reason.
    """
    with Container(path, name=name) as container:
        yield from lay_out(docx_pieces(container), first_page=first_page, max_pages=max_pages)


def docx_pieces(container: Container) -> Iterator[Piece]:
    """Yield the blocks of the document that ``container`` holds, in reading order."""
    yield from _Document(container).pieces()


class _Document:
    def __init__(self, container: Container) -> None:
        self._container = container
        self._main = main_part(container, "word/document.xml")
        root = container.xml(self._main)
        body = child(root, "body")
        if body is None:
            raise DamagedFile(name=container.name, detail="it has no body", detail_zh="缺少正文")
        if sum(1 for _ in descendants(body, "p")) > _MOST_PARAGRAPHS:
            raise LimitExceeded(
                name=container.name,
                detail=f"more than {_MOST_PARAGRAPHS} paragraphs",
                detail_zh=f"段落超过 {_MOST_PARAGRAPHS} 个",
            )
        self._body = body
        self._relations = relationships(container, self._main)
        self._walker = Body(Styles(self._related("styles")), Numbering(self._related("numbering")))
        self._notes = {
            kind: self._note_elements(part)
            for kind, part in (
                ("footnote", "footnotes"), ("endnote", "endnotes"), ("comment", "comments"),
            )
        }  # fmt: skip
        self._figures = Figures()
        self._told_notes: set[tuple[str, str]] = set()

    def pieces(self) -> Iterator[Piece]:
        yield from self._margins("header", BlockKind.PAGE_HEADER)
        for count, piece in enumerate(self._walk(self._body, self._relations, 0)):
            yield piece
            if count > MAX_BLOCKS:
                raise LimitExceeded(
                    name=self._container.name,
                    detail=f"more than {MAX_BLOCKS} blocks",
                    detail_zh=f"内容块超过 {MAX_BLOCKS} 个",
                )
        yield from self._margins("footer", BlockKind.PAGE_FOOTER)

    def _walk(
        self, parent: Element, relations: dict[str, tuple[str, str]], depth: int
    ) -> Iterator[Piece]:
        for found in self._walker.pieces(parent):
            if isinstance(found, Piece):
                yield found
            elif isinstance(found, tuple):
                yield from self._note(found, depth)
            elif depth < _DEEPEST_BOX:
                yield from self._drawing(found, relations, depth)

    def _note(self, reference: tuple[str, str], depth: int) -> Iterator[Piece]:
        kind, key = reference
        element = self._notes.get(kind, {}).get(key)
        if element is None or reference in self._told_notes or depth >= _DEEPEST_BOX:
            return
        self._told_notes.add(reference)
        mark = attribute(element, "author") + ": " if kind == "comment" else f"[{key}] "
        for piece in self._walk(element, {}, depth + 1):
            if piece.text:
                yield Piece(BlockKind.FOOTNOTE, mark + piece.text)
                mark = ""

    def _drawing(
        self, element: Element, relations: dict[str, tuple[str, str]], depth: int
    ) -> Iterator[Piece]:
        """Yield what a w:drawing, w:pict or w:object holds: boxes of text, images, charts."""
        description = ""
        boxed: set[Element] = set()
        for part in element.iter():
            name = local(part)
            if name == "docPr":
                description = attribute(part, "descr")
            elif name == "txbxContent" and not boxed.intersection(part.iterancestors()):
                boxed.add(part)
                yield from self._walk(part, relations, depth + 1)
            elif name in {"blip", "imagedata", "chart", "relIds"} and not boxed.intersection(
                part.iterancestors()
            ):
                yield from self._linked(part, relations, description)

    def _linked(
        self, part: Element, relations: dict[str, tuple[str, str]], description: str
    ) -> Iterator[Piece]:
        for key in ("embed", "id", "dm"):
            kind, target = relations.get(attribute(part, key), ("", ""))
            if kind in _IMAGE_RELATIONS:
                yield from self._figures.pieces(self._container.read(target), description)
            elif kind == "chart":
                yield from self._chart(target)
            elif kind == "diagramData":
                root = self._container.xml(target)
                for text in drawing_words(root) if root is not None else ():
                    yield Piece(BlockKind.PARAGRAPH, text)

    def _chart(self, target: str) -> Iterator[Piece]:
        root = self._container.xml(target)
        if root is None:
            return
        if title := chart_title(root):
            yield Piece(BlockKind.CAPTION, title)
        if rows := chart_rows(root):
            yield Piece(BlockKind.TABLE, rows=rows)

    def _margins(self, kind: str, block: BlockKind) -> Iterator[Piece]:
        """Yield each different header or footer once."""
        told: set[str] = set()
        for relation, target in self._relations.values():
            root = self._container.xml(target) if relation == kind else None
            if root is None:
                continue
            texts = [
                inline(piece.text or " ".join(cell for row in piece.rows or () for cell in row))
                for piece in self._walk(root, relationships(self._container, target), 1)
            ]
            text = " ".join(filter(None, texts))
            if text and text not in told:
                told.add(text)
                yield Piece(block, text)

    def _related(self, kind: str) -> Element | None:
        for relation, target in self._relations.values():
            if relation == kind:
                return self._container.xml(target)
        return None

    def _note_elements(self, kind: str) -> dict[str, Element]:
        root = self._related(kind)
        return {
            attribute(element, "id"): element
            for element in (root if root is not None else ())
            if attribute(element, "type") not in {"separator", "continuationSeparator"}
        }


__all__ = ["docx_facts", "docx_pieces", "read_docx"]
