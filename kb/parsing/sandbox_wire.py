"""What the reading process and its owner say to each other: short frames of JSON over a socket."""

from __future__ import annotations

import json
import logging
import socket
import struct
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

from kb.domain.errors import CannotRead, Facts, KbError, RejectedAtDoor, error_of
from kb.domain.parsed import Attachment, DocumentSummary
from kb.parsing.limits import ATTACHMENTS

_LOG = logging.getLogger(__name__)
_HEADER = struct.Struct("<cI")
MAX_FRAME = 96 * 1024 * 1024
"""Largest frame that is taken from a reading process."""
_MAX_METADATA = 200
_ANSWER_SECONDS = 10.0
"""Longest wait for an answer, or for somebody to take it."""


class Frame(Enum):
    """Kinds of frames; the value is the first byte on the wire."""

    PAGE = b"P"
    """Total pages (or null), then the page as JSON."""
    SUMMARY = b"S"
    IMAGE = b"I"
    """The bytes of a rendered page."""
    ATTACHMENT = b"F"
    """Name and media type as JSON, a newline, then the bytes."""
    ERROR = b"E"
    """Code and facts of a failure."""
    RECALL = b"R"
    """Key of an image: the reader asks what OCR read in it before."""
    KNOWN = b"K"
    """From the owner: that reading, empty when there is none."""
    KEEP = b"O"
    """Key of an image, a newline, then what OCR read in it."""
    ALIVE = b"A"
    """The reader has come a step further on the page it is at."""
    STARTED = b"B"
    """From the guard: the reading process exists."""
    ENDED = b"X"
    """From the guard: how the reading process ended."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a reading process is asked to do."""

    job: str
    """"read", "reread" or "render"."""
    name: str
    format: str
    media_type: str
    page: int
    """First page to read, or the page to render."""
    width_px: int
    work_dir: str
    """Where its own folder is made."""
    max_pages: int
    memory_mb: int
    page_seconds: float
    file_mb: int
    processes: int
    width: float
    """Width of the page in points, where it is read again."""
    engine: str
    """OCR engine that reads it again."""
    remembers: bool
    """Whether the owner keeps what OCR reads."""
    extra_readers: dict[str, tuple[str, str]]
    """Format -> (module, stem) of readers from outside."""

    def encode(self) -> bytes:
        """Return the request for the wire."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Request:
        """Return the request that ``encode`` made."""
        return cls(**json.loads(raw))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a reading process ended, as its guard saw it."""

    status: int
    """Exit code, or minus the signal that ended it."""
    peak_mb: int
    """Highest resident memory seen, with everything it started."""
    out_of_memory: int
    """1 when the guard ended it for that reason."""
    cpu_ms: int = 0
    """CPU time, user and system, of it and of all it started."""


def send_frame(channel: socket.socket, kind: Frame, payload: bytes) -> None:
    """Send one frame; blocks while the other side is behind."""
    channel.sendall(_HEADER.pack(kind.value, len(payload)) + payload)


