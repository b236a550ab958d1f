"""Signing in and out."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kb.storage import people

GOOD = "correct horse battery staple"


def csrf(client: TestClient) -> dict[str, str]:
    return {"X-CSRF-Token": client.get("/api/v1/session").json()["csrf_token"]}


def link(kb, name: str = "admin", minutes: float = 5) -> str:
    with kb.database.write() as tx:
        user = people.user_named(tx, name)
        return people.make_link(tx, user.id, lifetime=dt.timedelta(minutes=minutes))


def test_a_stranger_is_told_what_the_page_needs_to_begin(stranger) -> None:
    answer = stranger.get("/api/v1/session")
    assert answer.status_code == 200
    assert answer.json()["user"] is None
    assert answer.json()["needs_setup"] is True
    assert answer.json()["upload"]["max_mb"] == 1
    assert answer.json()["csrf_token"]


def test_a_one_time_link_works_once(kb, stranger, app: FastAPI) -> None:
    token = link(kb)
    first = stranger.post("/api/v1/session", json={"link_token": token}, headers=csrf(stranger))
    again = TestClient(app, base_url="http://127.0.0.1:8000")
    second = again.post("/api/v1/session", json={"link_token": token}, headers=csrf(again))
    assert first.json()["user"] == {
        "id": 1,
        "name": "admin",
        "role": "admin",
        "has_password": False,
    }
    assert (second.status_code, second.json()["code"]) == (401, "bad_credentials")


def test_an_expired_link_does_not_work(kb, stranger) -> None:
    body = {"link_token": link(kb, minutes=-1)}
    assert stranger.post("/api/v1/session", json=body, headers=csrf(stranger)).status_code == 401


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(kb, stranger) -> None:
    answer = stranger.post("/api/v1/session", json={"link_token": link(kb)}, headers=csrf(stranger))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("kb_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_under_tls_the_cookie_is_secure_and_bound_to_the_host(kb, app) -> None:
    client = TestClient(app, base_url="https://127.0.0.1:8000")
    answer = client.post("/api/v1/session", json={"link_token": link(kb)}, headers=csrf(client))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-kb_session=")
    assert "Secure" in cookie
    assert answer.headers["strict-transport-security"]


def test_signing_in_by_password(admin, app) -> None:
    assert admin.client.put("/api/v1/session/password", json={"new": GOOD}).status_code == 204
    other = TestClient(app, base_url="http://127.0.0.1:8000")
    body = {"name": "admin", "password": GOOD}
    answer = other.post("/api/v1/session", json=body, headers=csrf(other))
    assert answer.status_code == 200
    assert answer.json()["user"]["has_password"] is True
    assert answer.json()["needs_setup"] is False
    assert other.get("/api/v1/documents").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "admin", "password": "wrong password"},
        {"name": "nobody", "password": GOOD},
        {"link_token": "wrong"},
    ],
)
def test_wrong_credentials_all_sound_alike(stranger, body) -> None:
    answer = stranger.post("/api/v1/session", json=body, headers=csrf(stranger))
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The name, password or link is wrong or has expired."


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_guessing_is_slowed_down_for_known_and_unknown_names_alike(stranger, name) -> None:
    headers, body = csrf(stranger), {"name": name, "password": "not the password"}
    codes = [
        stranger.post("/api/v1/session", json=body, headers=headers).status_code for _ in range(6)
    ]
    last = stranger.post("/api/v1/session", json=body, headers=headers)
    assert codes == [401] * 5 + [429]
    assert last.json()["code"] == "too_many_requests"
    assert 1 <= int(last.headers["retry-after"]) <= 60


@pytest.mark.parametrize("password", ["short", "password1", "12345678", "admin2026", "aaaaaaaaaa"])
def test_weak_passwords_are_refused(admin, password) -> None:
    answer = admin.client.put("/api/v1/session/password", json={"new": password})
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")


def test_changing_a_password_needs_the_current_one_and_ends_other_sessions(admin, sign_in) -> None:
    elsewhere = sign_in("admin").client
    admin.client.put("/api/v1/session/password", json={"new": GOOD})
    assert elsewhere.get("/api/v1/documents").status_code == 401
    body = {"new": "another good passphrase"}
    assert admin.client.put("/api/v1/session/password", json=body).status_code == 401
    body["current"] = GOOD
    assert admin.client.put("/api/v1/session/password", json=body).status_code == 204
    assert admin.client.get("/api/v1/documents").status_code == 200


def test_signing_out_ends_the_session_on_the_server(admin) -> None:
    cookie = admin.client.cookies["kb_session"]
    assert admin.client.delete("/api/v1/session").status_code == 204
    admin.client.cookies.set("kb_session", cookie)
    assert admin.client.get("/api/v1/documents").status_code == 401


def test_signing_in_again_gives_a_new_session_and_ends_the_old_one(kb, admin) -> None:
    before = admin.client.cookies["kb_session"]
    admin.client.post("/api/v1/session", json={"link_token": link(kb)})
    after = admin.client.cookies["kb_session"]
    assert after != before
    admin.client.cookies.clear()
    admin.client.cookies.set("kb_session", before)
    assert admin.client.get("/api/v1/documents").status_code == 401


def test_disabling_a_person_ends_the_session_at_once(kb, member) -> None:
    with kb.database.write() as tx:
        people.disable(tx, member.id)
    assert member.client.get("/api/v1/documents").status_code == 401


def test_secrets_are_kept_as_hashes_only(kb, admin) -> None:
    admin.client.put("/api/v1/session/password", json={"new": GOOD})
    with kb.database.read() as tx:
        user = people.user_named(tx, "admin")
    assert user.password_hash is not None
    assert user.password_hash.startswith("$argon2id$")
    kb.database.close()
    stored = b"".join(path.read_bytes() for path in kb.settings.data.glob("kb.sqlite3*"))
    assert GOOD.encode() not in stored
    assert admin.client.cookies["kb_session"].encode() not in stored
