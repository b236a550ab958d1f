"""What goes on over a page break: sentences, broken words, tables.

Decided from two neighbouring blocks only, so that pages can be cut while later ones are read.
"""

from __future__ import annotations

import re

from kb.chunking.sentences import ends_sentence
from kb.domain.parsed import Block, BlockKind

_SHORTEST_RUNNING = 20
"""Characters; a shorter paragraph at the end of a page is not taken for a broken one."""
_OPEN_END = re.compile(
    r"(?:[,，、]|\b(?:a|an|and|any|as|at|be|by|for|from|in|is|its|of|on|or|our|such|that|the|their"
    r"|this|to|under|upon|which|will|with))$"
)
"""After these even a capital letter goes on with the sentence."""
_BROKEN_WORD = re.compile(r"[^\W\d_][-\u2010]$")
_SAME_EDGE = 6.0
"""Points by which the edges of a table may differ from page to page."""


def paragraph_continues(before: Block, after: Block) -> bool:
    """Say whether ``after``, which opens a page, goes on with ``before``, which closes one."""
    if before.kind not in {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}:
        return False
    text = before.text.rstrip()
    if after.kind is not BlockKind.PARAGRAPH or len(text) < _SHORTEST_RUNNING:
        return False
    if ends_sentence(text):
        return False
    return not after.text.lstrip()[:1].isupper() or _OPEN_END.search(text) is not None


def breaks_a_word(before: str, after: str) -> bool:
    """Say whether the hyphen that ends ``before`` only marks where a printed word was broken."""
    return _BROKEN_WORD.search(before) is not None and after[:1].islower()


def table_continues(before: Block, after: Block) -> bool:
    """Say whether the table ``after``, which opens a page, goes on with ``before``.

    It does when its header row is printed again, or when it stands between the same edges with as
    many columns and does not open with a header row of its own.
    """
    if before.kind is not BlockKind.TABLE or after.kind is not BlockKind.TABLE:
        return False
    if not before.rows or not after.rows or len(before.rows[0]) != len(after.rows[0]):
        return False
    if repeats_header(before, after):
        return True
    left, right = before.box[0] - after.box[0], before.box[2] - after.box[2]
    aligned = abs(left) <= _SAME_EDGE and abs(right) <= _SAME_EDGE
    return aligned and not _has_own_header(after.rows)


def repeats_header(before: Block, after: Block) -> bool:
    """Say whether two tables open with the same row."""
    if not before.rows or not after.rows:
        return False
    return before.rows[0] == after.rows[0]


def _has_own_header(rows: tuple[tuple[str, ...], ...]) -> bool:
    """Words only in the first row where the second has numbers."""
    return len(rows) > 1 and not _numbers(rows[0]) and _numbers(rows[1])


def _numbers(row: tuple[str, ...]) -> bool:
    return any(any(c.isdigit() for c in cell) for cell in row[1:])
