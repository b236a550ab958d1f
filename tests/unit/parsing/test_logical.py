"""Blocks flow onto pages; every character has a line with a box on the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.domain.parsed import BlockKind
from kb.parsing.logical import HEIGHT, Piece, break_lines, has_header, lay_out, text_columns

texts = st.text("ab 合同。，\n", min_size=1, max_size=400).filter(lambda t: t.strip())
pieces = st.builds(
    Piece,
    st.sampled_from([BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM]),
    texts,
    st.none() | st.integers(1, 9),
)
rows = st.lists(st.text("a1合", max_size=30), min_size=3, max_size=3).map(tuple)
tables = st.lists(rows, min_size=1, max_size=80).map(
    lambda made: Piece(BlockKind.TABLE, rows=tuple(made))
)


@given(st.lists(pieces | tables, max_size=12))
def test_lines_lie_on_the_page_and_inside_their_text(given_pieces):
    numbers = []
    for page in lay_out(given_pieces):
        numbers.append(page.number)
        for block in page.blocks:
            for line in block.lines:
                x0, y0, x1, y1 = line.box
                assert 0 <= line.start <= line.end <= len(block.text)
                assert 0 <= x0 <= x1 <= page.width
                assert 0 <= y0 <= y1 <= HEIGHT
    assert numbers == list(range(1, len(numbers) + 1))


@given(st.lists(pieces, max_size=12))
def test_no_word_is_lost(given_pieces):
    laid = "".join(block.text for page in lay_out(given_pieces) for block in page.blocks)
    wanted = "".join(piece.text for piece in given_pieces)
    assert "".join(laid.split()) == "".join(wanted.split())


@given(st.lists(pieces, min_size=5, max_size=30), st.integers(1, 4))
def test_going_on_at_a_page_gives_the_same_pages(given_pieces, first):
    whole = list(lay_out(given_pieces))
    assert list(lay_out(given_pieces, first_page=first)) == whole[first - 1 :]


@given(texts, st.integers(4, 90))
def test_lines_fit_their_columns(text, columns):
    for begin, end in break_lines(text, columns):
        # One closing mark may hang over the edge.
        assert text_columns(text[begin:end]) <= columns + 2


def test_a_table_repeats_its_header_on_the_next_page():
    rows = (("姓名", "部门"), *((f"员工{n}", "财务") for n in range(100)))
    pages = list(lay_out([Piece(BlockKind.TABLE, rows=rows)]))
    assert len(pages) > 1
    assert all(page.blocks[0].rows[0] == ("姓名", "部门") for page in pages)


def test_numbers_are_no_header():
    assert has_header((("name", "sum"), ("a", "1")))
    assert not has_header((("1", "2"), ("3", "4")))


def test_an_empty_file_has_one_empty_page():
    assert [page.blocks for page in lay_out([])] == [()]
