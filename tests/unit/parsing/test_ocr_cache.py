"""What OCR read is read once: kept by the owner, asked for over the wire, bounded, checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from kb.domain.parsed import FileType, ParsedPage
from kb.parsing.limits import ReadLimits
from kb.parsing.ocr_cache import OcrCache
from kb.parsing.sandbox import SandboxedReader

KEY, OTHER, THIRD = "a" * 64, "b" * 64, "c" * 64
PNG = FileType("png", "image/png")


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def scan(path: Path, text: str = "Invoice number 40718") -> Path:
    image = Image.new("L", (1000, 300), 255)
    pen = ImageDraw.Draw(image)
    pen.text((80, 60), text, fill=0, font=ImageFont.load_default(44))
    pen.text((80, 150), "Please pay within thirty days", fill=0, font=ImageFont.load_default(44))
    image.save(path, dpi=(150, 150))
    return path


def read(path: Path, cache: OcrCache, name: str = "scan.png") -> ParsedPage:
    pages: list[ParsedPage] = []
    reader = SandboxedReader(ReadLimits(), ocr_cache=cache)
    try:
        reader.read(path, name, PNG, on_page=lambda page, _: pages.append(page))
    finally:
        reader.close()
    return pages[0]


def test_a_reading_comes_back_as_it_was(tmp_path: Path) -> None:
    cache = OcrCache(tmp_path, max_bytes=1000)

    cache.keep(KEY, b"one")
    cache.keep(KEY, b"another")

    assert OcrCache(tmp_path, max_bytes=1000).recall(KEY) == b"one"
    assert cache.recall(OTHER) is None


@pytest.mark.parametrize("raw", [b"", b"x", b"\0" * 200])
def test_a_damaged_entry_counts_as_nothing_and_goes(tmp_path: Path, raw: bytes) -> None:
    cache = OcrCache(tmp_path, max_bytes=1000)
    cache.keep(KEY, b"one")
    (entry,) = entries(tmp_path)
    entry.write_bytes(raw)

    assert cache.recall(KEY) is None
    cache.keep(KEY, b"anew")
    assert cache.recall(KEY) == b"anew"


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = OcrCache(tmp_path, max_bytes=1000)
    for age, key in enumerate((KEY, OTHER)):
        cache.keep(key, b"x" * 400)
        os.utime(tmp_path / key[:2] / key, (age + 1, age + 1))
    cache.recall(KEY)

    cache.keep(THIRD, b"x" * 400)

    assert cache.recall(OTHER) is None
    assert cache.recall(KEY) is not None
    assert cache.recall(THIRD) is not None
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= 1000


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_a_key_is_a_hash_and_nothing_else(tmp_path: Path, key: str) -> None:
    cache = OcrCache(tmp_path / "cache", max_bytes=1000)

    cache.keep(key, b"one")

    assert cache.recall(key) is None
    assert entries(tmp_path) == []


def test_the_same_pixels_are_read_once_whatever_the_file(tmp_path: Path) -> None:
    cache = OcrCache(tmp_path / "cache", max_bytes=1 << 20)
    first = read(scan(tmp_path / "scan.png"), cache)
    (entry,) = entries(tmp_path / "cache")
    assert "40718" in first.text

    # A memory that says something else proves that nobody looked again.
    told = OcrCache(tmp_path / "told", max_bytes=1 << 20)
    kept = cache.recall(entry.name)
    assert kept is not None
    assert read(scan(tmp_path / "copy.png"), cache, "renamed.png") == first
    told.keep(entry.name, kept.replace(b"40718", b"99999"))

    assert "99999" in read(tmp_path / "copy.png", told).text


def test_other_pixels_are_another_page(tmp_path: Path) -> None:
    cache = OcrCache(tmp_path / "cache", max_bytes=1 << 20)

    read(scan(tmp_path / "scan.png"), cache)
    page = read(scan(tmp_path / "other.png", "Receipt number 51829"), cache)

    assert "51829" in page.text
    assert len(entries(tmp_path / "cache")) == 2


@pytest.mark.parametrize("nonsense", [b"[]", b"{", b"{}", b'{"straight": 1, "fragments": 2}'])
def test_nonsense_in_the_memory_is_read_anew(tmp_path: Path, nonsense: bytes) -> None:
    cache = OcrCache(tmp_path / "cache", max_bytes=1 << 20)
    first = read(scan(tmp_path / "scan.png"), cache)
    (entry,) = entries(tmp_path / "cache")
    wrong = OcrCache(tmp_path / "wrong", max_bytes=1 << 20)
    wrong.keep(entry.name, nonsense)

    assert read(tmp_path / "scan.png", wrong) == first
