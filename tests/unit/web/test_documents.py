"""Documents over HTTP: details, lists, changes, trash, content."""

from __future__ import annotations

import pytest

from kb.domain.documents import JobState
from kb.domain.errors import DamagedFile
from kb.storage import audit, jobs

D = "/api/v1/documents"


@pytest.fixture
def finished(admin, upload, fill) -> int:
    document = upload(admin.client, "The contract of Acme ends in May", name="合同 “Acme”.txt")
    fill(document, "The contract of Acme ends in May")
    return document


def test_a_finished_document_is_told_in_full(admin, finished) -> None:
    found = admin.client.get(f"{D}/{finished}").json()
    assert found["status"] == "ready"
    assert found["name"] == "合同 “Acme”.txt"
    assert found["category"] == {
        "name": "contract",
        "name_zh": "合同、协议",
        "name_en": "contract, agreement",
        "confidence": 0.9,
        "source": "model",
        "stale": False,
    }
    assert found["summary"]["kind"] == "extractive"
    assert found["summary"]["coverage"] == {"windows_read": 1, "windows_total": 1}
    assert found["summary"]["sentences"][0]["sources"][0]["page"] == 1
    probabilities = found["classification"]["probabilities"]
    assert [each["probability"] for each in probabilities] == [0.9, 0.1]
    assert found["page_list"][0]["width"] == 595.0
    assert found["created_at"].endswith("Z")
    assert len(found["sha256"]) == 64


def test_the_text_has_blocks_with_boxes(admin, finished) -> None:
    pages = admin.client.get(f"{D}/{finished}/text").json()["pages"]
    assert pages[0]["blocks"] == [
        {
            "kind": "paragraph",
            "text": "The contract of Acme ends in May",
            "box": [72.0, 72.0, 523.0, 90.0],
            "level": None,
            "rows": None,
            "confidence": None,
        }
    ]
    assert admin.client.get(f"{D}/{finished}/text", params={"page": 2}).status_code == 404


def test_places_of_words_are_boxes_on_pages(admin, finished) -> None:
    found = admin.client.get(f"{D}/{finished}/hits", params={"q": "acme"}).json()
    assert found == {"pages": [{"number": 1, "boxes": [[72.0, 72.0, 523.0, 90.0]]}], "total": 1}
    assert admin.client.get(f"{D}/{finished}/hits", params={"q": "zebra"}).json()["total"] == 0


def test_a_page_of_a_text_is_drawn_and_kept(admin, finished, kb) -> None:
    first = admin.client.get(f"{D}/{finished}/pages/1.png", params={"width": 300})
    assert first.headers["content-type"] == "image/png"
    assert first.content.startswith(b"\x89PNG")
    assert int.from_bytes(first.content[16:20]) == 400  # the next width that is made
    assert len([p for p in (kb.settings.data / "cache").rglob("*-400") if p.is_file()]) == 1
    again = admin.client.get(
        f"{D}/{finished}/pages/1.png",
        params={"width": 300},
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert again.status_code == 304
    assert admin.client.get(f"{D}/{finished}/pages/2.png").status_code == 404


def test_the_original_comes_as_an_attachment_that_no_browser_runs(admin, finished) -> None:
    answer = admin.client.get(f"{D}/{finished}/original")
    assert answer.content == b"The contract of Acme ends in May"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="__ _Acme_.txt"; '
        "filename*=UTF-8''%E5%90%88%E5%90%8C%20%E2%80%9CAcme%E2%80%9D.txt"
    )
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_an_html_original_is_given_as_plain_bytes(admin, upload) -> None:
    page = "<!doctype html><html><head><title>t</title></head><body><p>hello</p></body></html>"
    document = upload(admin.client, page, name="page.html")
    answer = admin.client.get(f"{D}/{document}/original")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_missing_original_is_told(admin, finished, kb) -> None:
    sha256 = admin.client.get(f"{D}/{finished}").json()["sha256"]
    kb.blobs.path(sha256).unlink()
    answer = admin.client.get(f"{D}/{finished}/original")
    assert (answer.status_code, answer.json()["code"]) == (500, "blob_missing")


# Lists --------------------------------------------------------------------------------------


def test_lists_come_in_pages_without_gaps_or_doubles(admin, upload) -> None:
    made = [upload(admin.client, f"text {n}", name=f"{n}.txt") for n in range(7)]
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = admin.client.get(D, params=params).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(made, reverse=True)
    assert page["counts"] == {"total": 7, "by_status": {"received": 7}}


def test_a_document_that_arrives_while_paging_shifts_nothing(admin, upload) -> None:
    made = [upload(admin.client, f"text {n}", name=f"{n}.txt") for n in range(4)]
    first = admin.client.get(D, params={"limit": 2}).json()
    upload(admin.client, "a late one", name="late.txt")
    second = admin.client.get(D, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    seen = [row["id"] for row in first["items"] + second["items"]]
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize("sort", ["name", "-name", "size", "-size", "created", "-created"])
def test_every_order_can_be_paged(admin, upload, sort) -> None:
    for n in range(5):
        upload(admin.client, "x" * (n % 2 + 1) + str(n), name=f"{'AbC'[n % 3]}{n}.txt")
    whole = admin.client.get(D, params={"sort": sort}).json()["items"]
    seen, cursor = [], ""
    while cursor is not None:
        params = {"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = admin.client.get(D, params=params).json()
        seen, cursor = seen + page["items"], page["next_cursor"]
    assert [row["id"] for row in seen] == [row["id"] for row in whole]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"status": "ready"}, 1),
        ({"status": "received"}, 1),
        ({"category": "contract"}, 1),
        ({"category": "unsure"}, 0),
        ({"language": "en"}, 1),
        ({"format": "txt"}, 2),
        ({"format": "pdf"}, 0),
        ({"q": "ACME"}, 1),
        ({"q": "%"}, 0),
        ({"collection": "1"}, 2),
        ({"collection": "99"}, 0),
        ({"trash": "true"}, 0),
    ],
)
def test_lists_can_be_narrowed(admin, finished, upload, filters, count) -> None:
    upload(admin.client, "another")
    listed = admin.client.get(D, params=filters).json()
    assert (len(listed["items"]), listed["counts"]["total"]) == (count, count)