class FrameReader:
    """Puts frames together from a socket, without blocking longer than asked."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._buffer = bytearray()
        self.closed = False

    def next(self, timeout: float) -> tuple[Frame, bytes] | None:
        """Return the next frame, None when ``timeout`` seconds bring no news or the end came.

        Raises:
            ValueError: an unknown kind or too large a frame.
        """
        self._channel.settimeout(timeout)
        while not self.closed:
            frame = self._whole()
            if frame is not None:
                return frame
            try:
                received = self._channel.recv(1 << 18)
            except TimeoutError:
                return None
            except ConnectionError:
                received = b""
            self._buffer += received
            self.closed = not received
        return self._whole()

    def answer(self, kind: Frame, payload: bytes) -> None:
        """Send a frame the other way.

        Raises:
            ValueError: nobody takes it.
        """
        self._channel.settimeout(_ANSWER_SECONDS)
        try:
            send_frame(self._channel, kind, payload)
        except OSError as problem:
            raise ValueError("it asks and does not listen") from problem

    def _whole(self) -> tuple[Frame, bytes] | None:
        if len(self._buffer) < _HEADER.size:
            return None
        kind, size = _HEADER.unpack_from(self._buffer)
        if size > MAX_FRAME:
            raise ValueError(f"a frame of {size} bytes")
        end = _HEADER.size + size
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_HEADER.size : end])
        del self._buffer[:end]
        return Frame(kind), payload


class Recollection:
    """The owner's memory of what OCR read, as a reader sees it: by key, over its channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._frames = FrameReader(channel)
        self._answers = True

    def recall(self, key: str) -> bytes | None:
        """Return what was read in the image with this key; None too when no answer comes."""
        if not self._answers:
            return None
        send_frame(self._channel, Frame.RECALL, key.encode())
        news = self._frames.next(_ANSWER_SECONDS)
        self._channel.settimeout(None)
        self._answers = news is not None  # a late answer would be taken for that to the next key
        return news[1] if news and news[1] else None

    def keep(self, key: str, reading: bytes) -> None:
        """Hand over what was read in the image with this key."""
        send_frame(self._channel, Frame.KEEP, key.encode() + b"\n" + reading)


def error_payload(error: KbError, trace: str = "") -> bytes:
    """Return a failure for the wire, with its trace when it is a bug of ours."""
    return json.dumps({"code": error.code, "facts": error.facts, "trace": trace}).encode()


def error_from(payload: bytes, name: str) -> KbError:
    """Return the failure a reading process reports; only failures of reading are believed.

    Raises:
        ValueError: it is not such a failure.
    """
    fields = json.loads(payload)
    facts = _facts(fields["facts"])
    facts["name"] = name
    if trace := _text(fields.get("trace", ""), 10_000):
        _LOG.error("reader raised", extra={"trace": trace})
    error = error_of(str(fields["code"]), facts)
    if not isinstance(error, CannotRead | RejectedAtDoor):
        raise ValueError("not a failure of reading")  # noqa: TRY004 - a value, not a type
    return error


def summary_payload(summary: DocumentSummary) -> bytes:
    """Return a summary for the wire."""
    return json.dumps(asdict(summary)).encode()


def summary_from(payload: bytes) -> DocumentSummary:
    """Return the summary a reading process reports, bounded.

    Raises:
        ValueError: it is not a summary.
    """
    fields = json.loads(payload)
    metadata = dict(list(fields["metadata"].items())[:_MAX_METADATA])
    summary = DocumentSummary(
        title=_text(fields["title"], 1000),
        language=_text(fields["language"], 35),
        pages=int(fields["pages"]),
        metadata={_text(key, 100): _text(value, 2000) for key, value in metadata.items()},
        warnings=tuple(_text(warning, 2000) for warning in fields["warnings"][:1000]),
    )
    if summary.pages < 0:
        raise ValueError("a negative number of pages")
    return summary


def attachment_payload(attachment: Attachment) -> bytes:
    """Return an attachment for the wire."""
    head = json.dumps({"name": attachment.name, "media_type": attachment.media_type})
    return head.encode() + b"\n" + attachment.content


def attachment_from(payload: bytes) -> Attachment:
    """Return the attachment a reading process hands out, its name bounded and without a path.

    Raises:
        ValueError: it is none, or larger than one may be.
    """
    head, _, content = payload.partition(b"\n")
    fields = json.loads(head)
    if len(content) > ATTACHMENTS.bytes_each:
        raise ValueError(f"an attachment of {len(content)} bytes")
    name = PurePosixPath(_text(fields["name"], 1000).replace("\\", "/")).name
    return Attachment(name[-255:] or "attachment", _text(fields["media_type"], 200), content)


def _facts(fields: dict[str, Any]) -> Facts:
    return {
        _text(key, 50): value if isinstance(value, int | float) else _text(value, 500)
        for key, value in list(fields.items())[:20]
    }


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is missing")  # noqa: TRY004 - one kind of error for all values
    return value.encode(errors="replace").decode()[:longest]
