"""Signs of life between two pages: a page with many images takes long and is not stuck."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_listener: ContextVar[Callable[[], None] | None] = ContextVar("listener", default=None)


def listen(listener: Callable[[], None]) -> None:
    """Have ``listener`` called at each sign of life in this context."""
    _listener.set(listener)


def tick() -> None:
    """Tell whoever waits for the page that bounded work has come a step further."""
    listener = _listener.get()
    if listener is not None:
        listener()
