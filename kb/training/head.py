"""The way of training that takes seconds: a head over words and passage embeddings."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from kb.domain.errors import InvalidInput
from kb.domain.models import Example, ModelTask, Split, TrainingMethod, TrainingPlan
from kb.domain.understanding import Label, Taxonomy
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.head import HeadInput, Reader, save
from kb.enrichment.script import is_chinese
from kb.enrichment.zero_shot import label_vectors
from kb.evaluation.classification import ClassificationReport, classification_report
from kb.training.head_baselines import Texts, baselines
from kb.training.head_documents import read_texts
from kb.training.head_fit import Fitted, Lesson, fit_head
from kb.training.process_memory import peak_bytes
from kb.training.protocol import TrainedModel, Watch
from kb.training.splits import near_duplicates

_FEWEST_EXAMPLES, _FEWEST_LABELS = 4, 2
_TIMED = 50


class HeadTrainer:
    """Trains heads; method HEAD of the Trainer protocol."""

    def __init__(
        self,
        embedder: Embedder,
        taxonomy_named: Callable[[str], Taxonomy | None] = lambda name: None,
    ) -> None:
        """Take the parts and do nothing.

        Args:
            embedder: the one whose vectors documents have.
            taxonomy_named: gives descriptions of labels, which help while examples are few.
        """
        self._embedder = embedder
        self._taxonomy_named = taxonomy_named

    def train(
        self, plan: TrainingPlan, examples: Sequence[Example], folder: Path, watch: Watch
    ) -> TrainedModel:
        """Train on the examples that are not TEST, evaluate on those that are.

        Examples without a label help to tell what the labels' descriptions mean here.

        Without TEST examples the figures are those of cross-validation inside the others, and
        report.json says so. Started again after a kill, it begins anew: it takes seconds.

        Raises:
            InvalidInput: fewer than four examples or two labels.
        """
        started = time.perf_counter()
        learned = [e for e in examples if e.label is not None and e.split is not Split.TEST]
        tested = [e for e in examples if e.label is not None and e.split is Split.TEST]
        unlabelled = [e for e in examples if e.label is None and e.text.strip()]
        labels = _labels(plan, learned)

        def embedding(done: int, total: int) -> None:
            watch(done, total, {})

        documents = read_texts(
            [_whole(e) for e in (*learned, *tested, *unlabelled)], self._embedder, tick=embedding
        )
        known = len(learned) + len(tested)
        seen, held = documents[: len(learned)], documents[len(learned) : known]
        truth = np.array([labels.index(str(e.label)) for e in learned])
        groups = near_duplicates([e.text for e in learned], [e.group for e in learned])
        described = self._described(plan, labels, learned)
        fitted = fit_head(
            Lesson(seen, truth, labels, groups, described, documents[known:]),
            wanted_precision=plan.wanted_precision,
            embedder=self._embedder.model,
            tick=lambda done, total: watch(done, total, {}),
        )
        seconds = time.perf_counter() - started
        report = _report(plan, fitted, held, [str(e.label) for e in tested], learned)
        compared = self._compared(plan, labels, (learned, seen), (tested, held))
        _write(folder, plan, fitted, len(learned))
        cost = _cost(fitted, held or seen)
        facts = {
            **_named(report, tested or learned),
            **cost,
            "evaluated_on": "test" if tested else "cross-validation",
            "baselines": compared,
            "members": dict(fitted.losses),
            "train_seconds": round(seconds, 2),
        }
        (folder / "report.json").write_text(
            json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        (folder / "README.md").write_text(
            _card(folder.name, plan, learned, report, compared), encoding="utf-8"
        )
        return TrainedModel(folder, report.metrics() | cost, compared, seconds, 1.0)

    def _described(
        self, plan: TrainingPlan, labels: Sequence[str], examples: Sequence[Example]
    ) -> Vectors:
        """Vectors of the labels' descriptions, or of their names where they have none."""
        taxonomy = self._taxonomy_named(plan.taxonomy)
        known = {label.name: label for label in taxonomy.labels} if taxonomy else {}
        chinese = is_chinese("\n".join(e.text[:500] for e in examples[:50]))
        these = [known.get(name) or Label(name, name, name, "", "") for name in labels]
        return label_vectors(self._embedder, these, chinese=chinese)

    def _compared(
        self,
        plan: TrainingPlan,
        labels: Sequence[str],
        learned: tuple[Sequence[Example], Sequence[HeadInput]],
        tested: tuple[Sequence[Example], Sequence[HeadInput]],
    ) -> dict[str, dict[str, float]]:
        """The same figures of the customary alternatives, on the same documents."""
        if not tested[0]:
            return {}
        truth = np.array([labels.index(str(e.label)) for e in learned[0]])
        found = baselines(_texts(*learned), truth, _texts(*tested), len(labels))
        names = [str(e.label) for e in tested[0]]
        return {
            name: classification_report(
                labels, shares, names, wanted_precision=plan.wanted_precision
            ).metrics()
            for name, shares in found.items()
        }


