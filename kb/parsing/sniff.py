"""What a file is, by its bytes. Runs at the door: reads headers and directories, no content."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from kb.domain.errors import (
    DamagedFile,
    EmptyFile,
    LimitExceeded,
    UnsafeArchive,
    UnsupportedFormat,
)
from kb.domain.parsed import FileType
from kb.parsing.charset import detect, is_text
from kb.parsing.containers import open_zip

_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": _OFFICE + "wordprocessingml.document",
    "pptx": _OFFICE + "presentationml.presentation",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "encrypted": "application/vnd.ms-office-encrypted",
    "rtf": "application/rtf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "eml": "message/rfc822",
    "html": "text/html",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "txt": "text/plain",
}
"""Every format that is taken in, with its IANA media type."""

_HEAD = 65_536
_LONGEST_TYPE = 256
_SURE = 0.8
"""Confidence from which puremagic's name of a format is worth telling."""
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"{\\rtf", "rtf"),
)
_REFUSED = (
    (b"MZ", "a Windows program", "Windows 程序"),
    (b"\x7fELF", "a Linux program", "Linux 程序"),
    (b"\xca\xfe\xba\xbe", "a program", "程序"),
    (b"\xcf\xfa\xed\xfe", "a macOS program", "macOS 程序"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z 压缩包"),
    (b"Rar!\x1a\x07", "a RAR archive", "RAR 压缩包"),
    (b"\x1f\x8b", "a gzip archive", "gzip 压缩包"),
    (b"BZh", "a bzip2 archive", "bzip2 压缩包"),
    (b"\xfd7zXZ\0", "an xz archive", "xz 压缩包"),
    (b"SQLite format 3\0", "an SQLite database", "SQLite 数据库"),
)
_BMP_HEADER = struct.Struct("<2xIIII")
"""File size, two reserved fields, offset of the pixels, size of the header that follows."""
_BMP_FILE_HEADER = 14
_BMP_INFO_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""Sizes of the second header by version (Windows 2 to 5, OS/2 1 and 2)."""
_OLE_HEADER = 512
_MOST_SECTORS = 512
_LAST_SECTOR = 0xFFFFFFFA
_END_OF_CHAIN = 0xFFFFFFFE
_SECTOR_NUMBER = 4
_NAME_LENGTHS = range(2, 65)
_FEWEST_FIELDS = 2
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARTS = (
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("xl/workbook.bin", "xlsb"),
    ("xl/workbook.xml", "xlsx"),
)
_MAIN_PART = (
    (re.compile(r"^word/document\d*\.xml$"), "docx"),
    (re.compile(r"^ppt/presentation\d*\.xml$"), "pptx"),
    (re.compile(r"^xl/workbook\d*\.xml$"), "xlsx"),
)
_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.spreadsheet-template": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.presentation-template": "odp",
    "application/epub+zip": "epub",
}
_ZIP_EXTENSIONS = {
    "docx": "docx", "docm": "docx", "dotx": "docx", "pptx": "pptx", "pptm": "pptx",
    "ppsx": "pptx", "xlsx": "xlsx", "xlsm": "xlsx", "xltx": "xlsx", "odt": "odt",
    "ods": "ods", "odp": "odp", "epub": "epub",
}  # fmt: skip
_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("__properties_version1.0", "msg"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
)
_HTML = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<(?:table|div|p|h[1-6]|article)[\s>]", re.I
)
_HTML_START = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,4000}?-->\s*){0,9}<(?:!doctype\s+html|html)",
    re.I | re.S,
)
_SVG = re.compile(rb"<svg[\s>]", re.I)
_MAIL_FIELD = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|content-type"
    rb"|delivered-to|x-[\w-]+|dkim-signature|reply-to|sender):", re.I
)  # fmt: skip
_FIELD = re.compile(rb"^[!-9;-~]+:|^[ \t]")
_TEXT_EXTENSIONS = {
    "md": "md", "markdown": "md", "csv": "csv", "tsv": "tsv", "tab": "tsv", "htm": "html",
    "html": "html", "xhtml": "html", "eml": "eml", "mht": "eml", "mhtml": "eml",
}  # fmt: skip


def sniff(path: Path, name: str) -> FileType:
    """Return what the bytes of ``path`` are; ``name`` decides between kinds of plain text only.

    Raises:
        EmptyFile: zero bytes.
        UnsupportedFormat: nothing that a reader knows, or a container that does not hold what
            its name says.
        UnsafeArchive: a ZIP whose directory alone is beyond every honest size.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile(name=name)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    kind = _binary(path, head, name) or _text(head, name)
    if kind is None:
        raise _unknown(head, name)
    return FileType(kind, MEDIA_TYPES[kind])


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _binary(  # noqa: PLR0911 - one line a family of formats
    path: Path, head: bytes, name: str
) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if _is_bmp(head):
        return "bmp"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path, name)
    if head.startswith(_OLE):
        return _ole(path, name)
    if _is_pdf(head, name):
        return "pdf"
    for magic, en, zh in _REFUSED:
        if head.startswith(magic) and not (magic.isalpha() and is_text(head)):
            raise UnsupportedFormat(name=name, detected=en, detected_zh=zh)
    return None


