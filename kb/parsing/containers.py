"""ZIP containers and their XML parts, opened so that a hostile one can do no harm."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from kb.domain.errors import DamagedFile, LimitExceeded, PasswordProtected, UnsafeContent
from kb.parsing.limits import CONTAINER, ContainerLimits

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_END = b"PK\x05\x06"
_END_SIZE = 22
_END64_LOCATOR = b"PK\x06\x07"
_END64_LOCATOR_SIZE = 20
_END64 = b"PK\x06\x06"
_END64_SIZE = 56
_LONGEST_COMMENT = 65_535
_ENCRYPTED = 0x1
_FORBIDDEN = tuple(
    mark.encode(codec)
    for mark in ("<!DOCTYPE", "<!ENTITY")
    for codec in ("ascii", "utf-16-le", "utf-16-be")
)


def directory_bytes(path: Path) -> int | None:
    """Return the size of a ZIP's directory as its end record states it, None when there is none.

    Looked at before ``zipfile`` opens the file, since that reads the whole directory at once. It
    follows the same rule as ``zipfile`` for finding the record.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE - _END64_LOCATOR_SIZE - _END64_SIZE))
        tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        return None
    stated: int = struct.unpack_from("<L", tail, at + 12)[0]
    locator = at - _END64_LOCATOR_SIZE
    end64 = locator - _END64_SIZE
    if end64 >= 0 and tail[locator : locator + 4] == _END64_LOCATOR and tail[end64:][:4] == _END64:
        stated = max(stated, struct.unpack_from("<Q", tail, end64 + 40)[0])
    return stated


def open_zip(path: Path, *, name: str, limits: ContainerLimits = CONTAINER) -> zipfile.ZipFile:
    """Open a ZIP whose directory is small enough to hold.

    Raises:
        DamagedFile: there is no readable directory.
        LimitExceeded: the directory or the number of members is beyond ``limits``.
    """
    stated = directory_bytes(path)
    if stated is None:
        raise DamagedFile(
            name=name,
            detail="cut off: the ZIP directory is missing",
            detail_zh="文件不完整：缺少 ZIP 目录",
        )
    if stated > limits.directory_bytes:
        raise LimitExceeded(
            name=name,
            detail=f"a ZIP directory of {stated} bytes",
            detail_zh=f"ZIP 目录达 {stated} 字节",
        )
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError, OSError) as error:
        raise _damaged(name, error) from error
    if len(archive.infolist()) > limits.members:
        archive.close()
        raise LimitExceeded(
            name=name,
            detail=f"more than {limits.members} members",
            detail_zh=f"成员超过 {limits.members} 个",
        )
    return archive


class Container:
    """A document that is a ZIP of parts (DOCX, PPTX, XLSX, ODF, EPUB), read within limits."""

    def __init__(self, path: Path, *, name: str, limits: ContainerLimits = CONTAINER) -> None:
        """Open ``path``; ``name`` is what people call the file.

        Raises:
            DamagedFile: it is no readable ZIP.
            LimitExceeded: members or unpacked size are beyond ``limits``.
            PasswordProtected: parts are encrypted.
        """
        self.name = name
        self._limits = limits
        self._zip = open_zip(path, name=name, limits=limits)
        # OPC part names are case-insensitive; some writers use backslashes.
        self._members = {
            info.filename.replace("\\", "/").lstrip("/").lower(): info
            for info in self._zip.infolist()
            if not info.is_dir()
        }
        total = sum(info.file_size for info in self._members.values())
        if total > limits.total_bytes:
            raise LimitExceeded(
                name=name, detail=f"{total} bytes unpacked", detail_zh=f"解压后 {total} 字节"
            )
        if any(info.flag_bits & _ENCRYPTED for info in self._members.values()):
            raise PasswordProtected(name=name)

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._members

    def names(self) -> list[str]:
        """Return the part names as stored, forward slashes."""
        return [info.filename.replace("\\", "/") for info in self._members.values()]

    def size(self, part: str) -> int:
        """Return the stated unpacked size of ``part``, 0 when there is no such part."""
        info = self._members.get(part.lower())
        return info.file_size if info else 0

    def read(self, part: str) -> bytes:
        """Return the bytes of ``part``, empty when there is no such part.

        Raises:
            DamagedFile: the packed bytes do not unpack.
            LimitExceeded: unpacked it is too large, or grows more than honest files do.
        """
        info = self._members.get(part.lower())
        if info is None:
            return b""
        self._check(info)
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
            raise _damaged(self.name, error) from error
        except (RuntimeError, ValueError) as error:  # zipfile: encrypted member, bad header
            raise _damaged(self.name, error) from error

    def open(self, part: str) -> zipfile.ZipExtFile:
        """Return a stream over ``part``, for parts that are read piece by piece."""
        info = self._members.get(part.lower())
        if info is None:
            raise DamagedFile(name=self.name, detail=f"{part} is missing", detail_zh=f"缺少 {part}")
        try:
            return self._zip.open(info)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise _damaged(self.name, error) from error

    def xml(self, part: str) -> Element | None:
        """Return the root of an XML part, None when there is no such part.

        Raises:
            DamagedFile: it is not well-formed.
            LimitExceeded: it is too large or has too many tags.
            UnsafeContent: it declares a DTD or entities.
        """
        if part not in self:
            return None
        return parse_xml(self.read(part), name=self.name, limits=self._limits)

    def _check(self, info: zipfile.ZipInfo) -> None:
        limits = self._limits
        if info.file_size > limits.part_bytes:
            raise LimitExceeded(
                name=self.name,
                detail=f"{info.file_size} bytes in one part",
                detail_zh=f"单个部件达 {info.file_size} 字节",
            )
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > limits.ratio_from_bytes and ratio > limits.ratio:
            raise LimitExceeded(
                name=self.name,
                detail=f"a part grows {ratio:.0f} times when unpacked",
                detail_zh=f"某个部件解压后膨胀 {ratio:.0f} 倍",
            )


def parse_xml(raw: bytes, *, name: str, limits: ContainerLimits = CONTAINER) -> Element:
    """Return the root of ``raw``, which may declare neither a DTD nor entities.

    Raises:
        DamagedFile: it is not well-formed XML.
        LimitExceeded: it holds more tags than fit into memory.
        UnsafeContent: it declares a DTD or entities; refused before anything is parsed.
    """
    from lxml import etree  # noqa: PLC0415 - not needed at the door, where only sniffing is

    if any(mark in raw for mark in _FORBIDDEN):
        raise UnsafeContent(
            name=name, detail="XML with a DTD or entities", detail_zh="XML 中含有 DTD 或实体"
        )
    if raw.count(b"<") > limits.tags:
        raise LimitExceeded(
            name=name,
            detail=f"more than {limits.tags} XML tags",
            detail_zh=f"XML 标签超过 {limits.tags} 个",
        )
    # "huge" lifts limits on depth and length of one text only; size and tags are bounded above.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        if "huge" in str(error).lower() or "depth" in str(error).lower():
            raise LimitExceeded(
                name=name,
                detail="XML nested too deeply or a text too long",
                detail_zh="XML 嵌套过深或文本过长",
            ) from error
        raise DamagedFile(
            name=name, detail=f"XML: {error.msg}", detail_zh=f"XML 错误：{error.msg}"
        ) from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeContent(name=name, detail="XML with a DTD", detail_zh="XML 中含有 DTD")
    return root


def _damaged(name: str, error: Exception) -> DamagedFile:
    detail = str(error) or type(error).__name__
    return DamagedFile(name=name, detail=f"ZIP: {detail}", detail_zh=f"ZIP 错误：{detail}")
