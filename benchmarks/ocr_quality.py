"""Character error rate of our OCR beside plain pytesseract and RapidOCR, all sides in one run.

    python -m benchmarks.ocr_quality --en FILE.txt… --zh FILE.txt… [--photos DIR] [--pages 4]

From each plain text file pages are drawn (A4, 150 / 200 / 300 dpi and serif / sans in turn), each
clean, noisy (blur, grain, specks, JPEG 45), skewed by 2 degrees and rotated by 90. Every side gets
the same PNG without a note of its resolution: ours as an uploaded file, pytesseract as
``image_to_string`` at its defaults with the right language pack (OpenMP held to one thread, which
only makes it faster), RapidOCR as it comes. ``--photos`` adds a folder with ``manifest.jsonl`` as
``kb eval ocr`` reads it, a group for each kind. How texts are compared: kb/evaluation/ocr.py.
CPU is user + system time of the process and what it started, models already loaded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from kb.evaluation.ocr import (
    KnownPage,
    PageScore,
    figures,
    load_pages,
    read_page,
    score_page,
)

FONTS = {
    "en": ("Liberation Serif", "Liberation Sans"),
    "zh": ("Noto Serif CJK SC", "Noto Sans CJK SC"),
}
DPI = (200, 300, 150)
POINTS = (11, 10, 12)
LINES = 46
SPECKS = 0.004


def font_of(language: str, turn: int, dpi: int) -> ImageFont.FreeTypeFont:
    name = FONTS[language][turn % 2]
    found = subprocess.run(
        ["/usr/bin/fc-match", "-f", "%{file}:%{index}", name],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.rpartition(":")
    size = round(POINTS[turn % 3] * dpi / 72)
    return ImageFont.truetype(found[0], size, index=int(found[2]) & 0xFFFF)


def lines_of(path: Path, language: str) -> list[str]:
    text = " ".join(path.read_text("utf-8-sig").split())
    if language == "zh":
        text = text.replace(" ", "")
        return [text[start : start + 38] for start in range(0, len(text), 38)]
    return textwrap.wrap(text, 84)


def drawn(lines: list[str], language: str, turn: int) -> Image.Image:
    dpi = DPI[turn % 3]
    page = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 255)
    pen, font = ImageDraw.Draw(page), font_of(language, turn, dpi)
    step = 9.9 * dpi / LINES
    for number, line in enumerate(lines):
        pen.text((0.8 * dpi, 0.85 * dpi + number * step), line, fill=15, font=font)
    return page


def noisy(page: Image.Image, seed: int) -> Image.Image:
    chance = np.random.default_rng(seed)
    grey = np.asarray(page.filter(ImageFilter.GaussianBlur(0.6)), np.float32)
    grey = (grey * 0.85 + 25 + chance.normal(0, 18, grey.shape)).astype(np.float32)
    specks = chance.random(grey.shape)
    grey[specks < SPECKS] = 0
    grey[specks > 1 - SPECKS] = 255
    with tempfile.TemporaryFile() as packed:
        Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(packed, "JPEG", quality=45)
        return Image.open(packed).convert("L")


def skewed(page: Image.Image, seed: int) -> Image.Image:
    angle = 2 if seed % 2 else -2
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)


def rotated(page: Image.Image, seed: int) -> Image.Image:
    return page.rotate(90 if seed % 2 else 270, expand=True)


KINDS: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "clean": lambda page, _: page,
    "noisy": noisy,
    "skewed": skewed,
    "rotated": rotated,
}


def drawn_pages(files: list[Path], language: str, most: int, out: Path) -> Iterator[KnownPage]:
    for turn, path in enumerate(files[:most]):
        lines = lines_of(path, language)[:LINES]
        page = drawn(lines, language, turn)
        for kind, change in KINDS.items():
            image = out / f"{language}-{turn}-{kind}.png"
            change(page, turn).save(image)
            yield KnownPage(image, "\n".join(lines), language, f"{language} {kind}", ordered=True)


class Tesseract:
    name = "pytesseract"

    def __call__(self, page: KnownPage) -> str:
        import pytesseract

        os.environ["OMP_THREAD_LIMIT"] = "1"
        pack = "chi_sim" if page.language == "zh" else "eng"
        with Image.open(page.image) as image:
            return str(pytesseract.image_to_string(image, lang=pack))


class Rapid:
    name = "RapidOCR"

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._engine: Any = RapidOCR(params={"Global.log_level": "critical"})

    def __call__(self, page: KnownPage) -> str:
        return "\n".join(self._engine(str(page.image)).txts or ())


class Ours:
    name = "ours"

    def __call__(self, page: KnownPage) -> str:
        return read_page(page.image)


class Kept:
    """A rival's readings kept in a file: for work on our own side only, never for figures."""

    def __init__(self, side: Callable[[KnownPage], str], name: str, path: Path) -> None:
        self.name, self._side, self._path = name, side, path
        self._known = json.loads(path.read_text()) if path.exists() else {}

    def __call__(self, page: KnownPage) -> str:
        key = self.name + page.language + hashlib.sha256(page.image.read_bytes()).hexdigest()
        if key not in self._known:
            self._known[key] = self._side(page)
            self._path.write_text(json.dumps(self._known))
        return str(self._known[key])


