"""ODT and ODP: the content walked in order, with headings, lists, tables, notes and images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kb.domain.errors import DamagedFile
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import inline, lines
from kb.parsing.containers import Container
from kb.parsing.facts import DocumentFacts
from kb.parsing.figures import Figures
from kb.parsing.formulas import formula_text
from kb.parsing.limits import LONGEST_REPEATED_CELL, MAX_COLUMNS, MAX_DEPTH
from kb.parsing.logical import Piece, lay_out
from kb.parsing.looks import heading_level
from kb.parsing.ooxml import attribute, child, descendants, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FIELDS = {"creator": "author", "initial-creator": "author", "date": "modified",
           "creation-date": "created", "subject": "subject", "keyword": "keywords",
           "description": "description", "language": "language"}  # fmt: skip
_SKIPPED = frozenset(
    (
        "tracked-changes", "sequence-decls", "variable-decls", "user-field-decls", "forms",
        "settings", "index-title-template", "table-of-content-source", "bibliography-source",
    )
)  # fmt: skip
_MOST_ROWS = 100_000


def odt_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return title and metadata of an OpenDocument file.

    Raises:
        CannotRead: the container is damaged, encrypted or beyond the limits.
    """
    with Container(path, name=name) as container:
        root = container.xml("meta.xml")
    title, metadata = "", {}
    for field in root.iter() if root is not None else ():
        value = inline(field.text or "")
        if local(field) == "title":
            title = value
        elif local(field) in _FIELDS and value:
            metadata[_FIELDS[local(field)]] = value
    return DocumentFacts(title=title, metadata=metadata)


odp_facts = odt_facts


