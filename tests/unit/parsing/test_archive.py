"""An archive is a folder of documents, or refused as a whole."""

from __future__ import annotations

import io
import random
import stat
import zipfile

import pytest

from kb.domain.errors import DamagedFile, UnsafeArchive
from kb.parsing.archive import members
from kb.parsing.limits import ArchiveLimits
from tests.unit.parsing.office import write_zip


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


def test_members_come_with_those_of_inner_archives(tmp_path):
    inner = packed(b__txt=b"two")
    path = write_zip(
        tmp_path / "a.zip", {"合同/a.txt": "one", "in.zip": inner, "__MACOSX/a.txt": "no", "d/": ""}
    )
    found = [(member.name, member.path.read_bytes()) for member in members(path, name="a.zip")]
    assert found == [("合同/a.txt", b"one"), ("in.zip/b.txt", b"two")]


def test_names_that_windows_wrote_in_gbk_are_read(tmp_path):
    name = "合同书.txt"
    raw = packed(XXXXXX__txt=b"x").replace(b"XXXXXX", name.removesuffix(".txt").encode("gbk"))
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    assert [member.name for member in members(path, name="a.zip")] == [name]


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "a/../../b", "C:\\a.txt", "..\\a"])
def test_paths_that_lead_outside_are_refused(tmp_path, name):
    path = write_zip(tmp_path / "a.zip", {"good.txt": "x", name: "x"})
    with pytest.raises(UnsafeArchive, match="outside"):
        next(members(path, name="a.zip"))


def test_links_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafeArchive, match="link"):
        next(members(path, name="a.zip"))


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (ArchiveLimits(members=1), "files"),
        (ArchiveLimits(total_bytes=1 << 20), "unpacked"),
        (ArchiveLimits(member_bytes=1 << 20), "larger"),
        (ArchiveLimits(ratio_from_bytes=1 << 20), "grows"),
        (ArchiveLimits(depth=1), "nested"),
    ],
)
def test_limits_refuse_before_anything_is_given(tmp_path, limits, why):
    plain = random.Random(0).randbytes(3 << 18) * 4
    filling = bytes(3 << 20) if why == "grows" else plain
    content = {"a.bin": filling, "b.zip": packed(c__txt=b"x"), "c.txt": "x"}
    path = write_zip(tmp_path / "a.zip", content)
    with pytest.raises(UnsafeArchive, match=why):
        next(members(path, name="a.zip", limits=limits))


def test_a_damaged_archive_is_told(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(packed(a__txt=b"x" * 500)[:-30])
    with pytest.raises(DamagedFile):
        next(members(path, name="a.zip"))
