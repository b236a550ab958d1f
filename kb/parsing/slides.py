"""The way of a PPTX: each slide is a page, its shapes in the order a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb.domain.errors import DamagedFile
from kb.domain.parsed import Block, BlockKind, Box, Line, PageSource, ParsedPage
from kb.parsing.charts import chart_rows, chart_title, drawing_words
from kb.parsing.clean import inline, lines
from kb.parsing.containers import Container
from kb.parsing.facts import DocumentFacts
from kb.parsing.figures import Figures
from kb.parsing.formulas import formula_text
from kb.parsing.limits import LONGEST_REPEATED_CELL, MAX_COLUMNS
from kb.parsing.logical import Piece, break_lines, table_text, text_columns
from kb.parsing.ooxml import (
    attribute,
    child,
    descendants,
    local,
    main_part,
    office_facts,
    path_to,
    relationships,
)
from kb.parsing.slides_geometry import IDENTITY, Frame, Layouts, Shift

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_EMU = 12_700.0
"""English metric units in a point."""
_NOTES_HEIGHT = 160.0
"""Points below the slide where its notes are put."""
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = {"ftr": BlockKind.PAGE_FOOTER, "dt": BlockKind.PAGE_FOOTER,
              "sldNum": BlockKind.PAGE_FOOTER, "hdr": BlockKind.PAGE_HEADER}  # fmt: skip
_BODIES = frozenset({"body", "obj", "subTitle", ""})
_BODY_SIZE = 18.0
_SMALLEST_SIZE = 5.0
_DEEPEST_GROUP = 20
_BANDS = 20
"""Shapes whose tops lie within a twentieth of the slide stand in one row."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block with the frame it belongs into."""

    piece: Piece
    frame: Frame


def pptx_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return the number of slides, title and metadata.

    Raises:
        CannotRead: the container is damaged, encrypted or beyond the limits.
    """
    with Container(path, name=name) as container:
        facts = office_facts(container)
        slides = len(_Presentation(container).slides)
    return DocumentFacts(slides, facts.title, facts.metadata)


def read_pptx(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield the slides of a presentation.

    Raises:
        CannotRead: with the reason.
    """
    with Container(path, name=name) as container:
        presentation = _Presentation(container)
        last = min(len(presentation.slides), max_pages)
        for number in range(first_page, last + 1):
            yield presentation.page(number)


class _Presentation:
    def __init__(self, container: Container) -> None:
        self._container = container
        main = main_part(container, "ppt/presentation.xml")
        root = container.xml(main)
        relations = relationships(container, main)
        if root is None:
            raise DamagedFile(
                name=container.name, detail="it has no slides", detail_zh="缺少幻灯片"
            )
        listed = path_to(root, "sldIdLst")
        entries = list(listed) if listed is not None else []
        targets = [relations.get(_relation_id(entry), ("", ""))[1] for entry in entries]
        self.slides = [target for target in targets if target in container]
        size = path_to(root, "sldSz")
        self._width = _points(attribute(size, "cx")) or 720.0
        self._height = _points(attribute(size, "cy")) or 540.0
        self._layouts = Layouts(container)
        self._figures = Figures()

    def page(self, number: int) -> ParsedPage:
        """Return slide ``number``, from 1."""
        part = self.slides[number - 1]
        root = self._container.xml(part)
        warnings: list[str] = []
        if root is None:
            return self._parsed(number, [], [], ["The slide is missing in the file."])
        relations = relationships(self._container, part)
        if root.get("show") in {"0", "false"}:
            warnings.append("The slide is hidden in the presentation.")
        slide = _Slide(self._container, relations, self._layouts.of(relations), self._figures)
        tree = path_to(root, "cSld", "spTree")
        placed = list(slide.shapes(tree, IDENTITY, 0)) if tree is not None else []
        ordered = sorted(placed, key=self._place)
        return self._parsed(number, ordered, self._notes(relations), warnings)

    def _place(self, placed: _Placed) -> tuple[int, int, float]:
        kind, frame = placed.piece.kind, placed.frame
        rank = 0 if kind in {BlockKind.TITLE, BlockKind.HEADING} else 1
        rank = 2 if kind in {BlockKind.PAGE_FOOTER, BlockKind.FOOTNOTE} else rank
        return (rank, int(frame.top / self._height * _BANDS), frame.left)

    def _notes(self, relations: dict[str, tuple[str, str]]) -> list[str]:
        found: list[str] = []
        for kind, target in relations.values():
            root = self._container.xml(target) if kind in {"notesSlide", "comments"} else None
            if root is None:
                continue
            if kind == "comments":
                found.extend(inline(mark.text or "") for mark in descendants(root, "text"))
                continue
            for shape in descendants(root, "sp"):
                holder = path_to(shape, "nvSpPr", "nvPr", "ph")
                if attribute(holder, "type") in {"body", ""} and holder is not None:
                    found.extend(text for text, _ in _paragraphs(shape))
        return [text for text in found if text]

    def _parsed(
        self, number: int, placed: list[_Placed], notes: list[str], warnings: list[str]
    ) -> ParsedPage:
        blocks = _blocks(placed)
        height = self._height
        if notes:
            frame = Frame(36.0, height + 8.0, self._width - 72.0, _NOTES_HEIGHT - 16.0)
            height += _NOTES_HEIGHT
            pieces = [Piece(BlockKind.FOOTNOTE, text) for text in notes]
            blocks += _blocks([_Placed(piece, frame) for piece in pieces])
        warnings.extend(entry.piece.warning for entry in placed if entry.piece.warning)
        return ParsedPage(
            number=number,
            width=self._width,
            height=height,
            source=PageSource.TEXT,
            quality=1.0 if blocks else 0.0,
            blocks=tuple(blocks),
            warnings=tuple(warnings),
        )


