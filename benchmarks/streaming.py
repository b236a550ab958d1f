"""A long PDF through a running instance: ``python -m benchmarks.streaming [PAGES] [LINES]``.

The instance has read one small document before. Measures the time to the first page that can be
searched, to the last page, and to the end of all stages, and the largest resident and
proportional memory of each process on the way. Every page has its own words, so no vector is
shared.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil

from tests.support.instance import Instance
from tests.support.pdf_files import Mark, Text, write_pdf

_MEBI = 1 << 20
_GIVE_UP_SECONDS = 900.0
_WORDS = """pump valve bearing seal gasket motor flange pressure flow inspection schedule operator
record temperature limit turbine coolant filter maintenance report supplier delivery contract
clause""".split()  # noqa: SIM905 - words read better as text
_ROLES = {"web.server": "web", "parse": "parse worker", "embed,llm": "model worker",
          "index": "index worker", "kb.parsing.sandbox_server": "reader (server, guard, child)",
          "workers.scheduler": "scheduler"}  # fmt: skip


@dataclass
class Memory:
    """Largest memory of one process of each role, in MB, sampled twice a second."""

    instance: Instance
    stop: threading.Event = field(default_factory=threading.Event)
    resident: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    proportional: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def watch(self) -> None:
        """Sample until told to stop."""
        while not self.stop.wait(0.5):
            for process in self.instance.processes():
                try:
                    role = _role(process.cmdline())
                    used = process.memory_full_info()
                except psutil.Error:
                    continue
                self.resident[role] = max(self.resident[role], used.rss / _MEBI)
                self.proportional[role] = max(self.proportional[role], used.pss / _MEBI)


def _role(command: list[str]) -> str:
    line = " ".join(command)
    for part, role in _ROLES.items():
        if part in line if "." in part else part in command:
            return role
    return "other"


def long_pdf(path: Path, pages: int, lines: int) -> Path:
    """A PDF of pages whose words nobody shares; page n has the word ``PAGEnnnnn``."""
    chance = random.Random(5)

    def page(number: int) -> list[Mark]:
        marks: list[Mark] = []
        for line in range(lines):
            words = " ".join(chance.choices(_WORDS, k=9))
            mark = f"PAGE{number:05d}" if line == lines // 2 else str(number * 37 + line)
            text = f"{words.capitalize()} {mark}."
            marks.append(Text(60, 90 + line * 14, text))
        return marks

    return write_pdf(path, [page(number) for number in range(1, pages + 1)], title="Long record")


def _found(client: httpx2.Client, number: int) -> bool:
    word = f"PAGE{number:05d}"
    found = client.get("/api/v1/search", params={"q": word, "mode": "lexical"}).json()
    return bool(found["hits"])


def _seconds_until(began: float, holds: object) -> float:
    while time.monotonic() - began < _GIVE_UP_SECONDS:
        if holds():  # type: ignore[operator]
            return time.monotonic() - began
        time.sleep(0.1)
    return float("inf")


def main() -> None:
    """Print one line for each figure."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else 25  # noqa: PLR2004
    with tempfile.TemporaryDirectory() as folder:
        content = long_pdf(Path(folder) / "long.pdf", pages, lines).read_bytes()
        instance = Instance(Path(folder) / "data", {})
        instance.start()
        memory = Memory(instance)
        watcher = threading.Thread(target=memory.watch)
        watcher.start()
        try:
            with instance.client() as client:
                _read_one(client)  # so that models are loaded and there is an index
                _measure(client, content, pages)
        finally:
            memory.stop.set()
            watcher.join()
            instance.stop()
    for role in sorted(memory.resident):
        print(
            f"{role}: {memory.proportional[role]:.0f} MB proportional, "
            f"{memory.resident[role]:.0f} MB resident"
        )


def _read_one(client: httpx2.Client) -> None:
    files = [("files", ("first.txt", b"A first document, so that the instance is warm.\n"))]
    document = client.post("/api/v1/documents", files=files).json()["documents"][0]["id"]
    path = f"/api/v1/documents/{document}"
    _seconds_until(time.monotonic(), lambda: client.get(path).json()["status"] == "ready")


def _measure(client: httpx2.Client, content: bytes, pages: int) -> None:
    began = time.monotonic()
    reply = client.post("/api/v1/documents", files=[("files", ("long.pdf", content))])
    reply.raise_for_status()
    document = reply.json()["documents"][0]["id"]
    first = _seconds_until(began, lambda: _found(client, 1))
    shown = client.get(f"/api/v1/documents/{document}").json()
    print(f"first page found after {first:.1f} s, while at {shown['progress']}")
    last = _seconds_until(began, lambda: _found(client, pages))
    print(f"page {pages} found after {last:.1f} s")
    _seconds_until(
        began,
        lambda: client.get(f"/api/v1/documents/{document}").json()["status"] in ("ready", "failed"),
    )
    shown = client.get(f"/api/v1/documents/{document}").json()
    print(f"{shown['status']} after {time.monotonic() - began:.1f} s, {shown['pages']} pages")


if __name__ == "__main__":
    main()
