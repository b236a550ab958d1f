"""Nothing a file does to its reader reaches the machine, the owner or the next file."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kb.domain.errors import (
    DamagedFile,
    PasswordProtected,
    ReaderCrashed,
    ReaderOutOfMemory,
    ReaderTimedOut,
    ReadingCancelled,
)
from kb.domain.parsed import FileType
from kb.parsing.limits import ReadLimits
from kb.parsing.sandbox import SandboxedReader

CANARY = FileType("canary", "application/x-canary")
TEXT = FileType("txt", "text/plain")
LIMITS = ReadLimits(memory_mb=400, page_seconds=3, file_mb=100, processes=20)


@pytest.fixture(scope="module")
def work_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("readers")


@pytest.fixture(scope="module")
def reader(work_dir):
    readers = str(Path(__file__).parent / "readers")
    sys.path.append(readers)
    reader = SandboxedReader(LIMITS, work_dir=work_dir, extra_readers={"canary": ("canary",) * 2})
    yield reader
    reader.close()
    sys.path.remove(readers)


@pytest.fixture
def told(reader, tmp_path):
    """Read a file that holds a command; returns what its second page says."""

    def tell(command: str, **options) -> str:
        path = tmp_path / "file.canary"
        path.write_text(command)
        pages: list[str] = []
        reader.read(
            path,
            "文件.canary",
            CANARY,
            on_page=lambda page, total: pages.append(f"{page.text}/{total}"),
            **options,
        )
        assert [pages[0], pages[2]] == ["page 1/3", "page 3/3"]
        return pages[1].removesuffix("/3")

    return tell


@pytest.fixture
def neighbour_reads(reader, tmp_path):
    """After every test: the next file is read as if nothing had happened."""
    yield
    path = tmp_path / "neighbour.txt"
    path.write_text("合同编号 KB-7\n")
    pages = []
    summary = reader.read(
        path, "neighbour.txt", TEXT, on_page=lambda page, _: pages.append(page.text)
    )
    assert pages == ["合同编号 KB-7"]
    assert summary.language == "zh"


pytestmark = pytest.mark.usefixtures("neighbour_reads")


def test_pages_come_in_order_with_the_summary(reader, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("第一章 总则\n\n本合同由双方签订。\n")
    pages = []

    summary = reader.read(path, "合同.txt", TEXT, on_page=lambda page, total: pages.append(page))

    assert [page.number for page in pages] == [1]
    assert (summary.title, summary.language, summary.pages) == ("第一章 总则", "zh", 1)


def test_reading_goes_on_at_a_later_page(reader, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("\n\n".join(f"第 {number} 段。" * 40 for number in range(60)))
    all_pages, later = [], []
    reader.read(path, "a", TEXT, on_page=lambda page, _: all_pages.append(page))

    reader.read(path, "a", TEXT, first_page=3, on_page=lambda page, _: later.append(page))

    assert len(all_pages) > 3
    assert later == all_pages[2:]


def test_files_of_others_cannot_be_read(told, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("password")
    secret.chmod(0o600)
    assert told(f"read {secret}").startswith("refused")


def test_files_beside_the_program_cannot_be_read(told):
    assert told(f"read {Path(__file__).parents[3] / 'pyproject.toml'}").startswith("refused")


def test_the_reader_has_no_rights_of_the_owner(told):
    uids, capabilities, no_new = (
        field.split(":")[1].split() for field in told("rights").split(";")
    )
    assert no_new == ["1"]
    assert int(capabilities[0], 16) in {0, 1 << 2}, "nothing, or reading what Landlock lets through"
    assert os.geteuid() != 0 or "0" not in uids


def test_nothing_can_be_written_outside(told, tmp_path):
    tmp_path.chmod(0o777)
    assert told(f"write {tmp_path / 'pwned'}").startswith("refused")
    assert not (tmp_path / "pwned").exists()


def test_there_is_no_network(told):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert told(f"connect {port}").startswith("refused")


def test_a_fork_bomb_is_stopped_and_leaves_nothing(told):
    # Its copies may reach the memory limit before the limit of processes.
    with contextlib.suppress(ReaderOutOfMemory):
        assert told("bomb").startswith("refused after")
    assert _gone(_sleepers)


def test_memory_ends_at_the_limit(told):
    with pytest.raises(ReaderOutOfMemory) as caught:
        told("memory")
    assert caught.value.facts["limit_mb"] == 400
    assert "文件.canary" in caught.value.sentence("zh")


def test_a_large_file_cannot_be_written(told):
    assert told("disk").startswith("refused")


def test_a_slow_page_that_gives_signs_of_life_is_waited_for(told):
    assert told("plod") == "done"


@pytest.mark.parametrize("command", ["sleep", "spin", "linger"])
def test_a_page_that_takes_too_long_ends_the_reading(told, command):
    with pytest.raises(ReaderTimedOut):
        told(command)


@pytest.mark.parametrize(
    ("command", "reason"),
    [("abort", "SIG"), ("crash", "SIGSEGV"), ("leave", "exit code 3"), ("bug", "ZeroDivision")],
)
def test_a_crash_is_told_with_its_reason(told, command, reason):
    with pytest.raises(ReaderCrashed, match=reason):
        told(command)


def test_pages_before_a_crash_stay(reader, tmp_path):
    path = tmp_path / "file.canary"
    path.write_text("abort")
    pages = []
    with pytest.raises(ReaderCrashed):
        reader.read(path, "x", CANARY, on_page=lambda page, _: pages.append(page.number))
    assert pages == [1]


def test_the_environment_is_empty_of_secrets(told, monkeypatch):
    monkeypatch.setenv("KB_LLM_API_KEY", "secret")
    assert "KB_" not in told("environment")


def test_text_that_a_database_refuses_is_cleaned(told):
    assert told("invalid") == "bad  control"


def test_own_folders_are_removed(told, work_dir):
    told("plain hello")
    assert _gone(lambda: list(work_dir.iterdir()))


def test_processes_left_behind_end_with_the_reader(told):
    assert told("orphan") == "left"
    assert _gone(_sleepers)


def _gone(look) -> bool:
    deadline = time.monotonic() + 5
    while look() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not look()


def _sleepers() -> list[str]:
    """Processes below this one's server that are not the server itself."""
    found = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        for server in (task / "children").read_text().split():
            found += Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return found


