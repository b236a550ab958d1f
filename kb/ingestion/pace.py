"""How fast a build may go: searches come first.

The share of time a build works follows the p95 of recent searches by additive increase and
multiplicative decrease (Chiu and Jain, 1989, as in TCP): halved when searches are slower than
they may be, raised by a tenth while they are not. Nobody searches: full speed.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from kb.storage.search_loads import SearchLoad

_SLOWER = 1.25
"""How much slower than before the build searches may be; half of what is promised (1.5), since
the p99 swings more than the p95."""
_LEAST_TARGET_MS = 30.0
"""Below this nobody feels a difference."""
_UNKNOWN_TARGET_MS = 150.0
"""While it is not known how fast searches are without a build."""
_FIRST_SHARE, _LEAST_SHARE, _STEP = 0.5, 0.05, 0.1
_FEW = 5
"""So few searches say nothing."""
_LONGEST_REST_SECONDS = 10.0
_NICE = 15


@dataclass(frozen=True, slots=True)
class Pace:
    """What a build knows of the searches beside it."""

    share: float = 1.0
    """Of the time that it works, 0..1."""
    target_ms: float = _UNKNOWN_TARGET_MS
    """p95 that searches may have."""
    before_ms: float | None = None
    """p95 of searches before the build began."""
    now_ms: float | None = None
    """p95 of recent searches; None while nobody searches."""
    passages_per_second: float = 0.0

    def rest(self, worked_seconds: float) -> float:
        """Seconds to stand back after so many of work."""
        return min(worked_seconds * (1 / self.share - 1), _LONGEST_REST_SECONDS)

    def stored(self) -> dict[str, Any]:
        """As the row of the generation keeps it."""
        return asdict(self)


def begin(load: SearchLoad | None) -> Pace:
    """The pace at the start, from how long searches take without a build."""
    if load is None or load.searches < _FEW:
        return Pace()
    target = max(_SLOWER * load.p95_ms, _LEAST_TARGET_MS)
    return Pace(
        share=_FIRST_SHARE, target_ms=round(target, 1), before_ms=load.p95_ms, now_ms=load.p95_ms
    )


def restored(stored: dict[str, Any] | None) -> Pace:
    """The pace that a row keeps."""
    kept = stored or {}
    return Pace(**{name: kept[name] for name in Pace.__slots__ if name in kept})


def adapted(pace: Pace, load: SearchLoad | None, passages_per_second: float) -> Pace:
    """The pace after a slice of work, by the searches of the last seconds."""
    busy = load is not None and load.searches >= _FEW
    now = load.p95_ms if load is not None and busy else None
    if now is None:
        share = 1.0
    elif now > pace.target_ms:
        share = max(pace.share / 2, _LEAST_SHARE)
    else:
        share = min(pace.share + _STEP, 1.0)
    return Pace(
        share=round(share, 3),
        target_ms=pace.target_ms,
        before_ms=pace.before_ms,
        now_ms=now,
        passages_per_second=round(passages_per_second, 1),
    )


def gently(work: Callable[[], None]) -> None:
    """Do work in a thread that everybody else goes before; its errors are raised here.

    Linux has a priority for each thread, and threads that it starts take it over (sched(7)); the
    caller's stays as it is, since an ordinary user could not raise it again.
    """
    with ThreadPoolExecutor(1, "build", _step_back) as threads:
        threads.submit(work).result()


def _step_back() -> None:
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
