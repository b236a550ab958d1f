"""What surrounds every answer: hosts, headers, limits, and failures as problems."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.access import is_loopback
from kb.domain import errors
from kb.settings import Settings
from web.app import create_app
from web.door import CSP, answers_to, known_hosts
from web.problems import STATUS, language_of, status_of


def kinds(parent: type[errors.KbError]) -> list[type[errors.KbError]]:
    return [parent] + [kind for child in parent.__subclasses__() for kind in kinds(child)]


@pytest.mark.parametrize("path", ["/", "/api/v1/session", "/api/v1/documents", "/healthz", "/s"])
def test_every_answer_carries_the_security_headers(stranger, path) -> None:
    headers = stranger.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/documents", "/healthz"])
def test_answers_of_the_interface_are_never_stored(stranger, path) -> None:
    assert stranger.get(path).headers["cache-control"] == "no-store"


def test_hsts_only_under_tls(app: FastAPI) -> None:
    plain = TestClient(app, base_url="http://127.0.0.1").get("/healthz")
    secure = TestClient(app, base_url="https://127.0.0.1").get("/healthz")
    assert "strict-transport-security" not in plain.headers
    assert "max-age" in secure.headers["strict-transport-security"]


# Hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""]
)
def test_a_rebound_name_is_refused(app: FastAPI, host) -> None:
    answer = TestClient(app, base_url="http://127.0.0.1").get(
        "/api/v1/session", headers={"Host": host}
    )
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "localhost:5173", "127.0.0.1:9", "[::1]:8000"])
def test_names_of_this_machine_are_answered(app: FastAPI, host) -> None:
    answer = TestClient(app, base_url="http://127.0.0.1").get("/healthz", headers={"Host": host})
    assert answer.status_code == 200


def test_further_names_come_from_the_settings(kb, settings) -> None:
    wanted = settings.model_copy(update={"allowed_hosts": "kb.example.com, Other"})
    known = known_hosts(wanted)
    assert answers_to("kb.example.com:443", known, listens_wide=False)
    assert answers_to("other", known, listens_wide=False)
    assert not answers_to("example.com", known, listens_wide=False)


@pytest.mark.parametrize(
    ("host", "wide", "answered"),
    [
        ("192.168.1.5:8000", True, True),
        ("192.168.1.5:8000", False, False),
        ("[fe80::1]:8000", True, True),
        ("evil.example", True, False),
    ],
)
def test_addresses_in_figures_are_answered_when_listening_wide(host, wide, answered) -> None:
    assert answers_to(host, known_hosts(Settings()), listens_wide=wide) is answered


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("a.b", False)],  # noqa: S104
)
def test_loopback_is_told_from_the_rest(host, expected) -> None:
    assert is_loopback(host) is expected


# Problems -------------------------------------------------------------------------------------


def test_every_error_has_a_status_and_both_languages() -> None:
    for kind in kinds(errors.KbError):
        error = kind(detail="x", name="n")
        assert 400 <= status_of(error) < 600
        assert error.sentence("zh") != error.sentence("en")
    assert set(STATUS) <= set(kinds(errors.KbError))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr,zh;q=0.5,en;q=0.4", "zh"),
        ("de", "en"),
        ("zh;q=0", "en"),
        ("zh;q=abc,en", "en"),
        ("ZH-Hant-TW", "zh"),
    ],
)
def test_the_readers_language(header, expected) -> None:
    assert language_of(header) == expected


@given(st.text(max_size=60))
def test_any_language_header_gives_a_language(header) -> None:
    assert language_of(header) in ("zh", "en")


def test_a_problem_is_told_in_chinese(admin) -> None:
    answer = admin.client.get("/api/v1/documents/7", headers={"Accept-Language": "zh-CN"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:kb:error:not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "找不到文档 7。",
        "code": "not_found",
        "instance": "/api/v1/documents/7",
    }


def test_a_field_that_is_wrong_is_named(admin) -> None:
    answer = admin.client.post("/api/v1/collections", json={"name": "", "colour": "red"})
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"name", "colour"}


def test_an_unknown_address_and_a_wrong_method_are_problems(admin) -> None:
    assert admin.client.get("/api/v1/nothing").json()["code"] == "not_found"
    answer = admin.client.delete("/api/v1/search")
    assert (answer.status_code, answer.headers["content-type"]) == (
        405,
        "application/problem+json",
    )


def test_a_route_that_nobody_thought_of_is_closed(kb, static) -> None:
    app = create_app(kb, static=static)

    @app.get("/api/v1/new")
    def new() -> str:
        return "a document"

    app.router.routes.insert(0, app.router.routes.pop())
    answer = TestClient(app, base_url="http://127.0.0.1").get("/api/v1/new")
    assert answer.status_code == 401


def test_a_bug_on_an_open_route_tells_a_number_and_nothing_else(kb, static) -> None:
    app = create_app(kb, static=static)
    del app.state.accounts
    answer = TestClient(app, base_url="http://127.0.0.1").get("/api/v1/session")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert len(answer.json()["id"]) == 12
    assert "accounts" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_is_away_is_told(kb, app) -> None:
    kb.database.close()
    (kb.settings.data / "kb.sqlite3").rename(kb.settings.data / "away")
    (kb.settings.data / "kb.sqlite3").mkdir()
    answer = TestClient(app, base_url="http://127.0.0.1").get("/api/v1/session")
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")


def test_a_large_body_that_is_no_upload_is_refused(admin) -> None:
    answer = admin.client.post("/api/v1/collections", content=b"x" * (5 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
