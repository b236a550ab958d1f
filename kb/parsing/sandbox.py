"""Reads files in throw-away processes, so that no file can harm the machine or its neighbours."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from kb.domain.errors import (
    KbError,
    ReaderCrashed,
    ReaderOutOfMemory,
    ReaderTimedOut,
    ReadingCancelled,
)
from kb.domain.page_json import page_from_json
from kb.domain.parsed import Attachment, DocumentSummary, FileType, ParsedPage
from kb.parsing.limits import ATTACHMENTS, ReadLimits
from kb.parsing.ocr_cache import OcrCache
from kb.parsing.sandbox_wire import (
    Ended,
    Frame,
    FrameReader,
    Request,
    attachment_from,
    error_from,
    summary_from,
)

Given = TypeVar("Given")
Made = TypeVar("Made")
OnPage = Callable[[ParsedPage, int | None], None]
"""Called with each page, in order, and the number of pages, None while unknown."""
OnAttachment = Callable[[Attachment], None]
"""Called after the last page with each file that came inside this one."""
_POLL = 0.2
"""Seconds between looks at ``cancelled``."""
_SIGNALLED = 128
"""Exit codes above it tell the signal that ended a reader."""
_MOST_SIGNS = 500
"""Signs of life that a reader may give between pages, in a whole document."""
_GRACE = 10.0
"""Seconds the guard has to tell how the reader ended."""
_START_SECONDS = 60.0
"""Longest wait for the server to load its modules and start a reader."""
_BOOT = (
    "import json,sys;sys.path[:]=json.loads(sys.argv.pop());"
    "from kb.parsing.sandbox_server import main;main()"
)


def never() -> bool:
    """Say that nobody cancels."""
    return False


def leave(attachment: Attachment) -> None:
    """Take no attachments."""
    del attachment


class SandboxedReader:
    """Reads and renders files in disposable processes. Safe to share between threads.

    The server that readers are forked from starts with the first file (``warm_up`` starts it
    early) and ends with ``close`` or with this process, however that ends. A forked child of this
    process gets a server of its own.
    """

    def __init__(
        self,
        limits: ReadLimits | None = None,
        *,
        work_dir: Path | None = None,
        extra_readers: Mapping[str, tuple[str, str]] | None = None,
        ocr_cache: OcrCache | None = None,
    ) -> None:
        """Keep the limits; nothing is started yet.

        Args:
            limits: what one reader may use.
            work_dir: where readers get their own folders; the system's temp folder by default.
            extra_readers: format -> (module, stem) of readers that are not ours.
            ocr_cache: keeps what OCR reads, so that no page image is read twice.
        """
        self._limits = limits or ReadLimits()
        self._work_dir = work_dir or Path(tempfile.gettempdir())
        self._extra_readers = dict(extra_readers or {})
        self._ocr_cache = ocr_cache
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self.cpu_seconds = 0.0
        """What all readers so far have used, what they started included."""

    def warm_up(self) -> None:
        """Start the server now; it loads its modules while the caller goes on."""
        self._serving()

    def close(self) -> None:
        """End the server. Readings in progress end as crashed."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    def read(  # noqa: PLR0913 - a file, where to begin, and who receives what it holds
        self,
        path: Path,
        name: str,
        file_type: FileType,
        *,
        first_page: int = 1,
        on_page: OnPage,
        on_attachment: OnAttachment = leave,
        cancelled: Callable[[], bool] = never,
    ) -> DocumentSummary:
        """Read ``path`` from ``first_page`` on and return what it is as a whole.

        Args:
            path: the file; it is handed over as a copy.
            name: what people call it, for the sentences of failures.
            file_type: what ``sniff`` found.
            first_page: page to go on with, from 1.
            on_page: receives each page; the reader waits while it works.
            on_attachment: receives the files that came inside, within ``limits.ATTACHMENTS``,
                after the last page; again each time a reading goes on at a later page.
            cancelled: asked several times a second.

        Raises:
            CannotRead: with the true reason; pages handed over before stay valid.
            ReadingCancelled: ``cancelled`` said so.
        """
        summary: list[DocumentSummary] = []
        room = [ATTACHMENTS.count, ATTACHMENTS.bytes_total]

        def take(kind: Frame, payload: bytes) -> None:
            if kind is Frame.ATTACHMENT:
                found = _checked(attachment_from, payload, name)
                room[0] -= 1
                room[1] -= len(found.content)
                if min(room) < 0:
                    raise ReaderCrashed(
                        name=name, detail="too many attachments", detail_zh="附件过多"
                    )
                on_attachment(found)
            elif kind is Frame.PAGE:
                total, _, page = payload.partition(b"\n")
                on_page(_page(page, name), _total(total, name))
            elif kind is Frame.SUMMARY:
                summary.append(_checked(summary_from, payload, name))

        self._run(self._request("read", name, file_type, page=first_page), path, take, cancelled)
        if not summary:
            raise ReaderCrashed(name=name, detail="no result", detail_zh="没有结果")
        return summary[0]

    def render(
        self, path: Path, file_type: FileType, number: int, width_px: int, *, name: str = ""
    ) -> bytes:
        """Return page ``number`` (from 1) as a PNG of ``width_px`` pixels.

        Raises:
            CannotRead: with the true reason.
        """
        images: list[bytes] = []

        def take(kind: Frame, payload: bytes) -> None:
            if kind is Frame.IMAGE:
                images.append(payload)

        called = name or path.name
        request = self._request("render", called, file_type, page=number, width_px=width_px)
        self._run(request, path, take, never)
        if not images or not images[0].startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF")):
            raise ReaderCrashed(name=called, detail="no image", detail_zh="没有图像")
        return images[0]

    def reread(
        self,
        path: Path,
        name: str,
        file_type: FileType,
        *,
        page: ParsedPage,
        engine: str,
        cancelled: Callable[[], bool] = never,
    ) -> ParsedPage:
        """Return a page of a file with pages of its own as OCR by ``engine`` reads it.

        Raises:
            CannotRead: with the true reason.
            ReadingCancelled: ``cancelled`` said so.
        """
        found: list[ParsedPage] = []

        def take(kind: Frame, payload: bytes) -> None:
            if kind is Frame.PAGE:
                found.append(_page(payload.partition(b"\n")[2], name))

        request = self._request("reread", name, file_type, page=page.number)
        request = replace(request, width=page.width, engine=engine)
        self._run(request, path, take, cancelled)
        if not found:
            raise ReaderCrashed(name=name, detail="no page", detail_zh="没有页面")
        return found[0]

    def _request(
        self, job: str, name: str, file_type: FileType, *, page: int, width_px: int = 0
    ) -> Request:
        limits = self._limits
        return Request(
            job=job,
            name=name,
            format=file_type.format,
            media_type=file_type.media_type,
            page=page,
            width_px=width_px,
            work_dir=str(self._work_dir),
            max_pages=limits.max_pages,
            memory_mb=limits.memory_mb,
            page_seconds=limits.page_seconds,
            file_mb=limits.file_mb,
            processes=limits.processes,
            width=0.0,
            engine="",
            remembers=self._ocr_cache is not None,
            extra_readers=self._extra_readers,
        )

    def _run(
        self,
        request: Request,
        path: Path,
        take: Callable[[Frame, bytes], None],
        cancelled: Callable[[], bool],
    ) -> None:
        for attempt in (1, 2):  # the server may have died since the last file
            with self._started(request, path) as reading:
                if reading is not None:
                    watch = _Watch(request, self._limits, cancelled, self._ocr_cache)
                    try:
                        watch.follow(reading, take)
                    finally:
                        with self._lock:
                            self.cpu_seconds += watch.cpu_ms / 1000
                    return
            if attempt == 1:
                self.close()
        raise ReaderCrashed(
            name=request.name, detail="no reader could be started", detail_zh="无法启动解析进程"
        )

    @contextlib.contextmanager
    def _started(self, request: Request, path: Path) -> Iterator[_Reading | None]:
        """Give the channels of a running reader, None when the server is gone."""
        pages, their_pages = socket.socketpair()
        status, their_status = socket.socketpair()
        with pages, status:
            with their_pages, their_status, path.open("rb") as original:
                channels = [original.fileno(), their_pages.fileno(), their_status.fileno()]
                sent = self._serving().send(request.encode(), channels)
            reading = _Reading(FrameReader(pages), FrameReader(status))
            news = reading.status.next(_START_SECONDS) if sent else None
            yield reading if news is not None and news[0] is Frame.STARTED else None

    def _serving(self) -> _Server:
        with self._lock:
            if self._server is None or not self._server.usable():
                self._server = _Server(self._work_dir)
            return self._server


