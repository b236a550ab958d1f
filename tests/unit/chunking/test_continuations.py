"""Over the page break: words, sentences and tables go on, new ones do not."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kb.chunking.passages import split_passages
from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage

HEAD = ("part", "2023", "2024")


def count(texts):
    return [len(re.findall(r"[一-鿿]|[^\s一-鿿]+", text)) for text in texts]


def page(number, *blocks):
    return ParsedPage(number, 595, 842, PageSource.TEXT, 1.0, tuple(blocks))


def block(kind, text):
    return Block(kind, text, (50, 0, 500, 800))


def paragraph(text):
    return block(BlockKind.PARAGRAPH, text)


def table(*rows, left=50.0):
    text = "\n".join(" | ".join(row) for row in rows)
    return Block(BlockKind.TABLE, text, (left, 50, left + 400, 700), rows=rows)


def rows(first, last):
    return [(f"P-{n}", str(n), str(2 * n)) for n in range(first, last)]


def texts(*pages, target=350):
    return [
        p.text
        for p in split_passages(pages, count_tokens=count, target_tokens=target, max_tokens=480)
    ]


def test_a_word_broken_at_the_page_break_is_whole_again():
    (only,) = texts(
        page(1, paragraph("The supplier shall inform the pur-")),
        page(2, paragraph("chaser of any delay. Nothing else.")),
    )

    assert only == "The supplier shall inform the purchaser of any delay. Nothing else."


def test_chinese_goes_on_without_a_space():
    (only,) = texts(
        page(1, paragraph("乙方应当在收到甲方书面通知之日起十五个工作日")),
        page(2, paragraph("内完成整改。其他事项另行约定。")),
    )

    assert only == "乙方应当在收到甲方书面通知之日起十五个工作日内完成整改。其他事项另行约定。"


def test_a_capital_goes_on_after_a_word_that_cannot_end_a_sentence():
    (only,) = texts(
        page(1, block(BlockKind.LIST_ITEM, "1. This agreement is made between the")),
        page(2, paragraph("Supplier and the Purchaser.")),
    )

    assert only == "1. This agreement is made between the Supplier and the Purchaser."


def test_each_part_keeps_its_page_and_box():
    (only,) = split_passages(
        [
            page(1, paragraph("The supplier shall inform the pur-")),
            page(2, paragraph("chaser of any delay.")),
        ],
        count_tokens=count,
    )

    assert [only.text[s.start : s.end] for s in only.spans if s.page == 2] == [
        "chaser of any delay."
    ]


def test_a_continued_table_repeats_its_header_row():
    passages = texts(page(1, table(HEAD, *rows(0, 40))), page(2, table(*rows(40, 80))), target=60)

    assert len(passages) > 2
    assert all(text.startswith(" | ".join(HEAD)) for text in passages)
    assert "P-79" in passages[-1]


def test_a_header_that_is_printed_again_stands_once_in_a_passage():
    (only,) = texts(page(1, table(HEAD, *rows(0, 4))), page(2, table(HEAD, *rows(4, 8))))

    assert only.count(" | ".join(HEAD)) == 1


def test_another_table_keeps_its_own_header():
    other = ("city", "rent", "area")

    passages = texts(
        page(1, table(HEAD, *rows(0, 40))), page(2, table(other, *rows(40, 80))), target=60
    )

    assert passages[-1].startswith(" | ".join(other))


def test_a_table_at_another_place_is_another_table():
    passages = texts(
        page(1, table(HEAD, *rows(0, 40))), page(2, table(*rows(40, 80), left=90.0)), target=60
    )

    assert not passages[-1].startswith(" | ".join(HEAD))


@given(st.lists(st.integers(2, 30), min_size=1, max_size=6), st.booleans())
def test_no_row_of_a_continued_table_is_lost(sizes, again):
    first, pages, wanted = 0, [], []
    for number, size in enumerate(sizes, 1):
        body = rows(first, first + size)
        wanted += [row[0] for row in body]
        pages.append(page(number, table(*([HEAD] if again or number == 1 else []), *body)))
        first += size

    found = re.findall(r"P-\d+", "\n".join(texts(*pages, target=40)))

    assert found == wanted
