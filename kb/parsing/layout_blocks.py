"""Printed lines to paragraphs, headings, list items, captions and code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from kb.domain.parsed import Block, BlockKind, Box, Line
from kb.parsing.layout_headings import heading_level
from kb.parsing.layout_rows import TextLine
from kb.parsing.layout_text import (
    HYPHENS,
    count_ideographs,
    is_ideograph,
    join_lines,
    vocabulary_of,
)
from kb.parsing.tables_blocks import hull

_SAME_SIZE = 0.08
_WIDEST_LEADING = 1.35
"""Times the usual distance of lines from which a new paragraph begins."""
_INDENT = 0.8
_SMALL = 0.92
_SHORT_ITEM = re.compile(
    r"^(?:[•●○▪◦‣⁃∙·➢✓]\s*|[-–—*]\s+"
    r"|\(?[0-9]{1,3}[.)]\s*(?=[^\d\s.)])|[0-9]{1,3}[、）]\s*|\(?[a-zA-Z][.)]\s+|\([ivxIVX]{1,5}\)\s*"
    r"|[（(][0-9a-zA-Z一二三四五六七八九十]{1,3}[)）]\s*|[①-⑳]\s*)(?=\S)"
)
_CAPTION = re.compile(
    r"^(?:(?:fig(?:ure|\.)?|table|tab\.|exhibit|chart|scheme|listing)\s*[0-9]+(?:[.\-][0-9]+)*\s*[.:|)—–-]"
    r"|[图表]\s*[0-9一二三四五六七八九十]+(?:[.\-–—][0-9]+)*)",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"^(?:[0-9]{1,3}|[*†‡§]+|[①-⑳]|\[[0-9]{1,3}\])\s*\S")
_ENDS = (".", "!", "?", ":", "。", "！", "？", "：", ";", "；", "”", '"')


@dataclass(frozen=True, slots=True)
class PageContext:
    """What the neighbourhood of a page tells about its text."""

    body_size: float
    """Em in points of most characters around."""
    body_bold: bool
    """True where most text is bold anyway, so that bold tells nothing."""
    height: float
    """Of the page, in points."""
    outline: Mapping[str, int] = field(default_factory=dict)
    """Bookmarks that point to this page: squeezed title -> level."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much text of a page is of which size and weight."""

    characters: Counter[float]
    """Em in points, to the half point -> characters."""
    bold: int
    """Characters of bold text."""


def sizes_of(pieces: Iterable[tuple[float, bool, int]]) -> Sizes:
    """Count the text of a page; a piece is (em in points, bold, characters)."""
    sizes: Counter[float] = Counter()
    bold = 0
    for size, is_bold, count in pieces:
        sizes[round(size * 2) / 2] += count
        bold += count if is_bold else 0
    return Sizes(sizes, bold)


def context_of(pages: Sequence[Sizes], height: float) -> PageContext:
    """Find the size and weight of ordinary text.

    Args:
        pages: Of the page and its neighbours.
        height: Page height in points.
    """
    sizes: Counter[float] = Counter()
    for page in pages:
        sizes.update(page.characters)
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    return PageContext(body or 10.0, sum(p.bold for p in pages) * 2 > sizes.total(), height)


def blocks_of(columns: Sequence[Sequence[TextLine | Block]], context: PageContext) -> list[Block]:
    """Read columns of lines, in order, as blocks."""
    vocabulary = vocabulary_of([p.text for c in columns for p in c if isinstance(p, TextLine)])
    blocks: list[Block] = []
    for column in columns:
        groups = _paragraphs(column)
        for place, group in enumerate(groups):
            if isinstance(group, Block):
                blocks.append(group)
                continue
            block = _block(group, context, vocabulary)
            if place == 0 and blocks and _continues(blocks[-1], block):
                blocks[-1] = _joined(blocks[-1], block, vocabulary)
            else:
                blocks.append(block)
    return blocks


def _paragraphs(column: Sequence[TextLine | Block]) -> list[list[TextLine] | Block]:
    """Group the lines of one column."""
    lines = [piece for piece in column if isinstance(piece, TextLine)]
    if not lines:
        return [piece for piece in column if isinstance(piece, Block)]
    right = max(line.box[2] for line in lines)
    leading = _usual_leading(lines)
    groups: list[list[TextLine] | Block] = []
    for piece in column:
        last = groups[-1] if groups else None
        if isinstance(piece, Block):
            groups.append(piece)
        elif isinstance(last, list) and _belongs(last, piece, leading, right):
            last.append(piece)
        else:
            groups.append([piece])
    return groups


