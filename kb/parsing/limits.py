"""How much a reader may take from one file before it says so."""

from __future__ import annotations

from dataclasses import dataclass

MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits of one reading process."""

    max_pages: int = 10_000
    """Pages read of one document; the rest is left out with a warning."""
    memory_mb: int = 1536
    """Resident memory of the reading process and what it starts, in MiB."""
    page_seconds: float = 60.0
    """Longest wait for the next page."""
    document_seconds: float = 4 * 3600.0
    """Longest time for a whole document."""
    file_mb: int = 512
    """Largest file that the process may write in its own folder, in MiB."""
    processes: int = 64
    """Processes and threads it may have at a time."""


@dataclass(frozen=True, slots=True)
class ContainerLimits:
    """Limits of a ZIP container that is one document (DOCX, XLSX, EPUB, …)."""

    directory_bytes: int = 16 * MEBI
    """Size of the ZIP directory."""
    members: int = 50_000
    total_bytes: int = 2048 * MEBI
    """Sum of the unpacked sizes."""
    ratio: float = 100.0
    """Unpacked by packed size of one member; looked at above ``ratio_from_bytes`` only, since a
    short run of blanks reaches it honestly."""
    ratio_from_bytes: int = 8 * MEBI
    part_bytes: int = 128 * MEBI
    """Unpacked size of one part that is parsed as a whole."""
    tags: int = 8_000_000
    """Tags ("<") in one XML part that is parsed as a whole."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits of a ZIP that is uploaded as a folder of documents."""

    members: int = 2_000
    total_bytes: int = 2048 * MEBI
    member_bytes: int = 200 * MEBI
    ratio: float = 100.0
    ratio_from_bytes: int = MEBI
    depth: int = 3
    """ZIPs inside ZIPs, the outermost counted as 1."""


@dataclass(frozen=True, slots=True)
class AttachmentLimits:
    """Limits of what one file hands out as documents of their own."""

    count: int = 100
    bytes_each: int = 64 * MEBI
    """Below the largest frame of the sandbox's wire."""
    bytes_total: int = 256 * MEBI


ATTACHMENTS = AttachmentLimits()
MAX_ATTACHMENT_DEPTH = 3
"""Files inside files, the uploaded one counted as 1: whoever stores attachments asks for them
only above this depth."""
CONTAINER = ContainerLimits()
MAX_CELLS = 5_000_000
"""Cells read of one workbook."""
LONGEST_REPEATED_CELL = 60
"""Characters of a cell merged over rows that are told again in each row; longer ones once."""
MAX_COLUMNS = 512
"""Columns read of one table."""
MAX_BLOCKS = 2_000_000
"""Blocks read of one document."""
MAX_DEPTH = 200
"""Nesting of tables, lists or elements that a walker follows."""
