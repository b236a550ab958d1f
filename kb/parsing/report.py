"""What the parser sees, as the JSON of ``kb parse --json``."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain.errors import KbError, LimitExceeded
from kb.domain.parsed import Attachment, Block, ParsedDocument, ParsedPage
from kb.parsing.limits import MAX_ATTACHMENT_DEPTH
from kb.parsing.reader import whole
from kb.parsing.sandbox import SandboxedReader
from kb.parsing.sniff import sniff


@dataclass(frozen=True, slots=True)
class Report:
    """A file as it would be stored: itself, and what came inside as documents of their own."""

    document: ParsedDocument
    inside: tuple[tuple[Attachment, Report | KbError], ...] = ()
    """Each attachment with what reading it gave."""

    @property
    def text(self) -> str:
        """The text of the file and of all that came inside."""
        texts = [self.document.text]
        texts += [found.text for _, found in self.inside if isinstance(found, Report)]
        return "\n\n".join(filter(None, texts))


def parse_file(path: Path, reader: SandboxedReader) -> Report:
    """Sniff and read a whole file in a sandbox, then what came inside it; nothing is stored.

    Raises:
        RejectedAtDoor: it is empty or no kind of file that is read.
        CannotRead: it cannot be read, and why.
    """
    return _report(path, path.name, reader, 1)


def _report(path: Path, name: str, reader: SandboxedReader, depth: int) -> Report:
    pages: list[ParsedPage] = []
    inside: list[Attachment] = []
    summary = reader.read(
        path,
        name,
        sniff(path, name),
        on_page=lambda page, _: pages.append(page),
        on_attachment=inside.append,
    )
    read = [(found, _inside(found, reader, depth + 1)) for found in inside]
    return Report(whole(tuple(pages), summary), tuple(read))


def _inside(attachment: Attachment, reader: SandboxedReader, depth: int) -> Report | KbError:
    """Read an attachment as a document of its own; a failure is its own as well."""
    if depth > MAX_ATTACHMENT_DEPTH:
        return LimitExceeded(
            name=attachment.name,
            detail=f"files inside files deeper than {MAX_ATTACHMENT_DEPTH}",
            detail_zh=f"附件嵌套超过 {MAX_ATTACHMENT_DEPTH} 层",
        )
    with tempfile.NamedTemporaryFile(prefix="kb-attachment-") as file:
        file.write(attachment.content)
        file.flush()
        try:
            return _report(Path(file.name), attachment.name, reader, depth)
        except KbError as error:
            return error


def report_json(report: Report) -> dict[str, Any]:
    """Return a file and what came inside as INTERFACES.md describes the output of ``kb parse``.

    ``pages`` are the file's own; ``text`` holds the words of attachments too.
    """
    told = document_json(report.document)
    told["text"] = report.text
    told["attachments"] = [_attachment(*entry) for entry in report.inside]
    return told


def _attachment(attachment: Attachment, found: Report | KbError) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": len(attachment.content),
    }
    if isinstance(found, KbError):
        fields["warnings"] = [found.sentence("en")]
    elif found.inside:
        fields["attachments"] = [_attachment(*entry) for entry in found.inside]
    return fields


def document_json(document: ParsedDocument) -> dict[str, Any]:
    """Return a document without what came inside it."""
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