def _texts(examples: Sequence[Example], documents: Sequence[HeadInput]) -> Texts:
    means = np.stack([document.vectors.mean(axis=0) for document in documents])
    return Texts([_whole(example) for example in examples], means)


def _whole(example: Example) -> str:
    starts = example.text.lstrip().startswith(example.title)
    return example.text if starts else f"{example.title}\n\n{example.text}"


def _labels(plan: TrainingPlan, learned: Sequence[Example]) -> list[str]:
    labels = sorted({str(example.label) for example in learned})
    if plan.task is not ModelTask.CLASSIFIER or plan.method is not TrainingMethod.HEAD:
        raise InvalidInput(field="method", detail=f"{plan.method} {plan.task} is not a head")
    if len(learned) < _FEWEST_EXAMPLES or len(labels) < _FEWEST_LABELS:
        raise InvalidInput(
            field="examples",
            detail=(
                f"{len(learned)} examples of {len(labels)} labels; at least {_FEWEST_EXAMPLES} "
                f"of {_FEWEST_LABELS} are needed / "
                f"仅有 {len(learned)} 个样本、{len(labels)} 个类别，"
                f"至少需要 {_FEWEST_EXAMPLES} 个、{_FEWEST_LABELS} 类"
            ),
        )
    return labels


def _report(
    plan: TrainingPlan,
    fitted: Fitted,
    held: Sequence[HeadInput],
    names: Sequence[str],
    learned: Sequence[Example],
) -> ClassificationReport:
    reader = Reader(fitted.head)
    shares = np.stack([reader.probabilities(d) for d in held]) if held else fitted.held_out
    return classification_report(
        fitted.head.labels,
        shares,
        names if held else [str(e.label) for e in learned],
        wanted_precision=plan.wanted_precision,
        threshold=fitted.head.threshold,
        seed=plan.seed,
    )


def _named(report: ClassificationReport, judged: Sequence[Example]) -> dict[str, Any]:
    """The report, each of its errors with the key of its example."""
    tree = report.as_json()
    for error in tree["errors"]:
        error["key"] = judged[error["at"]].key
    return tree


def _cost(fitted: Fitted, documents: Sequence[HeadInput]) -> dict[str, float]:
    """Milliseconds a document whose passages are embedded already, and memory of the training."""
    some = documents[:_TIMED]
    reader = Reader(fitted.head)
    reader.probabilities(some[0])
    started = time.perf_counter()
    for document in some:
        reader.probabilities(document)
    each = (time.perf_counter() - started) / len(some)
    return {
        "latency_ms": round(each * 1000, 2),
        "peak_memory_mb": round(peak_bytes() / 1e6, 1),
    }


def _write(folder: Path, plan: TrainingPlan, fitted: Fitted, examples: int) -> None:
    about = {
        "task": plan.task.value,
        "method": plan.method.value,
        "taxonomy": plan.taxonomy,
        "base": fitted.head.embedder,
        "max_tokens": 0,
        "wanted_precision": plan.wanted_precision,
        "examples": examples,
        "created_by": f"zhiku {version('kb')}",
    }
    save(replace(fitted.head, about=about), folder)


def _card(
    name: str,
    plan: TrainingPlan,
    learned: Sequence[Example],
    report: ClassificationReport,
    compared: Mapping[str, Mapping[str, float]],
) -> str:
    counts = Counter(str(example.label) for example in learned)
    rows = [f"| {label} | {number} |" for label, number in sorted(counts.items())]
    figures = {"this head": report.metrics(), **compared}
    shown = ("accuracy", "macro_f1", "ece", "accepted_share", "accepted_precision")
    table = [
        f"| {who} | " + " | ".join(f"{found[key]:.3f}" for key in shown) + " |"
        for who, found in figures.items()
    ]
    return "\n".join([
        f"# {name}",
        "",
        f"A classification head for the taxonomy “{plan.taxonomy}”: words (TF-IDF, ridge), pooled "
        "passage embeddings (discriminant, logistic regression, descriptions) and gated attention, "
        "blended by cross-validation. Weights: head.safetensors; nothing is pickled.",
        f"分类头，类别体系“{plan.taxonomy}”。权重为 safetensors，不含 pickle。",
        "",
        f"## Figures on {report.documents} held-out documents 指标",
        "",
        "| | " + " | ".join(shown) + " |",
        "|---|" + "---|" * len(shown),
        *table,
        "",
        f"## Learned from {len(learned)} documents 训练数据",
        "",
        "| label | documents |",
        "|---|---|",
        *rows,
        "",
        "It knows these labels only. Probabilities below the threshold in model.json are for a "
        "person to judge.",
        "",
    ])  # fmt: skip
