"""How often somebody may try; counted in this process's memory."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from kb.domain.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Rate:
    """So many tries in a moving window, counted for each key apart."""

    name: str
    item: RateLimitItem


def rate(name: str, text: str) -> Rate:
    """A rate from text like "5 per minute"."""
    return Rate(name, parse(text))


class Throttle:
    """Counts tries. A window forgets by itself, so nobody is locked out for good.

    Each try is kept with its time: a counter weighted over two fixed windows is an estimate, which
    lets one too many through where a window ends.
    """

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, limit: Rate, *key: str) -> None:
        """Count one try.

        Raises:
            TooManyRequests: the window is full; says when the next try is possible.
        """
        if self._limiter.hit(limit.item, limit.name, *key):
            return
        reset = self._limiter.get_window_stats(limit.item, limit.name, *key).reset_time
        raise TooManyRequests(seconds=max(1, math.ceil(reset - time.time())))

    def forget(self, limit: Rate, *key: str) -> None:
        """Start counting anew, after a try that was right."""
        self._limiter.clear(limit.item, limit.name, *key)
