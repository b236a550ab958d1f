"""Text as it may be stored and shown: no control characters, no invisible tricks."""

from __future__ import annotations

import re

_KEPT_CONTROLS = {0x09, 0x0A}
_INVISIBLE = (
    0x00AD,  # soft hyphen
    0x200B,  # zero width space
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),  # bidi embeddings and overrides
    0x2060,
    *range(0x2066, 0x206A),  # bidi isolates
    0xFEFF,
)
_DROPPED = dict.fromkeys(
    [code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in _KEPT_CONTROLS]
    + list(_INVISIBLE)
)
_MAPPED: dict[int, str | None] = {
    **_DROPPED,
    0x0B: "\n",
    0x0C: "\n",
    0x85: "\n",
    0x2028: "\n",
    0x2029: "\n",
    0x00A0: " ",
    0x202F: " ",
}
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u200b\u200e\u200f\u2028-\u202f\u2060\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
_SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[ \t\n]+")
_RUNS = re.compile(r"[ \t]+")
_HIDDEN = re.compile("[\u200b\u202a-\u202e\u2060\u2066-\u2069]")


def clean(text: str) -> str:
    """Return ``text`` without NULs, control characters, lone surrogates, bidi and zero-width marks.

    PostgreSQL and JSON refuse some of these, and the others hide or turn what a person sees.
    Line ends become newlines, no-break spaces plain ones.
    """
    if not _SUSPECT.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("", text.translate(_MAPPED))


def inline(text: str) -> str:
    """Return ``text`` cleaned, on one line, with single spaces."""
    return _SPACES.sub(" ", clean(text)).strip()


def lines(text: str) -> str:
    """Return ``text`` cleaned, line breaks kept, each line with single spaces."""
    return "\n".join(_RUNS.sub(" ", line).strip() for line in clean(text).split("\n")).strip("\n")


def hidden_marks(text: str) -> int:
    """Count the zero-width and direction-turning characters, which can hide instructions."""
    return len(_HIDDEN.findall(text))
