"""Cut while pages arrive: the slices in which they come leave no trace."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.chunking.passages import PassageCutter, split_passages
from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage

BOX = (50.0, 50.0, 500.0, 70.0)
words = st.sampled_from(
    ["泵", "检修计划", "the valve", "pressure", "第3条", "CG-118", "of", "运行"]
)
sentences = st.lists(words, min_size=1, max_size=12).map(" ".join)
endings = st.sampled_from([".", "。", "", "", ":", "\n\n"])
texts = st.lists(st.tuples(sentences, endings).map("".join), min_size=1, max_size=6).map(" ".join)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(BlockKind))
    if kind is BlockKind.TABLE:
        rows = tuple(draw(st.lists(st.tuples(sentences, sentences), min_size=1, max_size=30)))
        return Block(kind, "\n".join(" | ".join(row) for row in rows), BOX, rows=rows)
    level = draw(st.integers(1, 3)) if kind is BlockKind.HEADING else None
    return Block(kind, draw(texts), BOX, level=level)


@st.composite
def documents(draw: st.DrawFn) -> list[ParsedPage]:
    pages = draw(st.lists(st.lists(blocks(), max_size=6), max_size=8))
    return [
        ParsedPage(number, 595.0, 842.0, PageSource.TEXT, 1.0, tuple(content))
        for number, content in enumerate(pages, 1)
    ]


def count(texts: object) -> list[int]:
    return [len(text) // 2 + 1 for text in texts]  # type: ignore[attr-defined]


@given(documents(), st.sets(st.integers(0, 8)))
def test_slices_leave_no_trace(pages: list[ParsedPage], cuts: set[int]) -> None:
    cutter = PassageCutter(count_tokens=count, target_tokens=60, max_tokens=90)
    edges = [0, *sorted(cut for cut in cuts if cut < len(pages)), len(pages)]

    found = [passage for start, end in pairwise(edges) for passage in cutter.feed(pages[start:end])]
    found += cutter.finish()

    assert found == split_passages(pages, count_tokens=count, target_tokens=60, max_tokens=90)


def test_passages_come_out_before_the_last_page() -> None:
    cutter = PassageCutter(count_tokens=count)
    block = Block(BlockKind.PARAGRAPH, "The pump ran for an hour. " * 40, BOX)
    page = ParsedPage(1, 595.0, 842.0, PageSource.TEXT, 1.0, (block,) * 4)

    found = cutter.feed([page])

    assert found
    assert [passage.ordinal for passage in found] == list(range(len(found)))


@pytest.mark.parametrize("rows", [3_000])
def test_a_table_over_many_pages_is_not_held_back_as_a_whole(rows: int) -> None:
    cutter = PassageCutter(count_tokens=count)
    cells = tuple((f"part {number}", f"{number} kg") for number in range(rows))
    table = Block(BlockKind.TABLE, "\n".join(" | ".join(row) for row in cells), BOX, rows=cells)

    found = cutter.feed([ParsedPage(1, 595.0, 842.0, PageSource.TEXT, 1.0, (table,))])

    assert sum(len(passage.text) for passage in found) > len(table.text) * 0.9
