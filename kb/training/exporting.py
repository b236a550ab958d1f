"""Exports and measurements of registered models, over what is held out of their training."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# ruff: noqa: PLC0415  (late imports: torch and onnx are loaded when something is exported)
from kb.access import require_engineer
from kb.domain.access import Principal
from kb.domain.errors import InvalidInput
from kb.domain.models import Example, ModelTask, ModelVersion, Split, TrainingMethod, TrainingPlan
from kb.storage import audit, models
from kb.storage.database import Database
from kb.training.dataset import gather
from kb.training.registry import LINEAGE, Origin, Registry

_BENCHED = 50
"""Held-out texts that every runtime reads."""
_REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Exporter:
    """Makes INT8 versions of fine-tuned models and measures runtimes side by side."""

    database: Database
    registry: Registry
    base: Callable[[str], Path]
    """A base's name to its folder."""
    work: Path

    def export_onnx(self, name: str, principal: Principal) -> tuple[ModelVersion, dict[str, Any]]:
        """Write a classifier as ONNX INT8; it enters the registry as a candidate of its own.

        Returns:
            The new version, and how it compares with the one it was made from.

        Raises:
            Forbidden: not an engineer.
            InvalidInput: a head, which needs no export, or nothing is held out.
            PromotionRefused: INT8 answers differently too often.
        """
        from kb.training.export import export_int8

        require_engineer(principal)
        model, folder, base, held = self._opened(name)
        out = self.work / f"export-{time.time_ns()}"
        try:
            compared = export_int8(folder, out, held, base=base).as_json()
            for kept in (_REPORT, LINEAGE):
                if (folder / kept).is_file():
                    shutil.copyfile(folder / kept, out / kept)
            (out / "export.json").write_text(json.dumps(compared, indent=1), encoding="utf-8")
            with self.database.write() as tx:
                origin = Origin(
                    principal.name,
                    model.training,
                    dict(model.metrics) | {"agreement": float(compared["agreement"])},
                    model.baselines,
                )
                exported = self.registry.take_in(tx, out, origin)
                audit.record(
                    tx,
                    actor=principal.name,
                    action="model.exported",
                    subject=f"model:{exported.name}",
                    source=name,
                )
        finally:
            shutil.rmtree(out, ignore_errors=True)
        return exported, compared

    def bench(self, name: str, principal: Principal) -> list[dict[str, Any]]:
        """Latency, size, memory and agreement of every runtime of a model, side by side.

        Raises:
            Forbidden: not an engineer.
            InvalidInput: a head, or nothing is held out.
        """
        from kb.training.bench import bench

        require_engineer(principal)
        model, folder, base, held = self._opened(name)
        texts = [example.text for example in held[:_BENCHED]]
        exported = self._exported(model)
        return [asdict(row) for row in bench(folder, texts, base=base, exported=exported)]

    def _opened(self, name: str) -> tuple[ModelVersion, Path, Path | None, list[Example]]:
        with self.database.read() as tx:
            model = models.get(tx, name)
            if model.method is TrainingMethod.HEAD or model.task is not ModelTask.CLASSIFIER:
                raise InvalidInput(
                    field=name,
                    detail=f"a {model.task} trained by {model.method}; exports and benchmarks are "
                    "for fine-tuned classifiers (a head runs on numpy already)",
                    detail_zh=f"{model.task}（{model.method}）；导出与测速仅用于微调的分类模型"
                    "（head 已直接以 numpy 运行）",
                )
            plan = TrainingPlan(model.task, model.method, model.taxonomy, model.base)
            held = [e for e in gather(tx, plan).examples if e.split is Split.TEST]
        if not held:
            raise InvalidInput(
                field=name, detail="nothing is held out", detail_zh="没有留出的测试样本"
            )
        folder = self.registry.checked(model)
        adapted = (folder / "adapter_config.json").is_file()
        return model, folder, self.base(model.base) if adapted else None, held

    def _exported(self, model: ModelVersion) -> Path | None:
        """The newest export of a version."""
        with self.database.read() as tx:
            found = models.versions(tx, task=model.task, taxonomy=model.taxonomy)
        for one in found:
            facts = self.registry.folder(one) / "model.json"
            if any(file.endswith(".onnx") for file in one.files) and (
                json.loads(facts.read_bytes()).get("exported_from") == model.name
            ):
                return self.registry.checked(one)
        return None
