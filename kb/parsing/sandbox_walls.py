"""The walls around a reading process: what Linux offers, from the strongest that is permitted.

As root: own network, IPC and process namespaces, own user id without rights, Landlock. Without
root the same by a user namespace where the system permits one, else Landlock and resource limits
alone; Landlock from version 4 on then still refuses TCP.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import resource
import signal
import struct
import sys
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000
_ISOLATED = _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWPID
_FIRST_UID = 1_600_000_000
"""Readers run as this plus their guard's process id: an account that nothing else uses."""
_OTHERS_ENTER = 0o005
_ADDRESS_SLACK = 1024
"""MiB of address space beyond the memory limit: libraries reserve more than they touch."""

# Landlock, linux/landlock.h; system call numbers are the same on every architecture.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_EXECUTE, _FS_WRITE, _FS_READ_FILE, _FS_READ_DIR = 1, 2, 4, 8
_FS_ALL_V1 = (1 << 13) - 1
_FS_REFER, _FS_TRUNCATE = 1 << 13, 1 << 14
_NET_TCP = 3
_REFER_FROM, _TRUNCATE_FROM, _NET_FROM = 2, 3, 4
"""Versions of Landlock that brought these rights."""
_SYSTEM_FOLDERS = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt", "/etc/fonts", "/etc/ld.so.cache",
    "/etc/libreoffice", "/etc/alternatives", "/etc/localtime", "/etc/mime.types", "/etc/passwd",
    "/etc/nsswitch.conf", "/proc", "/sys/devices/system/cpu", "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/var/cache/fontconfig", "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip


def die_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of every process below that loses its own."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def leave_namespaces() -> bool:
    """Move to own network, IPC and process namespaces (the latter for children).

    Returns:
        True when the kernel permitted it.
    """
    if _LIBC.unshare(_ISOLATED) == 0:
        return True
    return os.getuid() != 0 and _LIBC.unshare(_CLONE_NEWUSER | _ISOLATED) == 0


def own_uid() -> int | None:
    """Return the user id a reader should take, None when it is not ours to give."""
    return _FIRST_UID + os.getpid() if os.geteuid() == 0 else None


def program_open_to_all() -> bool:
    """Say whether any user may read the program's files; under /root for one they may not."""
    needed = {Path(__file__).resolve(), Path(os.__file__).resolve(), *map(Path, sys.path)}
    return all(_open_to_all(path) for path in needed if path.exists())


def _open_to_all(path: Path) -> bool:
    folders = [path, *path.parents] if path.is_dir() else list(path.parents)
    return all(folder.stat().st_mode & _OTHERS_ENTER == _OTHERS_ENTER for folder in folders)


def become(uid: int) -> bool:
    """Take ``uid`` for good. False when this system has no such id to give."""
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError:
        return False
    return True


def become_but_read(uid: int) -> bool:
    """Take ``uid`` and keep one right of root: to read files, as far as Landlock permits it.

    For programs installed where only root may look. Call ``confine_files`` first.
    """
    _LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    if not become(uid):
        return False
    rights = 1 << _CAP_DAC_READ_SEARCH
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    return bool(_LIBC.capset(header, struct.pack("<6I", rights, rights, 0, 0, 0, 0)) == 0)


def no_new_rights() -> None:
    """Give up any way to gain rights, by set-uid programs for one."""
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit_resources(*, memory_mb: int, file_mb: int, processes: int) -> None:
    """Set the hard limits of this process and what it starts."""
    base = address_space_mb()
    _limit(resource.RLIMIT_AS, (base + memory_mb + _ADDRESS_SLACK) << 20)
    _limit(resource.RLIMIT_FSIZE, file_mb << 20)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_NPROC, processes)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def allow_cpu(seconds: float) -> None:
    """Let this process use ``seconds`` more of CPU; beyond it the kernel ends it (SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds), hard))


def own_processes(uid: int) -> int:
    """Count the threads that ``uid`` runs now, which RLIMIT_NPROC counts too."""
    count = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                count += sum(1 for _ in (entry / "task").iterdir())
        except OSError:
            continue
    return count


def address_space_mb() -> int:
    """Return the address space in use by this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize() >> 20


def resident_mb(pid: int, shared_mb: int) -> int:
    """Return the resident memory of ``pid`` and all below it, in MiB; 0 when it is gone.

    Args:
        pid: the topmost process.
        shared_mb: memory that it and its first child share with the process they were forked
            from; what is counted for them is beyond it. Later forks count in full: they could
            write to all of it.
    """
    page_mb = resource.getpagesize() / (1 << 20)
    total, forgiven, waiting = 0.0, 2, [pid]
    while waiting:
        current = waiting.pop()
        folder = Path(f"/proc/{current}")
        try:
            used = int((folder / "statm").read_text().split()[1]) * page_mb
            for task in (folder / "task").iterdir():
                waiting.extend(map(int, (task / "children").read_text().split()))
        except (OSError, ValueError, IndexError):
            continue
        total += max(0.0, used - shared_mb) if forgiven > 0 else used
        forgiven -= 1
    return round(total)


def own_resident_mb() -> int:
    """Return the resident memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


def confine_files(own_folder: Path, readable: list[Path]) -> bool:
    """Allow this process to write in ``own_folder`` only, to read that, the system, ``readable``.

    Uses Landlock (Linux 5.13 and later), which needs no rights.

    Returns:
        False when the kernel has no Landlock.
    """
    version = _LIBC.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    handled = _FS_ALL_V1
    handled |= _FS_REFER if version >= _REFER_FROM else 0
    handled |= _FS_TRUNCATE if version >= _TRUNCATE_FROM else 0
    rules = struct.pack("<Q", handled)
    rules += struct.pack("<Q", _NET_TCP) if version >= _NET_FROM else b""
    ruleset = _LIBC.syscall(
        _LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return False
    look = _FS_READ_FILE | _FS_READ_DIR | _FS_EXECUTE
    for path in (*map(Path, _SYSTEM_FOLDERS), *readable):
        _allow(ruleset, path, look)
    _allow(ruleset, Path("/dev/null"), _FS_READ_FILE | _FS_WRITE)
    _allow(ruleset, own_folder, handled & ~_FS_EXECUTE)
    confined = _LIBC.syscall(_LANDLOCK_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0
    os.close(ruleset)
    return bool(confined)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EACCES, errno.ENOTDIR}:
            return
        raise
    try:
        if not path.is_dir():
            rights &= _FS_EXECUTE | _FS_WRITE | _FS_READ_FILE | _FS_TRUNCATE
        rule = struct.pack("<Qi", rights, target)
        _LIBC.syscall(_LANDLOCK_ADD, ruleset, ctypes.c_uint32(1), rule, ctypes.c_uint32(0))
    finally:
        os.close(target)
