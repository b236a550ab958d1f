"""Pages to passages: a few hundred tokens that belong together, each traced to its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.chunking.body import Body
from kb.chunking.units import Unit, Units
from kb.domain.parsed import ParsedPage
from kb.domain.passages import Passage

CountTokens = Callable[[Sequence[str]], list[int]]
"""Token counts of texts, many at once."""

TARGET_TOKENS, MAX_TOKENS = 350, 480
"""480 tokens of text leave room for a prefix and short headings within an embedder's 512."""
_COUNT_BATCH = 4096
"""Units whose tokens are counted together; bounds memory on long documents."""
_CLAUSE_ENDS = "，,；;、：:|"


@dataclass(frozen=True, slots=True)
class _Limits:
    target: int
    most: int
    count: CountTokens

    @property
    def little(self) -> int:
        """A section shorter than this shares its passage with the next one."""
        return self.target // 4


def split_passages(
    pages: Iterable[ParsedPage],
    *,
    count_tokens: CountTokens,
    target_tokens: int = TARGET_TOKENS,
    max_tokens: int = MAX_TOKENS,
) -> list[Passage]:
    """Cut a document into passages, in reading order.

    Sentences, table rows and code lines stay whole unless one alone exceeds the maximum. A
    passage ends where a section ends unless it is still small; paragraphs and lists are kept
    together where they fit. A table that goes on repeats its header row. A heading stands in
    ``heading_path`` of its passages, and in the text only where sections share a passage or
    nothing follows it. Running headers and footers are left out.

    Args:
        pages: as parsed, in order; read once.
        count_tokens: of the embedder.
        target_tokens: size to aim at, headings of the path included.
        max_tokens: no passage's text has more.

    Returns:
        Passages whose spans cover their text, line by line as far as the blocks know lines.
    """
    cutter = PassageCutter(
        count_tokens=count_tokens, target_tokens=target_tokens, max_tokens=max_tokens
    )
    found = [passage for page in pages for passage in cutter.feed([page])]
    return found + cutter.finish()


