"""Cancel, attachments, the worst pages and reading a page again, over HTTP."""

from __future__ import annotations

import pytest

from kb.domain.access import Level
from kb.domain.documents import Stage
from kb.domain.parsed import PageLedger, PageSource, ParsedPage
from kb.storage import documents, jobs, pages

V1 = "/api/v1"


@pytest.fixture
def badly_read(admin, upload, kb) -> int:
    document = upload(admin.client, "scan", name="scan.txt")
    with kb.database.write() as tx:
        version = documents.get(tx, document, None).version_id
        ledger = PageLedger(engine="tesseract", confidence=0.3, dropped=("4 lines were dropped.",))
        pages.add(tx, version, [ParsedPage(1, 595, 842, PageSource.OCR, 0.3, (), (), ledger)])
    return document


def test_what_waits_is_cancelled_and_can_be_retried(admin, upload) -> None:
    document = upload(admin.client, "some text", name="a.txt")
    (job,) = admin.client.get(f"{V1}/jobs", params={"document": document}).json()["items"]

    told = admin.client.post(f"{V1}/jobs/{job['id']}/cancel")

    assert told.status_code == 202
    assert told.json()["state"] == "cancelled"
    found = admin.client.get(f"{V1}/documents/{document}").json()
    assert (found["status"], found["error"]["code"]) == ("failed", "cancelled")
    assert admin.client.post(f"{V1}/documents/{document}/retry").status_code == 202
    (job,) = admin.client.get(f"{V1}/jobs", params={"document": document}).json()["items"]
    assert job["state"] == "queued"


def test_who_may_only_read_cannot_cancel(admin, member, allow, collection, upload) -> None:
    place = collection("open")
    document = upload(admin.client, "some text", name="a.txt", collection=place)
    assert member.client.post(f"{V1}/documents/{document}/cancel").status_code == 404
    allow(member, place, Level.READ)
    assert member.client.post(f"{V1}/documents/{document}/cancel").status_code == 403
    allow(member, place, Level.WRITE)
    assert member.client.post(f"{V1}/documents/{document}/cancel").status_code == 202


def test_the_worst_pages_say_why(admin, member, badly_read) -> None:
    (found,) = admin.client.get(f"{V1}/pages").json()["items"]

    assert (found["document"], found["page"]["number"]) == (badly_read, 1)
    assert found["page"]["reasons"] == ["ocr_unsure", "dropped"]
    assert found["page"]["ledger"]["engine"] == "tesseract"
    assert found["may_write"]
    assert admin.client.get(f"{V1}/pages", params={"below": 0.1}).json()["items"] == []
    assert admin.client.get(f"{V1}/pages", params={"cursor": "bm8"}).status_code == 422
    assert member.client.get(f"{V1}/pages").json()["items"] == []


def test_only_a_page_with_an_image_can_be_read_again(admin, badly_read, kb) -> None:
    path = f"{V1}/documents/{badly_read}/pages"
    assert admin.client.post(f"{path}/2/reread", json={}).status_code == 404
    assert admin.client.post(f"{path}/1/reread", json={"engine": "x"}).status_code == 422
    assert admin.client.post(f"{path}/1/reread", json={}).json()["code"] == "conflict"
    with kb.database.read() as tx:
        version = documents.get(tx, badly_read, None).version_id
        assert Stage.REREAD not in jobs.states(tx, version)
