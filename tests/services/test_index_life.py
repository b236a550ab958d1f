"""The index is derived: built beside and flipped, damaged and rebuilt, never wrong for long."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kb.bootstrap import Application, build
from kb.domain.access import Level, Principal, Role
from kb.domain.documents import DocumentStatus
from kb.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from kb.domain.search import SearchMode, SearchRequest
from kb.embedding.e5 import E5Embedder
from kb.embedding.protocol import Vectors
from kb.settings import Settings
from kb.storage import documents, generations, people, schedules

pytestmark = pytest.mark.timeout(180)

TEXTS = {
    "gaskets.txt": "Flat gaskets GK-100 seal flanges up to sixteen bar.",
    "pumps.txt": "Centrifugal pumps move water by a spinning impeller.",
    "leave.md": "# 休假制度\n\n员工每年享有十五天带薪年休假，须提前两周申请。",
    "valves.txt": "Butterfly valves close with a quarter turn of the disc.",
}


@pytest.fixture
def application(tmp_path: Path, models_folder: Path) -> Iterator[Application]:
    settings = Settings(data=tmp_path / "data", models_dir=models_folder)
    application = build(settings)
    application.prepare()
    yield application
    application.reader.close()
    application.database.close()


@pytest.fixture
def admin(application: Application) -> Principal:
    return application.administrator()


@pytest.fixture
def filled(application: Application, admin: Principal) -> dict[str, int]:
    """Documents by name, all ready."""
    ids = {}
    for name, text in TEXTS.items():
        [received] = application.receiver.receive(
            io.BytesIO(text.encode()), name=name, collection_id=1, principal=admin
        )
        assert received.document_id is not None
        ids[name] = received.document_id
    application.work_until_idle()
    with application.database.read() as tx:
        views = documents.get_many(tx, list(ids.values()), None)
    assert {view.status for view in views} == {DocumentStatus.READY}
    return ids


def found(
    application: Application, who: Principal, query: str, mode: SearchMode = SearchMode.HYBRID
) -> list[int]:
    result = application.searcher.search(SearchRequest(query, mode), who)
    return [hit.document_id for hit in result.hits]


def live(application: Application) -> int:
    with application.database.read() as tx:
        generation = generations.live(tx)
    assert generation is not None
    return generation.id


def test_a_reindex_flips_and_rolls_back(
    application: Application, admin: Principal, filled: dict[str, int]
) -> None:
    before = live(application)

    generation = application.reindexer.start(admin)
    with pytest.raises(Conflict):
        application.reindexer.start(admin)
    application.work_until_idle()

    assert live(application) == generation
    assert found(application, admin, "GK-100")[0] == filled["gaskets.txt"]
    assert application.reindexer.rollback(admin) == before
    assert live(application) == before
    assert found(application, admin, "年休假有几天")[0] == filled["leave.md"]
    assert application.checker.check() == []


def test_what_changes_during_a_build_is_in_the_result(
    application: Application, admin: Principal, filled: dict[str, int]
) -> None:
    application.reindexer.start(admin)
    application.reindexer.pause(admin)
    application.work_until_idle()
    application.lifecycle.delete(filled["pumps.txt"], admin)
    application.receiver.receive(
        io.BytesIO(b"Mechanical seals replace packed glands."),
        name="seals.txt",
        collection_id=1,
        principal=admin,
    )
    application.work_until_idle()

    generation = application.reindexer.resume(admin)
    application.work_until_idle()

    assert live(application) == generation
    assert filled["pumps.txt"] not in found(application, admin, "spinning impeller")
    assert found(application, admin, "packed glands", SearchMode.LEXICAL)
    assert application.checker.check() == []


def test_a_cancelled_build_leaves_nothing(
    application: Application, admin: Principal, filled: dict[str, int]
) -> None:
    before = live(application)
    generation = application.reindexer.start(admin)

    application.reindexer.cancel(admin)
    application.work_until_idle()

    assert live(application) == before
    assert not list(application.settings.index_path.glob(f"*{generation:06d}"))
    with pytest.raises(NotFound):
        application.reindexer.resume(admin)
    assert filled


@pytest.mark.parametrize("fault", ["deleted", "truncated", "bit_flipped"])
def test_a_damaged_index_is_rebuilt_from_sql(
    application: Application, admin: Principal, filled: dict[str, int], fault: str
) -> None:
    folder = next(application.settings.index_path.glob("generation-*"))
    if fault == "deleted":
        shutil.rmtree(folder)
    for path in folder.rglob("*.faiss"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content[:100] if fault == "truncated" else content)

    assert application.checker.repair()
    application.work_until_idle()

    fresh = build(application.settings)
    assert fresh.checker.check() == []
    assert found(fresh, admin, "GK-100")[0] == filled["gaskets.txt"]
    assert found(fresh, admin, "turning disc", SearchMode.VECTOR)[0] == filled["valves.txt"]
    fresh.database.close()


def test_an_original_that_changed_is_reported(
    application: Application, admin: Principal, filled: dict[str, int]
) -> None:
    with application.database.read() as tx:
        sha256 = documents.get(tx, filled["pumps.txt"], None).sha256
    application.blobs.path(sha256).write_bytes(b"something else")

    assert [f.code for f in application.checker.check()] == ["blob_damaged"]
    assert admin.role is Role.ADMIN


def test_who_has_no_grant_finds_nothing_and_a_grant_counts_at_once(
    application: Application, filled: dict[str, int]
) -> None:
    with application.database.write() as tx:
        people.add_user(tx, "member", Role.MEMBER)
    query = "centrifugal pumps"
    for mode in SearchMode:
        assert found(application, application.administrator("member"), query, mode) == []

    with application.database.write() as tx:
        people.grant(tx, people.user_named(tx, "member").id, 1, Level.READ)
    member = application.administrator("member")

    assert found(application, member, query)[0] == filled["pumps.txt"]
    with pytest.raises(Forbidden):
        application.lifecycle.delete(filled["pumps.txt"], member)


def test_the_files_of_a_zip_become_documents(application: Application, admin: Principal) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("2026/规程.txt", "锅炉操作规程：点火前检查水位。")
        archive.writestr("2026/empty.txt", "")
    buffer.seek(0)

    received = application.receiver.receive(
        buffer, name="papers.zip", collection_id=1, principal=admin
    )
    application.work_until_idle()

    taken = [one for one in received if one.error is None]
    assert [one.name for one in taken] == ["规程.txt"]
    assert [one.error.code for one in received if one.error] == ["empty_file"]
    assert found(application, admin, "点火前检查水位") == [taken[0].document_id]


def test_a_schedule_runs_each_slot_once(application: Application, admin: Principal) -> None:
    with pytest.raises(InvalidInput):
        application.schedules.add("reindex", "every day")
    schedule = application.schedules.add("reindex", "* * * * *")
    with application.database.read() as tx:
        [row] = schedules.all_of(tx)
    with application.database.write() as tx:
        assert schedules.take_slot(tx, schedule, row.created_at)
        assert not schedules.take_slot(tx, schedule, row.created_at)

    application.schedules.remove(schedule)

    application.schedules.run_due(admin)
    assert application.reindexer.list() == []


class CountingEmbedder(E5Embedder):
    """The real one, which remembers how many passages it was given."""

    passages = 0

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += len(texts)
        return super().embed_passages(texts)


def test_unchanged_text_is_never_embedded_again(
    application: Application, admin: Principal, filled: dict[str, int], models_folder: Path
) -> None:
    fresh = build(application.settings)
    fresh.embedder = CountingEmbedder(models_folder)
    before = live(fresh)

    generation = fresh.reindexer.start(admin)
    fresh.work_until_idle()

    assert live(fresh) == generation != before
    assert fresh.embedder.passages == 0
    assert filled
    fresh.database.close()
