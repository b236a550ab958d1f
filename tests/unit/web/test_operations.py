"""Health, figures, and the description of the interface."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from kb.domain.errors import PasswordNeeded
from kb.storage import generations
from kb.storage.generations import GenerationState
from web.app import create_app
from web.server import require_safe_address


def codes(client, **headers: str) -> tuple[int, list[str]]:
    answer = client.get("/readyz", headers=headers)
    return answer.status_code, [each["code"] for each in answer.json()["problems"]]


def test_alive_is_alive(stranger) -> None:
    assert stranger.get("/healthz").json() == {"status": "alive"}


def test_ready_when_workers_are_there(kb, stranger) -> None:
    assert codes(stranger) == (503, ["workers"])
    kb.note_alive()
    assert codes(stranger) == (200, [])
    assert stranger.get("/readyz").json() == {"ready": True, "problems": []}


def test_what_is_wrong_is_told_with_its_remedy(kb, settings, tmp_path) -> None:
    kb.note_alive()
    with kb.database.write() as tx:
        live = generations.create(tx, embedder="e", dimension=2, state=GenerationState.LIVE).id
        generations.change(tx, live, snapshot=3)
    kb.settings = settings.model_copy(update={"redis_url": f"redis+socket://{tmp_path}/no.sock"})
    client = TestClient(create_app(kb, static=tmp_path / "none"), base_url="http://127.0.0.1")
    assert codes(client) == (503, ["broker", "index", "web_page"])
    told = client.get("/readyz", headers={"Accept-Language": "zh"}).json()["problems"]
    assert all(each["remedy"] for each in told)
    assert "Redis 没有响应" in told[0]["message"]


def test_a_database_that_is_away_is_told(kb, stranger) -> None:
    kb.database.close()
    (kb.settings.data / "kb.sqlite3").rename(kb.settings.data / "away")
    (kb.settings.data / "kb.sqlite3").mkdir()
    assert codes(stranger) == (503, ["database"])


def test_figures_are_for_this_machine_and_for_administrators(
    app, stranger, admin, member, token, upload
) -> None:
    upload(admin.client, "text")
    here = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))
    assert stranger.get("/metrics").status_code == 401
    assert member.client.get("/metrics").status_code == 403
    bearer = {"Authorization": f"Bearer {token(admin, 'admin')}"}
    for answer in (here.get("/metrics"), stranger.get("/metrics", headers=bearer)):
        assert answer.status_code == 200
        assert 'kb_documents{status="received"} 1.0' in answer.text
        assert 'kb_jobs{queue="parse",state="queued"} 1.0' in answer.text
        assert 'route="/api/v1/documents"' in answer.text
        assert "kb_database_up 1.0" in answer.text


def test_the_interface_is_described_completely(app, stranger) -> None:
    described = stranger.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    names = set()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            names.add(operation["operationId"])
            good = [code for code in operation["responses"] if code.startswith("2")]
            assert good, (method, path)
            assert operation["responses"]["default"], path
            if "/api/v1" in path and "204" not in good and "events" not in path:
                content = operation["responses"][good[0]]["content"]
                assert all(content.values()) or "json" not in "".join(content), path
    assert len(names) == sum(len(methods) for methods in described["paths"].values())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "kb.example.com"])  # noqa: S104
def test_an_open_address_needs_a_password_first(kb, settings, admin, host) -> None:
    kb.settings = settings.model_copy(update={"host": host})
    with pytest.raises(PasswordNeeded):
        require_safe_address(kb)
    body = {"new": "correct horse battery"}
    assert admin.client.put("/api/v1/session/password", json=body).status_code == 204
    require_safe_address(kb)


def test_an_open_address_can_be_allowed_on_purpose(kb, settings) -> None:
    update = {"host": "0.0.0.0", "allow_plain_http": True}  # noqa: S104
    kb.settings = settings.model_copy(update=update)
    require_safe_address(kb)
