"""Cleaning and joining of text."""

from hypothesis import given
from hypothesis import strategies as st

from kb.parsing.layout_text import clean_text, join_lines, space_between


def test_controls_surrogates_and_noncharacters_are_gone() -> None:
    assert clean_text("a\x00b\x07c\ud800d\ufffee\u200bf") == "abcd\u00adef"


def test_look_alikes_become_plain_characters() -> None:
    assert clean_text("ﬁnance ⽂件") == "finance 文件"


@given(st.text())
def test_cleaned_text_can_be_stored(text: str) -> None:
    cleaned = clean_text(text)

    cleaned.encode("utf-8")
    assert not any(ord(c) < 0x20 for c in cleaned)
    assert clean_text(cleaned) == cleaned


def test_no_space_is_invented_inside_chinese() -> None:
    assert join_lines(["本合同由甲乙", "双方签订"])[0] == "本合同由甲乙双方签订"
    assert space_between("使用", "Python") == ""
    assert space_between("the", "end") == " "


def test_hyphenation_is_undone_by_what_the_page_knows() -> None:
    assert join_lines(["infor-", "mation"])[0] == "information"
    assert join_lines(["well-", "known"], {"well-known"})[0] == "well-known"
    assert join_lines(["state-of-", "the-art"])[0] == "state-of-the-art"
    assert join_lines(["XML-", "based"])[0] == "XML-based"


@given(st.lists(st.text(alphabet="ab-\u00ad 中文", max_size=6).map(clean_text), max_size=6))
def test_places_of_lines_lie_in_order_inside_the_text(lines: list[str]) -> None:
    text, places = join_lines(lines)

    assert len(places) == len(lines)
    ends = [0]
    for start, end in places:
        assert ends[-1] <= start <= end <= len(text)
        ends.append(end)
