"""Where shapes stand on a slide: own positions, groups, and what layouts give placeholders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.parsing.containers import Container
from kb.parsing.ooxml import attribute, child, descendants, path_to, relationships

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_EMU = 12_700.0
_FARTHEST = 20_000.0
"""Points; positions beyond are nonsense and are drawn in."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle on the slide in points, from its top left."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shift:
    """How coordinates inside a group become coordinates of the slide."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    left: float = 0.0
    top: float = 0.0

    def frame(self, transform: Element | None) -> Frame | None:
        """Return the frame an ``xfrm`` describes, None when there is none."""
        offset, extent = child(transform, "off"), child(transform, "ext")
        if offset is None or extent is None:
            return None
        return Frame(
            _within(self.left + self.scale_x * _points(attribute(offset, "x"))),
            _within(self.top + self.scale_y * _points(attribute(offset, "y"))),
            max(8.0, _within(self.scale_x * _points(attribute(extent, "cx")))),
            max(8.0, _within(self.scale_y * _points(attribute(extent, "cy")))),
        )

    def into(self, group: Element) -> Shift:
        """Return the shift for the shapes inside ``group``."""
        transform = path_to(group, "grpSpPr", "xfrm")
        outer = self.frame(transform)
        start, size = child(transform, "chOff"), child(transform, "chExt")
        if outer is None or start is None or size is None:
            return self
        wide, high = _points(attribute(size, "cx")), _points(attribute(size, "cy"))
        scale_x = outer.width / wide if wide else self.scale_x
        scale_y = outer.height / high if high else self.scale_y
        return Shift(
            scale_x,
            scale_y,
            outer.left - scale_x * _points(attribute(start, "x")),
            outer.top - scale_y * _points(attribute(start, "y")),
        )


IDENTITY = Shift()


class Layouts:
    """The frames that layouts and masters give to placeholders, by (type, index)."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._frames: dict[str, dict[tuple[str, str], Frame]] = {}

    def of(self, relations: dict[str, tuple[str, str]]) -> dict[tuple[str, str], Frame]:
        """Return the frames for a slide with these relations."""
        part = next((target for kind, target in relations.values() if kind == "slideLayout"), "")
        return self._of_part(part, "slideMaster") if part else {}

    def _of_part(self, part: str, parent: str) -> dict[tuple[str, str], Frame]:
        if part not in self._frames:
            inherited: dict[tuple[str, str], Frame] = {}
            for kind, target in relationships(self._container, part).values():
                if kind == parent:
                    inherited = self._of_part(target, "")
            self._frames[part] = inherited | self._own(part, inherited)
        return self._frames[part]

    def _own(
        self, part: str, inherited: dict[tuple[str, str], Frame]
    ) -> dict[tuple[str, str], Frame]:
        root = self._container.xml(part)
        frames: dict[tuple[str, str], Frame] = {}
        for shape in descendants(root, "sp") if root is not None else ():
            holder = path_to(shape, "nvSpPr", "nvPr", "ph")
            if holder is None:
                continue
            kind = attribute(holder, "type")
            frame = IDENTITY.frame(path_to(shape, "spPr", "xfrm")) or inherited.get((kind, ""))
            if frame is not None:
                frames[kind, attribute(holder, "idx")] = frame
                frames.setdefault((kind, ""), frame)
        return frames


def _points(text: str) -> float:
    try:
        return int(text) / _EMU
    except ValueError:
        return 0.0


def _within(value: float) -> float:
    return min(max(value, -_FARTHEST), _FARTHEST)
