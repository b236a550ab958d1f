"""A ZIP as a folder of documents: which files it holds, each unpacked only within limits."""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from kb.domain.errors import DamagedFile, LimitExceeded, UnsafeArchive
from kb.parsing.charset import detect
from kb.parsing.clean import inline
from kb.parsing.containers import open_zip
from kb.parsing.limits import ArchiveLimits

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_CHUNK = 1 << 20
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive, unpacked to a temporary place."""

    name: str
    """Its path inside the archive with forward slashes, safe to show; never to write to."""
    path: Path
    """Where its bytes are, until the next member is asked for."""
    size: int


@dataclass(slots=True)
class _Budget:
    """What is left for the whole archive, archives inside it included."""

    limits: ArchiveLimits
    members: int = 0
    total: int = field(default=0)

    def count(self, name: str, *, added: int) -> None:
        self.total += added
        if self.total > self.limits.total_bytes:
            raise _unsafe(
                name, f"more than {self.limits.total_bytes >> 20} MB unpacked",
                f"解压后超过 {self.limits.total_bytes >> 20} MB",
            )  # fmt: skip


def members(path: Path, *, name: str, limits: ArchiveLimits | None = None) -> Iterator[Member]:
    """Yield the files of an archive one at a time, those of archives inside it included.

    The directory is checked as a whole first, so that a harmful archive yields nothing.

    Args:
        path: the archive.
        name: what people call it, for the sentences of failures.
        limits: how much it may hold.

    Raises:
        DamagedFile: it cannot be unpacked.
        UnsafeArchive: it breaks a limit, or holds links or paths that lead outside.
    """
    budget = _Budget(limits or ArchiveLimits())
    check(path, name=name, limits=budget.limits)
    yield from _members(path, name, "", 1, budget)


def check(path: Path, *, name: str, limits: ArchiveLimits | None = None, depth: int = 1) -> int:
    """Return how many files an archive holds, by its directory and those of archives inside it.

    Raises:
        DamagedFile: it has no readable directory.
        UnsafeArchive: it breaks a limit.
    """
    limits = limits or ArchiveLimits()
    if depth > limits.depth:
        raise _unsafe(name, f"nested deeper than {limits.depth}", f"嵌套超过 {limits.depth} 层")
    count = 0
    with _opened(path, name) as archive:
        total = 0
        for info in archive.infolist():
            _check_member(info, name, limits)
            count += not info.is_dir()
            total += info.file_size
            if count > limits.members:
                raise _unsafe(
                    name, f"more than {limits.members} files", f"文件超过 {limits.members} 个"
                )
        if total > limits.total_bytes:
            raise _unsafe(
                name, f"more than {limits.total_bytes >> 20} MB unpacked",
                f"解压后超过 {limits.total_bytes >> 20} MB",
            )  # fmt: skip
        for info in archive.infolist():
            if _is_archive(archive, info, name):
                with _unpacked(archive, info, name, _Budget(limits)) as inner:
                    count += check(inner, name=name, limits=limits, depth=depth + 1)
                if count > limits.members:
                    raise _unsafe(
                        name, f"more than {limits.members} files", f"文件超过 {limits.members} 个"
                    )
    return count


def _members(path: Path, name: str, prefix: str, depth: int, budget: _Budget) -> Iterator[Member]:
    with _opened(path, name) as archive:
        for info in archive.infolist():
            shown = prefix + member_name(info)
            if info.is_dir() or _is_ignored(shown):
                continue
            with _unpacked(archive, info, name, budget) as unpacked:
                if _is_archive(archive, info, name):
                    if depth >= budget.limits.depth:
                        limit = budget.limits.depth
                        raise _unsafe(name, f"nested deeper than {limit}", f"嵌套超过 {limit} 层")
                    yield from _members(unpacked, name, f"{shown}/", depth + 1, budget)
                else:
                    budget.members += 1
                    yield Member(shown, unpacked, info.file_size)


def member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name as its maker wrote it: Chinese Windows stores GBK unmarked."""
    if info.flag_bits & _UTF8_NAME:
        name = info.filename
    else:
        raw = info.orig_filename.encode("cp437", "replace")
        name = raw.decode(detect(raw) or "cp437", "replace")
        if name.isascii():
            name = info.filename
    return inline(name.replace("\\", "/"))


def _check_member(info: zipfile.ZipInfo, name: str, limits: ArchiveLimits) -> None:
    shown = member_name(info)
    path = PurePosixPath(shown)
    if path.is_absolute() or ".." in path.parts or shown[1:3] in {":/", ":"}:
        raise _unsafe(name, f"the path {shown[:80]} leads outside", f"路径 {shown[:80]} 指向外部")
    if info.create_system == _UNIX and stat.S_ISLNK(info.external_attr >> 16):
        raise _unsafe(name, f"{shown[:80]} is a link", f"{shown[:80]} 是符号链接")
    if info.flag_bits & _ENCRYPTED:
        raise _unsafe(name, "it is protected by a password", "压缩包有密码保护")
    if info.file_size > limits.member_bytes:
        raise _unsafe(
            name, f"{shown[:80]} is larger than {limits.member_bytes >> 20} MB",
            f"{shown[:80]} 超过 {limits.member_bytes >> 20} MB",
        )  # fmt: skip
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > limits.ratio_from_bytes and ratio > limits.ratio:
        raise _unsafe(
            name, f"{shown[:80]} grows {ratio:.0f} times", f"{shown[:80]} 解压后膨胀 {ratio:.0f} 倍"
        )


def _is_archive(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bool:
    """Say whether a member is a plain ZIP by its name and first bytes; DOCX and such are files."""
    if info.is_dir() or not info.filename.lower().endswith(".zip"):
        return False
    try:
        with archive.open(info) as stream:
            return stream.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except _BROKEN as error:
        raise _damaged(name, error) from error


@contextmanager
def _opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        archive = open_zip(path, name=name)
    except LimitExceeded as error:
        raise UnsafeArchive(**error.facts) from error
    with archive:
        yield archive


@contextmanager
def _unpacked(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: _Budget
) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="kb-member-") as target:
        try:
            with archive.open(info) as stream:
                _copy(stream, target, name, budget)
        except _BROKEN as error:
            raise _damaged(name, error) from error
        target.flush()
        yield Path(target.name)


_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


def _copy(stream: IO[bytes], target: IO[bytes], name: str, budget: _Budget) -> None:
    while chunk := stream.read(_CHUNK):
        budget.count(name, added=len(chunk))
        target.write(chunk)


def _is_ignored(name: str) -> bool:
    return name.startswith(_IGNORED[0]) or PurePosixPath(name).name in _IGNORED[1:]


def _unsafe(name: str, detail: str, detail_zh: str) -> UnsafeArchive:
    return UnsafeArchive(name=name, detail=detail, detail_zh=detail_zh)


def _damaged(name: str, error: Exception) -> DamagedFile:
    detail = str(error) or type(error).__name__
    return DamagedFile(name=name, detail=f"ZIP: {detail}", detail_zh=f"ZIP 错误：{detail}")
