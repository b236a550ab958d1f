"""The registry takes in what is safe, and gives out only what it took in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.domain.errors import CheckpointRefused, InvalidInput, ModelFilesChanged, NotFound
from kb.storage.database import Database
from kb.training.registry import Origin, Registry

FACTS = {"format": 1, "task": "classifier", "method": "head", "taxonomy": "kinds", "labels": []}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'kb.sqlite3'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(FACTS))
    (folder / "head.safetensors").write_bytes(b"weights")
    (folder / "report.json").write_text(json.dumps({"macro_f1": 0.5, "labels": []}))
    return folder


def test_a_folder_moves_in_under_a_new_name(
    database: Database, registry: Registry, made: Path
) -> None:
    (registry.root / "classifier-0001").mkdir(parents=True)  # left by a crash
    with database.write() as tx:
        model = registry.take_in(tx, made, Origin("mei", 7))
    assert (model.name, model.created_by, model.training) == ("classifier-0001", "mei", 7)
    assert model.metrics == {"macro_f1": 0.5}
    assert set(model.files) == {"model.json", "head.safetensors", "report.json"}
    assert not made.exists()
    assert registry.checked(model) == registry.root / "classifier-0001"


@pytest.mark.parametrize("fault", ["changed", "gone"])
def test_other_files_are_not_given_out(
    database: Database, registry: Registry, made: Path, fault: str
) -> None:
    with database.write() as tx:
        model = registry.import_folder(tx, made, "mei")
    assert made.exists()
    path = registry.folder(model) / "head.safetensors"
    if fault == "gone":
        path.unlink()
    else:
        path.write_bytes(b"Weights")
    with pytest.raises(ModelFilesChanged, match=r"head\.safetensors"):
        registry.checked(model)


@pytest.mark.parametrize("name", ["weights.bin", "state.pt", "code.py", "tree.pkl"])
def test_files_that_might_run_are_refused(
    database: Database, registry: Registry, made: Path, name: str
) -> None:
    (made / name).write_bytes(b"x")
    with pytest.raises(CheckpointRefused, match=name), database.write() as tx:
        registry.import_folder(tx, made, "mei")


def test_links_are_refused(database: Database, registry: Registry, made: Path) -> None:
    (made / "link.json").symlink_to("/etc/passwd")
    with pytest.raises(CheckpointRefused, match=r"link\.json"), database.write() as tx:
        registry.import_folder(tx, made, "mei")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"task": "classifier", "method": "magic"}'])
def test_what_is_no_model_of_ours_is_said_so(
    database: Database, registry: Registry, made: Path, content: str
) -> None:
    (made / "model.json").write_text(content)
    with pytest.raises(InvalidInput), database.write() as tx:
        registry.import_folder(tx, made, "mei")
    with pytest.raises(NotFound), database.write() as tx:
        registry.import_folder(tx, made / "none", "mei")
