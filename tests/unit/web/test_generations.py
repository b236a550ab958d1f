"""The index over HTTP: builds, checks side by side, golden queries, schedules; administrators."""

from __future__ import annotations

import pytest

from kb.storage import generations
from kb.storage.generations import GenerationState

API = "/api/v1"
ZH = {"Accept-Language": "zh-CN"}
GATES = {
    "count": {"sql": 3, "words": 2, "sql_vectors": 3, "vectors": 3, "passed": False},
    "golden": {
        "queries": 1,
        "live": 1.0,
        "new": 1.0,
        "lost": 0,
        "passed": True,
        "side_by_side": [
            {
                "query": "pumps",
                "kept": True,
                "wanted": [{"document": 7, "name": "a.txt"}],
                "live_rank": 1,
                "new_rank": None,
                "live": [{"document": 7, "name": "a.txt"}],
                "new": [],
            }
        ],
    },
}


def state(kb, number: int) -> GenerationState:
    with kb.database.read() as tx:
        return generations.get(tx, number).state


def test_a_build_is_steered_by_its_number(kb, admin, collection) -> None:
    place = collection("contracts")
    made = admin.client.post(
        f"{API}/generations", json={"collection": place, "flip": "manual"}
    ).json()
    assert (made["state"], made["flip"], made["started_by"]) == ("building", "manual", "admin")
    assert made["collection"] == {"id": place, "name": "contracts"}
    url = f"{API}/generations/{made['id']}"
    again = admin.client.post(f"{API}/generations", json={}, headers=ZH)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "正在构建" in again.json()["detail"]
    assert admin.client.post(f"{url}/pause").json()["state"] == "paused"
    assert admin.client.post(f"{url}/pause").status_code == 409
    assert admin.client.post(f"{url}/resume").json()["state"] == "building"
    assert admin.client.delete(url).status_code == 204
    assert state(kb, made["id"]) is GenerationState.CANCELLED
    assert admin.client.post(f"{url}/resume").status_code == 409
    assert admin.client.post(f"{API}/generations", json={}).status_code == 202


def test_a_refusal_says_why_in_both_languages_and_can_be_overruled(kb, admin) -> None:
    with kb.database.write() as tx:
        refused = generations.create(
            tx, embedder="e", dimension=2, state=GenerationState.REFUSED
        ).id
        generations.change(tx, refused, gates=GATES)
    url = f"{API}/generations/{refused}"
    [listed] = admin.client.get(f"{API}/generations").json()["items"]
    assert "2 passages by words" in listed["refused"]
    assert listed["side_by_side"] is None
    assert [(g["name"], g["passed"]) for g in listed["gates"]] == [
        ("count", False),
        ("golden", True),
    ]
    told = admin.client.get(url, headers=ZH).json()
    assert "按词 2 段" in told["refused"]
    assert told["side_by_side"][0]["new_rank"] is None
    assert admin.client.post(f"{url}/activate").status_code == 409
    assert admin.client.post(f"{url}/activate", json={"anyway": True}).json()["state"] == "live"


def test_rolling_back_needs_something_to_go_back_to(kb, admin) -> None:
    assert admin.client.post(f"{API}/generations/rollback").status_code == 404
    with kb.database.write() as tx:
        first = generations.create(tx, embedder="e", dimension=2, state=GenerationState.PREVIOUS).id
        generations.create(tx, embedder="e", dimension=2, state=GenerationState.LIVE)
    back = admin.client.post(f"{API}/generations/rollback").json()
    assert (back["id"], back["state"]) == (first, "live")


def test_an_unknown_embedder_is_refused(admin) -> None:
    answer = admin.client.post(f"{API}/generations", json={"embedder": "word2vec"})
    assert answer.status_code == 422
    assert "https://server/v1#model:dimension" in answer.json()["detail"]


def test_golden_queries_are_kept_replaced_and_forgotten(admin, upload, fill) -> None:
    document = upload(admin.client, "pumps move water", name="pumps.txt")
    fill(document, "pumps move water")
    url = f"{API}/golden-queries"
    kept = admin.client.post(url, json={"query": " how  do pumps work ", "documents": [document]})
    assert kept.status_code == 201
    assert kept.json()["query"] == "how do pumps work"
    assert kept.json()["documents"] == [{"document": document, "name": "pumps.txt"}]
    admin.client.post(url, json={"query": "how do pumps work", "documents": [document]})
    [only] = admin.client.get(url).json()["items"]
    assert admin.client.post(url, json={"query": "x", "documents": []}).status_code == 422
    assert admin.client.post(url, json={"query": "x", "documents": [999]}).status_code == 404
    assert admin.client.delete(f"{url}/{only['id']}").status_code == 204
    assert admin.client.delete(f"{url}/{only['id']}").status_code == 404


def test_a_schedule_tells_its_next_run(admin) -> None:
    url = f"{API}/schedules"
    made = admin.client.post(url, json={"cron": "0 2 * * *", "time_zone": "Asia/Shanghai"})
    assert made.status_code == 201
    assert made.json()["next_run"].endswith("T02:00:00+08:00")
    [listed] = admin.client.get(url).json()["items"]
    assert listed == made.json()
    wrong = admin.client.post(url, json={"cron": "0 2 * *"}, headers=ZH)
    assert wrong.status_code == 422
    assert "分 时 日 月 周" in wrong.json()["detail"]
    assert admin.client.post(url, json={"cron": "0 2 * * *", "collection": 99}).status_code == 404
    assert admin.client.delete(f"{url}/{listed['id']}").status_code == 204
    assert admin.client.get(url).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/generations"),
        ("GET", "/generations/1"),
        ("POST", "/generations/rollback"),
        ("GET", "/golden-queries"),
        ("POST", "/golden-queries"),
        ("DELETE", "/golden-queries/1"),
        ("GET", "/schedules"),
        ("POST", "/schedules"),
        ("DELETE", "/schedules/1"),
    ],
)
def test_all_of_it_is_for_administrators(member, method: str, path: str) -> None:
    body = {"query": "x", "documents": [1]} if "golden" in path else {"cron": "0 2 * * *"}
    given = body if method == "POST" and "rollback" not in path else None
    assert member.client.request(method, f"{API}{path}", json=given).status_code == 403
