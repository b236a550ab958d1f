"""The folder of trained models: immutable, every file known by its sha256.

``data/registry/<name>/`` is the layout that vLLM's LoRA resolver loads adapters from by name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain.errors import CheckpointRefused, InvalidInput, ModelFilesChanged, NotFound
from kb.domain.models import ModelTask, ModelVersion, TrainingMethod
from kb.storage import models
from kb.storage.database import Session
from kb.storage.models import NewModel
from kb.training.trained_files import FORMAT, MODEL_JSON

ALLOWED = frozenset({".safetensors", ".onnx", ".json", ".md", ".txt", ".jinja"})
"""Kinds of files a model may consist of: none of them is ever executed."""
REPORT, CARD, LINEAGE, AGAINST = "report.json", "README.md", "lineage.json", "against.json"
EXPORT = "export.json"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model in the registry comes from."""

    by: str | None
    training: int | None = None
    metrics: Mapping[str, float] | None = None
    baselines: Mapping[str, Mapping[str, float]] | None = None
    """None: as its report says."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Takes models in and gives out folders whose files are as they were taken in."""

    root: Path

    def take_in(self, tx: Session, source: Path, origin: Origin) -> ModelVersion:
        """Move a finished folder into the registry and write its version down.

        Raises:
            CheckpointRefused: it holds files of a kind that a model may not consist of.
            InvalidInput: its ``model.json`` is missing or of another format.
        """
        facts = read_facts(source)
        files = checksums(source)
        name = models.next_name(tx, ModelTask(facts["task"]))
        target = self.root / name
        self.root.mkdir(parents=True, exist_ok=True)
        if target.exists():  # left by a crash between the move and the commit: nobody knows it
            shutil.rmtree(target)
        report = _report(source)
        version = models.add(
            tx,
            NewModel(
                name=name,
                task=ModelTask(facts["task"]),
                method=TrainingMethod(facts["method"]),
                taxonomy=str(facts.get("taxonomy", "")),
                base=str(facts.get("base", "")),
                folder=name,
                files=files,
                metrics=_metrics(report) if origin.metrics is None else origin.metrics,
                baselines=(
                    report.get("baselines", {}) if origin.baselines is None else origin.baselines
                ),
                by=origin.by,
                training=origin.training,
            ),
        )
        shutil.move(source, target)
        return version

    def import_folder(self, tx: Session, source: Path, by: str | None) -> ModelVersion:
        """Copy a model of ours that was trained elsewhere into the registry.

        Raises:
            NotFound: no such folder.
            CheckpointRefused, InvalidInput: as ``take_in``.
        """
        if not source.is_dir():
            raise NotFound(kind="folder", id=str(source))
        read_facts(source)
        checksums(source)
        self.root.mkdir(parents=True, exist_ok=True)
        copy = self.root / f".incoming-{hashlib.sha256(str(source).encode()).hexdigest()[:12]}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, symlinks=False)
        return self.take_in(tx, copy, Origin(by))

    def folder(self, model: ModelVersion) -> Path:
        """Its folder, unchecked: for reports and cards."""
        return self.root / model.folder

    def checked(self, model: ModelVersion) -> Path:
        """Its folder, after every file was compared with its sha256.

        Raises:
            ModelFilesChanged: a file is gone or another one.
        """
        folder = self.folder(model)
        for name, sha256 in model.files.items():
            path = folder / name
            if not path.is_file():
                raise ModelFilesChanged(
                    model=model.name, detail=f"{name} is missing", detail_zh=f"缺少 {name}"
                )
            if sha256_of(path) != sha256:
                raise ModelFilesChanged(
                    model=model.name,
                    detail=f"{name} is not the file that was registered",
                    detail_zh=f"{name} 与登记时不一致",
                )
        return folder

    def report(self, model: ModelVersion) -> dict[str, Any]:
        """Its evaluation in full; empty when there is none."""
        return _report(self.folder(model))

    def against(self, model: ModelVersion) -> dict[str, Any] | None:
        """What the model that served then said on the same held-out examples."""
        path = self.folder(model) / AGAINST
        return json.loads(path.read_bytes()) if path.is_file() else None

    def exported_from(self, model: ModelVersion) -> str | None:
        """Name of the version that this one is the ONNX export of; None: it is no export."""
        if not any(file.endswith(".onnx") for file in model.files):
            return None
        facts = self.folder(model) / MODEL_JSON
        found = json.loads(facts.read_bytes()).get("exported_from") if facts.is_file() else None
        return None if found is None else str(found)

    def comparison(self, model: ModelVersion) -> dict[str, Any] | None:
        """How an export answers beside what it was made from; None: it is no export."""
        path = self.folder(model) / EXPORT
        return json.loads(path.read_bytes()) if path.is_file() else None

    def size(self, model: ModelVersion) -> int:
        """Bytes of its files."""
        paths = [self.folder(model) / file for file in model.files]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def card(self, model: ModelVersion) -> str:
        """Its card, as Markdown; empty when there is none."""
        path = self.folder(model) / CARD
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def test_keys(self, model: ModelVersion) -> frozenset[str]:
        """Keys of the examples it was measured on."""
        path = self.folder(model) / LINEAGE
        rows = json.loads(path.read_bytes()) if path.is_file() else []
        return frozenset(str(row["key"]) for row in rows if row.get("split") == "test")


def read_facts(folder: Path) -> dict[str, Any]:
    """The ``model.json`` of a folder.

    Raises:
        InvalidInput: missing, damaged or of another format.
    """
    path = folder / MODEL_JSON
    try:
        facts: dict[str, Any] = json.loads(path.read_bytes())
        ModelTask(facts["task"]), TrainingMethod(facts["method"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(field=str(path), detail=f"not a model of ours ({error})") from error
    if facts.get("format") != FORMAT:
        raise InvalidInput(field=str(path), detail=f"format {facts.get('format')}, not {FORMAT}")
    return facts


def checksums(folder: Path) -> dict[str, str]:
    """Relative name -> sha256 of every file.

    Raises:
        CheckpointRefused: a file of a kind that a model may not consist of.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or (path.is_file() and path.suffix not in ALLOWED):
            raise CheckpointRefused(
                model=folder.name,
                detail=f"{name} is none of {', '.join(sorted(ALLOWED))}",
                detail_zh=f"{name} 不属于允许的文件类型（{'、'.join(sorted(ALLOWED))}）",
            )
        if path.is_file():
            found[name] = sha256_of(path)
    return found


def sha256_of(path: Path) -> str:
    """Of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while piece := source.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _report(folder: Path) -> dict[str, Any]:
    path = folder / REPORT
    return json.loads(path.read_bytes()) if path.is_file() else {}


def _metrics(report: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a report, wherever its maker put them."""
    found = report.get("metrics", report)
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
