"""Reading in slices on a running instance: first pages early, kill and go on, cancel, children."""

from __future__ import annotations

import io
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import httpx2
import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.support.instance import Instance, wait_for_status
from tests.support.pdf_files import Text, write_pdf
from tests.support.services import wait_until

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]
DONE = {"ready", "failed"}
CANCEL_SECONDS = 5.0


def upload(client: httpx2.Client, name: str, content: bytes) -> int:
    reply = client.post("/api/v1/documents", files=[("files", (name, content))])
    assert reply.status_code == 201, reply.text
    return int(reply.json()["documents"][0]["id"])


def shown(client: httpx2.Client, document: int) -> dict[str, object]:
    return dict(client.get(f"/api/v1/documents/{document}").json())


def hits(client: httpx2.Client, query: str) -> list[int]:
    found = client.get("/api/v1/search", params={"q": query, "mode": "lexical"})
    return [hit["document"] for hit in found.json()["hits"]]


def scans(pages: int, word: str) -> bytes:
    """A fax: pages that take OCR a second or more each."""
    font = ImageFont.load_default(30)
    frames = []
    for number in range(1, pages + 1):
        frame = Image.new("L", (1240, 1754), 255)
        lines = [f"{word}{number:03d} line {line} of the inspection record" for line in range(30)]
        ImageDraw.Draw(frame).multiline_text((80, 80), "\n".join(lines), fill=0, font=font)
        frames.append(frame)
    buffer = io.BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:], dpi=(150, 150))
    return buffer.getvalue()


def kept_pages(instance: Instance, document: int) -> dict[int, int]:
    """Page -> row id; a page that is written again gets another one."""
    query = (
        "SELECT pages.number, pages.rowid FROM pages "
        "JOIN document_versions AS v ON v.id = version_id WHERE document_id = ?"
    )
    with closing(sqlite3.connect(instance.data / "kb.sqlite3")) as connection:
        return dict(connection.execute(query, (document,)).fetchall())


def readers(instance: Instance) -> list[int]:
    """Processes that read a file just now: those below a sandbox server."""
    found = []
    for process in instance.processes():
        try:
            command = " ".join(process.cmdline())
            if "kb.parsing.sandbox_server" in command:
                found += [child.pid for child in process.children()]
        except psutil.NoSuchProcess:
            continue
    return found


def test_first_pages_are_found_while_the_rest_is_read(
    client: httpx2.Client, tmp_path: Path
) -> None:
    lines = [[Text(60, 80 + 16 * n, f"Plain line {n} on wheel.") for n in range(9)] for _ in "x"]
    pages = [
        [*lines[0], Text(60, 400, f"The marker of this page is STREAM{number:04d}.")]
        for number in range(1, 601)
    ]
    content = write_pdf(tmp_path / "long.pdf", pages).read_bytes()

    document = upload(client, "long.pdf", content)

    wait_until(lambda: hits(client, "STREAM0001") == [document], "its first page is found", 60)
    wait_for_status(client, document, DONE, 180)
    assert shown(client, document)["status"] == "ready"
    assert hits(client, "STREAM0600") == [document]
    assert shown(client, document)["pages"] == 600


def test_a_killed_reading_goes_on_where_it_was(
    client: httpx2.Client, instance: Instance, worker_killed: Callable[[], int]
) -> None:
    document = upload(client, "fax.tif", scans(8, "KILLED"))
    wait_until(lambda: len(kept_pages(instance, document)) >= 2, "two pages are kept", 90)
    before = kept_pages(instance, document)

    assert worker_killed() > 0

    wait_for_status(client, document, DONE, 180)
    after = kept_pages(instance, document)
    assert len(after) == 8
    assert {page: after[page] for page in before} == before
    assert shown(client, document)["status"] == "ready"


def test_cancel_ends_the_work_and_keeps_what_was_read(
    client: httpx2.Client, instance: Instance
) -> None:
    document = upload(client, "long-fax.tif", scans(40, "CANCEL"))
    wait_until(lambda: len(kept_pages(instance, document)) >= 1, "a page is kept", 90)
    wait_until(lambda: bool(readers(instance)), "it is being read")
    stages = client.get("/api/v1/jobs", params={"document": document, "state": "running"}).json()
    job = stages["items"][-1]["id"]

    began = time.monotonic()
    assert client.post(f"/api/v1/jobs/{job}/cancel").status_code == 202
    wait_until(lambda: not readers(instance), "no process reads any more", 30)
    seconds = time.monotonic() - began

    assert seconds < CANCEL_SECONDS
    found = shown(client, document)
    assert found["status"] == "failed"
    assert found["error"]["code"] == "cancelled"  # type: ignore[index]
    kept = kept_pages(instance, document)
    assert kept
    time.sleep(1.5)
    assert kept_pages(instance, document) == kept


def mail() -> bytes:
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Inner letter", "c@example.org"
    inner.set_content("The inner letter speaks of the quetzal project.")
    inner.add_attachment("A note on the axolotl budget.", filename="note.txt")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Offer", "a@example.org", "b@example.org"
    message.set_content("Please find the offer attached.")
    message.add_attachment("The offer mentions the okapi clause.", filename="offer.txt")
    message.add_attachment(inner, filename="inner.eml")
    message.add_attachment(
        b"\x7fELF" + bytes(range(256)) * 20,
        maintype="application",
        subtype="octet-stream",
        filename="tool.bin",
    )
    return message.as_bytes()


def test_attachments_are_documents_that_come_and_go_with_their_message(
    client: httpx2.Client,
) -> None:
    parent = upload(client, "offer.eml", mail())
    wait_for_status(client, parent, DONE, 90)
    wait_until(lambda: bool(hits(client, "axolotl budget")), "the nested file is found", 90)

    children = {child["name"]: child["id"] for child in shown(client, parent)["children"]}  # type: ignore[attr-defined]
    assert set(children) == {"offer.txt", "inner.eml"}
    assert shown(client, children["offer.txt"])["parent"]["id"] == parent  # type: ignore[index]
    assert any("tool.bin" in sentence for sentence in shown(client, parent)["warnings"])  # type: ignore[attr-defined]
    assert hits(client, "okapi clause")[0] == children["offer.txt"]

    assert client.delete(f"/api/v1/documents/{parent}").status_code == 204
    assert children["offer.txt"] not in hits(client, "okapi clause")
    assert client.post(f"/api/v1/documents/{parent}/restore").status_code == 200
    assert hits(client, "okapi clause")[0] == children["offer.txt"]
