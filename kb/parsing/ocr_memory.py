"""Recognised pages remembered by their exact pixels and by everything that reading depends on.

A page that was read before is not read again: the same document parsed anew, uploaded with other
metadata, gone on with after a stop, or the same scan in another file. Whoever runs the reading
lends a memory with ``remember_with``; without one nothing is hashed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import asdict, fields
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from kb.parsing.layout_lines import Fragment
from kb.parsing.ocr_image import Grey, Straightened

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Page = TypeVar("Page", bound="DataclassInstance")
_LIBRARIES = ("rapidocr", "pytesseract", "onnxruntime", "numpy", "pillow")


class Memory(Protocol):
    """Keeps readings."""

    def recall(self, key: str) -> bytes | None:
        """Return what was kept under ``key``."""

    def keep(self, key: str, reading: bytes) -> None:
        """Keep a reading."""


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


def remember_with(memory: Memory) -> None:
    """Have pages remembered by ``memory`` in this context."""
    _memory.set(memory)


def key_of(grey: Grey, settings: Sequence[object]) -> str:
    """SHA-256 of the pixels, the settings and the code that reads; "" without a memory."""
    if _memory.get() is None:
        return ""
    head = json.dumps([_code(), grey.shape, *map(str, settings)])
    digest = hashlib.sha256(head.encode())
    digest.update(np.ascontiguousarray(grey).data)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """Changes with our own recognition and with the engines: their readings may differ."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("ocr*.py")):
        digest.update(source.read_bytes())
    program = shutil.which("tesseract")
    state = Path(program).stat() if program else None
    parts = [f"{library} {version(library)}" for library in _LIBRARIES]
    parts.append(f"tesseract {(state.st_size, state.st_mtime_ns) if state else 'missing'}")
    digest.update("\n".join(parts).encode())
    return digest.hexdigest()


def recalled(key: str, kind: type[Page]) -> Page | None:
    """Return the page kept under ``key``, None when there is none or it makes no sense."""
    memory = _memory.get()
    reading = memory.recall(key) if memory and key else None
    if reading is None:
        return None
    try:
        values: dict[str, Any] = json.loads(reading)
        back = np.array(values["straight"], np.float64).reshape(2, 3)
        values["straight"] = Straightened(np.zeros((1, 1), np.uint8), back)
        values["fragments"] = tuple(Fragment(**_frozen(one)) for one in values["fragments"])
        values["warnings"] = tuple(values["warnings"])
        return kind(**values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def kept(key: str, page: Page) -> Page:
    """Keep ``page`` and return it; of its image only the way back to the original is kept."""
    memory = _memory.get()
    if memory and key:
        values = {field.name: getattr(page, field.name) for field in fields(page)}
        values["straight"] = values["straight"].back.tolist()
        values["fragments"] = [asdict(fragment) for fragment in values["fragments"]]
        memory.keep(key, json.dumps(values, default=float).encode())
    return page


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuples(value) for name, value in values.items()}


def _tuples(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