def measure(pages: list[KnownPage], sides: list[Any], *, show: bool) -> dict[str, list[PageScore]]:
    scores: dict[str, list[PageScore]] = {side.name: [] for side in sides}
    for page in pages:
        told = page.image.name[:40].ljust(40)
        for side in sides:
            score = score_page(page, lambda _, page=page, side=side: side(page))  # type: ignore[misc]
            scores[side.name].append(score)
            wrong = score.character_errors if page.ordered else score.stray_characters
            rate = wrong / max(1, score.characters)
            told += f"  {side.name} {rate:.4f} {score.cpu_seconds:5.1f}s"
        if show:
            print(told, flush=True)
    return scores


def table(scores: dict[str, list[PageScore]]) -> None:
    kinds = sorted({score.page.kind for score in next(iter(scores.values()))})
    print("| group | pages | " + " | ".join(f"{n} CER | CPU-s" for n in scores) + " | lower? |")
    print("|---" * (2 * len(scores) + 3) + "|")
    for kind in kinds:
        row, errors, count = "", [], 0
        for found in scores.values():
            group = figures([score for score in found if score.page.kind == kind])
            error = group["cer"] if group["cer"] is not None else group["cer_unordered"]
            count = int(group["pages"] or 0)
            errors.append(float(error or 0))
            row += f" {errors[-1]:.5f} | {group['cpu_seconds_per_page']} |"
        verdict = "yes" if errors[0] < min(errors[1:], default=1.0) else "**no**"
        print(f"| {kind[:60]} | {count} |{row} {verdict} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--en", type=Path, nargs="*", default=[], help="English plain text files")
    parser.add_argument("--zh", type=Path, nargs="*", default=[], help="Chinese plain text files")
    parser.add_argument("--photos", type=Path, help="folder with manifest.jsonl")
    parser.add_argument("--pages", type=int, default=4, help="pages drawn for each language")
    parser.add_argument("--every", type=int, default=1, help="every n-th page of --photos")
    parser.add_argument("--kept", type=Path, help="keep the rivals' readings here (development)")
    parser.add_argument("--show", action="store_true", help="a line for each page")
    asked = parser.parse_args()
    sides: list[Any] = [Ours(), Tesseract(), Rapid()]
    if asked.kept:
        sides[1:] = [Kept(side, side.name, asked.kept) for side in sides[1:]]
    with tempfile.TemporaryDirectory(prefix="kb-ocr-") as folder:
        pages = [
            page
            for language in ("en", "zh")
            for page in drawn_pages(getattr(asked, language), language, asked.pages, Path(folder))
        ]
        if asked.photos:
            pages += load_pages(asked.photos)[:: asked.every]
        if pages:
            for side in sides:  # models load and programs start outside the figures
                side(pages[0])
        table(measure(pages, sides, show=asked.show))


if __name__ == "__main__":
    main()
