"""tesseract through pytesseract: Latin scripts."""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from itertools import groupby
from typing import Any

import pytesseract
from PIL import Image

from kb.domain.parsed import Box
from kb.parsing.layout_text import clean_text
from kb.parsing.ocr_image import Grey
from kb.parsing.ocr_lines import OcrLine

PAGE_SECONDS = 60
_WIDE_GAP = 1.6
"""Line heights between two words from which they are not one run of text."""
_LEAST_CONFIDENCE = 0.0


@lru_cache(maxsize=1)
def installed_languages() -> frozenset[str]:
    """Language packs of the tesseract on this machine; empty when it is missing."""
    if shutil.which("tesseract") is None:
        return frozenset()
    try:
        return frozenset(pytesseract.get_languages(config=""))
    except (pytesseract.TesseractError, OSError):
        return frozenset()


class TesseractEngine:
    """One language pack at a time: two cost nearly three times as much."""

    name = "tesseract"

    def __init__(self, language: str = "eng") -> None:
        self.language = language

    def read(self, grey: Grey, *, dpi: int) -> list[OcrLine]:
        """Lines of an upright page image.

        Raises:
            pytesseract.TesseractError: The program failed.
            RuntimeError: It took longer than PAGE_SECONDS.
        """
        # One page takes 8 s with one OpenMP thread and 66 s with all of them.
        os.environ["OMP_THREAD_LIMIT"] = "1"
        words: dict[str, list[Any]] = pytesseract.image_to_data(
            Image.fromarray(grey),
            lang=self.language,
            config=f"--dpi {dpi} --oem 1 --psm 3",
            timeout=PAGE_SECONDS,
            output_type=pytesseract.Output.DICT,
        )
        rows = zip(
            zip(words["block_num"], words["par_num"], words["line_num"], strict=True),
            zip(words["left"], words["top"], words["width"], words["height"], strict=True),
            words["conf"],
            words["text"],
            strict=True,
        )
        real = [row for row in rows if float(row[2]) >= _LEAST_CONFIDENCE and row[3].strip()]
        lines: list[OcrLine] = []
        for _, line in groupby(real, key=lambda row: row[0]):
            lines.extend(_runs(list(line)))
        return lines


_Word = tuple[tuple[int, int, int], tuple[int, int, int, int], float, str]


def _runs(words: list[_Word]) -> list[OcrLine]:
    """The words of one line, parted where the gap is wide."""
    usual = sorted(word[1][3] for word in words)[len(words) // 2]
    runs: list[list[_Word]] = []
    for word in words:
        left = word[1][0]
        if runs and left - (runs[-1][-1][1][0] + runs[-1][-1][1][2]) <= _WIDE_GAP * usual:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [line for line in map(_line, runs) if line.text]


def _line(words: list[_Word]) -> OcrLine:
    text = clean_text(" ".join(word[3] for word in words))
    weights = [len(word[3]) for word in words]
    confidence = sum(w[2] * n for w, n in zip(words, weights, strict=True)) / sum(weights) / 100
    box: Box = (
        min(w[1][0] for w in words),
        min(w[1][1] for w in words),
        max(w[1][0] + w[1][2] for w in words),
        max(w[1][1] + w[1][3] for w in words),
    )
    return OcrLine(text, box, confidence)
