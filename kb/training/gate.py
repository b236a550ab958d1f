"""The gate in front of service: not worse than who serves, overall and on every class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kb.domain.errors import Facts

FEWEST = 5
"""A class with fewer held-out documents than this says nothing about a difference."""
OVERALL = {"macro_f1": "macro F1", "accuracy": "accuracy", "rouge_l": "ROUGE-L"}
OVERALL_ZH = {"macro_f1": "宏平均 F1", "accuracy": "准确率", "rouge_l": "ROUGE-L"}


@dataclass(frozen=True, slots=True)
class Margins:
    """How much worse is still put up with, 0..1."""

    overall: float = 0.01
    of_class: float = 0.05


@dataclass(frozen=True, slots=True)
class ClassDifference:
    """F1 of a class, before and after."""

    label: str
    support: int
    """Held-out documents that have it."""
    serving: float | None
    challenger: float
    difference: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may serve, and why not."""

    passed: bool
    against: str
    """Name of the model in service, or of what comes with the product; empty: nothing."""
    margins: Margins
    reasons: tuple[tuple[str, str], ...]
    """(Chinese, English) sentences, worst first; empty when it passed."""
    overall: Mapping[str, Mapping[str, float]]
    """metric -> {"challenger", "serving", "difference"}."""
    classes: tuple[ClassDifference, ...]
    """Largest loss first."""
    baselines: Mapping[str, Mapping[str, float]]

    def as_json(self) -> dict[str, Any]:
        """Fields by name."""
        tree = asdict(self)
        tree["reasons"] = [{"zh": zh, "en": en} for zh, en in self.reasons]
        return tree

    def detail(self) -> Facts:
        """For PromotionRefused: the first reason in both languages."""
        zh, en = self.reasons[0] if self.reasons else ("", "")
        return {"detail": en, "detail_zh": zh}


def decide(
    challenger: Mapping[str, Any],
    serving: Mapping[str, Any] | None,
    margins: Margins,
    *,
    against: str = "",
) -> Verdict:
    """Compare two reports on the same held-out examples, and the challenger with its baselines.

    Args:
        challenger: its report: ``metrics``, ``per_class``, ``baselines``.
        serving: report of the model in service on the same examples; None: nobody serves.
        margins: how much worse is put up with.
        against: name of the model in service.
    """
    overall, reasons = _overall(challenger, serving, margins, against)
    classes, lost = _classes(challenger, serving, margins, against)
    reasons += lost
    reasons += _below_baseline(challenger, margins)
    return Verdict(
        passed=not reasons,
        against=against,
        margins=margins,
        reasons=tuple(reasons),
        overall=overall,
        classes=tuple(classes),
        baselines=challenger.get("baselines", {}),
    )


Reasons = list[tuple[str, str]]


def _overall(
    challenger: Mapping[str, Any],
    serving: Mapping[str, Any] | None,
    margins: Margins,
    against: str,
) -> tuple[dict[str, dict[str, float]], Reasons]:
    found: dict[str, dict[str, float]] = {}
    reasons: Reasons = []
    for metric, name in OVERALL.items():
        mine = _metric(challenger, metric)
        if mine is None:
            continue
        found[metric] = {"challenger": mine}
        theirs = None if serving is None else _metric(serving, metric)
        if theirs is None:
            continue
        found[metric] |= {"serving": theirs, "difference": round(mine - theirs, 4)}
        if theirs - mine > margins.overall:
            reasons.append(
                (
                    f"{OVERALL_ZH[metric]}为 {mine:.3f}，低于 {against} 的 {theirs:.3f}"
                    f"（允许差距 {margins.overall:.3f}）",
                    f"its {name} is {mine:.3f}, that of {against} {theirs:.3f}"
                    f" (margin {margins.overall:.3f})",
                )
            )
    return found, reasons


def _classes(
    challenger: Mapping[str, Any],
    serving: Mapping[str, Any] | None,
    margins: Margins,
    against: str,
) -> tuple[list[ClassDifference], Reasons]:
    before = {} if serving is None else _by_label(serving.get("per_class", ()))
    found = []
    for label, figures in _by_label(challenger.get("per_class", ())).items():
        theirs = before.get(label)
        f1 = round(float(figures["f1"]), 4)
        was = None if theirs is None else round(float(theirs["f1"]), 4)
        found.append(
            ClassDifference(
                label=label,
                support=int(figures["support"]),
                serving=was,
                challenger=f1,
                difference=None if was is None else round(f1 - was, 4),
            )
        )
    found.sort(key=lambda one: (one.difference is None, one.difference or 0.0, one.label))
    reasons = [
        (
            f"类别“{one.label}”的 F1 为 {one.challenger:.3f}，低于 {against} 的 {one.serving:.3f}"
            f"（{one.support} 份测试文档，允许差距 {margins.of_class:.3f}）",
            f"on the class “{one.label}” its F1 is {one.challenger:.3f}, that of {against} "
            f"{one.serving:.3f} ({one.support} held-out documents, margin {margins.of_class:.3f})",
        )
        for one in found
        if one.difference is not None
        and one.support >= FEWEST
        and -one.difference > margins.of_class
    ]
    return found, reasons


def _below_baseline(challenger: Mapping[str, Any], margins: Margins) -> Reasons:
    """Name the cheap method that should be used in its place, where one is better."""
    for metric in ("macro_f1", "rouge_l"):
        mine = _metric(challenger, metric)
        theirs = {
            name: float(figures[metric])
            for name, figures in challenger.get("baselines", {}).items()
            if metric in figures
        }
        if mine is None or not theirs:
            continue
        best = max(theirs, key=lambda name: theirs[name])
        if theirs[best] - mine > margins.overall:
            return [
                (
                    f"简单方法“{best}”的{OVERALL_ZH[metric]}为 {theirs[best]:.3f}，"
                    f"高于该模型的 {mine:.3f}",
                    f"the simple method “{best}” reaches {OVERALL[metric]} {theirs[best]:.3f}, "
                    f"this model {mine:.3f}",
                )
            ]
    return []


def _metric(report: Mapping[str, Any], name: str) -> float | None:
    value = report.get("metrics", {}).get(name, report.get(name))
    return None if value is None else round(float(value), 4)


def _by_label(per_class: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(figures["label"]): figures for figures in per_class}
