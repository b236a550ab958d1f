"""The way of a PDF: open, read each page, look at its neighbours, lay it out, hand it on.

Memory holds a few pages at a time: each page waits until the pages after it are known, since
running headers and the size of ordinary text show only in company.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.domain.errors import DamagedFile
from kb.domain.parsed import Block, PageLedger, PageSource, ParsedPage
from kb.parsing.layout import page_blocks
from kb.parsing.layout_blocks import context_of
from kb.parsing.layout_furniture import NEIGHBOURS, furniture
from kb.parsing.ledger import dropped
from kb.parsing.ocr import OcrPage
from kb.parsing.pdf_document import check_pages, open_pdf, outlines, pdf_facts
from kb.parsing.pdf_ocr import OcrNeed, OcrUse, ocr_need, with_ocr
from kb.parsing.pdf_page import RawPage, raw_page, traits_of
from kb.parsing.pdf_plain import plain_pages
from kb.parsing.pdf_regions import count_pictures

_A4 = (595.0, 842.0)

__all__ = ["pdf_facts", "read_pdf"]


def read_pdf(
    path: Path,
    *,
    name: str,
    first_page: int = 1,
    max_pages: int,
    ocr: OcrUse = OcrUse.WHERE_NEEDED,
) -> Iterator[ParsedPage]:
    """Read a PDF page by page.

    Args:
        path: The file.
        name: What the person calls it, for failures.
        first_page: Where to go on, counted from 1.
        max_pages: More are not read at all.
        ocr: Whether pages without usable text are read by OCR.

    Yields:
        Pages in order from ``first_page``.

    Raises:
        PasswordProtected: It needs a password.
        DamagedFile: It cannot be opened, or not one of its pages can.
        LimitExceeded: More than ``max_pages``.
    """
    with ExitStack() as stack:
        try:
            document, _ = stack.enter_context(open_pdf(path, name=name))
        except DamagedFile:
            yield from _plain(plain_pages(path, name=name), first_page)
            return
        count = check_pages(document, name=name, max_pages=max_pages)
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()  # before the first page is opened
        bookmarks = outlines(document)
        start = max(1, first_page - NEIGHBOURS)
        usable = False
        for page, around in _in_company(_raw_pages(document, start, count)):
            usable = usable or not page.damaged
            if page.number >= first_page:
                size = (page.width, page.height)
                found = _recognised(document, page, name) if ocr is OcrUse.WHERE_NEEDED else None
                done = parsed(page, around, bookmarks.get(page.number, {}))
                yield done if found is None else _as_shown(done, found, size)
        if not usable and first_page == 1:
            raise DamagedFile(name=name, detail="none of its pages can be opened")


def _plain(pages: list[RawPage], first_page: int) -> Iterator[ParsedPage]:
    for page, around in _in_company(pages):
        if page.number >= first_page:
            yield parsed(page, around, {})


def _raw_pages(document: pdfium.PdfDocument, start: int, count: int) -> Iterator[RawPage]:
    for number in range(start, count + 1):
        try:
            page = document[number - 1]
        except pdfium.PdfiumError:
            yield _damaged(number, "The page is damaged and cannot be opened.")
            continue
        try:
            read = raw_page(document, page, number)
        except pdfium.PdfiumError:
            read = _damaged(number, "The page is damaged and its text cannot be read.")
        finally:
            page.close()
        yield read


def _damaged(number: int, warning: str) -> RawPage:
    return RawPage(number, _A4[0], _A4[1], warnings=[warning], damaged=True)


def _in_company(pages: Iterable[RawPage]) -> Iterator[tuple[RawPage, list[RawPage]]]:
    """Each page with up to NEIGHBOURS pages before and after it."""
    window: deque[RawPage] = deque()
    place = 0
    for page in pages:
        window.append(page)
        if len(window) - place > NEIGHBOURS:
            yield window[place], _others(window, place)
            place += 1
            if place > NEIGHBOURS:
                window.popleft()
                place -= 1
    while place < len(window):
        yield window[place], _others(window, place)
        place += 1
        if place > NEIGHBOURS:
            window.popleft()
            place -= 1


def _others(window: Iterable[RawPage], place: int) -> list[RawPage]:
    return [page for index, page in enumerate(window) if index != place]


def parsed(page: RawPage, around: list[RawPage], outline: dict[str, int]) -> ParsedPage:
    """Lay out one page in the company of its neighbours."""
    source = page.source
    if page.damaged:
        return ParsedPage(
            page.number, page.width, page.height, source, 0.0, (), tuple(page.warnings)
        )
    running = furniture(page.fragments, page.height, [traits_of(other).marks for other in around])
    near = context_of([traits_of(other).sizes for other in (page, *around)], page.height)
    context = replace(near, outline=outline)
    size = (page.width, page.height)
    blocks = page_blocks(page.fragments, page.tables, running, context, size)
    blocks.extend(page.notes)
    quality, warnings = _quality(page, blocks), tuple(page.warnings)
    ledger = PageLedger(
        engine=page.engine, dropped=dropped(page.left_out), reread_by=page.reread_by
    )
    return ParsedPage(page.number, *size, source, quality, tuple(blocks), warnings, ledger)


def _recognised(document: pdfium.PdfDocument, page: RawPage, name: str) -> OcrPage | None:
    """Let OCR read what the text layer does not tell; the recognised page if it took over."""
    need = OcrNeed.NONE if page.damaged else ocr_need(page)
    if need is OcrNeed.NONE:
        count_pictures(page, 0)
        return None
    opened = document[page.number - 1]
    try:
        return with_ocr(page, opened, need, name=name)
    except pdfium.PdfiumError:
        page.warnings.append("The page could not be rendered for OCR.")
        return None
    finally:
        page.traits = None  # its text is another one now
        opened.close()


def _as_shown(page: ParsedPage, found: OcrPage, size: tuple[float, float]) -> ParsedPage:
    """A recognised page with its boxes on the page as it came."""
    blocks = tuple(map(found.block_back, page.blocks))
    ledger = replace(page.ledger, confidence=round(found.confidence, 4))
    return replace(page, width=size[0], height=size[1], blocks=blocks, ledger=ledger)


def _quality(page: RawPage, blocks: list[Block]) -> float:
    """1 for clean text, less by the share of glyphs nobody can read; mean confidence of OCR."""
    known = [(b.confidence, len(b.text)) for b in blocks if b.confidence is not None]
    if page.source is PageSource.OCR:
        return round(sum(c * n for c, n in known) / max(1, sum(n for _, n in known)), 4)
    return round(max(0.0, 1.0 - 2 * page.unknown), 4)
