"""The deployment files say what they promise; checked without a container engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WANTED = {
    "postgres",
    "redis",
    "web",
    "worker-cpu",
    "worker-model",
    "worker-index",
    "worker-train",
    "scheduler",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_it_meets_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    command += ["vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_is_there_and_is_watched(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == WANTED
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name


def test_only_the_web_port_is_published(compose: dict[str, Any]) -> None:
    published = {name for name, service in compose["services"].items() if "ports" in service}

    assert published == {"web"}


def test_our_containers_run_without_rights(compose: dict[str, Any]) -> None:
    for name in WANTED - {"postgres", "redis"}:
        service = compose["services"][name]
        assert service["user"] == "10001:10001", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    last_user = [line for line in dockerfile.splitlines() if line.startswith("USER")][-1]
    assert last_user == "USER kb"


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    for name in ("KB_POSTGRES_PASSWORD", "KB_REDIS_PASSWORD"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
    assert "command" in compose["services"]["redis"]


def test_every_queue_has_its_worker(compose: dict[str, Any]) -> None:
    from kb.jobs.protocol import Queue  # noqa: PLC0415  (beside what it is compared with)

    heard = {
        queue
        for service in compose["services"].values()
        for before, after in zip(
            service.get("command", []), service.get("command", [])[1:], strict=False
        )
        if before == "-Q"
        for queue in after.split(",")
    }
    assert heard == {queue.value for queue in Queue}
