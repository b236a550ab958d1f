"""Units to a passage: its text, the headings above it, and where each line stands on the page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.chunking.units import Slice, Unit
from kb.domain.passages import Passage, Span


@dataclass(frozen=True)
class Body:
    """The units of one passage."""

    units: tuple[Unit, ...]
    path: tuple[str, ...] = field(init=False)
    text: str = field(init=False)
    spans: tuple[Span, ...] = field(init=False)

    def __post_init__(self) -> None:
        content = [unit.path for unit in self.units if not unit.heading]
        path = _common(content or [unit.path for unit in self.units])
        shown = [u for u in self.units if not (u.heading and u.path == path[: len(u.path)])]
        if not shown:
            path, shown = path[:-1], [self.units[-1]]
        text, spans = _assembled(shown)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "spans", spans)

    @property
    def characters(self) -> int:
        """Characters of the original slices."""
        return sum(s.end - s.start for unit in self.units for s in unit.slices)

    def passage(self, ordinal: int) -> Passage:
        """The finished passage."""
        return Passage(ordinal, self.text, self.path, self.spans)


def _common(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(paths), max(paths)
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def _assembled(units: list[Unit]) -> tuple[str, tuple[Span, ...]]:
    slices = [s for unit in units for s in unit.slices]
    if units[0].header is not None:
        slices.insert(0, units[0].header)
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    before: Slice | None = None
    for piece in slices:
        joint = _joint(before, piece, parts)
        if joint and spans:
            last = spans[-1]
            spans[-1] = Span(last.start, last.end + len(joint), last.page, last.box)
            parts.append(joint)
            length += len(joint)
        spans.extend(_lines(piece, length))
        parts.append(piece.text)
        length += len(piece.text)
        before = piece
    return _stripped("".join(parts), spans)


def _joint(before: Slice | None, piece: Slice, parts: list[str]) -> str:
    if before is None or (before.block is piece.block and before.end == piece.start):
        return ""
    return "" if piece.joint == "\n" and parts[-1].endswith("\n") else piece.joint


def _lines(piece: Slice, offset: int) -> Iterator[Span]:
    """The slice's lines; characters between two lines count with the first of them."""
    lines = piece.block.lines
    at = piece.start
    index = max(bisect_right(lines, at, key=lambda line: line.start) - 1, 0)
    while at < piece.end:
        box = lines[index].box if lines else piece.block.box
        following = lines[index + 1].start if index + 1 < len(lines) else piece.end
        end = min(max(following, at), piece.end)
        if end > at:
            start = offset + at - piece.start
            yield Span(start, start + end - at, piece.page, box)
        at = end
        index += 1


def _stripped(text: str, spans: list[Span]) -> tuple[str, tuple[Span, ...]]:
    lead = len(text) - len(text.lstrip())
    inner = text.strip()
    clipped = (
        Span(max(s.start - lead, 0), min(s.end - lead, len(inner)), s.page, s.box) for s in spans
    )
    return inner, tuple(s for s in clipped if s.end > s.start)
