"""Opening a PDF, repaired if need be, and what it says about itself."""

from __future__ import annotations

import ctypes
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.domain.errors import DamagedFile, LimitExceeded, PasswordProtected
from kb.parsing.facts import DocumentFacts
from kb.parsing.layout_headings import squeezed
from kb.parsing.layout_text import clean_text
from kb.parsing.pdf_plain import PLAIN, plain_page_count

MOST_BOOKMARKS = 5000
_DEEPEST_BOOKMARK = 8
_LONGEST_VALUE = 500
_REPAIR_LIMIT = 200 * 2**20
_DATE = re.compile(r"^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?")
_NAMES = {
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "creator",
    "Producer": "producer",
    "CreationDate": "created",
    "ModDate": "modified",
}
_JUNK_TITLE = re.compile(
    r"^(?:untitled|microsoft word\s*-|.*\.(?:docx?|pdf|indd|qxd|xlsx?|pptx?|tex|dvi)$)", re.I
)

REPAIRED = "The file's structure was damaged and has been repaired; parts may be missing."


@contextmanager
def open_pdf(path: Path, *, name: str) -> Iterator[tuple[pdfium.PdfDocument, tuple[str, ...]]]:
    """Open a PDF; yields the document and warnings.

    Raises:
        PasswordProtected: It needs a password.
        DamagedFile: Neither pdfium nor a repair by qpdf can open it.
    """
    document, warnings = _opened(path, name)
    try:
        yield document, warnings
    finally:
        document.close()


def _opened(path: Path, name: str) -> tuple[pdfium.PdfDocument, tuple[str, ...]]:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        # qpdf knows encryptions that pdfium does not, and an empty password may do.
        warnings = () if _needs_password() else (REPAIRED,)
        return _repaired(path, name), warnings
    else:
        if len(document):
            return document, ()
        document.close()
    return _repaired(path, name), (REPAIRED,)


def _needs_password() -> bool:
    return bool(raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD)


def _repaired(path: Path, name: str) -> pdfium.PdfDocument:
    """Let qpdf rebuild the structure, then open that."""
    if path.stat().st_size > _REPAIR_LIMIT:
        raise DamagedFile(name=name, detail="too large to repair")
    whole = io.BytesIO()
    try:
        with pikepdf.open(path, suppress_warnings=True, inherit_page_attributes=False) as broken:
            broken.save(whole)
        document = pdfium.PdfDocument(whole)
    except pikepdf.PasswordError as problem:
        raise PasswordProtected(name=name) from problem
    except (pikepdf.PdfError, pdfium.PdfiumError, ValueError, RuntimeError, OSError) as problem:
        raise DamagedFile(name=name, detail=_first_line(problem)) from problem
    if not len(document):
        document.close()
        raise DamagedFile(name=name, detail="it has no pages")
    return document


def _first_line(problem: Exception) -> str:
    text = clean_text(str(problem).split("\n", 1)[0])
    # qpdf puts the path of the file in front; that is ours, not the person's.
    return text.rsplit(": ", 1)[-1][:200] or "its structure cannot be read"


def check_pages(document: pdfium.PdfDocument, *, name: str, max_pages: int) -> int:
    """The number of pages.

    Raises:
        LimitExceeded: More than ``max_pages``.
    """
    count = len(document)
    if count > max_pages:
        raise LimitExceeded(
            name=name,
            detail=f"{count} pages, the limit is {max_pages}",
            detail_zh=f"{count} 页，上限为 {max_pages} 页",
        )
    return count


def pdf_facts(path: Path, *, name: str) -> DocumentFacts:
    """Pages, title and metadata of a PDF.

    Raises:
        PasswordProtected: It needs a password.
        DamagedFile: It cannot be opened, even repaired.
    """
    try:
        return _stated_facts(path, name)
    except DamagedFile:
        return DocumentFacts(plain_page_count(path, name=name), warnings=(PLAIN,))


def _stated_facts(path: Path, name: str) -> DocumentFacts:
    with open_pdf(path, name=name) as (document, warnings):
        stated = {
            key: clean_text(value)[:_LONGEST_VALUE] for key, value in _metadata(document).items()
        }
        title = stated.pop("Title", "")
        metadata = {
            _NAMES[key]: _date(value) for key, value in stated.items() if value and key in _NAMES
        }
        return DocumentFacts(
            len(document), "" if _JUNK_TITLE.match(title) else title, metadata, warnings
        )


def _metadata(document: pdfium.PdfDocument) -> dict[str, str]:
    return {key: _meta_value(document, key) for key in ("Title", *_NAMES)}


def _meta_value(document: pdfium.PdfDocument, key: str) -> str:
    tag = key.encode()
    size = raw.FPDF_GetMetaText(document, tag, None, 0)
    if size <= 2:  # noqa: PLR2004 - only the terminator
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDF_GetMetaText(document, tag, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _date(value: str) -> str:
    """``D:20240131120000+08'00'`` as 2024-01-31T12:00:00; anything else as it is."""
    found = _DATE.match(value)
    if found is None:
        return value
    year, month, day, hour, minute, second = found.groups()
    date = "-".join(part for part in (year, month, day) if part)
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}" if day and hour else date


def outlines(document: pdfium.PdfDocument) -> dict[int, dict[str, int]]:
    """Bookmarks: page number -> squeezed title -> level, counted from 1."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    try:
        for bookmark in islice(document.get_toc(max_depth=_DEEPEST_BOOKMARK), MOST_BOOKMARKS):
            target = bookmark.get_dest()
            page = target.get_index() if target is not None else None
            title = squeezed(clean_text(bookmark.get_title()))
            if page is not None and title:
                found[page + 1][title] = bookmark.level + 1
    except pdfium.PdfiumError:
        # A broken outline only costs its hints.
        return dict(found)
    return dict(found)
