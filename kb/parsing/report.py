"""What the parser sees, as the JSON of ``kb parse --json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kb.domain.parsed import Block, ParsedDocument, ParsedPage
from kb.parsing.reader import whole
from kb.parsing.sandbox import SandboxedReader
from kb.parsing.sniff import sniff


def parse_file(path: Path, reader: SandboxedReader) -> ParsedDocument:
    """Sniff and read a whole file in a sandbox; nothing is stored.

    Raises:
        RejectedAtDoor: it is empty or no kind of file that is read.
        CannotRead: it cannot be read, and why.
    """
    pages: list[ParsedPage] = []
    summary = reader.read(
        path, path.name, sniff(path, path.name), on_page=lambda page, _: pages.append(page)
    )
    return whole(tuple(pages), summary)


def document_json(document: ParsedDocument) -> dict[str, Any]:
    """Return a document as INTERFACES.md describes the output of ``kb parse``."""
    return {
        "pages": [_page(page) for page in document.pages],
        "text": document.text,
        "language": document.language,
        "title": document.title,
        "metadata": document.metadata,
        "warnings": [
            *document.warnings,
            *(f"page {page.number}: {text}" for page in document.pages for text in page.warnings),
        ],
    }


def _page(page: ParsedPage) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "source": page.source.value,
        "quality": page.quality,
        "blocks": [_block(block) for block in page.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "kind": block.kind.value,
        "text": block.text,
        "box": list(block.box),
    }
    if block.confidence is not None:
        fields["confidence"] = block.confidence
    if block.level is not None:
        fields["level"] = block.level
    if block.rows is not None:
        fields["rows"] = [list(row) for row in block.rows]
    return fields
