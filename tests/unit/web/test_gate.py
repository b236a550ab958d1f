"""Every route: closed to strangers, closed to other sites, narrow for tokens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from web.security import OPEN_ROUTES

SAFE = {"GET", "HEAD"}


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path) of every route."""
    return {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    }


def address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", path)


def test_every_route_but_the_open_ones_asks_strangers_to_sign_in(
    app: FastAPI, stranger: TestClient
) -> None:
    closed = routes(app) - OPEN_ROUTES
    assert len(closed) >= 30
    for method, path in closed:
        answer = stranger.request(method, address(path))
        assert answer.status_code == 401, (method, path)
        assert answer.json()["code"] == "sign_in_required"


def test_the_open_routes_are_the_ones_that_exist(app: FastAPI) -> None:
    assert routes(app) >= OPEN_ROUTES


def test_a_change_without_the_csrf_token_is_refused_on_every_route(app: FastAPI, admin) -> None:
    del admin.client.headers["X-CSRF-Token"]
    for method, path in routes(app):
        if method not in SAFE:
            answer = admin.client.request(method, address(path), json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), path


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_from_another_site_is_refused_even_with_the_token(admin, headers) -> None:
    answer = admin.client.post("/api/v1/collections", json={"name": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "http://localhost:5173"},
        {"Sec-Fetch-Site": "same-origin"},
        {},
    ],
)
def test_a_change_from_our_own_page_passes(admin, headers) -> None:
    answer = admin.client.post("/api/v1/collections", json={"name": "x"}, headers=headers)
    assert answer.status_code == 201


def test_reading_never_changes_anything(app: FastAPI, admin, kb) -> None:
    admin.client.get("/api/v1/session")

    def fingerprint() -> bytes:
        with kb.database.engine.connect() as connection:
            return "\n".join(connection.connection.iterdump()).encode()

    before = fingerprint()
    for method, path in routes(app):
        if method == "GET" and not path.endswith("/events"):
            admin.client.get(address(path), params={"q": "x", "mode": "lexical"})
    assert fingerprint() == before


# Tokens ---------------------------------------------------------------------------------------


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def test_a_token_needs_no_csrf_token(stranger, admin, token) -> None:
    headers = bearer(token(admin, "admin"))
    assert stranger.post("/api/v1/collections", json={"name": "x"}, headers=headers).is_success


@pytest.mark.parametrize("value", ["", "kb_wrong", "kb_" + "x" * 5000])
def test_a_wrong_token_is_refused(stranger, value) -> None:
    answer = stranger.get("/api/v1/collections", headers=bearer(value))
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")


def test_a_wrong_token_is_not_helped_by_a_good_cookie(admin) -> None:
    assert admin.client.get("/api/v1/jobs", headers=bearer("kb_wrong")).status_code == 401


def test_a_reading_token_of_an_administrator_only_reads(stranger, admin, token) -> None:
    headers = bearer(token(admin, "read"))
    files = [("files", ("a.txt", b"text"))]
    assert stranger.get("/api/v1/documents", headers=headers).status_code == 200
    assert stranger.post("/api/v1/documents", files=files, headers=headers).status_code == 403
    assert stranger.get("/api/v1/generations", headers=headers).status_code == 403


def test_a_token_for_one_collection_sees_only_that(
    stranger, admin, token, collection: Callable[[str], int], upload
) -> None:
    one, other = collection("one"), collection("other")
    mine = upload(admin.client, "in one", collection=one)
    hidden = upload(admin.client, "in the other", collection=other)
    headers = bearer(token(admin, "write", f"collection:{one}"))
    seen = stranger.get("/api/v1/documents", headers=headers).json()["items"]
    assert [row["id"] for row in seen] == [mine]
    assert stranger.get(f"/api/v1/documents/{hidden}", headers=headers).status_code == 404


def test_a_token_cannot_change_how_its_owner_signs_in(stranger, admin, token) -> None:
    answer = stranger.put(
        "/api/v1/session/password",
        json={"new": "correct horse battery"},
        headers=bearer(token(admin, "admin")),
    )
    assert answer.status_code == 403
