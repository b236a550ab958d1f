"""The story of one file's reading: facts first, then page by page, then what it all was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from kb.domain.errors import NoTextFound
from kb.domain.parsed import (
    Attachment,
    DocumentSummary,
    FileType,
    ParsedDocument,
    ParsedPage,
)
from kb.parsing.clean import clean, inline
from kb.parsing.facts import DocumentFacts
from kb.parsing.language import language_of
from kb.parsing.ledger import measured
from kb.parsing.limits import ATTACHMENTS, ReadLimits
from kb.parsing.progress import tick
from kb.parsing.registry import OWN_PAGES, attachments_of, readers
from kb.parsing.sniff import sniff
from kb.parsing.titles import choose_title

OnPage = Callable[[ParsedPage, int | None], None]
"""Called with each page and the number of pages, None while unknown."""
OnAttachment = Callable[[Attachment], None]
"""Called after the last page with each file that came inside this one."""
_SAMPLE = 20_000
"""Characters from which the language is told."""


def leave(attachment: Attachment) -> None:
    """Take no attachments."""
    del attachment


def read_document(  # noqa: PLR0913 - a file, where to begin, and who receives what it holds
    path: Path,
    file_type: FileType,
    *,
    name: str,
    on_page: OnPage,
    on_attachment: OnAttachment = leave,
    first_page: int = 1,
    limits: ReadLimits | None = None,
) -> DocumentSummary:
    """Read ``path`` page by page and return what it is as a whole.

    Call it inside the sandbox: it trusts the machine's memory and time. Attachments come after
    the last page, again each time the reading goes on at a later page: whoever stores them
    knows them by their bytes. What is over the limits is left out with a warning.

    Raises:
        CannotRead: the file cannot be read; the pages before have been handed over.
        UnsupportedFormat: there is no reader for it.
    """
    limits = limits or ReadLimits()
    read_pages, read_facts = readers(file_type.format, name=name)
    facts = read_facts(path, name=name)
    gathered = _Gathered()
    if first_page > 1:  # title and language come from the beginning
        gathered.look_at(next(iter(read_pages(path, name=name, max_pages=limits.max_pages))))
    # One more than allowed, to know whether something is left out where no file says so.
    known = facts.pages is not None and facts.pages > limits.max_pages
    most = limits.max_pages if known else limits.max_pages + 1
    for read in read_pages(path, name=name, first_page=first_page, max_pages=most):
        if read.number > limits.max_pages:
            gathered.warnings.append(
                f"Only the first {limits.max_pages} pages were read; the rest was left out."
            )
            break
        page = measured(_storable(read))
        gathered.look_at(page)
        on_page(page, facts.pages)
    gathered.warnings.extend(_hand_out(path, file_type, name, on_attachment))
    if not gathered.has_text and file_type.format not in _VISUAL:
        raise NoTextFound(name=name)
    return gathered.summary(facts, name)


def _hand_out(path: Path, file_type: FileType, name: str, on_attachment: OnAttachment) -> list[str]:
    """Pass the attachments on and return a sentence for each that is over the limits."""
    find = attachments_of(file_type.format)
    if find is None or on_attachment is leave:
        return []
    left_out = []
    handed, total = 0, 0
    for attachment in find(path, name=name):
        size = len(attachment.content)
        if (
            handed >= ATTACHMENTS.count
            or size > ATTACHMENTS.bytes_each
            or total + size > ATTACHMENTS.bytes_total
        ):
            left_out.append(f"The attachment “{attachment.name}” ({size} bytes) was left out.")
            continue
        handed += 1
        total += size
        on_attachment(attachment)
        tick()
    return left_out


_VISUAL = OWN_PAGES | {"docx", "pptx", "odp", "ppt"}
"""Formats that can be worth keeping for what they show, without a word of text."""


def read_whole(path: Path, *, name: str, limits: ReadLimits | None = None) -> ParsedDocument:
    """Sniff and read a file into memory in this very process: for trusted files and tests."""
    pages: list[ParsedPage] = []
    summary = read_document(
        path,
        sniff(path, name),
        name=name,
        on_page=lambda page, _: pages.append(page),
        limits=limits,
    )
    return whole(tuple(pages), summary)


def whole(pages: tuple[ParsedPage, ...], summary: DocumentSummary) -> ParsedDocument:
    """Put pages and summary together."""
    return ParsedDocument(
        pages=pages,
        title=summary.title,
        language=summary.language,
        metadata=summary.metadata,
        warnings=summary.warnings,
    )


class _Gathered:
    """What is remembered of the pages while they pass."""

    def __init__(self) -> None:
        self.sample = ""
        self.first: ParsedPage | None = None
        self.last_number = 0
        self.has_text = False
        self.warnings: list[str] = []

    def look_at(self, page: ParsedPage) -> None:
        self.first = self.first or page
        self.last_number = max(self.last_number, page.number)
        if len(self.sample) < _SAMPLE or not self.has_text:
            text = page.text
            self.sample += text[: max(0, _SAMPLE - len(self.sample))]
            self.has_text = self.has_text or bool(text.strip())

    def summary(self, facts: DocumentFacts, name: str) -> DocumentSummary:
        if not self.has_text:
            self.warnings.append("No text was found; the file can be looked at, not searched.")
        metadata = {key: inline(value)[:1000] for key, value in facts.metadata.items() if value}
        return DocumentSummary(
            title=choose_title(facts.title, self.first, PurePath(name).name),
            language=language_of(self.sample),
            pages=self.last_number,
            metadata=metadata,
            warnings=(*facts.warnings, *self.warnings),
        )


def _storable(page: ParsedPage) -> ParsedPage:
    """Return the page with text that a database takes: the last guard, readers clean theirs."""
    if all(clean(block.text) == block.text for block in page.blocks):
        return page
    blocks = tuple(
        block
        if clean(block.text) == block.text
        else replace(
            block,
            text=clean(block.text),
            lines=(),
            rows=block.rows and tuple(tuple(clean(c) for c in row) for row in block.rows),
        )
        for block in page.blocks
    )
    return replace(page, blocks=blocks)
