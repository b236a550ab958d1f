"""The process that readers are forked from, the guard of each, and the reader itself.

One server per owner (web, worker, command line) has the parsing modules loaded and one thread, so
a fork is quick and safe. For each file it forks a *guard* (trusted, keeps the server's rights,
never looks into the file), which walls in an *init* and that starts the *reader*:

    owner --socket--> server -> guard -> init -> reader

The owner closing its end, or dying, ends the guard, and everything below it with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NoReturn

from kb.domain.errors import KbError, LimitExceeded, ReaderCrashed, ReaderOutOfMemory
from kb.domain.page_json import page_to_json
from kb.domain.parsed import Attachment, FileType, ParsedPage
from kb.parsing import sandbox_walls as walls
from kb.parsing.limits import ReadLimits
from kb.parsing.preview import page_image
from kb.parsing.progress import listen
from kb.parsing.reader import read_document
from kb.parsing.registry import OWN_PAGES, preload, preload_rest, register
from kb.parsing.sandbox_wire import (
    Frame,
    Recollection,
    Request,
    attachment_payload,
    error_payload,
    send_frame,
    summary_payload,
)

_LONGEST_IDLE = 900.0
"""Seconds without a request after which the server ends; the owner starts it anew on demand."""
_WATCH_SECONDS = 0.05
"""How often the guard looks at memory."""
_PREFIX = "kb-read-"
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""All a reader knows of its surroundings."""