@dataclass(frozen=True, slots=True)
class _Reading:
    """The two channels of one reader."""

    pages: FrameReader
    """From the reader, which is not trusted."""
    status: FrameReader
    """From its guard, which is."""


class _Server:
    """The process readers are forked from."""

    def __init__(self, work_dir: Path) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno()), str(os.getpid()),
                 str(work_dir), json.dumps([entry or str(Path.cwd()) for entry in sys.path])],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={
                    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "LANG": "C.UTF-8",
                    "OMP_THREAD_LIMIT": "1",
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                },
            )  # fmt: skip
        self._control = ours
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._finish = weakref.finalize(self, _hang_up, ours, self._process, self._owner)
        # A child forked from the owner must not keep the line open after the owner's death.
        control = weakref.ref(ours)
        os.register_at_fork(after_in_child=lambda: _shut(control))

    def usable(self) -> bool:
        """Say whether this process owns it and it runs."""
        return self._owner == os.getpid() and self._process.poll() is None

    def send(self, request: bytes, channels: list[int]) -> bool:
        """Hand a request over. False when the server is gone."""
        try:
            with self._lock:
                socket.send_fds(self._control, [request], channels)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Hang up and wait for the end; also done when nobody holds it any more, and at exit."""
        self._finish()


class _Watch:
    """Follows one reader and says why it ended."""

    def __init__(
        self,
        request: Request,
        limits: ReadLimits,
        cancelled: Callable[[], bool],
        ocr_cache: OcrCache | None,
    ) -> None:
        self._name = request.name
        self._limits = limits
        self._cancelled = cancelled
        self._ocr_cache = ocr_cache
        self.cpu_ms = 0
        self._signs_left = _MOST_SIGNS
        self._pages_left = max(1, request.max_pages - request.page + 1)

    def follow(self, reading: _Reading, take: Callable[[Frame, bytes], None]) -> None:
        """Hand over what comes until the reader ends; raise the reason when that is a failure."""
        end = time.monotonic() + self._limits.document_seconds
        deadline = time.monotonic() + self._limits.page_seconds
        failure: KbError | None = None
        while failure is None:
            if self._cancelled():
                raise ReadingCancelled(name=self._name)
            news = _checked(reading.pages.next, _POLL, self._name)
            if news is None:
                if reading.pages.closed:
                    break
                if time.monotonic() > min(deadline, end):
                    raise ReaderTimedOut(name=self._name, seconds=self._seconds(deadline, end))
                continue
            if self._remembered(reading, *news):  # asking is no progress
                if time.monotonic() > min(deadline, end):
                    raise ReaderTimedOut(name=self._name, seconds=self._seconds(deadline, end))
                continue
            failure = self._take(news, take)
            if time.monotonic() > end:
                raise ReaderTimedOut(name=self._name, seconds=self._seconds(end, end))
            deadline = time.monotonic() + self._limits.page_seconds
        self._conclude(reading, failure)

    def _remembered(self, reading: _Reading, kind: Frame, payload: bytes) -> bool:
        """Answer what the reader asks of the memory of OCR, or keep what it hands over."""
        if self._ocr_cache is None or kind not in {Frame.RECALL, Frame.KEEP}:
            return False
        key, _, found = payload.partition(b"\n")
        named = key.decode(errors="replace")
        if kind is Frame.KEEP:
            self._ocr_cache.keep(named, found)
        else:
            known = self._ocr_cache.recall(named) or b""
            _checked(lambda raw: reading.pages.answer(Frame.KNOWN, raw), known, self._name)
        return True

    def _take(
        self, news: tuple[Frame, bytes], take: Callable[[Frame, bytes], None]
    ) -> KbError | None:
        kind, payload = news
        if kind is Frame.ERROR:
            return _checked(lambda raw: error_from(raw, self._name), payload, self._name)
        if kind is Frame.ALIVE:
            self._signs_left -= 1
            if self._signs_left < 0:
                raise ReaderTimedOut(name=self._name, seconds=round(self._limits.page_seconds))
            return None
        if kind is Frame.PAGE:
            self._pages_left -= 1
            if self._pages_left < 0:
                raise ReaderCrashed(
                    name=self._name, detail="more pages than asked for", detail_zh="页数超过要求"
                )
        take(kind, payload)
        return None

    def _conclude(self, reading: _Reading, failure: KbError | None) -> None:
        news = reading.status.next(_GRACE)
        ended = Ended(**json.loads(news[1])) if news and news[0] is Frame.ENDED else None
        self.cpu_ms = ended.cpu_ms if ended is not None else 0
        if ended is not None and ended.out_of_memory:
            raise ReaderOutOfMemory(name=self._name, limit_mb=self._limits.memory_mb)
        if failure is not None:
            raise failure
        if ended is None:
            raise ReaderCrashed(name=self._name, detail="its guard died", detail_zh="看护进程中止")
        if ended.status == _SIGNALLED + signal.SIGXCPU:
            raise ReaderTimedOut(name=self._name, seconds=round(self._limits.page_seconds))
        if ended.status != 0:
            raise ReaderCrashed(name=self._name, **_how(ended.status))

    def _seconds(self, deadline: float, end: float) -> int:
        limits = self._limits
        return round(limits.page_seconds if deadline < end else limits.document_seconds)


def _how(status: int) -> dict[str, str]:
    number = status - _SIGNALLED if status > _SIGNALLED else -status
    with contextlib.suppress(ValueError):
        called = signal.Signals(number).name
        return {"detail": f"signal {called}", "detail_zh": f"信号 {called}"}
    return {"detail": f"exit code {status}", "detail_zh": f"退出码 {status}"}


def _checked(make: Callable[[Given], Made], given: Given, name: str) -> Made:
    """Apply ``make`` to what an untrusted process sent; nonsense counts as a crash."""
    try:
        return make(given)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReaderCrashed(
            name=name, detail=f"it answered nonsense: {error}"[:300], detail_zh="返回内容无效"
        ) from error


def _page(payload: bytes, name: str) -> ParsedPage:
    return _checked(lambda raw: page_from_json(raw.decode()), payload, name)


def _total(payload: bytes, name: str) -> int | None:
    total = _checked(json.loads, payload, name)
    return total if isinstance(total, int) and total >= 0 else None


def _hang_up(control: socket.socket, process: subprocess.Popen[bytes], owner: int) -> None:
    control.close()
    if owner != os.getpid():
        return
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _shut(control: weakref.ref[socket.socket]) -> None:
    line = control()
    if line is not None:
        line.close()
