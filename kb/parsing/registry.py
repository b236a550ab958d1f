"""Which reader reads which format. The readers are imported when first needed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

from kb.domain.errors import UnsupportedFormat
from kb.domain.parsed import Attachment, ParsedPage
from kb.parsing.facts import DocumentFacts
from kb.parsing.language import warm_up


class ReadPages(Protocol):
    """Reads pages ``first_page`` and on, one at a time."""

    def __call__(
        self, path: Path, *, name: str, first_page: int = 1, max_pages: int
    ) -> Iterator[ParsedPage]:
        """Yield the pages in order up to number ``max_pages``."""
        ...


class ReadFacts(Protocol):
    """Tells what a file says about itself."""

    def __call__(self, path: Path, *, name: str) -> DocumentFacts:
        """Return the facts, without reading pages."""
        ...


class ReadAttachments(Protocol):
    """Hands out the files that came inside a file."""

    def __call__(self, path: Path, *, name: str) -> Iterator[Attachment]:
        """Yield each once, in the file's order, whatever its size."""
        ...


_READERS: dict[str, tuple[str, str]] = {
    "pdf": ("kb.parsing.pdf", "pdf"),
    **dict.fromkeys(("png", "jpeg", "tiff", "webp", "bmp", "gif"), ("kb.parsing.images", "image")),
    "docx": ("kb.parsing.word", "docx"),
    "pptx": ("kb.parsing.slides", "pptx"),
    **dict.fromkeys(("xlsx", "xlsb", "xls", "ods"), ("kb.parsing.sheets", "workbook")),
    "csv": ("kb.parsing.sheets", "csv"),
    "tsv": ("kb.parsing.sheets", "csv"),
    "html": ("kb.parsing.html", "html"),
    "md": ("kb.parsing.markdown", "markdown"),
    "txt": ("kb.parsing.text", "text"),
    "eml": ("kb.parsing.mail", "eml"),
    "msg": ("kb.parsing.mail", "msg"),
    "rtf": ("kb.parsing.rtf", "rtf"),
    "odt": ("kb.parsing.opendocument", "odt"),
    "odp": ("kb.parsing.opendocument", "odp"),
    "epub": ("kb.parsing.ebook", "epub"),
    "doc": ("kb.parsing.legacy", "doc"),
    "ppt": ("kb.parsing.legacy", "ppt"),
    "encrypted": ("kb.parsing.legacy", "encrypted"),
}
OWN_PAGES = frozenset({"pdf", "png", "jpeg", "tiff", "webp", "bmp", "gif"})
"""Formats whose page image comes from the file itself; all others are drawn from their blocks."""
_WITH_ATTACHMENTS = frozenset({"eml", "msg"})
_PRELOADED = (
    "docx", "pptx", "xlsx", "html", "md", "txt", "eml", "rtf", "odt", "epub", "doc", "pdf",
)  # fmt: skip


def readable(file_format: str) -> bool:
    """Say whether there is a reader for ``file_format``."""
    return file_format in _READERS


def readers(file_format: str, *, name: str) -> tuple[ReadPages, ReadFacts]:
    """Return the two functions that read ``file_format``.

    Raises:
        UnsupportedFormat: there is no reader, a ZIP of documents among others.
    """
    if file_format not in _READERS:
        raise UnsupportedFormat(name=name, detected=file_format)
    module_name, stem = _READERS[file_format]
    module = importlib.import_module(module_name)
    return (
        cast("ReadPages", getattr(module, f"read_{stem}")),
        cast("ReadFacts", getattr(module, f"{stem}_facts")),
    )


def attachments_of(file_format: str) -> ReadAttachments | None:
    """Return the function that hands out what came inside, None where nothing can."""
    if file_format not in _WITH_ATTACHMENTS:
        return None
    module_name, stem = _READERS[file_format]
    module = importlib.import_module(module_name)
    return cast("ReadAttachments", getattr(module, f"{stem}_attachments"))


def register(file_format: str, module: str, stem: str) -> None:
    """Add a reader from outside: ``read_<stem>`` and ``<stem>_facts`` of ``module``."""
    _READERS[file_format] = (module, stem)


def preload() -> None:
    """Import what most documents need, so that a forked reader starts at once."""
    for file_format in _PRELOADED:
        readers(file_format, name="")


def preload_rest() -> None:
    """Load what some documents need and what takes longer: web pages, languages."""
    importlib.import_module("trafilatura")
    warm_up()
