"""Layout of any page: no text lost, every box on the page, the same order each time."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.errors import KbError
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.layout import page_blocks
from kb.parsing.layout_blocks import PageContext, context_of, sizes_of
from kb.parsing.layout_lines import Fragment
from kb.parsing.pdf import read_pdf
from kb.parsing.sandbox import SandboxedReader
from kb.parsing.sniff import sniff
from tests.support.pdf_files import HEIGHT, WIDTH, Rule, Text, paragraph, write_pdf

WORDS = st.text("abcdefgh 0123456789.,:;-甲乙丙丁。，", min_size=1, max_size=40).filter(str.strip)


@st.composite
def fragments(draw: st.DrawFn) -> Fragment:
    text = " ".join(draw(WORDS).split())
    size = draw(st.sampled_from((7.0, 9.0, 10.0, 12.0, 18.0)))
    x, y = draw(st.integers(0, 500)), draw(st.integers(0, 820))
    box = (float(x), float(y), min(WIDTH, x + size * len(text) / 2 + 1), min(HEIGHT, y + size))
    return Fragment(text, box, size, draw(st.booleans()))


pages_of_fragments = st.lists(fragments(), max_size=60)


def letters(text: str) -> list[str]:
    """What joining lines never touches: hyphens and spaces may go."""
    return sorted(c for c in text if c.isalnum())


def laid_out(found: list[Fragment]) -> ParsedPage:
    context: PageContext = context_of(
        [sizes_of((f.size, f.bold, len(f.text)) for f in found)], HEIGHT
    )
    blocks = page_blocks(found, [], {}, context, (WIDTH, HEIGHT))
    return ParsedPage(1, WIDTH, HEIGHT, "text", 1.0, tuple(blocks))  # type: ignore[arg-type]


@given(pages_of_fragments)
def test_no_letter_is_lost_or_doubled(found: list[Fragment]) -> None:
    page = laid_out(found)

    assert letters("".join(b.text for b in page.blocks)) == letters("".join(f.text for f in found))


@given(pages_of_fragments)
def test_lines_lie_in_their_block_and_blocks_on_the_page(found: list[Fragment]) -> None:
    for block in laid_out(found).blocks:
        x0, y0, x1, y1 = block.box
        assert 0 <= x0 <= x1 <= WIDTH
        assert 0 <= y0 <= y1 <= HEIGHT
        ends = [0, *(line.end for line in block.lines)]
        for before, line in zip(ends, block.lines, strict=False):
            assert before <= line.start <= line.end <= len(block.text)
            assert x0 <= line.box[0] <= line.box[2] <= x1
            assert y0 <= line.box[1] <= line.box[3] <= y1


@given(pages_of_fragments, st.randoms(use_true_random=False))
def test_the_order_of_drawing_does_not_matter(found: list[Fragment], dice: random.Random) -> None:
    places = {f.box for f in found}
    if len(places) < len(found):  # two pieces at one place have no order of their own
        return
    mixed = found[:]
    dice.shuffle(mixed)

    assert sorted(b.text for b in laid_out(found).blocks) == sorted(
        b.text for b in laid_out(mixed).blocks
    )


@given(pages_of_fragments)
def test_rows_of_a_table_are_its_text(found: list[Fragment]) -> None:
    for block in laid_out(found).blocks:
        if block.kind is BlockKind.TABLE:
            assert block.rows is not None
            assert block.text == "\n".join(" | ".join(row) for row in block.rows)
            assert len({len(row) for row in block.rows}) == 1


@settings(max_examples=25)
@given(st.lists(st.lists(st.text("abcdefg", min_size=2, max_size=9), min_size=3, max_size=9),
                min_size=1, max_size=12))  # fmt: skip
def test_single_columns_keep_their_order(lines: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        path = write_pdf(
            Path(folder) / "a.pdf", [paragraph(72, 200, [" ".join(words) for words in lines])]
        )
        (page,) = read_pdf(path, name="a.pdf", max_pages=5)

    found = "".join(b.text for b in page.blocks).replace(" ", "").replace("-", "")
    assert found == "".join("".join(words) for words in lines)


def sample(folder: Path) -> bytes:
    rules = [Rule(72, y, 400, y) for y in (300, 320, 340)] + [
        Rule(x, 300, x, 340) for x in (72, 200, 400)
    ]
    cells = [Text(80, 315, "part"), Text(210, 315, "price"), Text(80, 335, "bolt")]
    text = paragraph(72, 100, ["A paragraph of two lines that is", "read in the ordinary way."])
    pages = [[*text, *rules, *cells], [Text(72, 700, "page two")]]
    return write_pdf(folder / "sample.pdf", pages, title="Sample").read_bytes()


mutations = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(("flip", "cut", "double", "digits", "zero"))),
    min_size=1,
    max_size=8,
)


def damaged(content: bytes, changes: list[tuple[float, str]]) -> bytes:
    """A PDF after accidents at the given places (shares of its length)."""
    for share, kind in changes:
        at = min(int(share * len(content)), len(content) - 1)
        near = content[at : at + 40]
        if kind == "flip":
            content = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at] + content[at + 40 :]
        elif kind == "double":
            content = content[:at] + near + content[at:]
        elif kind == "digits":
            grown = bytes(0x39 if 0x30 <= c <= 0x39 else c for c in near)
            content = content[:at] + grown + content[at + 40 :]
        else:
            content = content[:at] + bytes(len(near)) + content[at + 40 :]
        if not content:
            return b"%PDF-1.7"
    return content


def outcome(reader: SandboxedReader, path: Path) -> str:
    try:
        kind = sniff(path, path.name)
        reader.read(path, path.name, kind, on_page=lambda page, total: None)
    except KbError as failure:
        return failure.code
    return "read"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_mutated_file_never_crashes_the_reader(tmp_path: Path) -> None:
    original = sample(tmp_path)
    reader = SandboxedReader(work_dir=tmp_path)
    path = tmp_path / "mutated.pdf"

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(mutations)
    def try_one(changes: list[tuple[float, str]]) -> None:
        path.write_bytes(damaged(original, changes))
        assert outcome(reader, path) in {"read", "damaged_file", "password_protected",
                                         "limit_exceeded", "unsupported_format"}  # fmt: skip

    try:
        try_one()
    finally:
        reader.close()
