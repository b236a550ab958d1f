"""RapidOCR (PP-OCR models in its wheel): Chinese, and everything when tesseract is missing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kb.domain.parsed import Box
from kb.parsing.layout_text import clean_text
from kb.parsing.ocr_image import Grey
from kb.parsing.ocr_lines import OcrLine

_LEAST_SIDE = 96
"""Pixels; detection needs some white around a crop of a single line."""


@lru_cache(maxsize=1)
def _reader() -> Any:  # noqa: ANN401 - the library has no types
    """Loading the models takes about half a second and 100 MB; one for the process."""
    from rapidocr import RapidOCR  # noqa: PLC0415 - heavy

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            # Its line-orientation classifier turns Latin lines upside down.
            "Global.use_cls": False,
            "Global.max_side_len": 1600,
            # One line at a time: six long ones together take 700 MB more and no less time.
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


class RapidEngine:
    """Reads any script it was trained for: Chinese in both forms, Japanese, Latin."""

    name = "rapidocr"

    def read(self, grey: Grey, *, dpi: int) -> list[OcrLine]:
        """Lines of an upright page image; ``dpi`` does not matter to it."""
        del dpi
        margin = 32 if min(grey.shape) < _LEAST_SIDE else 0
        if margin:
            paper = float(np.median(grey))
            padded = cv2.copyMakeBorder(grey, *(margin,) * 4, cv2.BORDER_CONSTANT, value=(paper,))
            grey = np.asarray(padded, np.uint8)
        result = _reader()(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
        if getattr(result, "txts", None) is None or result.boxes is None:
            return []
        found = zip(result.txts, result.scores, result.boxes, strict=True)
        lines = [
            OcrLine(clean_text(text), _hull(corners - margin), float(score))
            for text, score, corners in found
        ]
        return [line for line in lines if line.text]


def _hull(corners: NDArray[np.float32]) -> Box:
    x0, y0 = np.min(corners, axis=0).tolist()
    x1, y1 = np.max(corners, axis=0).tolist()
    return (x0, y0, x1, y1)


def read_crops(crops: Sequence[Grey]) -> tuple[list[str], float]:
    """Texts of images of one line each, and their mean confidence."""
    found = read_lines(crops)
    return [text for text, _ in found], sum(score for _, score in found) / max(1, len(found))


def read_lines(crops: Sequence[Grey]) -> list[tuple[str, float]]:
    """Text of each image of one line, and how sure it is."""
    from rapidocr.ch_ppocr_rec import TextRecInput  # noqa: PLC0415 - heavy

    images = [cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_GRAY2BGR) for crop in crops]
    if not images:
        return []
    # The library has no public way to recognise many lines at once.
    recogniser = _reader()._load_rec_model()  # noqa: SLF001
    result = recogniser(TextRecInput(img=images, return_word_box=False))
    if result.txts is None:
        return []
    return [(text, float(score)) for text, score in zip(result.txts, result.scores, strict=True)]