def _is_bmp(head: bytes) -> bool:
    """Say so by the header: "BM" begins words too, and white pixels pass for Cyrillic letters."""
    if len(head) < _BMP_HEADER.size or not head.startswith(b"BM"):
        return False
    _, reserved, offset, info = _BMP_HEADER.unpack_from(head)
    return reserved == 0 and info in _BMP_INFO_SIZES and offset >= _BMP_FILE_HEADER + info


def _is_pdf(head: bytes, name: str) -> bool:
    """PDF readers accept up to 1,024 bytes before the header; a text that merely mentions it no."""
    at = head[:1029].find(b"%PDF-")
    if at >= 0:
        return at == 0 or _extension(name) == "pdf" or not is_text(head)
    # The header is gone, the rest may still be repaired.
    return _extension(name) == "pdf" and any(mark in head for mark in (b" obj", b"xref\n"))


def _zip(path: Path, name: str) -> str:
    expected = _ZIP_EXTENSIONS.get(_extension(name))
    try:
        with open_zip(path, name=name) as archive:
            kind = _zip_kind(archive)
    except LimitExceeded as error:
        raise UnsafeArchive(**error.facts) from error
    except DamagedFile as error:
        if expected:  # taken in under its name, so that the reader can say what is broken
            return expected
        raise UnsupportedFormat(
            name=name, detected="a damaged ZIP archive", detected_zh="已损坏的 ZIP 压缩包"
        ) from error
    if kind == "zip" and expected:
        raise UnsupportedFormat(
            name=name,
            detected=f"a ZIP archive that holds no {expected.upper()} document",
            detected_zh=f"ZIP 压缩包，其中没有 {expected.upper()} 文档",
        )
    return kind


def _zip_kind(archive: zipfile.ZipFile) -> str:
    names = {entry.replace("\\", "/").lstrip("/").lower() for entry in archive.namelist()}
    for part, kind in _PARTS:
        if part in names:
            return kind
    if "[content_types].xml" in names:
        for pattern, kind in _MAIN_PART:
            if any(pattern.match(entry) for entry in names):
                return kind
    if "mimetype" in names:
        entry = archive.getinfo("mimetype") if "mimetype" in archive.namelist() else None
        if entry and entry.file_size < _LONGEST_TYPE:
            try:
                declared = archive.read(entry).decode("ascii", "replace").strip()
            except (zipfile.BadZipFile, RuntimeError, OSError):
                declared = ""
            return _OPEN_DOCUMENT.get(declared, "zip")
    if "meta-inf/container.xml" in names:
        return "epub"
    return "zip"


