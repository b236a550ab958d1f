"""What people filled in or wrote onto a PDF page: form fields and notes.

pdfium's text layer does not have them: they are drawn over the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.domain.parsed import Block, BlockKind, Box, Line
from kb.parsing.layout_lines import Fragment
from kb.parsing.layout_text import clean_text
from kb.parsing.pdf_glyphs import PageFrame

MOST = 2_000
"""Annotations looked at on one page."""
_LONGEST = 20_000
"""Characters of one value."""
_PASSWORD = 1 << 13
"""Field flag: what is typed is not to be shown."""
_CHECKED = "☑"
_NOTES = frozenset(
    {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_SQUIGGLY,
    }
)
_BOXES = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_VALUES = frozenset(
    {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX}
)
_EM = 0.7
"""Em of a value whose size is not told, in heights of its field."""
_LARGEST = 12.0


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on a page beside its text layer."""

    fragments: list[Fragment]
    """Values of fields and free text, where they are shown."""
    notes: list[Block]
    """Comments, which show only when they are opened."""


def written_on(document: pdfium.PdfDocument, page: pdfium.PdfPage, frame: PageFrame) -> Written:
    """Read the form fields and notes of an open page."""
    found = Written([], [])
    count = max(0, raw.FPDFPage_GetAnnotCount(page))
    for index in range(min(count, MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            _read(annotation, document, frame, found)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return found


def _read(
    annotation: object, document: pdfium.PdfDocument, frame: PageFrame, found: Written
) -> None:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if raw.FPDFAnnot_GetFlags(annotation) & raw.FPDF_ANNOT_FLAG_HIDDEN:
        return
    box = _box(annotation, frame)
    if box is None:
        return
    if kind == raw.FPDF_ANNOT_WIDGET:
        form = document.formenv
        text = _field_value(form.raw, annotation) if form is not None else ""
        found.fragments.extend(_lines(text, box))
    elif kind == raw.FPDF_ANNOT_FREETEXT:
        found.fragments.extend(_lines(_string(annotation, b"Contents"), box))
    elif kind in _NOTES:
        text = clean_text(_string(annotation, b"Contents"))
        if text:
            line = Line(0, len(text), box)
            found.notes.append(Block(BlockKind.FOOTNOTE, text, box, (line,)))


def _box(annotation: object, frame: PageFrame) -> Box | None:
    rect = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    x0, y0, x1, y1 = frame.place_one(rect.left, rect.bottom, rect.right, rect.top)
    x0, x1 = max(0.0, x0), min(frame.width, x1)
    y0, y1 = max(0.0, y0), min(frame.height, y1)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _field_value(form: object, annotation: object) -> str:
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _BOXES:
        return _CHECKED if raw.FPDFAnnot_IsChecked(form, annotation) else ""
    if kind not in _VALUES or raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        return ""
    return _utf16(
        lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)
    )


def _string(annotation: object, key: bytes) -> str:
    return _utf16(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _utf16(call: Callable[[object, int], int]) -> str:
    """The text that a pdfium function writes into a buffer of two-byte units."""
    size = min(call(None, 0), 2 * _LONGEST)
    if size <= 2:  # noqa: PLR2004 - only the terminator
        return ""
    buffer = ctypes.create_string_buffer(size + 2)
    units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    if call(units, size) > size:
        return ""
    return buffer.raw[:size].decode("utf-16-le", "replace").split("\0", 1)[0]


def _lines(text: str, box: Box) -> Iterator[Fragment]:
    """The lines of a value, stacked in its box."""
    lines = [line for line in map(clean_text, text.splitlines()) if line]
    if not lines:
        return
    tall = (box[3] - box[1]) / len(lines)
    for place, line in enumerate(lines):
        top = box[1] + place * tall
        inside = (box[0], top, box[2], top + tall)
        yield Fragment(line, inside, max(1.0, min(_LARGEST, _EM * tall)))