def _usual_leading(lines: Sequence[TextLine]) -> float:
    """The usual distance of baselines in ems; 1.2 when there is nothing to measure."""
    steps = sorted(
        (after.box[3] - before.box[3]) / max(after.size, 1)
        for before, after in pairwise(lines)
        if after.box[3] > before.box[3] and abs(after.size - before.size) <= _SAME_SIZE * after.size
    )
    near = [step for step in steps if step < 3]  # noqa: PLR2004 - beyond it is white space
    # The lower third: paragraphs' own lines, not the space between paragraphs.
    return near[len(near) // 3] if near else 1.2


def _belongs(group: list[TextLine], line: TextLine, leading: float, right: float) -> bool:
    """Whether ``line`` goes on with the paragraph in ``group``."""
    last = group[-1]
    em = max(line.size, last.size, 1)
    step = line.box[3] - last.box[3]
    alike = abs(line.size - last.size) <= _SAME_SIZE * em and line.mono == last.mono
    if not alike or not 0 < step <= max(_WIDEST_LEADING * leading, 1.25) * em:
        return False
    if line.bold != last.bold and (len(last.text) < 60 or last.text.endswith(_ENDS)):  # noqa: PLR2004
        return False
    if _SHORT_ITEM.match(line.text) or _CAPTION.match(line.text):
        return False
    if line.mono and last.mono:
        return True
    return not (_ended_early(last, line, right) or _new_indent(group, line, em))


def _ended_early(last: TextLine, line: TextLine, right: float) -> bool:
    """The next word would have fitted on ``last``: its paragraph ended there."""
    if last.text.endswith(HYPHENS):
        return False
    room = right - last.box[2]
    if is_ideograph(line.text[0]):
        return room > 2.2 * last.size
    word = line.text.split(" ", 1)[0]
    wide = (line.box[2] - line.box[0]) * (len(word) + 1) / max(len(line.text), 1)
    centred = abs((last.box[0] + last.box[2]) - (line.box[0] + line.box[2])) < last.size
    if centred and last.box[0] > line.box[0] + last.size and not last.text.endswith(_ENDS):
        return False
    slack = 1.15 if last.text.endswith(_ENDS) else 1.6
    return room > max(wide * slack, 2.0 * last.size)


def _new_indent(group: list[TextLine], line: TextLine, em: float) -> bool:
    last = group[-1]
    shift = line.box[0] - last.box[0]
    if abs(shift) < _INDENT * em:
        return False
    if len(group) == 1:
        # A first line may be indented, or hang out before an indented rest.
        is_item = _SHORT_ITEM.match(last.text) is not None
        return shift > 0 and not is_item and shift > 6 * em
    centred = abs((last.box[0] + last.box[2]) - (line.box[0] + line.box[2])) < em
    return not centred and (shift > 0 or last.text.endswith(_ENDS))


def _block(group: list[TextLine], context: PageContext, vocabulary: frozenset[str]) -> Block:
    """One paragraph as a block of the right kind."""
    mono = all(line.mono for line in group) and len(group) > 1
    if mono and _looks_like_code(group):
        return _code(group)
    text, places = join_lines([line.text for line in group], vocabulary)
    lines = tuple(
        Line(start, end, line.box) for (start, end), line in zip(places, group, strict=True)
    )
    level = heading_level(text, group, context)
    kind = BlockKind.HEADING if level is not None else _kind(text, group, context)
    if kind is BlockKind.LIST_ITEM:
        level = 1
    return Block(
        kind, text, hull([line.box for line in group]), lines, level, None, _confidence(group)
    )


def _kind(text: str, group: list[TextLine], context: PageContext) -> BlockKind:
    if _CAPTION.match(text) and len(text) < 400:  # noqa: PLR2004 - a paragraph may begin so
        return BlockKind.CAPTION
    size = group[0].size
    low_on_page = group[0].box[1] > 0.6 * context.height
    if size < _SMALL * context.body_size and low_on_page and _FOOTNOTE.match(text):
        return BlockKind.FOOTNOTE
    if _SHORT_ITEM.match(text):
        return BlockKind.LIST_ITEM
    return BlockKind.PARAGRAPH


def _looks_like_code(group: list[TextLine]) -> bool:
    """Monospaced text that is not typewritten prose: symbols, indents, short lines."""
    text = "".join(line.text for line in group)
    symbols = sum(text.count(sign) for sign in "{}()[];=<>_/\\|&#$")
    return symbols > 0.06 * len(text) and count_ideographs(text) < 0.3 * len(text)


def _code(group: list[TextLine]) -> Block:
    left = min(line.box[0] for line in group)
    text, lines = "", []
    for line in group:
        text += "\n" if text else ""
        advance = (line.box[2] - line.box[0]) / max(len(line.text), 1)
        text += " " * min(40, round((line.box[0] - left) / max(advance, 1)))
        lines.append(Line(len(text), len(text) + len(line.text), line.box))
        text += line.text
    box = hull([line.box for line in group])
    return Block(BlockKind.CODE, text, box, tuple(lines), confidence=_confidence(group))


def _confidence(group: list[TextLine]) -> float | None:
    known = [(line.confidence, len(line.text)) for line in group if line.confidence is not None]
    return sum(c * n for c, n in known) / max(sum(n for _, n in known), 1) if known else None


def _continues(before: Block, after: Block) -> bool:
    """Whether a paragraph runs on from the foot of one column to the head of the next."""
    if before.kind not in {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}:
        return False
    if after.kind is not BlockKind.PARAGRAPH or not before.text or not before.lines:
        return False
    if before.text.endswith(_ENDS) or after.box[1] >= before.box[3]:
        return False
    return after.text[0].islower() or is_ideograph(after.text[0])


def _joined(before: Block, after: Block, vocabulary: frozenset[str]) -> Block:
    text, ((_, end), (start, _)) = join_lines([before.text, after.text], vocabulary)
    kept = tuple(replace(line, end=min(line.end, end)) for line in before.lines)
    moved = tuple(Line(line.start + start, line.end + start, line.box) for line in after.lines)
    box: Box = hull([before.box, after.box])
    return replace(before, text=text, box=box, lines=kept + moved)
