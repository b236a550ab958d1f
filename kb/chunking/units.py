"""Pages to units: the smallest stretches that a passage takes whole (sentence, row, heading)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.chunking.continuations import (
    breaks_a_word,
    paragraph_continues,
    repeats_header,
    table_continues,
)
from kb.chunking.sentences import sentence_spans
from kb.domain.parsed import NOT_CONTENT, Block, BlockKind, ParsedPage

_HEADINGS = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_CELLS = " | "
_LONGEST_HEADING = 200
"""Characters; a longer "heading" is a misread paragraph and is treated as one."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of a block."""

    page: int
    block: Block
    start: int
    end: int
    joint: str = ""
    """Put before it when it does not open a passage and does not directly follow in its block."""

    @property
    def text(self) -> str:
        """The stretch itself."""
        return self.block.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is never cut unless it alone is too long."""

    slices: tuple[Slice, ...]
    path: tuple[str, ...]
    """Headings above, and for a heading itself too."""
    group: int
    """Units of one paragraph, list or table share it; a cut between groups is better."""
    heading: bool = False
    header: Slice | None = None
    """The header row that opens every passage that begins with this row."""
    tokens: int = 0

    @property
    def text(self) -> str:
        """The text as it will stand in a passage that it opens."""
        first, *others = self.slices
        return first.text + "".join(s.joint + s.text for s in others)


class Units:
    """Takes pages one by one and gives out the units that no later page can change."""

    def __init__(self) -> None:
        self._order = _ReadingOrder()
        self._path: list[tuple[int, str]] = []
        self._group = 0
        self._before: Entry | None = None
        self._held: Unit | None = None
        self._header: Slice | None = None

    def of(self, page: ParsedPage) -> Iterator[Unit]:
        """Units that are finished with this page, in reading order, tokens not yet counted."""
        for entry in self._order.of(page):
            yield from self._taken(entry)

    def rest(self) -> Iterator[Unit]:
        """Units that waited for a page to come; call it after the last one."""
        for entry in self._order.rest():
            yield from self._taken(entry)
        if self._held is not None:
            yield self._held
            self._held = None

    def _taken(self, entry: Entry) -> Iterator[Unit]:
        block = entry[1]
        heading = block.kind in _HEADINGS and len(block.text) <= _LONGEST_HEADING
        if heading:
            level = _level(block)
            self._path = [above for above in self._path if above[0] < level]
            self._path.append((level, " ".join(block.text.split())))
        before = self._before
        joined = before is not None and _continues(before, entry)
        goes_on = self._table_goes_on(entry)
        if not (joined or goes_on) and (before is None or not _same_group(before[1], block)):
            self._group += 1
        units = _units(entry, tuple(text for _, text in self._path), self._group, heading)
        if goes_on:
            units = self._under_header(units, block)
        for unit in units:
            if joined and self._held is not None:
                self._held = _glued(self._held, unit)
                joined = False
                continue
            if self._held is not None:
                yield self._held
            self._held = unit
        self._before = entry

    def _table_goes_on(self, entry: Entry) -> bool:
        """Say whether a table goes on after a page break; keep the header of one that begins."""
        before, block = self._before, entry[1]
        if block.kind is not BlockKind.TABLE:
            self._header = None
            return False
        if (
            self._header is not None
            and before is not None
            and before[0] != entry[0]
            and table_continues(before[1], block)
        ):
            return True
        rows = _row_spans(block)
        self._header = Slice(entry[0], block, *rows[0]) if len(rows) > 1 else None
        return False

    def _under_header(self, units: Iterator[Unit], block: Block) -> Iterator[Unit]:
        """Rows of a continued table; a header that is printed again is not repeated."""
        header = self._header
        if header is None:
            return
        again = repeats_header(header.block, block)
        for at, unit in enumerate(units):
            if not (at == 0 and again):
                yield replace(unit, header=header)


Entry = tuple[int, Block]
"""Page number and block."""


class _ReadingOrder:
    """Content blocks; footnotes wait until a paragraph that runs over the page break is whole."""

    def __init__(self) -> None:
        self._notes: list[Entry] = []
        self._last: Entry | None = None

    def of(self, page: ParsedPage) -> Iterator[Entry]:
        for block in page.blocks:
            if block.kind in NOT_CONTENT or not block.text.strip():
                continue
            entry = (page.number, block)
            if block.kind is BlockKind.FOOTNOTE:
                self._notes.append(entry)
                continue
            if self._last is None or not _continues(self._last, entry):
                yield from self.rest()
            yield entry
            yield from self.rest()
            self._last = entry

    def rest(self) -> Iterator[Entry]:
        yield from self._notes
        self._notes.clear()


def _continues(before: Entry, entry: Entry) -> bool:
    """Say whether a paragraph goes on after a page break."""
    return before[0] != entry[0] and paragraph_continues(before[1], entry[1])


def _glued(unit: Unit, more: Unit) -> Unit:
    """One sentence in two blocks; a word that was broken between them is whole again."""
    last = unit.slices[-1]
    end, start = last.text[-1:], more.slices[0].text[:1]
    joint = " " if end.isascii() and start.isascii() and not end.isspace() else ""
    if breaks_a_word(last.text, more.slices[0].text):
        last, joint = replace(last, end=last.end - 1), ""
    first = replace(more.slices[0], joint=joint)
    return replace(unit, slices=(*unit.slices[:-1], last, first, *more.slices[1:]))


def _level(block: Block) -> int:
    if block.kind is BlockKind.TITLE:
        return 0
    return block.level if block.level is not None and block.level > 0 else 1


def _same_group(before: Block, block: Block) -> bool:
    if block.kind is BlockKind.LIST_ITEM:
        return before.kind is BlockKind.LIST_ITEM or before.text.rstrip().endswith((":", "："))
    return before.kind is BlockKind.CAPTION and block.kind is BlockKind.TABLE


def _units(entry: Entry, path: tuple[str, ...], group: int, heading: bool) -> Iterator[Unit]:  # noqa: FBT001 - private, stored as is
    page, block = entry
    if heading:
        yield Unit((Slice(page, block, 0, len(block.text), "\n"),), path, group, heading=True)
        return
    rows = block.kind is BlockKind.TABLE or block.kind is BlockKind.CODE
    cuts = _row_spans(block) if rows else sentence_spans(block.text)
    header = None
    if block.kind is BlockKind.TABLE and len(cuts) > 1:
        header = Slice(page, block, *cuts[0])
    for at, (start, end) in enumerate(cuts):
        piece = Slice(page, block, start, end, "\n")
        yield Unit((piece,), path, group, header=header if at > 0 else None)


def _row_spans(block: Block) -> list[tuple[int, int]]:
    """Rows of a table (its cells may hold line breaks), or the lines of code."""
    spans: list[tuple[int, int]] = []
    start = 0
    for row in block.rows or ():
        end = start + len(_CELLS.join(row))
        if block.text[start:end] != _CELLS.join(row):
            spans.clear()
            break
        spans.append((start, min(end + 1, len(block.text))))
        start = end + 1
    if spans and spans[-1][1] == len(block.text):
        return [span for span in spans if block.text[slice(*span)].strip()]
    spans.clear()
    start = 0
    for line in block.text.splitlines(keepends=True):
        if line.strip():
            spans.append((start, start + len(line)))
        start += len(line)
    return spans
