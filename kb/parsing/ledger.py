"""What can be told of a page's reading from the page itself, where its reader did not measure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from kb.domain.parsed import NOT_CONTENT, Block, PageLedger, ParsedPage

_MEANINGLESS = frozenset({"Co", "Cn", "Cc"})
"""Unicode categories: private use, unassigned, control."""
_JUDGED = 5_000
"""Characters looked at on one page."""


class LeftOut(StrEnum):
    """Kinds of what is on a page and not in its passages."""

    RUNNING = "running"
    """Running headers, footers and page numbers, in lines."""
    OUTSIDE = "outside"
    """Characters that lie outside what the page shows."""
    GARBAGE = "garbage"
    """Lines of a text layer that mean nothing, where OCR read what is seen instead."""
    PICTURES = "pictures"
    """Pictures without readable text."""
    UNREADABLE = "unreadable"
    """Lines that OCR was not sure of: specks, scribbles."""


def measured(page: ParsedPage) -> ParsedPage:
    """The page with what its ledger lacks: confidence, unknown glyphs, the state of its tables."""
    ledger = page.ledger
    return replace(
        page,
        ledger=PageLedger(
            engine=ledger.engine,
            confidence=_first(ledger.confidence, _confidence(page)),
            unknown_glyphs=_first(ledger.unknown_glyphs, _unknown(page.text[:_JUDGED])),
            table_score=_first(ledger.table_score, _tables(page)),
            dropped=(*ledger.dropped, *dropped({LeftOut.RUNNING: _running(page)})),
            reread_by=ledger.reread_by,
        ),
    )


def dropped(counts: Mapping[LeftOut, int]) -> tuple[str, ...]:
    """What was left out as the ledger keeps it: "kind number", nothing where the number is 0."""
    return tuple(f"{kind} {count}" for kind, count in counts.items() if count)


def _running(page: ParsedPage) -> int:
    return sum(block.kind in NOT_CONTENT for block in page.blocks)


def _first(given: float | None, found: float | None) -> float | None:
    return found if given is None else given


def _confidence(page: ParsedPage) -> float | None:
    known = [(b.confidence, len(b.text)) for b in page.blocks if b.confidence is not None]
    letters = sum(length for _, length in known)
    return round(sum(c * n for c, n in known) / letters, 4) if letters else None


def _unknown(text: str) -> float | None:
    shown = [character for character in text if not character.isspace()]
    if not shown:
        return None
    odd = sum(c == "\ufffd" or unicodedata.category(c) in _MEANINGLESS for c in shown)
    return round(odd / len(shown), 4)


def _tables(page: ParsedPage) -> float | None:
    scores = [_table(block) for block in page.blocks if block.rows]
    return round(sum(scores) / len(scores), 4) if scores else None


def _table(block: Block) -> float:
    """Share of cells with text, less where rows differ in length: a grid that was misread."""
    rows = block.rows or ()
    widest = max(len(row) for row in rows)
    if not widest:
        return 0.0
    filled = sum(bool(cell.strip()) for row in rows for cell in row)
    return filled / (widest * len(rows))
