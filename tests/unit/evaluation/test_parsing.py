"""Reading judged against ground truth."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.errors import DamagedFile, InvalidInput, LimitExceeded, NotFound, ReaderCrashed
from kb.evaluation.parse_sets import Expect, ParseCase, load_parse_set
from kb.evaluation.parsing import as_expected, as_text, evaluate_parsing
from kb.evaluation.table_scores import markdown_tables, table_scores
from kb.evaluation.text_scores import plain, recall, text_scores
from kb.parsing.sandbox import SandboxedReader
from tests.support.pdf_files import Text, write_pdf

TABLE = "| part | price |\n| - | - |\n| bolt | 3 |\n| nut | 4 |"


@given(st.text("ab 甲乙。1", min_size=1))
def test_a_text_is_all_like_itself(text: str) -> None:
    scores = text_scores(text, text)

    assert scores.similarity == scores.order == scores.word_recall == scores.char_precision == 1.0


@given(st.text("ab 甲"), st.text("ab 甲"))
def test_scores_are_shares(found: str, truth: str) -> None:
    scores = text_scores(found, truth)

    assert 0 <= scores.similarity <= 1
    assert 0 <= scores.order <= 1
    assert 0 <= scores.word_recall <= 1
    assert 0 <= scores.char_precision <= 1


def test_order_falls_where_words_are_all_there() -> None:
    scores = text_scores("four five six one two three", "one two three four five six")

    assert scores.word_recall == scores.word_precision == 1.0
    assert scores.order == 0.5


def test_marks_of_markdown_and_white_space_do_not_count() -> None:
    truth = plain("## A *title*\n\n- [link](http://x.y)\n<!-- image -->\n" + TABLE)

    assert " ".join(truth.split()) == "A *title* link | part | price | | bolt | 3 | | nut | 4 |"
    assert text_scores("link\npart | price\nbolt | 3\n nut | 4", plain(TABLE)).word_recall == 1.0


def test_evidence_is_found_by_its_words() -> None:
    assert recall("Net sales were 12 million in 2022", "net sales 2022 fell") == 0.75


def test_cells_count_by_text_and_neighbours_by_place() -> None:
    (truth,) = markdown_tables(TABLE)

    right = table_scores([truth], [truth])
    turned = table_scores([[["part", "bolt", "nut"], ["price", "3", "4"]]], [truth])

    assert (right.cells, right.neighbours) == (1.0, 1.0)
    assert turned.cells == 1.0
    assert turned.neighbours == 0.0


@pytest.mark.parametrize(
    ("expect", "failure", "text", "right"),
    [
        (Expect.OK, None, "the MARK", True),
        (Expect.OK, None, "nothing", False),
        (Expect.OK, DamagedFile(name="a"), "", False),
        (Expect.REJECT, DamagedFile(name="a"), "", True),
        (Expect.REJECT, None, "the MARK", False),
        (Expect.REJECT_OR_EMPTY, None, " ", True),
        (Expect.OK_OR_LIMIT, LimitExceeded(name="a"), "", True),
        (Expect.OK_OR_LIMIT, DamagedFile(name="a"), "", False),
        (Expect.EITHER, DamagedFile(name="a"), "", True),
        (Expect.EITHER, ReaderCrashed(name="a"), "", False),
        (Expect.EITHER, None, "SECRET", False),
    ],
)
def test_what_is_expected_is_right(expect, failure, text, right) -> None:  # type: ignore[no-untyped-def]
    case = ParseCase(
        Path("a"), "a", expect=expect, must_contain=("MARK",), must_not_contain=("SECRET",)
    )

    # A file that may do either need not hold the mark.
    assert as_expected(case, failure, text) is right


def folder_with(tmp_path: Path, rows: list[dict[str, object]]) -> Path:
    lines = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "manifest.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_and_judged(tmp_path: Path) -> None:
    write_pdf(tmp_path / "good.pdf", [[Text(72, 100, "Hello there, reader.")]])
    (tmp_path / "good.md").write_text("# Hello there, reader.")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing else")
    rows = [
        {"file": "good.pdf", "ground_truth": "good.md"},
        {"file": "bad.pdf", "expect": "reject"},
    ]
    reader = SandboxedReader(work_dir=tmp_path)

    figures = evaluate_parsing(folder_with(tmp_path, rows), reader)
    reader.close()

    assert figures["files"] == 2
    assert figures["pages"] == 1
    assert figures["failed"] == {"damaged_file": 1}
    assert figures["text_similarity"] == figures["order"] == 1.0
    assert figures["expected_share"] == 1.0
    assert figures["cpu_seconds"] > 0
    assert "damaged_file" in as_text(figures)


def test_web_pages_may_be_gzipped_one_by_one(tmp_path: Path) -> None:
    text = "An article about bridges that is long enough to be read as one. " * 5
    with gzip.open(tmp_path / "a.html.gz", "wt") as page:
        page.write(f"<html><body><article><p>{text}</p></article></body></html>")
    with gzip.open(tmp_path / "ground_truth.jsonl.gz", "wt") as truth:
        truth.write(json.dumps({"file": "a.html.gz", "text": text}))
    reader = SandboxedReader(work_dir=tmp_path)

    figures = evaluate_parsing(tmp_path, reader)
    reader.close()

    assert figures["text_similarity"] == 1.0


def test_evidence_is_looked_for_on_its_page(tmp_path: Path) -> None:
    (tmp_path / "pdfs").mkdir()
    pages = [[Text(72, 100, "First page")], [Text(72, 100, "Sales were 12 million")]]
    write_pdf(tmp_path / "pdfs" / "a.pdf", pages)
    asked = {"doc": "a.pdf", "evidence": [{"page": 1, "text": "sales 12 million"}]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(asked))
    reader = SandboxedReader(work_dir=tmp_path)

    figures = evaluate_parsing(tmp_path, reader)
    reader.close()

    assert figures["evidence_word_recall"] == 1.0


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_parse_set(tmp_path)


@pytest.mark.parametrize("line", ["{", "[]", '{"file": "missing.pdf"}'])
def test_a_malformed_manifest_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(line)

    with pytest.raises(InvalidInput):
        load_parse_set(tmp_path)
