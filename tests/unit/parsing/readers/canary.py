"""A reader that does what its file says, to see whether the walls hold."""

from __future__ import annotations

import ctypes
import os
import socket
import time
from pathlib import Path

from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage
from kb.parsing.facts import DocumentFacts
from kb.parsing.progress import tick


def canary_facts(path: Path, *, name: str) -> DocumentFacts:
    return DocumentFacts(pages=3)


def read_canary(path: Path, *, name: str, first_page: int = 1, max_pages: int):
    command, _, argument = path.read_text().partition(" ")
    for number in range(first_page, 4):
        said = COMMANDS[command](argument) if number == 2 else f"page {number}"
        block = Block(BlockKind.PARAGRAPH, said, (0.0, 0.0, 10.0, 10.0))
        yield ParsedPage(number, 595.0, 842.0, PageSource.TEXT, 1.0, (block,))


def attempt(act) -> str:
    try:
        act()
    except OSError as error:
        return f"refused {error.errno}"
    return "permitted"


def read_file(target: str) -> str:
    return attempt(lambda: Path(target).read_bytes())


def write_file(target: str) -> str:
    return attempt(lambda: Path(target).write_bytes(b"x"))


def connect(target: str) -> str:
    return attempt(lambda: socket.create_connection(("127.0.0.1", int(target)), timeout=2).close())


def fork_bomb(_: str) -> str:
    count = 0
    try:
        while count < 2000:
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
            count += 1
    except OSError:
        return f"refused after {count}"
    return "permitted"


def eat_memory(_: str) -> str:
    eaten = []
    while True:
        eaten.append(bytearray(16 << 20))


def fill_disk(_: str) -> str:
    def write() -> None:
        with Path("large").open("wb") as file:
            for _ in range(160):
                file.write(bytes(1 << 20))

    return attempt(write)


def environment(_: str) -> str:
    return " ".join(sorted(os.environ))


def rights(_: str) -> str:
    wanted = ("Uid", "CapEff", "NoNewPrivs")
    lines = Path("/proc/self/status").read_text().splitlines()
    return "; ".join(line for line in lines if line.startswith(wanted)).replace("\t", " ")


def orphan(_: str) -> str:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    return "left"


def plod(_: str) -> str:
    for _ in range(5):
        time.sleep(1)
        tick()
    return "done"


def linger(_: str) -> str:
    while True:
        tick()


def spin(_: str) -> str:
    while True:
        pass


def read_null(_: str) -> str:
    return str(ctypes.string_at(0))


def invalid(_: str) -> str:
    return "bad \x00 control"


def bug(_: str) -> str:
    raise ZeroDivisionError("a bug of ours")


COMMANDS = {
    "plain": lambda said: said,
    "read": read_file,
    "write": write_file,
    "connect": connect,
    "bomb": fork_bomb,
    "memory": eat_memory,
    "disk": fill_disk,
    "environment": environment,
    "orphan": orphan,
    "rights": rights,
    "sleep": lambda _: time.sleep(600),
    "spin": spin,
    "plod": plod,
    "linger": linger,
    "abort": lambda _: os.abort(),
    "crash": read_null,
    "leave": lambda _: os._exit(3),
    "invalid": invalid,
    "bug": bug,
}
