"""The model card: what a trained folder says about itself to people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain.models import Example, ModelTask, TrainingMethod, TrainingPlan
from kb.training.finetune_texts import Parts

_LICENCE_FILES = ("LICENSE", "LICENSE-MODEL", "LICENSE.txt", "LICENCE")


@dataclass(frozen=True, slots=True)
class Card:
    """What the card is written from."""

    plan: TrainingPlan
    parts: Parts
    report: Mapping[str, Any]
    base: Path
    """Folder of the base model, for its licence."""


def write_card(folder: Path, card: Card) -> None:
    """Write ``README.md`` with the front matter that model hubs read."""
    (folder / "README.md").write_text(_text(card), encoding="utf-8")


def licence_of(base: Path) -> str:
    """The licence a base folder names: its manifest's, its card's, or the name of its file."""
    try:
        found = json.loads((base / "manifest.json").read_bytes()).get("licence")
    except (OSError, ValueError, AttributeError):
        found = None
    if found:
        return str(found)
    try:
        for line in (base / "README.md").read_text("utf-8", "replace").splitlines()[:40]:
            if line.startswith("license:"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    for name in _LICENCE_FILES:
        if (base / name).is_file():
            return f"see {name} of the base model"
    return "not stated by the base model's folder"


def _text(card: Card) -> str:
    plan, parts = card.plan, card.parts
    adapters = plan.method in {TrainingMethod.LORA, TrainingMethod.QLORA}
    front = [
        "---",
        f"base_model: {json.dumps(plan.base)}",
        f"library_name: {'peft' if adapters else 'transformers'}",
        f"license: {json.dumps(licence_of(card.base))}",
        f"pipeline_tag: {_pipeline(plan)}",
        f"tags: [zhiku, {plan.method.value}]",
        "---",
        "",
    ]
    body = [
        f"# {plan.taxonomy or plan.base}: {plan.task.value}",
        "",
        f"A {plan.task.value} trained by {plan.method.value} on `{plan.base}`"
        + (f" for the taxonomy “{plan.taxonomy}”." if plan.taxonomy else "."),
        "",
        "## Data 数据",
        "",
        "| split | examples | groups |",
        "|---|---|---|",
        *_rows(("train", parts.train), ("validation", parts.validation), ("test", parts.test)),
        "",
        *_labels(parts),
        *_lineage((*parts.train, *parts.validation, *parts.test)),
        "",
        "## Figures on the test split 指标",
        "",
        *_figures(card.report),
        "",
        "## Training 训练",
        "",
        *_training(card.report),
        "",
        "## Licence and limits 许可与局限",
        "",
        f"Licence of the base model: {licence_of(card.base)}. It holds for this model, too.",
        "",
        *_limits(plan),
    ]
    return "\n".join([*front, *body, ""])


def _pipeline(plan: TrainingPlan) -> str:
    return "text-classification" if plan.task is ModelTask.CLASSIFIER else "summarization"


def _rows(*splits: tuple[str, Iterable[Example]]) -> list[str]:
    rows = []
    for name, examples in splits:
        listed = list(examples)
        rows.append(f"| {name} | {len(listed)} | {len({e.group or e.key for e in listed})} |")
    return rows


def _labels(parts: Parts) -> list[str]:
    if not parts.labels:
        return []
    counts = Counter(str(e.label) for e in parts.train)
    listed = ", ".join(f"{label} ({counts[label]})" for label in parts.labels)
    return [f"Labels, with training examples: {listed}.", ""]


def _lineage(examples: Iterable[Example]) -> list[str]:
    origins: Counter[str] = Counter()
    people: set[str] = set()
    changed = 0
    for example in examples:
        line = example.lineage
        origins[line.origin if line else "unknown"] += 1
        if line and line.by:
            people.add(line.by)
        if line and line.model_said is not None:
            changed += line.model_said != (example.label or example.summary)
    told = ", ".join(f"{count} {origin}" for origin, count in sorted(origins.items()))
    return [
        f"Where they come from: {told}; {len(people)} people; "
        f"{changed} differ from what a model had said."
    ]


def _figures(report: Mapping[str, Any]) -> list[str]:
    baselines: Mapping[str, Mapping[str, float]] = report["baselines"]
    head = "| figure | this model |" + "".join(f" {name} |" for name in baselines)
    rows = [head, "|---|---|" + "---|" * len(baselines)]
    for name, value in report["metrics"].items():
        others = "".join(f" {figures.get(name, '')} |" for figures in baselines.values())
        rows.append(f"| {name} | {value} |{others}")
    return rows


def _training(report: Mapping[str, Any]) -> list[str]:
    done = report["training"]
    curve = done["curve"]
    losses = f"{curve[0]['loss']:.3f} to {curve[-1]['loss']:.3f}" if curve else "not logged"
    return [
        f"Learning rate {done['rate']:g}, {done['plan']['epochs']:g} epochs, batch "
        f"{done['plan']['batch_size']}, {done['precision']} on {done['device']}, seed "
        f"{done['plan']['seed']}; {done['seconds']} s; "
        f"{100 * done['trainable_share']:.2f} % of {done['parameters']:,} parameters trained; "
        f"loss {losses}.",
    ]


def _limits(plan: TrainingPlan) -> list[str]:
    if plan.task is ModelTask.CLASSIFIER:
        return [
            "Knows only the labels above and says so with a probability; below the threshold of "
            "`model.json` a person decides. Trained on one company's documents: figures do not "
            "carry over to others. Longer texts are read in windows of "
            f"{plan.max_tokens} tokens whose log-probabilities are averaged.",
            "",
            "只认识上面列出的类别；概率低于 `model.json` 中的阈值时由人判断。"
            "指标只对本公司的文档有效。",
        ]
    return [
        "Writes text that may be wrong: every sentence has to be checked against its sources. "
        "Trained on one company's summaries.",
        "",
        "生成的文字可能有误，每句话都应与原文核对。",
    ]
