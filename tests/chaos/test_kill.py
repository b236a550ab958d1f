"""Kill -9 the whole process tree while documents go in: none is lost, none is doubled."""

from __future__ import annotations

import io
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docx
import httpx2
import pytest

from tests.support.instance import Instance
from tests.support.services import wait_until

NewInstance = Callable[..., Instance]
TERMINAL = {"ready", "failed"}


def text_file(number: int) -> tuple[str, bytes]:
    lines = [
        f"Report {number}, paragraph {line}: the pump ran {line * number} hours." * 3
        for line in range(60)
    ]
    return f"report-{number}.txt", f"编号 KILL-{number:04d}\n\n".encode() + "\n\n".join(
        lines
    ).encode()


def word_file(number: int) -> tuple[str, bytes]:
    document = docx.Document()
    document.add_heading(f"会议纪要 KILL-{number:04d}", level=1)
    for line in range(40):
        document.add_paragraph(f"第{line}项：设备编号 KILL-{number:04d} 的检修计划已经讨论并通过。")
    buffer = io.BytesIO()
    document.save(buffer)
    return f"minutes-{number}.docx", buffer.getvalue()


def files(count: int) -> list[tuple[str, bytes]]:
    return [(word_file if number % 3 == 0 else text_file)(number) for number in range(1, count + 1)]


def upload(client: httpx2.Client, file: tuple[str, bytes]) -> int | None:
    """The document's id, or None when the server died before it answered."""
    try:
        reply = client.post("/api/v1/documents", files=[("files", file)])
    except httpx2.TransportError:
        return None
    if reply.status_code not in (200, 201):
        return None
    return int(reply.json()["documents"][0]["id"])


def survive(new_instance: NewInstance, *, documents: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    waiting = files(documents)
    acknowledged: dict[str, int] = {}
    instance = new_instance()
    for _ in range(kills):
        instance.start()
        with instance.client() as client:
            last = time.monotonic() + chance.uniform(0.1, 4.0)
            while time.monotonic() < last and waiting:
                document = upload(client, waiting[-1])
                if document is not None:
                    acknowledged[waiting.pop()[0]] = document
            time.sleep(max(0.0, last - time.monotonic()))
        instance.kill_tree()
    instance.start()
    with instance.client() as client:
        while waiting:
            name = waiting[-1][0]
            document = upload(client, waiting.pop())
            assert document is not None
            acknowledged[name] = document
        wait_until(lambda: all_terminal(client, documents), "all documents are terminal", 240)
        listed = client.get("/api/v1/documents", params={"limit": 100}).json()["items"]
        assert {row["name"]: row["id"] for row in listed} == acknowledged
        assert [row for row in listed if row["status"] != "ready"] == []
        found = client.get("/api/v1/search", params={"q": "KILL-0003", "mode": "lexical"}).json()
        assert found["hits"][0]["document"] == acknowledged["minutes-3.docx"]
    instance.stop()
    assert findings(instance.data) == []


def all_terminal(client: httpx2.Client, documents: int) -> bool:
    rows = client.get("/api/v1/documents", params={"limit": 100}).json()["items"]
    return len(rows) == documents and all(row["status"] in TERMINAL for row in rows)


def findings(data: Path) -> list[str]:
    command = [sys.executable, "-m", "kb.cli", "--data", str(data), "fsck", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    doubled = "SELECT version_id, ordinal FROM passages GROUP BY 1, 2 HAVING count(*) > 1"
    with sqlite3.connect(data / "kb.sqlite3") as connection:
        return [str(row) for row in connection.execute(doubled)]


@pytest.mark.services
@pytest.mark.timeout(300)
def test_killed_a_few_times(new_instance: NewInstance) -> None:
    survive(new_instance, documents=12, kills=3, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_twenty_times_while_fifty_documents_go_in(new_instance: NewInstance) -> None:
    survive(new_instance, documents=50, kills=20, seed=11)
