"""Nobody learns anything of what they may not see, on any route; what is granted works."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from kb.domain.access import Level
from kb.storage import people

SECRET = "Zyxglurb"
TEXT = f"{SECRET} is the code name of the merger"


@pytest.fixture
def secret(admin, collection, upload, fill) -> int:
    """A finished document in a collection that only administrators see."""
    place = collection(f"{SECRET} board")
    document = upload(admin.client, TEXT, name=f"{SECRET}.txt", collection=place)
    fill(document, TEXT)
    return document


def place_of(admin, document: int) -> int:
    return admin.client.get(f"/api/v1/documents/{document}").json()["collection"]["id"]


@pytest.fixture
def reader(member, allow, collection, admin, upload, fill):
    """Somebody who may read one collection, with one document in it."""
    place = collection("open")
    fill(upload(admin.client, "nothing special", name="open.txt", collection=place), "special")
    allow(member, place, Level.READ)
    return member


def test_the_administrator_finds_the_secret(admin, secret) -> None:
    answer = admin.client.get("/api/v1/search", params={"q": SECRET, "mode": "lexical"}).json()
    assert [hit["document"] for hit in answer["hits"]] == [secret]


def test_no_readable_route_gives_a_trace_of_the_secret_away(
    app: FastAPI, reader, secret, admin
) -> None:
    place = place_of(admin, secret)
    numbers = {"document_id": secret, "collection_id": place, "number": 1}
    asked = 0
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        if "GET" not in (route.methods or ()) or path.endswith(("/events", "/metrics")):
            continue
        url = re.sub(r"\{(\w+)(:path)?\}", lambda found: str(numbers.get(found[1], secret)), path)
        for query in ({}, {"q": SECRET[:4], "mode": "lexical"}, {"q": SECRET, "mode": "lexical"}):
            answer = reader.client.get(url, params=query)
            told = answer.text.replace(f'value="{query.get("q")}"', "").replace(
                f'"query":"{query.get("q")}"', ""
            )
            told = told.replace(f"<title>{query.get('q')}", "")
            assert SECRET not in told, url
            asked += 1
    assert asked > 40


@pytest.mark.parametrize(
    "path",
    ["", "/text", "/text?page=1", "/pages/1.png", "/original", f"/hits?q={SECRET}"],
)
def test_a_hidden_document_answers_like_one_that_does_not_exist(reader, secret, path) -> None:
    hidden = reader.client.get(f"/api/v1/documents/{secret}{path}")
    missing = reader.client.get(f"/api/v1/documents/999999{path}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["detail"].replace(str(secret), "N") == missing.json()["detail"].replace(
        "999999", "N"
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"category": "invoice"}),
        ("PATCH", "", {"title": "mine now"}),
        ("DELETE", "", None),
        ("DELETE", "?purge=true", None),
        ("POST", "/restore", None),
        ("POST", "/retry", None),
    ],
)
def test_a_hidden_document_cannot_be_changed(reader, secret, admin, method, path, body) -> None:
    before = admin.client.get(f"/api/v1/documents/{secret}").json()
    answer = reader.client.request(method, f"/api/v1/documents/{secret}{path}", json=body)
    assert answer.status_code == 404
    assert admin.client.get(f"/api/v1/documents/{secret}").json() == before


def test_search_counts_and_facets_leave_the_hidden_out(reader, secret) -> None:
    answer = reader.client.get("/api/v1/search", params={"q": SECRET, "mode": "lexical"}).json()
    assert answer["total"] == 0
    assert answer["hits"] == []
    assert not any(answer["facets"].values())


def test_asking_for_the_hidden_collection_by_id_or_name_finds_nothing(
    reader, secret, admin
) -> None:
    params = {"q": "code", "mode": "lexical", "collection": place_of(admin, secret)}
    assert reader.client.get("/api/v1/search", params=params).json()["total"] == 0
    params = {"q": f'collection:"{SECRET} board" code', "mode": "lexical"}
    assert reader.client.get("/api/v1/search", params=params).json()["total"] == 0


def test_lists_counts_suggestions_and_jobs_leave_the_hidden_out(reader, secret) -> None:
    client = reader.client
    listed = client.get("/api/v1/documents").json()
    assert secret not in [row["id"] for row in listed["items"]]
    assert listed["counts"]["total"] == 1
    assert client.get("/api/v1/suggest", params={"q": SECRET[:3]}).json()["items"] == []
    jobs = client.get("/api/v1/jobs").json()["items"]
    assert secret not in [job["document"] for job in jobs]
    labels = client.get("/api/v1/taxonomies").json()["items"][0]["labels"]
    assert sum(label["documents"] for label in labels) == 1


def test_a_job_of_a_hidden_document_cannot_be_retried(reader, secret, admin) -> None:
    job = admin.client.get("/api/v1/jobs", params={"document": secret}).json()["items"][0]["id"]
    assert reader.client.post(f"/api/v1/jobs/{job}/retry").status_code == 404


def test_nobody_uploads_or_moves_into_a_collection_they_may_not_see(
    reader, secret, admin, allow
) -> None:
    hidden = place_of(admin, secret)
    for target in (hidden, 999_999):
        answer = reader.client.post(
            "/api/v1/documents",
            files=[("files", ("a.txt", b"text"))],
            data={"collection": str(target)},
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    own = reader.client.get("/api/v1/documents").json()["items"][0]
    allow(reader, own["collection"]["id"], Level.WRITE)
    url = f"/api/v1/documents/{own['id']}"
    assert reader.client.patch(url, json={"collection": hidden}).status_code == 404


def test_the_same_content_in_a_hidden_collection_stays_unknown(
    reader, secret, allow, admin
) -> None:
    place = reader.client.get("/api/v1/collections").json()["items"][0]["id"]
    allow(reader, place, Level.WRITE)
    answer = reader.client.post(
        "/api/v1/documents",
        files=[("files", ("same.txt", TEXT.encode()))],
        data={"collection": str(place)},
    ).json()["documents"][0]
    assert answer["duplicate_of"] is None
    assert answer["id"] != secret


def test_a_reader_may_read_and_not_change(reader) -> None:
    row = reader.client.get("/api/v1/documents").json()["items"][0]
    url = f"/api/v1/documents/{row['id']}"
    assert reader.client.get(f"{url}/original").content == b"nothing special"
    assert reader.client.patch(url, json={"category": "invoice"}).status_code == 403
    assert reader.client.delete(url).status_code == 403
    upload = reader.client.post(
        "/api/v1/documents",
        files=[("files", ("a.txt", b"text"))],
        data={"collection": str(row["collection"]["id"])},
    )
    assert upload.status_code == 403
    assert (
        reader.client.patch(
            f"/api/v1/collections/{row['collection']['id']}", json={"name": "mine"}
        ).status_code
        == 403
    )


def test_a_revoked_right_is_gone_at_the_next_request(reader, kb) -> None:
    row = reader.client.get("/api/v1/documents").json()["items"][0]
    with kb.database.write() as tx:
        people.revoke(tx, reader.id, row["collection"]["id"])
    assert reader.client.get(f"/api/v1/documents/{row['id']}").status_code == 404
    params = {"q": "special", "mode": "lexical"}
    assert reader.client.get("/api/v1/search", params=params).json()["total"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/collections", {"name": "x"}),
        ("PUT", "/taxonomies/default", {"name": "default", "labels": []}),
        ("GET", "/generations", None),
        ("POST", "/generations", {}),
        ("POST", "/generations/1/activate", None),
    ],
)
def test_what_concerns_everybody_is_for_administrators(member, method, path, body) -> None:
    answer = member.client.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code in (403, 422)
    if answer.status_code == 422:
        assert path.startswith("/taxonomies")


def test_the_trash_can_be_looked_into_only_by_those_who_may_restore(reader, admin) -> None:
    row = reader.client.get("/api/v1/documents").json()["items"][0]
    url = f"/api/v1/documents/{row['id']}/original"
    admin.client.delete(f"/api/v1/documents/{row['id']}")
    assert reader.client.get(url).status_code == 404
    assert admin.client.get(url).status_code == 200
