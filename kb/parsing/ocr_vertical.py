"""Pages set in vertical columns, read from the right: column by column by RapidOCR's recogniser.

The recogniser knows level lines of upright characters only. So a page is laid on its side, which
makes each column a level line, its characters are cut out, turned upright and set side by side.
"""

from __future__ import annotations

import numpy as np

from kb.parsing.layout_text import clean_text
from kb.parsing.ocr_image import Grey
from kb.parsing.ocr_lines import OcrLine
from kb.parsing.ocr_rapid import read_lines
from kb.parsing.ocr_sample import line_parts
from kb.parsing.ocr_strip import strip_of


def read_columns(lying: Grey) -> list[OcrLine]:
    """Columns of a page lying on its left side, boxes in its pixels.

    The first column is the topmost line.
    """
    found, scale = line_parts(lying)
    boxes = (found[:, :4] * scale).astype(int).tolist()
    crops = []
    for x, y, wide, tall in boxes:
        pad = max(2, tall // 10)
        crops.append(
            np.ascontiguousarray(
                lying[max(0, y - pad) : y + tall + pad, max(0, x - pad) : x + wide + pad]
            )
        )
    read = read_lines([strip_of(crop) for crop in crops])
    lines = [
        OcrLine(clean_text(text), (x, y, x + wide, y + tall), score)
        for (x, y, wide, tall), (text, score) in zip(boxes, read, strict=False)
    ]
    return [line for line in lines if line.text]