def _ole(path: Path, name: str) -> str:
    names = ole_stream_names(path)
    for stream, kind in _STREAMS:
        if stream in names:
            return kind
    raise UnsupportedFormat(
        name=name, detected="an unknown compound file", detected_zh="未知的复合文档"
    )


def ole_stream_names(path: Path) -> set[str]:
    """Return the names in the directory of an OLE2 file, at most the first 4,096 of them.

    Follows the directory's own sector chain only ([MS-CFB] 2.2 to 2.6), so that it stays quick on
    a large or hostile file.
    """
    names: set[str] = set()
    with path.open("rb") as file:
        header = file.read(_OLE_HEADER)
        if len(header) < _OLE_HEADER:
            return names
        shift = struct.unpack_from("<H", header, 30)[0]
        if shift not in {9, 12}:
            return names
        size = 1 << shift
        sector = struct.unpack_from("<L", header, 48)[0]
        tables = struct.unpack_from("<109L", header, 76)
        for _ in range(_MOST_SECTORS):
            if sector > _LAST_SECTOR:
                break
            file.seek((sector + 1) << shift)
            content = file.read(size)
            for at in range(0, len(content) - 127, 128):
                length = struct.unpack_from("<H", content, at + 64)[0]
                if length in _NAME_LENGTHS:
                    raw = content[at : at + length - 2]
                    names.add(raw.decode("utf-16-le", "replace"))
            sector = _next_sector(file, tables, sector, shift)
    return names


def _next_sector(file: BinaryIO, tables: tuple[int, ...], sector: int, shift: int) -> int:
    entries = 1 << (shift - 2)
    table = sector // entries
    if table >= len(tables) or tables[table] > _LAST_SECTOR:
        return _END_OF_CHAIN
    file.seek(((tables[table] + 1) << shift) + (sector % entries) * 4)
    raw = file.read(_SECTOR_NUMBER)
    return int(struct.unpack("<L", raw)[0]) if len(raw) == _SECTOR_NUMBER else _END_OF_CHAIN


def _text(  # noqa: PLR0911 - one line a kind of text
    head: bytes, name: str
) -> str | None:
    if not is_text(head):
        return None
    plain = head
    if b"\0" in head[:64]:
        plain = head.decode(detect(head) or "utf-8", "ignore").encode()
    plain = plain.removeprefix(b"\xef\xbb\xbf")
    claimed = _TEXT_EXTENSIONS.get(_extension(name))
    if _SVG.search(plain[:2048]) and not _HTML_START.match(plain):
        raise UnsupportedFormat(name=name, detected="an SVG drawing", detected_zh="SVG 图形")
    if _HTML_START.match(plain):
        return "html"
    if claimed in {"html", "csv", "tsv", "md"}:
        return claimed
    if _is_mail(plain):
        return "eml"
    if _looks_html(plain, name):
        return "html"
    return "txt"


def _is_mail(head: bytes) -> bool:
    """A message starts with header fields, at least two of them known ones."""
    known = 0
    for raw in head.lstrip(b"\r\n").split(b"\n")[:200]:
        line = raw.rstrip(b"\r")
        if not line:
            break
        if line.startswith(b"From ") and known == 0:
            continue
        if not _FIELD.match(line):
            return False
        known += bool(_MAIL_FIELD.match(line))
    return known >= _FEWEST_FIELDS


def _looks_html(head: bytes, name: str) -> bool:
    start = head[:2048].lstrip()
    if not start.startswith(b"<") or _extension(name) in {"xml", "xsd", "xsl"}:
        return False
    return bool(_HTML.search(start))


def _unknown(head: bytes, name: str) -> UnsupportedFormat:
    import puremagic  # noqa: PLC0415 - only to name what is refused

    try:
        best = puremagic.magic_string(head[:8192])[0]
    except (puremagic.PureError, ValueError, IndexError):
        detected = ""
    else:
        detected = best.name if best.confidence >= _SURE else ""
    return UnsupportedFormat(
        name=name,
        detected=detected or "unknown binary content",
        detected_zh=detected or "未知的二进制内容",
    )
