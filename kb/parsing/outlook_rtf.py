"""The compressed rich text of Outlook messages, for those that hold their text in no other form."""

from __future__ import annotations

import struct

from kb.parsing.rtf import rtf_text

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_LARGEST = 16 * 1024 * 1024
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the window holds at the start, [MS-OXRTFCP] 2.1.2.1."""


def plain_of(raw: bytes) -> str:
    """Return the text of PidTagRtfCompressed, empty when there is none that can be read.

    Raises:
        ValueError: it claims to be larger than we unpack, or is no such property.
    """
    if len(raw) < _HEADER.size:
        return ""
    _, size, kind, _ = _HEADER.unpack_from(raw)
    if size > _LARGEST:
        raise ValueError(f"rich text of {size} bytes")
    body = raw[_HEADER.size :]
    if kind == _COMPRESSED:
        body = _unpacked(body, size)
    elif kind != _PLAIN:
        raise ValueError("rich text in an unknown form")
    return rtf_text(body[:size], name="")


def _unpacked(body: bytes, size: int) -> bytes:
    """Return LZFu unpacked, [MS-OXRTFCP] 3.1.3: a control byte, then eight literals or copies."""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    write = len(_DICTIONARY)
    made = bytearray()
    at = 0
    while at < len(body) and len(made) < size:
        control = body[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                token = body[at : at + 2]
                at += 2
                offset, length = _token(token)
                if offset in {-1, write % _WINDOW}:
                    return bytes(made)
                chunk = [(offset + step) % _WINDOW for step in range(length)]
            else:
                chunk = []
                if at >= len(body):
                    return bytes(made)
                _put(window, made, write, body[at])
                write += 1
                at += 1
            for place in chunk:
                _put(window, made, write, window[place])
                write += 1
    return bytes(made)


def _token(token: bytes) -> tuple[int, int]:
    """Return (offset in the window, length) of a copy; offset -1 at a cut-off end."""
    if len(token) <= 1:
        return -1, 0
    number = token[0] << 8 | token[1]
    return number >> 4, (number & 0xF) + 2


def _put(window: bytearray, made: bytearray, write: int, value: int) -> None:
    made.append(value)
    window[write % _WINDOW] = value
