"""A wired product on a data folder of the test's own, with clients of each kind."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient

from kb.bootstrap import Application, build
from kb.domain.access import Level, Role
from kb.domain.documents import DocumentStatus
from kb.domain.parsed import Block, BlockKind, Line, PageSource, ParsedPage
from kb.domain.passages import Passage, Span
from kb.domain.understanding import Classification, Summary, SummaryKind, SummarySentence
from kb.settings import Settings
from kb.storage import documents, generations, pages, passages, people, understanding
from kb.storage.generations import Aspect, GenerationState
from web.app import create_app

BOX = (72.0, 72.0, 523.0, 90.0)
BASE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Traces as plain text: drawing them in colour takes seconds."""
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    application = build(Settings(data=folder))
    application.prepare()
    application.database.close()
    return folder


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    """Settings on a fresh data folder."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    return Settings(data=folder, max_upload_mb=1)


@pytest.fixture
def kb(settings: Settings) -> Iterator[Application]:
    """The product, wired as it is in service."""
    application = build(settings)
    yield application
    application.database.close()


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A built web page."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>the page</title>")
    (folder / "assets" / "index-abc123.js").write_text("export {};")
    return folder


@pytest.fixture
def app(kb: Application, static: Path) -> FastAPI:
    """The web application."""
    return create_app(kb, static=static)


@dataclass(frozen=True)
class Person:
    """Somebody with a signed-in browser."""

    id: int
    name: str
    client: TestClient


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    """A browser that nobody signed in."""
    return TestClient(app, base_url=BASE)


@pytest.fixture
def sign_in(kb: Application, app: FastAPI) -> Callable[[str, Role], Person]:
    """Sign somebody in by a one-time link; the account is made when it is not there."""

    def enter(name: str, role: Role = Role.MEMBER) -> Person:
        with kb.database.write() as tx:
            known = {user.name: user for user in people.users(tx)}
            user = known.get(name) or people.add_user(tx, name, role)
            token = people.make_link(tx, user.id, lifetime=dt.timedelta(minutes=5))
        client = TestClient(app, base_url=BASE)
        client.headers["X-CSRF-Token"] = client.get("/api/v1/session").json()["csrf_token"]
        answer = client.post("/api/v1/session", json={"link_token": token})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return Person(user.id, name, client)

    return enter


@pytest.fixture
def admin(sign_in: Callable[..., Person]) -> Person:
    """The administrator's browser."""
    return sign_in("admin")


@pytest.fixture
def member(sign_in: Callable[..., Person]) -> Person:
    """Somebody without any grant."""
    return sign_in("mei")


@pytest.fixture
def collection(kb: Application) -> Callable[[str], int]:
    """Make a collection."""

    def make(name: str) -> int:
        with kb.database.write() as tx:
            return documents.add_collection(tx, name).id

    return make


@pytest.fixture
def allow(kb: Application) -> Callable[[Person, int, Level], None]:
    """Give somebody a right."""

    def give(person: Person, collection_id: int, level: Level) -> None:
        with kb.database.write() as tx:
            people.grant(tx, person.id, collection_id, level)

    return give


@pytest.fixture
def token(kb: Application) -> Callable[..., str]:
    """Make an API token."""

    def make(person: Person, *scopes: str) -> str:
        with kb.database.write() as tx:
            return people.make_token(tx, person.id, name="t", scopes=scopes, lifetime=None)

    return make


@pytest.fixture
def upload() -> Callable[..., int]:
    """Upload a text; return the document's id."""

    def send(
        client: TestClient, text: str, *, name: str = "a.txt", collection: int | None = None
    ) -> int:
        data = {} if collection is None else {"collection": str(collection)}
        files = [("files", (name, text.encode()))]
        answer = client.post("/api/v1/documents", files=files, data=data)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["documents"][0]["id"])

    return send


@pytest.fixture
def fill(kb: Application) -> Callable[[int, str], None]:
    """Make a document read, cut, labelled and summarised, as the workers would leave it."""

    def write(document_id: int, text: str) -> None:
        page = ParsedPage(
            number=1,
            width=595.0,
            height=842.0,
            source=PageSource.TEXT,
            quality=1.0,
            blocks=(Block(BlockKind.PARAGRAPH, text, BOX, (Line(0, len(text), BOX),)),),
        )
        passage = Passage(0, text, ("Chapter 1",), (Span(0, len(text), 1, BOX),))
        with kb.database.write() as tx:
            view = documents.get(tx, document_id, None)
            if generations.live(tx) is None:
                live = GenerationState.LIVE
                generations.create(tx, embedder="none", dimension=384, state=live)
            pages.add(tx, view.version_id, [page])
            documents.set_facts(tx, view.version_id, page_count=1, language="en", title=text[:20])
            passages.keep(tx, view.version_id, [passage])
            generations.announce(tx, view.version_id, Aspect.WORDS)
            label = Classification("contract", 0.9, (("contract", 0.9), ("invoice", 0.1)), "m")
            understanding.put_classification(tx, view.version_id, label)
            sentences = (SummarySentence(text, (0,)),)
            summary = Summary(SummaryKind.EXTRACTIVE, sentences, "m", 1, 1)
            understanding.put_summary(tx, view.version_id, summary)
            documents.set_status(tx, view.version_id, DocumentStatus.READY)

    return write
