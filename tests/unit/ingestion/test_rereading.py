"""Of two readings of a page the better one is kept, and both are told."""

from __future__ import annotations

from kb.domain.parsed import Block, BlockKind, PageLedger, PageSource, ParsedPage
from kb.ingestion.rereading import better_of, other_engine
from kb.parsing.ledger import measured


def page(
    text: str, quality: float, engine: str = "", source: PageSource = PageSource.OCR
) -> ParsedPage:
    confidence = quality if source is PageSource.OCR else None
    block = Block(BlockKind.PARAGRAPH, text, (0, 0, 9, 9), confidence=confidence)
    return ParsedPage(1, 595, 842, source, quality, (block,), (), PageLedger(engine=engine))


def test_the_surer_reading_of_as_much_text_is_kept() -> None:
    before = page("Turbine hail unlt seven", 0.5, "tesseract")
    again = page("Turbine hall unit seven", 0.9, "rapidocr")

    kept = better_of(before, again, "rapidocr")

    assert kept.text == again.text
    assert (kept.ledger.engine, kept.ledger.reread_by) == ("rapidocr", "rapidocr")


def test_a_reading_that_lost_half_the_page_is_not_kept() -> None:
    before = page("A long page with many words on it that one engine did read", 0.7, "tesseract")
    again = page("A long page", 0.99, "rapidocr")

    kept = better_of(before, again, "rapidocr")

    assert kept.text == before.text
    assert (kept.ledger.engine, kept.ledger.reread_by) == ("tesseract", "rapidocr")


def test_the_other_engine_is_the_one_that_did_not_read_it() -> None:
    assert other_engine(page("x", 1.0, "rapidocr")) == "tesseract"
    assert other_engine(page("x", 1.0, "tesseract")) == "rapidocr"
    assert other_engine(page("x", 1.0, "", PageSource.TEXT)) == "rapidocr"


def test_a_page_without_measurements_is_measured() -> None:
    rows = (("part", "weight"), ("pump", ""))
    table = Block(BlockKind.TABLE, "part | weight\npump | ", (0, 0, 9, 9), rows=rows)
    plain = Block(BlockKind.PARAGRAPH, "\ue000\ue001ab", (0, 0, 9, 9), confidence=0.8)
    found = measured(ParsedPage(1, 595, 842, PageSource.OCR, 0.8, (plain, table)))

    assert found.ledger.confidence == 0.8
    assert found.ledger.table_score == 0.75
    assert found.ledger.unknown_glyphs is not None
    assert 0 < found.ledger.unknown_glyphs < 0.5
