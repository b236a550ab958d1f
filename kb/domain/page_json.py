"""A page as one line of JSON: how pages are kept, and how a reading process hands them over.

The reader of this format trusts nothing: the sender may be a process that a hostile file took
over, so every value is checked and bounded.
"""

from __future__ import annotations

import json
import math
from typing import Any

from kb.domain.parsed import Block, BlockKind, Box, Line, PageLedger, PageSource, ParsedPage

MAX_BLOCKS = 200_000
"""Most blocks on one page."""
MAX_LINES = 500_000
"""Most lines on one page."""
MAX_TEXT = 20_000_000
"""Most characters on one page."""
_LONGEST_ENGINE = 40
_MOST_DROPPED = 100


def page_to_json(page: ParsedPage) -> str:
    """Return ``page`` as compact JSON without loss; ``page_from_json`` turns it back."""
    fields = {
        "n": page.number,
        "w": page.width,
        "h": page.height,
        "s": page.source.value,
        "q": page.quality,
        "b": [_block_values(block) for block in page.blocks],
        "x": list(page.warnings),
        "l": _ledger_values(page.ledger),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def page_from_json(text: str) -> ParsedPage:
    """Return the page that ``text`` describes.

    Raises:
        ValueError: it is not JSON, not a page, or larger than any page may be.
    """
    try:
        fields = json.loads(text, parse_constant=_refuse_constant)
        page = _page(fields)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a page: {error!r}") from error
    return page


def _block_values(block: Block) -> list[Any]:
    return [
        block.kind.value,
        block.text,
        list(block.box),
        [[line.start, line.end, *line.box] for line in block.lines],
        block.level,
        None if block.rows is None else [list(row) for row in block.rows],
        block.confidence,
    ]


def _page(fields: dict[str, Any]) -> ParsedPage:
    blocks = fields["b"]
    _bounded("blocks", len(blocks), MAX_BLOCKS)
    _bounded("lines", sum(len(values[3]) for values in blocks), MAX_LINES)
    _bounded("characters", sum(len(values[1]) for values in blocks), MAX_TEXT)
    return ParsedPage(
        number=_whole(fields["n"]),
        width=_number(fields["w"]),
        height=_number(fields["h"]),
        source=PageSource(fields["s"]),
        quality=_number(fields["q"]),
        blocks=tuple(_block(values) for values in blocks),
        warnings=tuple(_text(warning) for warning in fields["x"]),
        ledger=_ledger(fields["l"]) if "l" in fields else PageLedger(),
    )


def _ledger_values(ledger: PageLedger) -> list[Any]:
    measured = [ledger.confidence, ledger.unknown_glyphs, ledger.table_score]
    return [ledger.engine, *measured, list(ledger.dropped), ledger.reread_by]


def _ledger(values: list[Any]) -> PageLedger:
    engine, confidence, unknown, tables, dropped, reread_by = values
    return PageLedger(
        engine=_text(engine)[:_LONGEST_ENGINE],
        confidence=None if confidence is None else _number(confidence),
        unknown_glyphs=None if unknown is None else _number(unknown),
        table_score=None if tables is None else _number(tables),
        dropped=tuple(_text(sentence) for sentence in dropped[:_MOST_DROPPED]),
        reread_by=_text(reread_by)[:_LONGEST_ENGINE],
    )


def _block(values: list[Any]) -> Block:
    kind, text, box, lines, level, rows, confidence = values
    size = len(_text(text))
    return Block(
        kind=BlockKind(kind),
        text=text,
        box=_box(box),
        lines=tuple(_line(line, size) for line in lines),
        level=None if level is None else _whole(level),
        rows=None if rows is None else tuple(tuple(_text(cell) for cell in row) for row in rows),
        confidence=None if confidence is None else _number(confidence),
    )


def _line(values: list[Any], size: int) -> Line:
    start, end = _whole(values[0]), _whole(values[1])
    if not start <= end <= size:
        raise ValueError("a line lies outside its block's text")
    return Line(start, end, _box(values[2:]))


def _box(values: list[Any]) -> Box:
    x0, y0, x1, y1 = (_number(value) for value in values)
    return (x0, y0, x1, y1)


def _bounded(what: str, count: int, limit: int) -> None:
    if count > limit:
        raise ValueError(f"{count} {what} on one page, {limit} allowed")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a number is missing or not finite")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a count is missing or negative")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is missing")  # noqa: TRY004 - one kind of error for all values
    value.encode()
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
