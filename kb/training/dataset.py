"""From what people said to a training set: de-duplicated, split by group, its lineage kept."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb.domain.errors import InvalidInput
from kb.domain.models import Example, Lineage, ModelTask, Split, TrainingPlan
from kb.storage import examples as store
from kb.storage import taxonomies
from kb.storage.database import Session
from kb.training.splits import assign_splits

FEWEST_EXAMPLES = 10
FEWEST_LABELS = 2
FEWEST_LESSONS = 4
"""Beside the held-out ones; what the head needs at least."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Examples that cannot be learned from, and why."""

    reason: str
    reason_zh: str
    count: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a training gets."""

    examples: tuple[Example, ...]
    left_out: tuple[LeftOut, ...]

    def counts(self) -> dict[str, Any]:
        """Examples by split, by label and by where they come from, and what was left out."""
        splits = Counter(str(example.split) for example in self.examples)
        origins = Counter(e.lineage.origin if e.lineage else "import" for e in self.examples)
        labels = Counter(example.label for example in self.examples if example.label)
        return {
            "splits": dict(splits),
            "labels": dict(labels.most_common()),
            "origins": dict(origins),
            "left_out": [asdict(one) for one in self.left_out],
        }


def gather(tx: Session, plan: TrainingPlan) -> Dataset:
    """Every word of a person that still counts, each text once, each with its split.

    Raises:
        InvalidInput: too few examples or labels, or too few left to learn from beside those that
            are held out; said with the numbers.
        NotFound: no such taxonomy.
    """
    found = store.for_training(tx, plan.task, plan.taxonomy)
    kept, dropped = _usable(found, _names(tx, plan))
    kept, doubles, contradictions = _each_text_once(kept)
    dropped |= {
        ("the same text is there already", "文本重复"): doubles,
        ("the same text with another label; the newest counts", "同一文本标注不同，以最新为准"): (
            contradictions
        ),
    }
    _require_enough(plan, kept)
    left_out = tuple(LeftOut(en, zh, count) for (en, zh), count in dropped.items() if count)
    dealt = assign_splits(kept, seed=plan.seed)
    _require_lessons(dealt)
    return Dataset(tuple(dealt), left_out)


def _names(tx: Session, plan: TrainingPlan) -> frozenset[str]:
    if plan.task is not ModelTask.CLASSIFIER:
        return frozenset()
    return frozenset(label.name for label in taxonomies.taxonomy(tx, plan.taxonomy).labels)


def _usable(
    found: Sequence[Example], names: frozenset[str]
) -> tuple[list[Example], dict[tuple[str, str], int]]:
    empty = gone = 0
    kept = []
    for example in found:
        if not example.text.strip():
            empty += 1
        elif names and example.label not in names:
            gone += 1
        else:
            kept.append(example)
    return kept, {
        ("no text (not read yet, or nothing on it)", "没有文字（尚未读取或为空）"): empty,
        ("its label is no longer in the taxonomy", "类别已不在分类体系中"): gone,
    }


def _each_text_once(found: Sequence[Example]) -> tuple[list[Example], int, int]:
    """The newest word on each text; one that was held out before stays the one that is kept."""
    by_text: dict[str, Example] = {}
    doubles = contradictions = 0
    for example in found:
        key = store.text_hash(example.text)
        before = by_text.get(key)
        if before is not None:
            same = (before.label, before.summary) == (example.label, example.summary)
            doubles += same
            contradictions += not same
            if same and before.split is Split.TEST:
                continue
        by_text[key] = example
    return list(by_text.values()), doubles, contradictions


def _require_enough(plan: TrainingPlan, kept: Sequence[Example]) -> None:
    if len(kept) < FEWEST_EXAMPLES:
        raise InvalidInput(
            field="examples",
            detail=f"{len(kept)} usable ones, at least {FEWEST_EXAMPLES} are needed; confirm or "
            "correct more documents, or import a file",
            detail_zh=f"可用样本 {len(kept)} 个，至少需要 {FEWEST_EXAMPLES} 个；"
            "请确认或更正更多文档，或导入文件",
        )
    labels = {example.label for example in kept}
    if plan.task is ModelTask.CLASSIFIER and len(labels) < FEWEST_LABELS:
        raise InvalidInput(
            field="labels",
            detail=f"all {len(kept)} examples have the same label; two are needed",
            detail_zh=f"{len(kept)} 个样本类别相同，至少需要两个类别",
        )


def _require_lessons(dealt: Sequence[Example]) -> None:
    """Near-duplicates of what is held out are held out with it; something must be left."""
    lessons = sum(example.split is not Split.TEST for example in dealt)
    if lessons < FEWEST_LESSONS:
        raise InvalidInput(
            field="examples",
            detail=f"{len(dealt)} usable ones, but {len(dealt) - lessons} of them are held out for "
            "tests or nearly the same as one that is; add documents that differ",
            detail_zh=f"可用样本 {len(dealt)} 个，但其中 {len(dealt) - lessons} 个留作测试"
            "或与测试样本几乎相同；请增加内容不同的文档",
        )


# Files between the processes ---------------------------------------------------------------


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    """One JSON object a line."""
    with path.open("w", encoding="utf-8") as target:
        for example in examples:
            target.write(json.dumps(_tree(example), ensure_ascii=False) + "\n")


def read_examples(path: Path) -> Iterator[Example]:
    """What ``write_examples`` wrote."""
    with path.open(encoding="utf-8") as source:
        for line in source:
            yield _example(json.loads(line))


def lineage(examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Who said what and when of every example, without its text: kept beside the model."""
    return [
        {key: value for key, value in _tree(example).items() if key not in ("text", "title")}
        for example in examples
    ]


def _tree(example: Example) -> dict[str, Any]:
    tree = asdict(example)
    told = tree["lineage"]
    if told is not None and told["at"] is not None:
        told["at"] = told["at"].isoformat()
    return tree


def _example(tree: Mapping[str, Any]) -> Example:
    told = tree["lineage"]
    origin = None
    if told is not None:
        at = told["at"] and dt.datetime.fromisoformat(told["at"])
        origin = Lineage(**{**told, "at": at})
    split = None if tree["split"] is None else Split(tree["split"])
    return Example(**{**tree, "split": split, "lineage": origin})
