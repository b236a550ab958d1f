"""What a file is shows in its bytes; its name decides between kinds of text only."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.domain.errors import EmptyFile, RejectedAtDoor, UnsafeArchive, UnsupportedFormat
from kb.parsing.sniff import MEDIA_TYPES, sniff
from tests.unit.parsing.office import word, write_zip

MAIL = b"From: a@b.c\r\nTo: d@e.f\r\nSubject: hi\r\n\r\nbody"


def kind(tmp_path, content: bytes, name: str) -> str:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return sniff(path, name).format


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n...", "a.docx", "pdf"),
        (b"junk\n%PDF-1.4\n", "a.pdf", "pdf"),
        (b"The header %PDF-1.4 begins a file.", "a.txt", "txt"),
        (b"\x89PNG\r\n\x1a\n123", "a.pdf", "png"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "jpeg"),
        (b"RIFF\0\0\0\0WEBP", "a", "webp"),
        (b"{\\rtf1 x}", "a.doc", "rtf"),
        (b"<!DOCTYPE html><html>", "a.docx", "html"),
        (b"a,b\n1,2\n", "a.csv", "csv"),
        (b"# Title\n", "a.md", "md"),
        (MAIL, "a.txt", "eml"),
        ("合同".encode("gb18030"), "a.txt", "txt"),
        ("合同 contract".encode("utf-16"), "a.txt", "txt"),
        (b"plain words", "a.pdf", "txt"),
        (b"BM is how this text begins", "a.txt", "txt"),
    ],
)
def test_content_wins(tmp_path, content, name, expected):
    assert kind(tmp_path, content, name) == expected
    assert expected in MEDIA_TYPES


def test_containers_are_told_by_their_parts(tmp_path):
    assert sniff(word(tmp_path / "a", "<w:p/>"), "a.pdf").format == "docx"
    epub = write_zip(tmp_path / "b", {"mimetype": "application/epub+zip", "x": ""})
    assert sniff(epub, "b.zip").format == "epub"
    odt = write_zip(tmp_path / "c", {"mimetype": "application/vnd.oasis.opendocument.text"})
    assert sniff(odt, "c").format == "odt"
    assert sniff(write_zip(tmp_path / "d", {"a.txt": "x"}), "d.zip").format == "zip"


def test_a_zip_that_is_not_what_its_name_says_is_refused(tmp_path):
    path = write_zip(tmp_path / "a", {"note.txt": "x"})
    with pytest.raises(UnsupportedFormat, match="DOCX"):
        sniff(path, "a.docx")


@pytest.mark.parametrize(
    "content",
    [b"MZ\x90\0\3\0\0\0", b"\x7fELF\2\1\1\0", b"\x1f\x8b\x08\0\0", b"<svg xmlns='x'></svg>",
     bytes(range(256)) * 9],
)  # fmt: skip
def test_dangerous_and_unknown_content_is_refused(tmp_path, content):
    with pytest.raises(UnsupportedFormat) as caught:
        kind(tmp_path, content, "a.pdf")
    assert "a.pdf" in caught.value.sentence("zh")


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(EmptyFile):
        kind(tmp_path, b"", "a.pdf")


def test_a_directory_beyond_every_size_is_refused_before_it_is_read(tmp_path):
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 3_000_000_000, 0, 0)
    with pytest.raises(UnsafeArchive):
        kind(tmp_path, b"PK\x03\x04" + bytes(100) + end, "a.zip")


@settings(max_examples=150)
@given(
    st.sampled_from(
        [b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"]
    ),
    st.binary(max_size=2000),
    st.sampled_from(["a.docx", "a.txt", "a", "a.zip", "a.html"]),
)
def test_any_bytes_get_a_kind_or_a_refusal(tmp_path_factory, magic, content, name):
    path = tmp_path_factory.mktemp("sniff") / "upload"
    path.write_bytes(magic + content)
    with contextlib.suppress(RejectedAtDoor):
        assert sniff(path, name).format in MEDIA_TYPES
