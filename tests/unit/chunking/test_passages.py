"""Passages: nothing lost, nothing out of order, never too long, every line where it stands."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kb.chunking.passages import split_passages
from kb.domain.parsed import Block, BlockKind, Line, PageSource, ParsedPage

CONTENT = [
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.LIST_ITEM,
    BlockKind.CODE,
    BlockKind.CAPTION,
    BlockKind.FOOTNOTE,
]


def count(texts):
    """Words, and each Chinese character by itself."""
    return [len(re.findall(r"[一-鿿]|[^\s一-鿿]+", text)) for text in texts]


def page(number, *blocks):
    return ParsedPage(number, 595, 842, PageSource.TEXT, 1.0, tuple(blocks))


def block(kind, text, level=None):
    lines = tuple(
        Line(m.start(), m.end(), (50.0, float(m.start()), 500.0, float(m.start()) + 10))
        for m in re.finditer(r"[^\n]+", text)
    )
    return Block(kind, text, (50, 0, 500, 800), lines, level)


def paragraph(text):
    return block(BlockKind.PARAGRAPH, text)


def table(*rows):
    text = "\n".join(" | ".join(row) for row in rows)
    return Block(BlockKind.TABLE, text, (0, 0, 9, 9), rows=rows)


words = st.text("ab1。中文，. \n|", min_size=1, max_size=200).filter(str.strip)
blocks = st.builds(block, st.sampled_from(CONTENT), words, st.none() | st.integers(1, 4))
documents = st.lists(st.lists(blocks, max_size=6), max_size=4).map(
    lambda pages: [page(number, *found) for number, found in enumerate(pages, 1)]
)


def letters(text):
    return sorted("".join(text.split()))


@given(documents)
def test_every_character_of_the_body_is_in_a_passage(pages):
    passages = split_passages(pages, count_tokens=count, target_tokens=20, max_tokens=30)

    headings = {BlockKind.HEADING, BlockKind.TITLE}
    body = [b.text for p in pages for b in p.blocks if b.kind not in headings]
    found = "".join(p.text + "".join(p.heading_path) for p in passages)
    for text in body:
        assert set(letters(text)) <= set(letters(found))
    kept = len(letters("".join(p.text for p in passages)))
    everything = len(letters("".join(b.text for p in pages for b in p.blocks)))
    assert len(letters("".join(body))) <= kept <= everything


@given(documents)
def test_no_passage_is_too_long_or_empty(pages):
    passages = split_passages(pages, count_tokens=count, target_tokens=20, max_tokens=30)

    assert all(0 < tokens <= 30 for tokens in count([p.text for p in passages]) if tokens)
    assert all(p.text == p.text.strip() != "" for p in passages)
    assert [p.ordinal for p in passages] == list(range(len(passages)))


@given(documents)
def test_spans_cover_the_text_without_gap_or_overlap(pages):
    for passage in split_passages(pages, count_tokens=count, target_tokens=20, max_tokens=30):
        ends = [0, *(span.end for span in passage.spans)]
        assert [span.start for span in passage.spans] == ends[:-1]
        assert ends[-1] == len(passage.text)
        assert all(1 <= span.page <= len(pages) for span in passage.spans)


@given(st.lists(st.integers(3, 60), min_size=1, max_size=30))
def test_paragraphs_keep_their_order_and_sentences_stay_whole(lengths):
    sentences = [f"s{number} " + "word " * n + "end." for number, n in enumerate(lengths)]
    pages = [page(1, *(paragraph(s) for s in sentences))]

    passages = split_passages(pages, count_tokens=count, target_tokens=60, max_tokens=80)

    joined = "\n".join(p.text for p in passages)
    positions = [joined.index(s) for s in sentences]
    assert positions == sorted(positions)
    assert all(any(s in p.text for p in passages) for s in sentences)


def test_a_section_is_not_mixed_with_the_next_and_knows_its_headings():
    pages = [
        page(
            1,
            block(BlockKind.TITLE, "Handbook"),
            block(BlockKind.HEADING, "Leave", 1),
            paragraph("Leave is granted in writing. " * 10),
            block(BlockKind.HEADING, "Pay", 1),
            paragraph("Pay is due on the last day. " * 10),
        )
    ]

    first, second = split_passages(pages, count_tokens=count, target_tokens=100, max_tokens=120)

    assert first.heading_path == ("Handbook", "Leave")
    assert second.heading_path == ("Handbook", "Pay")
    assert "Pay" not in first.text
    assert second.embedded_text.startswith("Handbook\nPay\nPay is due")


def test_small_sections_share_a_passage_with_their_headings_in_the_text():
    pages = [
        page(
            1,
            block(BlockKind.HEADING, "Address", 1),
            paragraph("1 Road."),
            block(BlockKind.HEADING, "Phone", 1),
            paragraph("555."),
        )
    ]

    (only,) = split_passages(pages, count_tokens=count)

    assert only.text == "Address\n1 Road.\nPhone\n555."
    assert only.heading_path == ()


def test_a_heading_with_nothing_below_can_still_be_found():
    pages = [page(1, block(BlockKind.HEADING, "Annex A", 1))]

    (only,) = split_passages(pages, count_tokens=count)

    assert only.text == "Annex A"
    assert only.heading_path == ()


def test_a_long_table_repeats_its_header_row():
    rows = [("part", "price"), *((f"P-{n}", str(n)) for n in range(100))]

    passages = split_passages(
        [page(1, table(*rows))], count_tokens=count, target_tokens=50, max_tokens=60
    )

    assert len(passages) > 3
    assert all(p.text.startswith("part | price\nP-") for p in passages)
    found = [line for p in passages for line in p.text.splitlines()[1:]]
    assert found == [f"P-{n} | {n}" for n in range(100)]


def test_running_headers_are_left_out():
    pages = [
        page(1, block(BlockKind.PAGE_HEADER, "ACME secret"), paragraph("The body.")),
        page(2, block(BlockKind.PAGE_FOOTER, "page 2"), paragraph("More body.")),
    ]

    (only,) = split_passages(pages, count_tokens=count)

    assert only.text == "The body.\nMore body."
    assert [span.page for span in only.spans] == [1, 2]


def test_a_paragraph_that_runs_over_the_page_break_becomes_one_again():
    pages = [
        page(
            1,
            paragraph("This sentence is so long that it"),
            block(BlockKind.FOOTNOTE, "1 See there."),
        ),
        page(2, paragraph("ends on the next page. Then another.")),
    ]

    (only,) = split_passages(pages, count_tokens=count)

    assert only.text.startswith("This sentence is so long that it ends on the next page.")
    assert only.text.endswith("1 See there.")


def test_each_printed_line_keeps_its_box():
    text = "first line\nsecond line"
    pages = [page(3, block(BlockKind.PARAGRAPH, text))]

    (only,) = split_passages(pages, count_tokens=count)

    assert [only.text[s.start : s.end].strip() for s in only.spans] == text.split("\n")
    assert [s.box[1] for s in only.spans] == [0.0, 11.0]
    assert only.page == 3


def test_a_sentence_longer_than_a_passage_is_cut_at_a_clause():
    text = "，".join("甲" * 30 for _ in range(10)) + "。"

    passages = split_passages(
        [page(1, paragraph(text))], count_tokens=count, target_tokens=100, max_tokens=120
    )

    assert len(passages) > 1
    assert "".join(p.text for p in passages) == text
    assert all(p.text.endswith(("，", "。")) for p in passages)


def test_nothing_gives_nothing():
    assert split_passages([], count_tokens=count) == []
    assert split_passages([page(1, paragraph("  \n "))], count_tokens=count) == []