def test_cancelling_ends_the_reading(reader, tmp_path):
    path = tmp_path / "file.canary"
    path.write_text("sleep")
    asked = threading.Event()
    with pytest.raises(ReadingCancelled):
        reader.read(path, "x", CANARY, on_page=lambda page, _: asked.set(), cancelled=asked.is_set)


def test_failures_of_the_file_keep_their_code(reader, tmp_path):
    path = tmp_path / "broken.docx"
    path.write_bytes(b"PK\x03\x04 nothing else")
    with pytest.raises(DamagedFile):
        reader.read(path, "broken.docx", FileType("docx", ""), on_page=lambda page, _: None)
    with pytest.raises(PasswordProtected):
        reader.read(path, "x.docx", FileType("encrypted", ""), on_page=lambda page, _: None)


def test_an_error_of_the_receiver_passes_through(reader, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("text")

    def refuse(page, total):
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="the database is gone"):
        reader.read(path, "a.txt", TEXT, on_page=refuse)


def test_files_are_read_side_by_side(reader, tmp_path):
    def read(number: int) -> None:
        path = tmp_path / f"{number}.txt"
        path.write_text(f"text {number}")
        reader.read(path, "a", TEXT, on_page=lambda page, _: texts.append(page.text))

    texts: list[str] = []
    threads = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts) == [f"text {number}" for number in range(6)]


def test_a_page_is_drawn(reader, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("合同 contract")
    image = reader.render(path, TEXT, 1, 300)
    assert image.startswith(b"\x89PNG")


OWNER = """
import sys
from pathlib import Path
from kb.domain.parsed import FileType
from kb.parsing.sandbox import SandboxedReader
sys.path.append(sys.argv[2])
reader = SandboxedReader(extra_readers={"canary": ("canary", "canary")}, work_dir=Path(sys.argv[3]))
path = Path(sys.argv[1])
path.write_text("sleep")
reader.read(path, "x", FileType("canary", ""), on_page=lambda page, _: print("page", flush=True))
"""


def test_nothing_outlives_a_killed_owner(tmp_path):
    root = Path(__file__).parents[3]
    work = tmp_path / "work"
    work.mkdir()
    readers = str(Path(__file__).parent / "readers")
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "file"), readers, str(work)],
        cwd=root,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout.readline() == b"page\n"
    below = _all_below(owner.pid)
    assert len(below) >= 3

    owner.send_signal(signal.SIGKILL)
    owner.communicate()

    deadline = time.monotonic() + 10
    while any(map(_alive, below)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in below if _alive(pid)] == []
    assert list(work.iterdir()) == []


def _all_below(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        for task in Path(f"/proc/{current}/task").iterdir():
            children = [int(child) for child in (task / "children").read_text().split()]
            found += children
            waiting += children
    return found


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
