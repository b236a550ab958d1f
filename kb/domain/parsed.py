"""What a reader sees in a file: pages, blocks and the boxes of their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points (1/72 inch) from the page's top left corner, y growing downwards."""


class BlockKind(StrEnum):
    """What a block is to a reader."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    CODE = "code"
    FIGURE = "figure"
    PAGE_HEADER = "page_header"
    PAGE_FOOTER = "page_footer"


NOT_CONTENT = frozenset({BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER})
"""Kinds that are kept on the page and left out of passages."""


class PageSource(StrEnum):
    """Where a page's text came from."""

    TEXT = "text"
    OCR = "ocr"


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line (or table cell) of a block, so that a hit can be drawn on the page."""

    start: int
    """Offset of the first character in the block's text."""
    end: int
    """Offset after the last character."""
    box: Box


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page in reading order."""

    kind: BlockKind
    text: str
    box: Box
    lines: tuple[Line, ...] = ()
    level: int | None = None
    """1 for the outermost heading or list level."""
    rows: tuple[tuple[str, ...], ...] | None = None
    """Tables only: rows of cell texts, header row first; ``text`` holds the same, cells joined
    by " | " and rows by newlines."""
    confidence: float | None = None
    """Mean word confidence, 0..1, where OCR read it."""


@dataclass(frozen=True, slots=True)
class PageLedger:
    """How well a page was read, as measured by whoever read it; None is "not measured"."""

    engine: str = ""
    """What read it: "tesseract", "rapidocr", …; "" where the format leaves no choice."""
    confidence: float | None = None
    """Mean word confidence of OCR, 0..1."""
    unknown_glyphs: float | None = None
    """Share of characters without a meaning, 0..1."""
    table_score: float | None = None
    """How sure the cells of its tables are, 0..1; None without tables."""
    dropped: tuple[str, ...] = ()
    """What was left out, as "kind number"; the kinds: ``LeftOut`` in kb/parsing/ledger.py."""
    reread_by: str = ""
    """Engine that read it a second time; ``engine`` is the one whose reading was kept."""


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """One page, slide, sheet or logical page."""

    number: int
    """Counted from 1."""
    width: float
    """Points."""
    height: float
    """Points."""
    source: PageSource
    quality: float
    """0 (nothing usable) .. 1 (clean)."""
    blocks: tuple[Block, ...]
    warnings: tuple[str, ...] = ()
    """Plain sentences: what was dropped or doubtful on this page."""
    ledger: PageLedger = PageLedger()

    @property
    def text(self) -> str:
        """The page's text without running headers and footers."""
        return "\n".join(b.text for b in self.blocks if b.kind not in NOT_CONTENT and b.text)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A whole file as read."""

    pages: tuple[ParsedPage, ...]
    title: str
    language: str
    """BCP 47 tag of the main language: "zh", "en", … or "und"."""
    metadata: dict[str, str] = field(default_factory=dict)
    """author, created, modified, subject … as far as the file says."""
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All pages' text."""
        return "\n\n".join(page.text for page in self.pages)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came inside another one, such as with a message: a document of its own."""

    name: str
    """Its last path part, safe to show; never a place to write to."""
    media_type: str
    """IANA media type as found by content, else as its sender states it."""
    content: bytes


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What is known of a whole file once its pages have been read one by one."""

    title: str
    language: str
    """BCP 47 tag of the main language: "zh", "en", … or "und"."""
    pages: int
    """Number of the last page."""
    metadata: dict[str, str] = field(default_factory=dict)
    """author, created, modified, subject … as far as the file says."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileType:
    """What the bytes are, found by content."""

    format: str
    """Short name the readers are registered under: "pdf", "docx", "xlsx", "txt", "png", …"""
    media_type: str
    """IANA media type."""
