"""DOC and PPT by LibreOffice, behind the real walls; skipped where LibreOffice is missing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kb.parsing.legacy_convert as converter
from kb.domain.errors import KbError
from kb.parsing.sandbox import SandboxedReader
from kb.parsing.sniff import sniff

OFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed"),
    pytest.mark.timeout(180),
]
SLIDE = """<?xml version="1.0"?><office:document
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body>
 <office:presentation><draw:page draw:name="one"><draw:frame svg:x="1cm" svg:y="1cm"
 svg:width="20cm" svg:height="3cm"><draw:text-box><text:p>Harvest report 2031</text:p>
 </draw:text-box></draw:frame></draw:page></office:presentation></office:body></office:document>"""
SOURCES = {
    "doc": ("letter.rtf", r"{\rtf1\ansi Delivery within thirty days.\par Second line.}"),
    "ppt": ("slides.fodp", SLIDE),
}


@pytest.fixture
def reader():
    reader = SandboxedReader()  # works where LibreOffice, as its own user, may go
    yield reader
    reader.close()


def made(folder: Path, kind: str) -> Path:
    """An old file, written by LibreOffice."""
    name, text = SOURCES[kind]
    source, target = folder / name, folder / f"old.{kind}"
    source.write_text(text)
    program = str(Path(OFFICE or "").resolve().parent)
    profile = (folder / "profile").as_uri()
    command = [sys.executable, converter.__file__, program, profile, str(source), str(target), kind]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return target


@pytest.mark.parametrize(
    ("kind", "words"), [("doc", "Delivery within thirty days."), ("ppt", "Harvest report 2031")]
)
def test_an_old_office_file_is_read_in_the_sandbox(reader, tmp_path, kind, words):
    path = made(tmp_path, kind)
    pages = []

    reader.read(path, path.name, sniff(path, path.name), on_page=lambda page, _: pages.append(page))

    assert words in pages[0].text


def test_a_damaged_old_file_is_told_as_such(reader, tmp_path):
    path = made(tmp_path, "doc")
    whole = path.read_bytes()
    path.write_bytes(whole[:512] + bytes(2048) + whole[2560:])

    with pytest.raises(KbError) as told:
        reader.read(path, path.name, sniff(path, path.name), on_page=lambda page, _: None)
    assert told.value.code in {"damaged_file", "unsupported_format", "no_text_found"}