@dataclass(frozen=True, slots=True)
class _Slide:
    """What is needed to read the shapes of one slide."""

    container: Container
    relations: dict[str, tuple[str, str]]
    layout: dict[tuple[str, str], Frame]
    figures: Figures

    def shapes(self, parent: Element, shift: Shift, depth: int) -> Iterator[_Placed]:
        """Yield the blocks of all shapes below, groups resolved."""
        if depth > _DEEPEST_GROUP:
            return
        for shape in parent:
            name = local(shape)
            if name == "sp":
                yield from self._text(shape, shift)
            elif name == "grpSp":
                yield from self.shapes(shape, shift.into(shape), depth + 1)
            elif name == "graphicFrame":
                yield from self._graphic(shape, shift)
            elif name == "pic":
                yield from self._picture(shape, shift)
            elif name == "AlternateContent":
                branch = next((part for part in shape if len(part)), None)
                if branch is not None:
                    yield from self.shapes(branch, shift, depth + 1)

    def _text(self, shape: Element, shift: Shift) -> Iterator[_Placed]:
        holder = path_to(shape, "nvSpPr", "nvPr", "ph")
        kind = attribute(holder, "type")
        key = (kind, attribute(holder, "idx"))
        inherited = (
            self.layout.get(key) or self.layout.get((kind, "")) if holder is not None else None
        )
        frame = shift.frame(path_to(shape, "spPr", "xfrm")) or inherited or Frame(36, 36, 400, 200)
        for text, level in _paragraphs(shape):
            yield _Placed(_text_piece(text, level, kind, is_placeholder=holder is not None), frame)

    def _graphic(self, shape: Element, shift: Shift) -> Iterator[_Placed]:
        frame = shift.frame(child(shape, "xfrm")) or Frame(36, 36, 400, 200)
        graphic = path_to(shape, "graphic", "graphicData")
        table = child(graphic, "tbl")
        if table is not None:
            rows = _table_rows(table)
            if any(any(row) for row in rows):
                yield _Placed(Piece(BlockKind.TABLE, rows=rows), frame)
        for part in graphic if graphic is not None else ():
            for key in ("id", "dm"):
                kind, target = self.relations.get(attribute(part, key), ("", ""))
                for piece in self._linked(kind, target):
                    yield _Placed(piece, frame)

    def _linked(self, kind: str, target: str) -> Iterator[Piece]:
        root = self.container.xml(target) if kind in {"chart", "diagramData"} else None
        if root is None:
            return
        if kind == "diagramData":
            for text in drawing_words(root):
                yield Piece(BlockKind.PARAGRAPH, text)
            return
        if title := chart_title(root):
            yield Piece(BlockKind.CAPTION, title)
        if rows := chart_rows(root):
            yield Piece(BlockKind.TABLE, rows=rows)

    def _picture(self, shape: Element, shift: Shift) -> Iterator[_Placed]:
        frame = shift.frame(path_to(shape, "spPr", "xfrm")) or Frame(36, 36, 400, 200)
        description = attribute(path_to(shape, "nvPicPr", "cNvPr"), "descr")
        link = attribute(path_to(shape, "blipFill", "blip"), "embed")
        kind, target = self.relations.get(link, ("", ""))
        raw = self.container.read(target) if kind == "image" else b""
        for piece in self.figures.pieces(raw, description) if raw else ():
            yield _Placed(piece, frame)


def _text_piece(text: str, level: int, kind: str, *, is_placeholder: bool) -> Piece:
    if kind in _TITLES:
        return Piece(BlockKind.HEADING, text, 1)
    if kind in _FURNITURE:
        return Piece(_FURNITURE[kind], text)
    if is_placeholder and kind in _BODIES and kind != "subTitle":
        return Piece(BlockKind.LIST_ITEM, text, level + 1)
    return Piece(BlockKind.PARAGRAPH, text)


