"""Compound files (OLE2), written sector by sector: an XLS and a MSG for the tests of readers.

Source: [MS-CFB] for the container, [MS-XLS] for the records, [MS-OXMSG] for the message.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


@dataclass
class _Entry:
    name: str
    kind: int
    """1 a storage, 2 a stream, 5 the root."""
    content: bytes = b""
    children: list[_Entry] = field(default_factory=list)
    start: int = _END
    number: int = 0


def write_compound(path: Path, streams: dict[str, bytes]) -> Path:
    """Write ``streams``; a slash in a name parts storages from what they hold."""
    root = _Entry("Root Entry", 5)
    for name, content in streams.items():
        *above, last = name.split("/")
        parent = root
        for step in above:
            known = next((child for child in parent.children if child.name == step), None)
            if known is None:
                known = _Entry(step, 1)
                parent.children.append(known)
            parent = known
        parent.children.append(_Entry(last, 2, content))
    entries = _numbered(root)
    path.write_bytes(_sectors(root, entries))
    return path


def _numbered(root: _Entry) -> list[_Entry]:
    entries, waiting = [], [root]
    while waiting:
        entry = waiting.pop(0)
        entry.number = len(entries)
        entries.append(entry)
        entry.children.sort(key=lambda child: (len(child.name), child.name.upper()))
        waiting.extend(entry.children)
    return entries


def _sectors(root: _Entry, entries: list[_Entry]) -> bytes:
    fat: list[int] = []
    body = bytearray()

    def put(content: bytes) -> int:
        if not content:
            return _END
        count = -(-len(content) // _SECTOR)
        first = len(fat)
        fat.extend([*range(first + 1, first + count), _END])
        body.extend(content.ljust(count * _SECTOR, b"\0"))
        return first

    minis, mini_fat = bytearray(), []
    for entry in entries:
        if entry.kind != 2 or not entry.content:
            continue
        if len(entry.content) >= _CUTOFF:
            entry.start = put(entry.content)
        else:
            count, entry.start = -(-len(entry.content) // _MINI), len(mini_fat)
            mini_fat.extend([*range(entry.start + 1, entry.start + count), _END])
            minis.extend(entry.content.ljust(count * _MINI, b"\0"))
    root.content = bytes(minis)
    root.start = put(root.content)
    mini_start = put(_words(mini_fat, _SECTOR // 4))
    directory = put(_directory(entries))
    count = 1
    while count * (_SECTOR // 4) < len(fat) + count:
        count += 1
    first = len(fat)
    fat.extend([_FAT] * count)
    body.extend(_words(fat, count * (_SECTOR // 4)))
    mini_count = -(-len(mini_fat) * 4 // _SECTOR)
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory, 0,
        _CUTOFF, mini_start, mini_count, _END, 0,
    )  # fmt: skip
    return head + _words(list(range(first, first + count)), 109) + bytes(body)


def _words(numbers: list[int], least: int) -> bytes:
    padded = numbers + [_FREE] * (-len(numbers) % least)
    return struct.pack(f"<{len(padded)}I", *padded)


def _directory(entries: list[_Entry]) -> bytes:
    """A storage's children hang on one another to the right: a tree that is a list."""
    right: dict[int, int] = {}
    for entry in entries:
        for child, beside in zip(entry.children, entry.children[1:], strict=False):
            right[child.number] = beside.number
    made = bytearray()
    for entry in entries:
        name = (entry.name + "\0").encode("utf-16-le")
        below = entry.children[0].number if entry.children else _NONE
        made += name.ljust(64, b"\0")
        made += struct.pack("<HBB", len(name), entry.kind, 1)
        made += struct.pack("<III", _NONE, right.get(entry.number, _NONE), below)
        made += bytes(36) + struct.pack("<IQ", entry.start, len(entry.content))
    return bytes(made.ljust(-(-len(made) // _SECTOR) * _SECTOR, b"\0"))


def write_xls(path: Path, sheet: str, rows: list[list[str | float]], *, dates: int) -> Path:
    """Write a BIFF8 workbook with one sheet; numbers in column ``dates`` are days since 1899."""
    xf = [_record(0xE0, struct.pack("<HHH14x", 0, shape, 0)) for shape in (0, 14)]
    name = struct.pack("<BB", len(sheet), 1) + sheet.encode("utf-16-le")
    before = _bof(5) + _record(0x42, struct.pack("<H", 1200)) + b"".join(xf)
    place = len(before) + 4 + 6 + len(name) + 4
    cells = []
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                cells.append(_record(0x204, struct.pack("<HHH", row, column, 0) + text))
            else:
                shape = 1 if column == dates else 0
                cells.append(_record(0x203, struct.pack("<HHHd", row, column, shape, value)))
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    stream = before + _record(0x85, struct.pack("<IH", place, 0) + name) + _record(0x0A, b"")
    stream += _bof(0x10) + _record(0x200, size) + b"".join(cells) + _record(0x0A, b"")
    return write_compound(path, {"Workbook": stream.ljust(_CUTOFF, b"\0")})


def _bof(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def write_msg(path: Path, *, subject: str, sender: str, body: str, attached: bytes) -> Path:
    """Write an Outlook message with one recipient and one attachment, note.txt."""
    streams = {"__nameid_version1.0/__substg1.0_00020102": bytes(16)}
    top = {0x0037: subject, 0x0C1A: sender, 0x0C1F: "a@b.c", 0x1000: body, 0x001A: "IPM.Note"}
    streams |= _properties("", struct.pack("<8xIIII8x", 1, 1, 1, 1), top)
    person = {0x3001: "王五", 0x3003: "w@b.c"}
    streams |= _properties("__recip_version1.0_#00000000/", bytes(8), person)
    named = {0x3707: "note.txt", 0x3704: "note.txt"}
    folder = "__attach_version1.0_#00000000/"
    streams |= _properties(folder, bytes(8), named, attached)
    streams[folder + "__substg1.0_37010102"] = attached
    return write_compound(path, streams)


def _properties(
    folder: str, head: bytes, texts: dict[int, str], attached: bytes = b""
) -> dict[str, bytes]:
    made = {}
    table = bytearray(head)
    for key, text in texts.items():
        content = text.encode("utf-16-le")
        made[f"{folder}__substg1.0_{key:04X}001F"] = content
        table += struct.pack("<HHIII", 0x1F, key, 6, len(content) + 2, 0)
    if attached:
        table += struct.pack("<HHIII", 0x102, 0x3701, 6, len(attached), 0)
        table += struct.pack("<HHIII", 0x3, 0x3705, 6, 1, 0)
    return made | {f"{folder}__properties_version1.0": bytes(table)}
