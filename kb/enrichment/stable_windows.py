"""Windows whose borders depend on the text around them, so that an edit moves few of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from kb.chunking.windows import make_windows
from kb.domain.passages import Passage, Window

CountTokens = Callable[[Sequence[str]], list[int]]
_EARLIEST = 0.5
"""Share of a window that is filled before it may end."""


def stable_windows(
    passages: Sequence[Passage], *, count_tokens: CountTokens, max_tokens: int
) -> list[Window]:
    """Cut like ``make_windows``, but end each window after a passage chosen by its own content.

    Laid end to end, windows all change when a paragraph is added at the beginning. Here a window
    ends, somewhere in its second half, after the passage with the smallest hash: after an edit the
    same borders are found again within a few windows (content-defined chunking, as in rsync-like
    deduplication), and what was noted of the unchanged ones still holds.

    Args:
        passages: in document order.
        count_tokens: of the model that will read the windows.
        max_tokens: of one window.
    """
    sizes = count_tokens(["\n".join((*p.heading_path, p.text, "")) for p in passages])
    windows: list[Window] = []
    start = 0
    while start < len(passages):
        end = _end(passages, sizes, start, max_tokens)
        for window in make_windows(
            passages[start:end], count_tokens=count_tokens, max_tokens=max_tokens
        ):
            windows.append(replace(window, ordinal=len(windows)))
        start = end
    return windows


def _end(passages: Sequence[Passage], sizes: Sequence[int], start: int, most: int) -> int:
    """Position after the last passage of the window that begins at ``start``."""
    filled = 0
    best, lowest = start + 1, ""
    for at in range(start, len(passages)):
        filled += sizes[at]
        if filled > most:
            return best
        if filled >= _EARLIEST * most:
            mark = hashlib.sha256(passages[at].text.encode("utf-8", "replace")).hexdigest()
            if not lowest or mark < lowest:
                best, lowest = at + 1, mark
        else:
            best = at + 1
    return len(passages)