class PassageCutter:
    """Cuts a document while its pages arrive.

    Whatever the slices in which pages are fed, the passages are those of a reading in one go:
    what a later page may still change (the last sentence, the group it belongs to, headings at
    the end) is held back. Memory is that of one slice and of what is held back.
    """

    def __init__(
        self,
        *,
        count_tokens: CountTokens,
        target_tokens: int = TARGET_TOKENS,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        """Begin a document; the arguments are those of ``split_passages``."""
        self._limits = _Limits(target_tokens, max_tokens, count_tokens)
        self._units = Units()
        self._packer = _Packer(self._limits)
        self._given = 0

    def feed(self, pages: Iterable[ParsedPage]) -> list[Passage]:
        """Take the next pages, in order; return the passages that are settled by now."""
        found: list[Passage] = []
        batch: list[Unit] = []
        for page in pages:
            batch.extend(self._units.of(page))
            if len(batch) >= _COUNT_BATCH:
                found += self._cut(batch)
                batch = []
        return found + self._cut(batch)

    def finish(self) -> list[Passage]:
        """Return what was held back, after the last page."""
        found = self._cut(list(self._units.rest()))
        return found + self._numbered(self._packer.rest())

    def _cut(self, units: list[Unit]) -> list[Passage]:
        counted = _fitting(units, self._limits)
        return self._numbered(packed for unit in counted for packed in self._packer.packed(unit))

    def _numbered(self, packed: Iterable[list[Unit]]) -> list[Passage]:
        bodies = list(_within_limit((Body(tuple(units)) for units in packed), self._limits))
        found = [body.passage(self._given + at) for at, body in enumerate(bodies)]
        self._given += len(found)
        return found


def _fitting(units: list[Unit], limits: _Limits) -> Iterator[Unit]:
    """Count tokens, many at once; a unit that is too long alone comes out in pieces."""
    for unit, tokens in zip(units, limits.count([u.text for u in units]), strict=True):
        if tokens <= limits.most:
            yield replace(unit, tokens=tokens)
        else:
            yield from _fitting(_pieces(unit, -(-tokens // limits.target)), limits)


def _pieces(unit: Unit, parts: int) -> list[Unit]:
    """Cut an over-long unit into about ``parts`` (at least two, as far as it has characters)."""
    length = sum(s.end - s.start for s in unit.slices)
    step = max(length // max(parts, 2), 1)
    pieces: list[Unit] = []
    for part in unit.slices:
        start = part.start
        while start < part.end:
            end = part.end
            if end - start > step:
                end = _good_cut(part.block.text, start, start + step)
            joint = part.joint if start == part.start else ""
            piece = replace(part, start=start, end=end, joint=joint)
            pieces.append(replace(unit, slices=(piece,)))
            start = end
    return pieces


def _good_cut(text: str, start: int, wanted: int) -> int:
    """The last clause end, else white space, else ``wanted`` itself; at least half way there."""
    earliest = start + (wanted - start + 1) // 2
    for at in range(wanted, earliest, -1):
        if text[at - 1] in _CLAUSE_ENDS:
            return at
    for at in range(wanted, earliest, -1):
        if text[at - 1].isspace():
            return at
    return wanted


class _Packer:
    """Fills passages greedily; groups of units that fit one passage are not parted."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._units: list[Unit] = []
        self._size = 0
        self._waiting: list[Unit] = []
        self._waiting_tokens = 0
        self._open_group = -1
        """A group too long for one passage, whose units are put as they come."""
        self._heading_tokens: dict[tuple[str, ...], int] = {}
        self._header_tokens: tuple[int, int] = (-1, 0)

    def packed(self, unit: Unit) -> Iterator[list[Unit]]:
        """Take one unit; give out the passages that are full."""
        if self._waiting and self._waiting[0].group != unit.group:
            yield from self._taken()
        if self._open_group == unit.group:
            yield from self._put(unit)
            return
        self._waiting.append(unit)
        self._waiting_tokens += unit.tokens
        if self._waiting_tokens > self._limits.target:  # no passage holds it whole, so why wait
            yield from self._taken()
            self._open_group = unit.group

    def rest(self) -> Iterator[list[Unit]]:
        """Give out what is left."""
        yield from self._taken()
        yield from self._close()

    def _taken(self) -> Iterator[list[Unit]]:
        """Put the group that waited, whole where it fits."""
        group, self._waiting, self._waiting_tokens = self._waiting, [], 0
        if group and self._should_close(group):
            yield from self._close()
        for unit in group:
            yield from self._put(unit)

    def _put(self, unit: Unit) -> Iterator[list[Unit]]:
        if self._size + unit.tokens + 1 > self._room():
            yield from self._close()
        self._add(unit)

    def _should_close(self, group: list[Unit]) -> bool:
        if not self._units:
            return False
        if group[0].heading:
            return self._size >= self._limits.little and not self._units[-1].heading
        total = sum(unit.tokens for unit in group)
        target = self._limits.target
        return target >= total > target - self._size and self._size * 2 >= target

    def _room(self) -> int:
        """Beyond the target only where stopping would leave less than half a passage."""
        half_full = self._size * 2 >= self._limits.target
        return self._limits.target if half_full else self._limits.most

    def _add(self, unit: Unit) -> None:
        if unit.heading:
            self._heading_tokens[unit.path] = unit.tokens
        if not self._units:
            self._size = self._above(unit)
            header = self._header(unit)
            self._size += header
            if not header:
                unit = replace(unit, header=None)
        self._units.append(unit)
        self._size += unit.tokens + 1

    def _above(self, unit: Unit) -> int:
        """Tokens of the headings that are embedded with the text."""
        depth = len(unit.path) - unit.heading
        near = (unit.path[:end] for end in range(max(depth - 1, 1), depth + 1))
        return min(sum(self._heading_tokens.get(p, 0) for p in near), self._limits.most // 3)

    def _header(self, unit: Unit) -> int:
        """Tokens of the header row to repeat; 0 when there is none or it is too long."""
        if unit.header is None:
            return 0
        if self._header_tokens[0] != unit.group:
            (tokens,) = self._limits.count([unit.header.text])
            self._header_tokens = (unit.group, tokens)
        tokens = self._header_tokens[1]
        return tokens if tokens <= self._limits.most // 3 else 0

    def _close(self) -> Iterator[list[Unit]]:
        """Give out what is collected; headings at its end wait for what they head."""
        units = self._units
        body = len(units)
        while body and units[body - 1].heading:
            body -= 1
        if body == 0:
            body = len(units)
        self._units, self._size = [], 0
        if body:
            yield units[:body]
        for unit in units[body:]:
            self._add(unit)


def _within_limit(bodies: Iterable[Body], limits: _Limits) -> Iterator[Body]:
    """Check the assembled texts, since tokens of parts need not add up; halve what is too long."""
    bodies = list(bodies)
    if not bodies:
        return
    for body, tokens in zip(bodies, limits.count([b.text for b in bodies]), strict=True):
        if tokens <= limits.most or body.characters <= 1:
            yield body
            continue
        units = list(body.units)
        if len(units) == 1:
            units = _pieces(replace(units[0], header=None), 2)
        middle = max(len(units) // 2, 1)
        halves = [Body(tuple(half)) for half in (units[:middle], units[middle:]) if half]
        yield from _within_limit(halves, limits)
