"""The last resort: files that neither pdfium nor a repair by qpdf opens, read by pdfplumber.

Slow and plain (lines of text, no tables, no OCR), for the few files that only it can open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kb.domain.errors import DamagedFile
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_text import clean_text
from kb.parsing.pdf_page import RawPage

PLAIN = "The file is damaged; only its plain text could be read."


@contextmanager
def _opened(path: Path, name: str) -> Iterator[list[Any]]:
    """The pages as pdfplumber sees them.

    Raises:
        DamagedFile: It sees none.
    """
    import pdfplumber  # noqa: PLC0415 - heavy, and hardly ever needed
    from pdfplumber.utils.exceptions import PdfminerException  # noqa: PLC0415

    # pdfminer lets many kinds of errors through when it meets damaged structures.
    surprises: tuple[type[Exception], ...] = (
        *(PdfminerException, ValueError, TypeError, LookupError),
        *(AttributeError, OSError, RecursionError, AssertionError),
    )
    try:
        with pdfplumber.open(path) as document:
            pages = list(document.pages)
            if not pages:
                raise DamagedFile(name=name, detail="it has no pages")
            yield pages
    except surprises as problem:
        raise DamagedFile(name=name, detail="its structure cannot be read") from problem


def plain_page_count(path: Path, *, name: str) -> int:
    """Number of pages.

    Raises:
        DamagedFile: Not even pdfplumber opens it.
    """
    with _opened(path, name) as pages:
        return len(pages)


def plain_pages(path: Path, *, name: str) -> list[RawPage]:
    """All pages; such files are small.

    Raises:
        DamagedFile: Not even pdfplumber opens it.
    """
    with _opened(path, name) as pages:
        return [_raw(page, number) for number, page in enumerate(pages, 1)]


def _raw(page: Any, number: int) -> RawPage:  # noqa: ANN401 - the library has no types
    found = RawPage(number, float(page.width), float(page.height), warnings=[PLAIN])
    for line in page.extract_text_lines(return_chars=False):
        text = clean_text(line["text"])
        box = (float(line["x0"]), float(line["top"]), float(line["x1"]), float(line["bottom"]))
        if text:
            found.fragments.append(Fragment(text, box, box[3] - box[1]))
    return found