@pytest.mark.parametrize(
    "params", [{"cursor": "nonsense!"}, {"sort": "colour"}, {"limit": "0"}, {"limit": "9999"}]
)
def test_a_wrong_question_is_explained(admin, params) -> None:
    answer = admin.client.get(D, params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


# Changes ------------------------------------------------------------------------------------


def test_a_person_corrects_the_category(admin, finished) -> None:
    answer = admin.client.patch(f"{D}/{finished}", json={"category": "invoice"})
    assert answer.json()["category"]["name"] == "invoice"
    assert answer.json()["category"]["source"] == "person"
    answer = admin.client.patch(f"{D}/{finished}", json={"category": None})
    assert answer.json()["category"]["name"] is None
    assert admin.client.patch(f"{D}/{finished}", json={"category": "nope"}).status_code == 422


def test_a_change_to_an_older_state_is_refused(admin, finished) -> None:
    old = admin.client.get(f"{D}/{finished}").headers["etag"]
    body = {"category": "invoice"}
    good = admin.client.patch(f"{D}/{finished}", json=body, headers={"If-Match": old})
    stale = admin.client.patch(f"{D}/{finished}", json=body, headers={"If-Match": old})
    assert good.status_code == 200
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert good.headers["etag"] != old


def test_a_document_moves_to_another_collection(admin, finished, collection) -> None:
    place = collection("other")
    answer = admin.client.patch(f"{D}/{finished}", json={"collection": place})
    assert answer.json()["collection"] == {"id": place, "name": "other"}
    assert admin.client.patch(f"{D}/{finished}", json={"collection": 999}).status_code == 404


def test_deleted_is_gone_from_search_at_once_and_comes_back(admin, finished) -> None:
    def found() -> list[int]:
        params = {"q": "acme", "mode": "lexical"}
        hits = admin.client.get("/api/v1/search", params=params).json()["hits"]
        return [hit["document"] for hit in hits]

    assert found() == [finished]
    assert admin.client.delete(f"{D}/{finished}").status_code == 204
    assert found() == []
    assert admin.client.get("/api/v1/suggest", params={"q": "acme"}).json()["items"] == []
    trash = admin.client.get(D, params={"trash": True}).json()
    assert [row["id"] for row in trash["items"]] == [finished]
    assert trash["items"][0]["status"] == "deleted"
    assert trash["items"][0]["deleted_at"]
    assert trash["counts"] == {"total": 1, "by_status": {"deleted": 1}}
    restored = admin.client.post(f"{D}/{finished}/restore")
    assert restored.json()["status"] == "ready"
    assert found() == [finished]


def test_only_what_is_in_the_trash_is_removed_for_good(admin, finished) -> None:
    assert admin.client.delete(f"{D}/{finished}", params={"purge": True}).status_code == 409
    admin.client.delete(f"{D}/{finished}")
    assert admin.client.delete(f"{D}/{finished}", params={"purge": True}).status_code == 204
    assert admin.client.get(f"{D}/{finished}").status_code == 404


def fail_reading(kb) -> None:
    with kb.database.write() as tx:
        job_id, _ = jobs.due(tx)[0]
        job = jobs.claim(tx, job_id, holder="test", lease_seconds=60)
        assert job is not None
        jobs.fail(tx, job, DamagedFile(name="a.txt", detail="no end", detail_zh="没有结尾"))


def test_a_failure_is_told_in_the_readers_language_and_can_be_retried(admin, upload, kb) -> None:
    document = upload(admin.client, "text")
    fail_reading(kb)
    english = admin.client.get(f"{D}/{document}").json()
    chinese = admin.client.get(
        f"{D}/{document}", headers={"Accept-Language": "zh-CN,en;q=0.5"}
    ).json()
    assert english["error"]["code"] == "damaged_file"
    assert "no end" in english["error"]["message"]
    assert "没有结尾" in chinese["error"]["message"]
    assert english["stages"][0]["state"] == "failed"
    assert english["stages"][0]["error"] == english["error"]
    again = admin.client.post(f"{D}/{document}/retry")
    assert again.status_code == 202
    assert again.json()["error"] is None
    assert admin.client.get(f"{D}/{document}").json()["stages"][0]["state"] == JobState.QUEUED


def test_a_job_can_be_retried_by_its_number(admin, upload, kb) -> None:
    document = upload(admin.client, "text")
    fail_reading(kb)
    listed = admin.client.get("/api/v1/jobs", params={"state": "failed"}).json()["items"]
    assert [(job["document"], job["error"]["code"]) for job in listed] == [
        (document, "damaged_file")
    ]
    answer = admin.client.post(f"/api/v1/jobs/{listed[0]['id']}/retry")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert admin.client.post("/api/v1/jobs/999/retry").status_code == 404


def test_every_change_is_in_the_audit_log(admin, finished, kb) -> None:
    admin.client.patch(f"{D}/{finished}", json={"category": "invoice"})
    admin.client.delete(f"{D}/{finished}")
    with kb.database.read() as tx:
        actions = [entry.action for entry in audit.entries(tx)]
        assert audit.first_broken(tx) is None
    assert actions[:3] == ["document.deleted", "document.labelled", "document.received"]
