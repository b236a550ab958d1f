"""A document's way through a running instance: real workers, Redis, SQL, models and files."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import httpx2
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.support.instance import Instance, wait_for_status
from tests.support.services import wait_until

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]
DONE = {"ready", "failed"}


def upload(client: httpx2.Client, name: str, content: bytes) -> dict[str, object]:
    reply = client.post("/api/v1/documents", files=[("files", (name, content))])
    return dict(reply.json()["documents"][0])


def ready(client: httpx2.Client, name: str, content: bytes) -> int:
    document = upload(client, name, content)["id"]
    assert isinstance(document, int)
    wait_for_status(client, document, DONE, 90)
    return document


def hits(client: httpx2.Client, query: str, **params: str) -> list[int]:
    found = client.get("/api/v1/search", params={"q": query, **params})
    return [hit["document"] for hit in found.json()["hits"]]


def contract() -> bytes:
    document = docx.Document()
    document.add_heading("设备采购合同", level=1)
    document.add_paragraph("甲方：东湖泵业有限公司。乙方：青山机械厂。合同编号 CG-2026/118。")
    document.add_heading("第一条 标的", level=2)
    document.add_paragraph("乙方向甲方出售离心泵二十台，单价三千二百元，总价六万四千元。")
    document.add_heading("第二条 付款", level=2)
    document.add_paragraph("甲方应在验收合格之日起三十日内付清全部货款，逾期按日支付违约金。")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def scan(text: str) -> bytes:
    image = Image.new("L", (1240, 500), 255)
    font = ImageFont.load_default(44)
    ImageDraw.Draw(image).multiline_text((80, 80), text, fill=0, font=font, spacing=24)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(150, 150))
    return buffer.getvalue()


def test_a_word_file_becomes_ready_and_is_found_every_way(client: httpx2.Client) -> None:
    document = ready(client, "采购合同.docx", contract())

    shown = client.get(f"/api/v1/documents/{document}").json()
    assert shown["status"] == "ready"
    assert shown["language"] == "zh"
    assert {stage["state"] for stage in shown["stages"]} == {"done"}
    assert shown["summary"]["kind"] == "extractive"
    assert all(sentence["sources"] for sentence in shown["summary"]["sentences"])
    assert shown["classification"]["probabilities"]
    wait_until(
        lambda: document in hits(client, "货款什么时候付清", mode="vector"), "found by meaning", 30
    )
    for query in ("違約金", "ＣＧ－２０２６／１１８", "cg-2026/118", '"离心泵二十台"'):
        assert hits(client, query, mode="lexical") == [document], query
    page = client.get(f"/api/v1/documents/{document}/pages/1.png")
    assert page.content.startswith(b"\x89PNG")
    original = client.get(f"/api/v1/documents/{document}/original")
    assert original.content == contract() or original.headers["content-disposition"]


def test_the_words_of_a_scan_are_found_with_their_place(client: httpx2.Client) -> None:
    document = ready(client, "scan.png", scan("Maintenance protocol\nturbine hall, unit seven"))

    found = client.get("/api/v1/search", params={"q": "turbine hall", "mode": "lexical"}).json()

    hit = next(hit for hit in found["hits"] if hit["document"] == document)
    assert hit["page"] == 1
    assert hit["boxes"]
    text = client.get(f"/api/v1/documents/{document}/text").json()
    assert text["pages"][0]["source"] == "ocr"


def test_the_same_file_again_is_the_same_document(client: httpx2.Client) -> None:
    first = ready(client, "a.txt", b"The very same content about gaskets.\n")

    again = upload(client, "renamed.txt", b"The very same content about gaskets.\n")

    assert again["duplicate_of"] == first


def test_a_deleted_document_is_gone_at_once_and_comes_back(client: httpx2.Client) -> None:
    document = ready(client, "secret.txt", b"The zirconium ledger is kept in the cellar.\n")
    assert hits(client, "zirconium")[0] == document

    assert client.delete(f"/api/v1/documents/{document}").status_code == 204

    assert document not in hits(client, "zirconium")
    assert document not in hits(client, "where is the ledger kept", mode="vector")
    assert client.post(f"/api/v1/documents/{document}/restore").status_code == 200
    assert document in hits(client, "zirconium")


def test_a_broken_file_fails_with_its_reason_and_its_neighbour_goes_on(
    client: httpx2.Client,
) -> None:
    broken = upload(client, "broken.docx", contract()[:4000])
    fine = ready(client, "fine.txt", b"Neighbours are not affected by broken files.\n")

    assert client.get(f"/api/v1/documents/{fine}").json()["status"] == "ready"
    if broken["id"] is None:
        error = broken["error"]
    else:
        assert isinstance(broken["id"], int)
        wait_for_status(client, broken["id"], DONE, 60)
        error = client.get(f"/api/v1/documents/{broken['id']}").json()["error"]
    assert isinstance(error, dict)
    assert "broken.docx" in error["message"]


def test_what_is_not_a_document_is_refused_with_a_remedy(client: httpx2.Client) -> None:
    empty = upload(client, "empty.pdf", b"")
    program = upload(client, "report.pdf", b"\x7fELF" + bytes(range(256)) * 40)

    assert (empty["status"], program["status"]) == ("rejected", "rejected")
    for refused in (empty, program):
        assert refused["id"] is None
        error = refused["error"]
        assert isinstance(error, dict)
        assert error["message"]


def test_killed_workers_finish_what_they_began(
    client: httpx2.Client, instance: Instance, worker_killed: Callable[[], int]
) -> None:
    lines = "\n\n".join(f"Paragraph {n} of the long report on bearings." for n in range(3000))
    document = upload(client, "long.txt", lines.encode())["id"]
    assert isinstance(document, int)

    assert worker_killed() > 0

    wait_for_status(client, document, DONE, 120)
    assert client.get(f"/api/v1/documents/{document}").json()["status"] == "ready"
    assert instance.processes()
