"""Models that think aloud (R1) put their thoughts before the answer; people get the answer."""

from __future__ import annotations

_END = "</think>"


def without_thoughts(answer: str) -> str:
    """What stands after the thoughts."""
    return answer.rpartition(_END)[2]