def _paragraphs(shape: Element) -> Iterator[tuple[str, int]]:
    """Yield (text, indent level) of a shape's paragraphs."""
    body = child(shape, "txBody")
    for paragraph in body if body is not None else ():
        if local(paragraph) == "p":
            text = lines(_paragraph_text(paragraph))
            level = attribute(child(paragraph, "pPr"), "lvl")
            if text:
                yield text, int(level) if level.isdigit() else 0


def _paragraph_text(paragraph: Element) -> str:
    texts = []
    for part in paragraph:
        name = local(part)
        if name in {"r", "fld"}:
            texts.append("".join(mark.text or "" for mark in part if local(mark) == "t"))
        elif name == "br":
            texts.append("\n")
        elif name in {"m", "AlternateContent"}:
            texts.extend(formula_text(found) for found in descendants(part, "oMath"))
    return "".join(texts)


def _table_rows(table: Element) -> tuple[tuple[str, ...], ...]:
    """Return cell texts by row: a merged cell speaks in each row it covers, once in a row."""
    rows: list[tuple[str, ...]] = []
    above: dict[int, str] = {}
    for row in table:
        if local(row) != "tr":
            continue
        texts: list[str] = []
        for cell in [cell for cell in row if local(cell) == "tc"][:MAX_COLUMNS]:
            text = " ".join(inline(text) for text, _ in _paragraphs(cell))
            if attribute(cell, "vMerge") in {"1", "true"}:
                covered = above.get(len(texts), "")
                text = text or (covered if len(covered) <= LONGEST_REPEATED_CELL else "")
            above[len(texts)] = text
            texts.append(text)
        rows.append(tuple(texts))
    width = max((len(row) for row in rows), default=0)
    return tuple(row + ("",) * (width - len(row)) for row in rows)


def _blocks(placed: list[_Placed]) -> list[Block]:
    """Give each block its lines: what shares a frame stands in it from top to bottom."""
    groups: dict[Frame, list[Piece]] = {}
    for entry in placed:
        groups.setdefault(entry.frame, []).append(entry.piece)
    made = {frame: iter(_fill(frame, pieces)) for frame, pieces in groups.items()}
    return [next(made[entry.frame]) for entry in placed]


def _fill(frame: Frame, pieces: list[Piece]) -> list[Block]:
    size = _BODY_SIZE
    while True:
        columns = max(4, int(frame.width / (size / 2)))
        broken = [
            [] if piece.rows is not None else break_lines(piece.text, columns) for piece in pieces
        ]
        count = sum(map(len, broken)) + sum(len(piece.rows or ()) for piece in pieces)
        if count * size * 1.2 <= frame.height or size <= _SMALLEST_SIZE:
            break
        size = max(_SMALLEST_SIZE, size * 0.85)
    step = min(size * 1.2, frame.height / max(count, 1)) if count else size
    blocks, top = [], frame.top
    for piece, breaks in zip(pieces, broken, strict=True):
        if piece.rows is not None:
            blocks.append(_table_block(piece.rows, frame, top, step))
            top += step * len(piece.rows)
        else:
            blocks.append(_text_block(piece, breaks, frame, top, step, size))
            top += step * len(breaks)
    return blocks


def _text_block(
    piece: Piece, breaks: list[tuple[int, int]], frame: Frame, top: float, step: float, size: float
) -> Block:
    made = []
    for place, (begin, end) in enumerate(breaks):
        wide = min(frame.width, text_columns(piece.text[begin:end]) * size / 2)
        y = top + place * step
        made.append(Line(begin, end, _box(frame.left, y, frame.left + wide, y + step)))
    right = max((line.box[2] for line in made), default=frame.left)
    box = _box(frame.left, top, right, top + step * max(len(made), 1))
    return Block(piece.kind, piece.text, box, tuple(made), piece.level, confidence=piece.confidence)


def _table_block(rows: tuple[tuple[str, ...], ...], frame: Frame, top: float, step: float) -> Block:
    width = frame.width / max(len(rows[0]), 1)
    made, offset = [], 0
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            left, y = frame.left + column * width, top + place * step
            if cell:
                box = _box(left, y, left + width, y + step)
                made.append(Line(offset, offset + len(cell), box))
            offset += len(cell) + 3
        offset -= 2
    box = _box(frame.left, top, frame.left + frame.width, top + step * len(rows))
    return Block(BlockKind.TABLE, table_text(rows), box, tuple(made), rows=rows)


def _relation_id(entry: Element) -> str:
    return next((str(v) for k, v in entry.attrib.items() if str(k).endswith("}id")), "")


def _points(text: str) -> float:
    try:
        return int(text) / _EMU
    except ValueError:
        return 0.0


def _box(x0: float, y0: float, x1: float, y1: float) -> Box:
    return (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))
