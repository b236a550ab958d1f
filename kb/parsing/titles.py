"""The title people see: the file's own if it is sane, else its first heading, else its name."""

from __future__ import annotations

import re
from pathlib import PurePath

from kb.domain.parsed import Block, BlockKind, ParsedPage
from kb.parsing.clean import inline

_LONGEST = 200
_LONGEST_HEADING = 120
_NONSENSE = re.compile(
    r"""^(?:untitled|无标题|未命名|none|null|title|document\d*|文档\s?\d*|文稿\s?\d*
    |演示文稿\s?\d*|powerpoint\ 演示文稿|powerpoint\ presentation|presentation\d*|工作簿\d*
    |book\d*|sheet\s?\d*|工作表\s?\d*|chart\d+
    |slide\s?\d+|microsoft\ (?:word|excel|powerpoint).*|word\ document|print|
    |.*\.(?:docx?|xlsx?|pptx?|pdf|rtf|txt|tmp|dvi|indd|qxd|wps|html?)|[\W\d_]*|.)$""",
    re.IGNORECASE | re.VERBOSE,
)
_GLYPH_SOUP = re.compile("[\ufffd\x00-\x08]|\\(cid:|þÿ")


def choose_title(stated: str, first: ParsedPage | None, name: str) -> str:
    """Return the best title: ``stated`` by the file, then on its first page, then from ``name``."""
    title = inline(stated)
    if sane(title):
        return title[:_LONGEST]
    found = _on_page(first)
    if found:
        return found
    return inline(PurePath(name).stem)[:_LONGEST] or inline(name)[:_LONGEST] or "?"


def sane(title: str) -> bool:
    """Say whether a title was meant by a person and not put there by a program."""
    return bool(title) and not _NONSENSE.match(title) and not _GLYPH_SOUP.search(title)


def _on_page(page: ParsedPage | None) -> str:
    if page is None:
        return ""
    for wanted in (BlockKind.TITLE, BlockKind.HEADING):
        for block in page.blocks:
            text = inline(block.text)
            if block.kind is wanted and sane(text) and len(text) <= _LONGEST_HEADING:
                return text
            if wanted is BlockKind.HEADING and _is_body(block):
                break  # a heading after running text names a section, not the document
    return ""


def _is_body(block: Block) -> bool:
    return block.kind is BlockKind.PARAGRAPH and len(block.text) > _LONGEST_HEADING
