"""A page's image: from the file itself where it has pages, else drawn from its blocks."""

from __future__ import annotations

from pathlib import Path

from kb.domain.errors import NotFound
from kb.domain.parsed import FileType
from kb.parsing.registry import OWN_PAGES, readers
from kb.parsing.render import render_logical_page, render_page


def page_image(path: Path, file_type: FileType, *, name: str, number: int, width_px: int) -> bytes:
    """Return page ``number`` (from 1) as a PNG of ``width_px`` pixels.

    A page that was read and kept is quicker drawn by ``render_logical_page``: this reads the file
    again up to that page.

    Raises:
        CannotRead: the file cannot be read.
        NotFound: it has no such page.
    """
    if file_type.format in OWN_PAGES:
        return render_page(path, file_type.format, number, width_px)
    read_pages, _ = readers(file_type.format, name=name)
    for page in read_pages(path, name=name, first_page=number, max_pages=number):
        return render_logical_page(page, width_px)
    raise NotFound(kind="page", id=number)
