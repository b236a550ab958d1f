"""A new index is built beside the live one, checked, flipped and rolled back; nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path

import httpx2
import pytest

from kb.bootstrap import Application, build
from kb.domain.access import Principal
from kb.domain.errors import Conflict, InvalidInput
from kb.domain.search import SearchMode, SearchRequest
from kb.ingestion.reindex import Gates
from kb.settings import Settings
from kb.storage import documents, generations, jobs, passages
from kb.storage.database import Database
from kb.storage.generations import Flip, Generation, GenerationState
from kb.storage.search_loads import SearchLoad, publish
from kb.storage.search_store import generation_path
from tests.support.chat_server import ChatServer
from tests.support.corpus_rows import fill
from tests.support.instance import Instance
from tests.support.services import RedisServer, wait_until

pytestmark = pytest.mark.timeout(240)

NewInstance = Callable[..., Instance]


@pytest.fixture
def application(tmp_path: Path, models_folder: Path) -> Iterator[Application]:
    application = build(Settings(data=tmp_path / "data", models_dir=models_folder))
    application.prepare()
    yield application
    application.reader.close()
    application.database.close()


@pytest.fixture
def admin(application: Application) -> Principal:
    return application.administrator()


def add(application: Application, name: str, text: str, collection: int = 1) -> int:
    [received] = application.receiver.receive(
        io.BytesIO(text.encode()),
        name=name,
        collection_id=collection,
        principal=application.administrator(),
    )
    assert received.document_id is not None
    return received.document_id


@pytest.fixture
def pumps(application: Application) -> dict[str, int]:
    """Three documents in two collections, by name, in the live index."""
    with application.database.write() as tx:
        other = documents.add_collection(tx, "other").id
    found = {
        "pumps": add(application, "pumps.txt", "Centrifugal pumps move water by an impeller."),
        "valves": add(application, "valves.txt", "Butterfly valves close with a quarter turn."),
        "leave": add(application, "leave.md", "# 休假制度\n\n年休假十五天，提前两周申请。", other),
    }
    application.work_until_idle()
    return found


def state_of(application: Application, generation: int) -> Generation:
    with application.database.read() as tx:
        return generations.get(tx, generation)


def found(application: Application, query: str, mode: SearchMode = SearchMode.HYBRID) -> list[int]:
    who = application.administrator()
    result = application.searcher.search(SearchRequest(query, mode), who)
    return [hit.document_id for hit in result.hits]


def test_a_collection_is_built_anew_and_all_else_is_shared(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    with application.database.read() as tx:
        other = documents.collection_named(tx, "other", None).id
        live = generations.live(tx)
    assert live is not None
    first = generation_path(application.settings.index_path, live.id)

    generation = application.reindexer.start(admin, collection_id=other)
    application.work_until_idle()

    built = state_of(application, generation)
    assert built.state is GenerationState.LIVE
    assert built.plan.based_on == live.id
    assert (built.done, built.total, built.passages) == (1, 1, 3)
    shared = {path.stat().st_ino for path in first.rglob("*.faiss")}
    own = generation_path(application.settings.index_path, generation)
    assert shared & {path.stat().st_ino for path in own.rglob("*.faiss")}
    assert found(application, "年休假有几天")[0] == pumps["leave"]
    assert found(application, "impeller")[0] == pumps["pumps"]
    assert application.checker.check() == []
    # and the one before is whole: a fold into the new one touched none of its files
    add(application, "seals.txt", "Mechanical seals replace packed glands.")
    application.work_until_idle()
    application.reindexer.rollback(admin)
    assert found(application, "packed glands", SearchMode.LEXICAL)
    assert application.checker.check() == []


def test_by_hand_it_waits_and_stays_up_to_date(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    generation = application.reindexer.start(admin, flip=Flip.MANUAL)
    application.work_until_idle()
    assert state_of(application, generation).state is GenerationState.READY
    add(application, "seals.txt", "Mechanical seals replace packed glands.")
    application.lifecycle.delete(pumps["valves"], admin)
    application.work_until_idle()

    application.reindexer.activate(generation, admin)

    assert application.searcher.search(SearchRequest("seals"), admin).generation == generation
    assert found(application, "packed glands", SearchMode.LEXICAL)
    assert found(application, "butterfly", SearchMode.LEXICAL) == []
    assert application.checker.check() == []


def test_a_golden_query_that_lost_its_answer_refuses_the_new_index(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    application.golden_set.put(admin, "how to move water", [pumps["pumps"]])
    before = application.searcher.search(SearchRequest("water"), admin).generation
    generation = application.reindexer.start(admin)
    application.reindexer.pause(admin)
    application.work_until_idle()
    with application.database.write() as tx:  # the new index does not get to see the answer
        at = documents.get(tx, pumps["pumps"], None).version_id
        generations.change(tx, generation, cursor=at, done=1)
    application.reindexer.resume(admin)
    application.work_until_idle()

    built = state_of(application, generation)
    assert built.state is GenerationState.REFUSED
    assert built.gates is not None
    assert not built.gates["count"]["passed"]
    assert built.gates["golden"]["lost"] == 1
    [worst, *_] = built.gates["golden"]["side_by_side"]
    assert (worst["live_rank"], worst["new_rank"]) == (1, None)
    assert application.searcher.search(SearchRequest("water"), admin).generation == before
    with application.database.read() as tx:
        job = next(j for j in jobs.list_jobs(tx) if j.stage == "reindex")
    assert job.failure is not None
    assert "标准查询" in str(job.failure.facts["detail_zh"])
    # an administrator may overrule, and only by saying so
    with pytest.raises(Conflict):
        application.reindexer.activate(generation, admin)
    application.reindexer.activate(generation, admin, Gates.OVERRULED)
    assert application.searcher.search(SearchRequest("water"), admin).generation == generation
    # the next build clears up
    application.reindexer.rollback(admin)
    application.reindexer.start(admin)
    application.work_until_idle()
    assert len(list(application.settings.index_path.glob("generation-*"))) == 2


def test_long_documents_are_taken_in_by_portions(
    application: Application, admin: Principal
) -> None:
    embedder = application.embedder
    fill(
        application.database,
        [2_500, 3, 1_200],
        model=embedder.model,
        dimension=embedder.dimension,
    )
    application.index_writer.fold()

    generation = application.reindexer.start(admin)
    application.work_until_idle()

    built = state_of(application, generation)
    assert built.state is GenerationState.LIVE, built.gates
    assert (built.done, built.passages) == (3_703, 3_703)
    assert {one.code for one in application.checker.check()} == {"blob_damaged"}, "rows only"


def test_damage_while_building_starts_the_build_over(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    generation = application.reindexer.start(admin)
    application.reindexer.pause(admin)
    folder = generation_path(application.settings.index_path, generation)
    (folder / "snapshots").mkdir(parents=True)
    (folder / "snapshots" / "0000000001.json").write_text("{}\n0\n")

    application.reindexer.resume(admin)
    application.work_until_idle()

    assert state_of(application, generation).state is GenerationState.LIVE
    assert application.checker.check() == []
    assert pumps


def test_without_the_live_files_the_previous_generation_answers(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    first = application.searcher.search(SearchRequest("water"), admin).generation
    generation = application.reindexer.start(admin)
    application.work_until_idle()
    for path in generation_path(application.settings.index_path, generation).rglob("*.json"):
        path.write_bytes(b"x")
    add(application, "seals.txt", "Mechanical seals replace packed glands.")
    application.work_until_idle()

    fresh = build(application.settings)
    result = fresh.searcher.search(SearchRequest("packed glands"), admin)
    assert result.generation == first
    assert result.hits
    assert fresh.checker.check() == []
    fresh.database.close()
    assert pumps


def test_slow_searches_slow_the_build_down(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    with application.database.write() as tx:
        publish(tx, "web", SearchLoad(100, 20.0, 40.0))
    generation = application.reindexer.start(admin)
    embedder = application.embedder
    fill(application.database, [1_500] * 3, model=embedder.model, dimension=embedder.dimension)
    with application.database.write() as tx:
        publish(tx, "web", SearchLoad(100, 300.0, 900.0))
    with application.database.read() as tx:
        [(job, _)] = [(j, q) for j, q in jobs.due(tx) if jobs.kind(tx, j) == "reindex"]
    # slices end when a second is over, so look until one has
    for _ in range(20):
        application.advance(job)
        built = state_of(application, generation)
        if (built.pace or {}).get("share", 1.0) < 1 or built.state is GenerationState.LIVE:
            break
    assert built.pace is not None
    assert built.pace["before_ms"] == 40.0
    assert built.pace["target_ms"] == 50.0
    assert pumps


def test_an_index_of_an_older_analyser_says_so_until_it_is_built_anew(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    with application.database.write() as tx:
        [live] = generations.in_state(tx, GenerationState.LIVE)
        assert live.plan.analyser
        plan = asdict(live.plan) | {"analyser": "of an older release"}
        generations.change(tx, live.id, plan=plan)
    assert application.reindexer.outdated(state_of(application, live.id))
    with pytest.raises(InvalidInput, match="all collections"):
        application.reindexer.start(admin, collection_id=1)

    generation = application.reindexer.start(admin)
    application.work_until_idle()

    assert not application.reindexer.outdated(state_of(application, generation))
    assert pumps


def test_another_embedder_is_built_beside_followed_and_rolled_back(
    application: Application, admin: Principal, pumps: dict[str, int]
) -> None:
    built_in = application.embedder.model
    server = ChatServer(None)
    try:
        name = f"{server.url}#tiny:3"
        with pytest.raises(InvalidInput, match="all collections"):
            application.reindexer.start(admin, collection_id=1, embedder=name)
        generation = application.reindexer.start(admin, embedder=name, flip=Flip.MANUAL)
        application.work_until_idle()
        application.reindexer.activate(generation, admin, Gates.OVERRULED)
        # uploads are embedded for it as well
        seals = add(application, "seals.txt", "Mechanical seals replace packed glands.")
        application.work_until_idle()
        fresh = build(application.settings)
        result = fresh.searcher.search(SearchRequest("glands", SearchMode.VECTOR), admin)
        assert result.generation == generation
        assert seals in [hit.document_id for hit in result.hits]
        live = state_of(fresh, generation)
        assert (live.dimension, live.embedder.partition("@")[0]) == (3, "tiny")
        assert fresh.checker.check() == []
        # while its server is away, words are found and nothing is lost
        server.fails_next.extend([503] * 12)
        late = add(fresh, "late.txt", "Labyrinth rings need no lubrication.")
        fresh.work_until_idle()
        assert late in found(fresh, "labyrinth", SearchMode.LEXICAL)
        server.fails_next.clear()
        fresh.work_until_idle()
        assert fresh.checker.check() == []
        # and back to the one before, which took in all of it
        fresh.reindexer.rollback(admin)
        again = build(application.settings)
        result = again.searcher.search(SearchRequest("lubrication", SearchMode.VECTOR), admin)
        assert late in [hit.document_id for hit in result.hits]
        assert again.checker.check() == []
        with again.database.read() as tx:
            now = generations.live(tx)
        assert now is not None
        assert now.embedder == built_in
        for each in (fresh, again):
            each.reader.close()
            each.database.close()
    finally:
        server.close()
    assert pumps


@pytest.mark.services
def test_a_build_on_postgresql_survives_kill_9_uploads_and_deletes(
    new_instance: NewInstance, postgres_url: str, redis_server: RedisServer, models_folder: Path
) -> None:
    # given a running instance on PostgreSQL and Redis with nine thousand passages
    running = new_instance(KB_DATABASE_URL=postgres_url, KB_REDIS_URL=redis_server.url)
    running.start()
    database = Database(postgres_url)
    settings = Settings(data=running.data, models_dir=models_folder)
    embedder = build(settings).embedder
    made = fill(database, [30] * 300, model=embedder.model, dimension=embedder.dimension)
    with closing(database), running.client() as client:
        wait_until(lambda: live_passages(client) == 9_000, "the first index is there", 90)
        # when the index worker is killed again and again while a new index is built
        generation = client.post("/api/v1/generations", json={}).json()["id"]
        for part in (1, 2_000, 5_000):
            wait_until(partial(reached, client, generation, part), f"{part} are in", 60)
            running.kill("index@")
        upload = ("late.txt", b"Mechanical seals replace packed glands.", "text/plain")
        client.post("/api/v1/documents", files=[("files", upload)]).raise_for_status()
        client.delete(f"/api/v1/documents/{made[7]}").raise_for_status()
        # then it resumes, goes into service, and holds what SQL holds
        wait_until(
            lambda: client.get(f"/api/v1/generations/{generation}").json()["state"] == "live",
            "the new index is live",
            120,
        )
        gates = client.get(f"/api/v1/generations/{generation}").json()["gates"]
        assert all(gate["passed"] for gate in gates), gates
        hits = client.get("/api/v1/search", params={"q": "packed glands"}).json()["hits"]
        assert [hit["name"] for hit in hits][:1] == ["late.txt"]
        gone = client.get("/api/v1/search", params={"q": "R001215"}).json()["hits"]
        assert made[7] not in [hit["document"] for hit in gone]
        with database.read() as tx:
            assert passages.count_live(tx) == 9_000 - 30 + 1


def live_passages(client: httpx2.Client) -> int:
    rows = client.get("/api/v1/generations").json()["items"]
    return next((int(row["passages"]) for row in rows if row["state"] == "live"), 0)


def reached(client: httpx2.Client, generation: int, part: int) -> bool:
    progress = client.get(f"/api/v1/generations/{generation}").json()["progress"]
    return progress is None or int(progress["done"]) >= part