def read_odt(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield logical pages of a text document, or one or more for each slide of a presentation.

    Raises:
        CannotRead: with the reason.
    """
    with Container(path, name=name) as container:
        pieces = _Walk(container).document()
        yield from lay_out(pieces, first_page=first_page, max_pages=max_pages)


read_odp = read_odt


class _Walk:
    def __init__(self, container: Container) -> None:
        self._container = container
        self._figures = Figures()
        self._attached: list[Piece] = []

    def document(self) -> Iterator[Piece]:
        """Yield header, body and footer."""
        root = self._container.xml("content.xml")
        body = child(root, "body")
        if body is None:
            raise DamagedFile(
                name=self._container.name, detail="it has no body", detail_zh="缺少正文"
            )
        styles = self._container.xml("styles.xml")
        yield from self._margins(styles, "header", BlockKind.PAGE_HEADER)
        yield from self._blocks(body, 0, 0)
        yield from self._margins(styles, "footer", BlockKind.PAGE_FOOTER)

    def _margins(self, styles: Element | None, name: str, kind: BlockKind) -> Iterator[Piece]:
        texts = [
            inline(" ".join(self._text(part, 0) for part in found))
            for found in (descendants(styles, name) if styles is not None else ())
        ]
        for text in dict.fromkeys(filter(None, texts)):
            yield Piece(kind, text)

    def _blocks(self, parent: Element, level: int, depth: int) -> Iterator[Piece]:
        if depth > MAX_DEPTH:
            return
        for element in parent:
            name = local(element)
            if name in {"p", "h"}:
                yield from self._paragraph(element, name, level)
            elif name == "table":
                yield from self._table(element)
            elif name == "list":
                yield from self._blocks(element, level + 1, depth + 1)
            elif name == "page":
                yield Piece(BlockKind.PARAGRAPH, new_page="slide")
                yield from self._blocks(element, 0, depth + 1)
            elif name == "image":
                self._image(element)
                yield from self._hanging()
            elif name not in _SKIPPED:
                yield from self._blocks(element, level, depth + 1)

    def _paragraph(self, element: Element, name: str, level: int) -> Iterator[Piece]:
        text = lines(self._text(element, 0))
        if text and name == "h":
            outline = attribute(element, "outline-level")
            yield Piece(BlockKind.HEADING, text, int(outline) if outline.isdigit() else 1)
        elif text and level:
            yield Piece(BlockKind.LIST_ITEM, text, level)
        elif text:
            found = heading_level(text)
            by_look = found == 1
            kind = BlockKind.HEADING if by_look else BlockKind.PARAGRAPH
            kind = BlockKind.TITLE if attribute(element, "style-name") == "Title" else kind
            yield Piece(kind, text, found if kind is BlockKind.HEADING else None)
        yield from self._hanging()

    def _hanging(self) -> Iterator[Piece]:
        attached, self._attached = self._attached, []
        yield from attached

    def _text(self, element: Element, depth: int) -> str:
        """Return the text of a paragraph; what hangs on it is kept for after it."""
        if depth > MAX_DEPTH:
            return ""
        parts = [element.text or ""]
        for inner in element:
            parts.append(self._inner(inner, depth + 1))
            parts.append(inner.tail or "")
        return "".join(parts)

    def _inner(  # noqa: PLR0911 - one line a kind of element
        self, element: Element, depth: int
    ) -> str:
        name = local(element)
        if name == "s":
            count = attribute(element, "c")
            return " " * (min(int(count), 100) if count.isdigit() else 1)
        if name in {"tab", "line-break"}:
            return "\t" if name == "tab" else "\n"
        if name in {"note", "annotation"}:
            mark = " ".join(self._text(part, depth) for part in descendants(element, "p"))
            self._attached.append(Piece(BlockKind.FOOTNOTE, inline(mark)))
            return ""
        if name == "text-box":
            self._attached.extend(self._blocks(element, 0, depth))
            return ""
        if name == "image":
            self._image(element)
            return ""
        if name == "object":
            return self._formula(element)
        return "" if name in _SKIPPED else self._text(element, depth)

    def _image(self, element: Element) -> None:
        target = attribute(element, "href").removeprefix("./")
        frame = element.getparent()
        described = child(frame, "desc") if frame is not None else None
        text = described.text or "" if described is not None else ""
        raw = self._container.read(target)
        if raw:
            self._attached.extend(self._figures.pieces(raw, text))

    def _formula(self, element: Element) -> str:
        target = attribute(element, "href").removeprefix("./")
        root = self._container.xml(f"{target}/content.xml") if target else None
        if root is None or local(root) != "math":
            return ""
        for annotation in list(descendants(root, "annotation")):
            holder = annotation.getparent()
            if holder is not None:
                holder.remove(annotation)
        return " " + inline(formula_text(root) or "".join(map(str, root.itertext()))) + " "

    def _table(self, element: Element) -> Iterator[Piece]:
        rows: list[tuple[str, ...]] = []
        spanning: dict[int, tuple[int, str]] = {}
        for row in descendants(element, "table-row"):
            cells = self._row(row, spanning)
            if any(cells):
                rows.append(cells)
            if len(rows) >= _MOST_ROWS:
                break
        if rows:
            width = max(len(row) for row in rows)
            filled = tuple(row + ("",) * (width - len(row)) for row in rows)
            yield Piece(BlockKind.TABLE, rows=filled)
        yield from self._hanging()

    def _row(self, row: Element, spanning: dict[int, tuple[int, str]]) -> tuple[str, ...]:
        """Return the cells of a row; the empty ones that fill it up to its end count as one.

        Args:
            row: the table-row.
            spanning: column -> (rows still covered, text) of cells merged over rows; kept up here.
        """
        cells: list[str] = []
        last = 0
        for cell in row:
            name = local(cell)
            if name not in {"table-cell", "covered-table-cell"} or len(cells) >= MAX_COLUMNS:
                continue
            text = inline(" ".join(self._text(part, 0) for part in cell))
            last = len(cells)
            for _ in range(min(_count(cell, "number-columns-repeated"), MAX_COLUMNS)):
                left, covered = spanning.pop(len(cells), (0, ""))
                if name == "covered-table-cell" and left:
                    spanning[len(cells)] = (left - 1, covered)
                elif (down := _count(cell, "number-rows-spanned")) > 1:
                    spanning[len(cells)] = (down - 1, text)
                repeated = covered if name == "covered-table-cell" and left else ""
                cells.append(text or (repeated if len(repeated) <= LONGEST_REPEATED_CELL else ""))
        if not any(cells[last:]):
            del cells[last + 1 :]
        return tuple(cells[:MAX_COLUMNS])


def _count(cell: Element, name: str) -> int:
    """Return a count that a cell states, at least 1."""
    stated = attribute(cell, name)
    return max(int(stated), 1) if stated.isdecimal() else 1
