"""Small PDF files written by hand, so that tests know every word and place in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

WIDTH, HEIGHT = 595.0, 842.0


@dataclass(frozen=True)
class Text:
    """A run of text; x, y from the top left to its baseline."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False


@dataclass(frozen=True)
class Rule:
    """A drawn line from the top left."""

    x0: float
    y0: float
    x1: float
    y1: float


Mark = Text | Rule


def _operators(marks: Sequence[Mark]) -> bytes:
    parts = []
    for mark in marks:
        if isinstance(mark, Rule):
            parts.append(f"{mark.x0} {HEIGHT - mark.y0} m {mark.x1} {HEIGHT - mark.y1} l S")
            continue
        escaped = mark.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        font = "F2" if mark.bold else "F1"
        place = f"{mark.x} {HEIGHT - mark.y}"
        parts.append(f"BT /{font} {mark.size} Tf 1 0 0 1 {place} Tm ({escaped}) Tj ET")
    return "\n".join(parts).encode("latin-1")


def write_pdf(
    path: Path,
    pages: Sequence[Sequence[Mark]],
    *,
    rotate: int = 0,
    title: str = "",
    password: str = "",
) -> Path:
    """Write pages of Helvetica text and lines."""
    with pikepdf.new() as pdf:
        fonts = pikepdf.Dictionary(F1=_font(pdf, "Helvetica"), F2=_font(pdf, "Helvetica-Bold"))
        for marks in pages:
            page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
            page.obj.Resources = pikepdf.Dictionary(Font=fonts)
            page.obj.Contents = pdf.make_stream(_operators(marks))
            if rotate:
                page.obj.Rotate = rotate
        if title:
            pdf.docinfo["/Title"] = title
        locked = pikepdf.Encryption(owner=password, user=password) if password else False
        pdf.save(path, encryption=locked)
    return path


def _font(pdf: pikepdf.Pdf, name: str) -> pikepdf.Object:
    return pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name("/" + name),
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )


def paragraph(x: float, y: float, lines: Sequence[str], size: float = 10) -> list[Text]:
    """Lines 1.2 em apart."""
    return [Text(x, y + 1.2 * size * place, line, size) for place, line in enumerate(lines)]
