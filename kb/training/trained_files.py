"""``model.json``: the facts every trained folder carries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kb.domain.models import TrainingPlan

FORMAT = 1
MODEL_JSON = "model.json"


def write_model_json(
    folder: Path, plan: TrainingPlan, labels: Sequence[str], more: Mapping[str, Any]
) -> None:
    """Write the common fields, and ``more`` on top of them."""
    facts = {
        "format": FORMAT,
        "task": plan.task.value,
        "method": plan.method.value,
        "taxonomy": plan.taxonomy,
        "base": plan.base,
        "labels": list(labels),
        "temperature": 1.0,
        "threshold": plan.wanted_precision,
        "max_tokens": plan.max_tokens,
        "window_rule": "mean_log_probability",
        "created_by": f"zhiku {version('kb')}",
    }
    path = folder / MODEL_JSON
    path.write_text(json.dumps(facts | dict(more), ensure_ascii=False, indent=1), encoding="utf-8")


def read_model_json(folder: Path) -> dict[str, Any]:
    """The facts of a trained folder."""
    facts: dict[str, Any] = json.loads((folder / MODEL_JSON).read_bytes())
    return facts
