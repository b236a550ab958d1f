"""The layout of one page: fragments and tables in, blocks in reading order out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kb.domain.parsed import Block, BlockKind, Line
from kb.parsing.layout_blocks import PageContext, blocks_of
from kb.parsing.layout_lines import SLANTED, Fragment, turned
from kb.parsing.layout_order import columns_in_order
from kb.parsing.layout_rows import lines_and_tables, text_line
from kb.parsing.tables_blocks import rows_of


def page_blocks(
    fragments: Sequence[Fragment],
    tables: Sequence[Block],
    running: Mapping[int, BlockKind],
    context: PageContext,
    size: tuple[float, float],
) -> list[Block]:
    """Lay out one page.

    Args:
        fragments: Text, each in the frame in which it stands upright.
        tables: Finished blocks that keep their place.
        running: ``id`` of a fragment -> PAGE_HEADER or PAGE_FOOTER.
        context: Of the neighbourhood.
        size: Width and height of the page as shown, in points.

    Returns:
        Blocks in reading order, running headers first, footers last.
    """
    content = [f for f in fragments if id(f) not in running]
    blocks: list[Block] = []
    turns = sorted({f.turn for f in content} | {0}, key=lambda turn: -_weight(content, turn))
    for turn in turns:
        pieces: list[Fragment | Block] = [f for f in content if f.turn == turn]
        if turn == 0:
            pieces.extend(tables)
        if turn == SLANTED:
            blocks.extend(
                _running_blocks(
                    [p for p in pieces if isinstance(p, Fragment)], BlockKind.PAGE_FOOTER
                )
            )
        elif pieces:
            columns = [lines_and_tables(group) for group in columns_in_order(pieces)]
            laid = blocks_of(columns, context)
            blocks.extend(_shown(block, turn, size) for block in laid)
    heads = [f for f in fragments if running.get(id(f)) is BlockKind.PAGE_HEADER]
    feet = [f for f in fragments if running.get(id(f)) is BlockKind.PAGE_FOOTER]
    return [
        *_running_blocks(heads, BlockKind.PAGE_HEADER),
        *blocks,
        *_running_blocks(feet, BlockKind.PAGE_FOOTER),
    ]


def _weight(content: Sequence[Fragment], turn: int) -> int:
    return sum(len(f.text) for f in content if f.turn == turn)


def _running_blocks(fragments: Sequence[Fragment], kind: BlockKind) -> list[Block]:
    lines = [text_line(row) for row in rows_of(fragments)]
    return [Block(kind, ln.text, ln.box, (Line(0, len(ln.text), ln.box),)) for ln in lines]


def _shown(block: Block, turn: int, size: tuple[float, float]) -> Block:
    """The block with its boxes on the page as shown."""
    if turn == 0:
        return block
    wide, tall = (size[1], size[0]) if turn % 2 else size
    back = 4 - turn
    return replace(
        block,
        box=turned(block.box, back, wide, tall),
        lines=tuple(replace(ln, box=turned(ln.box, back, wide, tall)) for ln in block.lines),
    )