def serve(control: socket.socket, owner: int) -> None:
    """Fork a guard for each request until the owner hangs up or dies, or asks for nothing long."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the guards
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the owner
    preload()
    watched = [control.fileno()]
    with contextlib.suppress(OSError):
        watched.append(os.pidfd_open(owner))
    idle_since = time.monotonic()
    warm = False
    while os.getppid() == owner and time.monotonic() - idle_since < _LONGEST_IDLE:
        ready, _, _ = select.select(watched, [], [], 5.0 if warm else 0.1)
        if any(channel != control.fileno() for channel in ready):
            return
        if not ready:
            if not warm:  # what only some files need is loaded while nobody waits
                preload_rest()
                warm = True
            continue
        raw, channels, _, _ = socket.recv_fds(control, 65_536, 3)
        if not raw:
            return
        if os.fork() == 0:
            control.close()
            _guard(Request.decode(raw), *channels)
        for channel in channels:
            os.close(channel)
        idle_since = time.monotonic()


def _guard(request: Request, original: int, pages: int, status: int) -> NoReturn:
    """Run one reader, watch it and tidy up after it. Never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    line = socket.socket(fileno=status)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=request.work_dir))
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        uid = walls.own_uid()
        copy = _copy(original, folder, request.format)
        if uid is not None:
            os.chown(folder, uid, uid)
            os.chown(copy, uid, uid)
        send_frame(line, Frame.STARTED, b"{}")
        ended = _run(request, copy, pages, line, uid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        send_frame(line, Frame.ENDED, json.dumps(ended).encode())
    os._exit(0)


def _copy(original: int, folder: Path, file_format: str) -> Path:
    copy = folder / f"original.{file_format}"
    with os.fdopen(original, "rb") as source, copy.open("wb") as target:
        source.seek(0)
        shutil.copyfileobj(source, target, 1 << 20)
    copy.chmod(0o400)
    return copy


def _run(
    request: Request, copy: Path, pages: int, line: socket.socket, uid: int | None
) -> dict[str, int]:
    isolated = walls.leave_namespaces()
    init = os.fork()
    if init == 0:
        line.close()
        _init(request, copy, pages, uid, isolated=isolated)
    os.close(pages)
    peak, out_of_memory, code, shared = 0, 0, None, walls.own_resident_mb()
    cpu_ms = 0
    handle = os.pidfd_open(init)
    while code is None:
        ready, _, _ = select.select([handle, line.fileno()], [], [], _WATCH_SECONDS)
        if line.fileno() in ready:  # the owner hung up
            os.kill(init, signal.SIGKILL)
        used = walls.resident_mb(init, shared)
        peak = max(peak, used)
        if used > request.memory_mb:
            out_of_memory = 1
            os.kill(init, signal.SIGKILL)
        if handle in ready or out_of_memory or line.fileno() in ready:
            _, waited, spent = os.wait4(init, 0)
            code = os.waitstatus_to_exitcode(waited)
            cpu_ms = round(1000 * (spent.ru_utime + spent.ru_stime))
    if not isolated:
        _end_group(init)
    return {"status": code, "peak_mb": peak, "out_of_memory": out_of_memory, "cpu_ms": cpu_ms}


def _end_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _init(request: Request, copy: Path, pages: int, uid: int | None, *, isolated: bool) -> NoReturn:
    """Start the reader and outlive it: first process of its namespace, parent of its orphans."""
    walls.die_with_parent()
    os.setsid()
    walls.adopt_orphans()
    reader = os.fork()
    if reader == 0:
        _reader(request, copy, pages, uid, isolated=isolated)
    os.close(pages)
    code = 0
    while True:
        ended, status = os.wait()
        if ended == reader:
            code = os.waitstatus_to_exitcode(status)
            break
    # A signal is told as 128 + its number: an init cannot die of it itself.
    os._exit(code if code >= 0 else 128 - code)


def _reader(
    request: Request, copy: Path, pages: int, uid: int | None, *, isolated: bool
) -> NoReturn:
    """Put up the walls, then read. Never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(copy.parent)
    os.environ.clear()
    os.environ.update(_ENVIRONMENT, TMPDIR=str(copy.parent), HOME=str(copy.parent))
    tempfile.tempdir = str(copy.parent)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(0, 2)  # libraries chatter; what matters travels as a failure with its trace
    readable = _program_folders([module for module, _ in request.extra_readers.values()])
    confined = walls.confine_files(copy.parent, readable)
    own = uid is not None and _take(uid, confined=confined)
    walls.die_with_parent()  # taking another user id clears it
    walls.no_new_rights()
    counted = 0 if own else walls.own_processes(os.getuid())
    walls.limit_resources(
        memory_mb=request.memory_mb,
        file_mb=request.file_mb,
        processes=request.processes + counted,
    )
    channel = socket.socket(fileno=pages)
    code = _answer(request, copy, channel)
    channel.close()
    os._exit(code)


def _program_folders(extra_modules: list[str]) -> list[Path]:
    """Return where code lies; never the current folder as a whole, which may hold the data."""
    found = [Path(__file__).parents[1], Path(sys.prefix), Path(sys.base_prefix)]
    found += [
        Path(entry)
        for entry in sys.path
        if {"site-packages", "dist-packages"} & {*Path(entry).parts}
    ]
    specs = map(importlib.util.find_spec, extra_modules)
    found += [Path(spec.origin).parent for spec in specs if spec and spec.origin]
    return found


def _take(uid: int, *, confined: bool) -> bool:
    if walls.program_open_to_all():
        return walls.become(uid)
    return confined and walls.become_but_read(uid)


def _answer(request: Request, copy: Path, channel: socket.socket) -> int:
    """Do what was asked; a failure travels as its code and facts."""
    try:
        _JOBS[request.job](request, copy, channel)
    except KbError as error:
        send_frame(channel, Frame.ERROR, error_payload(error))
    except MemoryError:
        failure = ReaderOutOfMemory(name=request.name, limit_mb=request.memory_mb)
        send_frame(channel, Frame.ERROR, error_payload(failure))
    except RecursionError:
        deep = LimitExceeded(name=request.name, detail="nested too deeply", detail_zh="嵌套过深")
        send_frame(channel, Frame.ERROR, error_payload(deep))
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001 - the outermost door of the reading process
        detail = f"{type(error).__name__}: {error}"[:300]
        crash = ReaderCrashed(name=request.name, detail=detail)
        send_frame(channel, Frame.ERROR, error_payload(crash, traceback.format_exc()))
    return 0


def _read(request: Request, copy: Path, channel: socket.socket) -> None:
    def hand_over(page: ParsedPage, total: int | None) -> None:
        payload = json.dumps(total).encode() + b"\n" + page_to_json(page).encode()
        send_frame(channel, Frame.PAGE, payload)
        walls.allow_cpu(2 * request.page_seconds)

    def hand_out(attachment: Attachment) -> None:
        send_frame(channel, Frame.ATTACHMENT, attachment_payload(attachment))

    for file_format, (module, stem) in request.extra_readers.items():
        register(file_format, module, stem)

    def live() -> None:
        send_frame(channel, Frame.ALIVE, b"")
        walls.allow_cpu(2 * request.page_seconds)

    listen(live)
    _remember(request, channel)
    walls.allow_cpu(2 * request.page_seconds)
    summary = read_document(
        copy,
        FileType(request.format, request.media_type),
        name=request.name,
        on_page=hand_over,
        on_attachment=hand_out,
        first_page=request.page,
        limits=ReadLimits(max_pages=request.max_pages),
    )
    send_frame(channel, Frame.SUMMARY, summary_payload(summary))


def _remember(request: Request, channel: socket.socket) -> None:
    """Let OCR use what the owner remembers; formats without pictures never load it."""
    if request.remembers and request.format in _WITH_OCR:
        from kb.parsing.ocr_memory import remember_with  # noqa: PLC0415 - loads the engines' parts

        remember_with(Recollection(channel))


def _render(request: Request, copy: Path, channel: socket.socket) -> None:
    walls.allow_cpu(2 * request.page_seconds)
    image = page_image(
        copy,
        FileType(request.format, request.media_type),
        name=request.name,
        number=request.page,
        width_px=request.width_px,
    )
    send_frame(channel, Frame.IMAGE, image)


def _reread(request: Request, copy: Path, channel: socket.socket) -> None:
    from kb.parsing.reread import reread_page  # noqa: PLC0415 - loads the engines

    walls.allow_cpu(2 * request.page_seconds)
    _remember(request, channel)
    page = reread_page(
        copy,
        request.format,
        name=request.name,
        number=request.page,
        width=request.width,
        engine=request.engine,
    )
    send_frame(channel, Frame.PAGE, b"null\n" + page_to_json(page).encode())


_WITH_OCR = OWN_PAGES | {"docx", "pptx", "ppt", "doc", "odt", "odp"}
"""Formats whose readers use OCR."""
_JOBS = {"read": _read, "reread": _reread, "render": _render}


def sweep(work_dir: Path) -> None:
    """Remove folders whose guard was killed with everything else; a live guard holds a lock."""
    for folder in work_dir.glob(f"{_PREFIX}*"):
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            if time.time() - os.fstat(handle).st_mtime > _JUST_MADE:
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


_JUST_MADE = 60.0
"""Seconds for which a folder without a lock is left alone: its guard may be about to lock it."""


def main() -> None:
    """Entry point: ``… -c "…main()" FD OWNER WORK_DIR``."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sweep(Path(sys.argv[3]))
    serve(control, int(sys.argv[2]))
