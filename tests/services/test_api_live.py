"""The web server as its own process: streams, limits on the wire, stopping."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from kb.bootstrap import Application, build
from kb.settings import Settings
from kb.storage import people
from tests.support.services import wait_until

pytestmark = pytest.mark.services


class Server:
    """``python -m web.server`` on a data folder."""

    def __init__(self, data: Path, models: Path) -> None:
        self._clients: list[httpx2.Client] = []
        self.kb: Application = build(Settings(data=data))
        self.kb.prepare()
        environment = {**os.environ, "KB_MODELS_DIR": str(models), "KB_MAX_UPLOAD_MB": "2"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "web.server", "--data", str(data), "--port", "0"],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        note = data / "run" / "web.port"
        wait_until(lambda: note.exists() and note.read_text() != "", "port", seconds=30)
        self.url = f"http://127.0.0.1:{note.read_text()}"
        wait_until(self._answers, "answer", seconds=30)

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/healthz", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def client(self) -> httpx2.Client:
        """A client signed in as the administrator."""
        with self.kb.database.write() as tx:
            token = people.make_link(tx, 1, lifetime=dt.timedelta(minutes=5))
        client = httpx2.Client(base_url=self.url, timeout=30, trust_env=False)
        self._clients.append(client)
        session = client.get("/api/v1/session").json()
        client.headers["X-CSRF-Token"] = session["csrf_token"]
        session = client.post("/api/v1/session", json={"link_token": token}).json()
        client.headers["X-CSRF-Token"] = session["csrf_token"]
        return client

    def stop(self) -> float:
        """Ask it to end; return the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return time.monotonic() - began

    def close(self) -> None:
        """End it, its streams and its clients."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for client in self._clients:
            client.close()
        self.kb.database.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[Server]:
    """A server that the tests of this module share."""
    running = Server(tmp_path_factory.mktemp("live") / "data", models_folder)
    yield running
    running.close()


@pytest.fixture
def own_server(tmp_path: Path, models_folder: Path) -> Iterator[Server]:
    """A server that the test may stop."""
    running = Server(tmp_path / "data", models_folder)
    yield running
    running.close()


class Stream:
    """An open event stream, read in the background."""

    def __init__(self, client: httpx2.Client, last_event_id: str = "") -> None:
        self.lines: list[str] = []
        self.ended = threading.Event()
        self._client, self._last = client, last_event_id
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(lambda: bool(self.lines), "first line", seconds=10)

    def _read(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last else {}
        try:
            with self._client.stream("GET", "/api/v1/events", headers=headers) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                for line in answer.iter_lines():
                    self.lines.append(line)
        except httpx2.TransportError:
            pass
        finally:
            self.ended.set()

    def documents(self) -> list[dict]:
        return [
            json.loads(self.lines[at + 1].removeprefix("data: "))
            for at, line in enumerate(list(self.lines))
            if line == "event: document" and at + 1 < len(self.lines)
        ]

    def last_id(self) -> str:
        return [line for line in self.lines if line.startswith("id: ")][-1].removeprefix("id: ")


def upload(client: httpx2.Client, text: str) -> int:
    files = [("files", ("a.txt", text.encode()))]
    answer = client.post("/api/v1/documents", files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()["documents"][0]["id"]


def test_an_upload_is_told_to_open_pages_and_missed_ones_are_told_later(server: Server) -> None:
    client = server.client()
    stream = Stream(server.client())
    first = upload(client, "the first")
    wait_until(
        lambda: [row["id"] for row in stream.documents()] == [first],
        "event of the first",
        seconds=10,
    )
    second = upload(client, "two")
    later = Stream(server.client(), stream.last_id())
    wait_until(
        lambda: second in [row["id"] for row in later.documents()],
        "event of the second",
        seconds=10,
    )
    assert later.documents()[-1]["status"] == "received"


def test_a_stream_ends_with_its_session(server: Server) -> None:
    listener, other = server.client(), server.client()
    stream = Stream(listener)
    listener.delete("/api/v1/session")
    upload(other, "of another")
    assert stream.ended.wait(10)
    assert stream.documents() == []


def test_the_server_stops_within_seconds_although_streams_are_open(own_server: Server) -> None:
    streams = [Stream(own_server.client()) for _ in range(3)]
    assert own_server.stop() < 5
    assert all(stream.ended.wait(5) for stream in streams)


def test_a_request_in_flight_is_finished_before_the_server_stops(own_server: Server) -> None:
    client = own_server.client()
    with socket.create_connection(("127.0.0.1", int(own_server.url.rpartition(":")[2]))) as wire:
        body = b'{"name": "late"}'
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = (
            "POST /api/v1/collections HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {cookie}\r\nX-CSRF-Token: {client.headers['X-CSRF-Token']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        wire.sendall(head.encode() + body[:5])
        wait_until(lambda: client.get("/healthz").is_success, "health", seconds=5)
        own_server.process.send_signal(signal.SIGTERM)
        wire.sendall(body[5:])
        assert wire.recv(100).startswith(b"HTTP/1.1 201")
    own_server.process.wait(timeout=10)


def test_a_body_beyond_the_limit_gets_its_answer_on_the_wire(server: Server) -> None:
    client = server.client()
    files = [("files", ("big.txt", b"x" * (14 * 1024 * 1024)))]
    answer = client.post("/api/v1/documents", files=files)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_who_waits_for_permission_to_send_is_refused_without_sending(server: Server) -> None:
    client = server.client()
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as wire:
        wire.settimeout(10)
        wire.sendall(
            (
                "POST /api/v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Cookie: {cookie}\r\nX-CSRF-Token: {client.headers['X-CSRF-Token']}\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\n"
                "Content-Length: 900000000\r\nExpect: 100-continue\r\n\r\n"
            ).encode()
        )
        assert wire.recv(100).startswith(b"HTTP/1.1 413")


def test_a_stranger_cannot_make_the_server_store_a_body(server: Server) -> None:
    files = [("files", ("a.txt", b"x" * 100_000))]
    answer = httpx2.post(f"{server.url}/api/v1/documents", files=files, trust_env=False)
    assert answer.status_code == 401
    incoming = server.kb.settings.blobs_path / "incoming"
    assert not list(incoming.glob("*"))
