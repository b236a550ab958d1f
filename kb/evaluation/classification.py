"""How well documents are classified: the one report that every kind of classifier gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import InvalidInput
from kb.evaluation.calibration import (
    Floats,
    choose_threshold,
    expected_calibration_error,
    wilson_interval,
)

_RESAMPLES = 500
_CURVE = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
_MOST_ERRORS = 30


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one label fared."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    """Documents that have it."""


@dataclass(frozen=True, slots=True)
class AbstainPoint:
    """What a threshold would do."""

    threshold: float
    accepted_share: float
    precision: float
    """Of the accepted; 1 when none is."""


@dataclass(frozen=True, slots=True)
class Misjudged:
    """A wrong answer."""

    at: int
    """Position in what was evaluated."""
    truth: str
    said: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ClassificationReport:
    """Everything the gate and people look at."""

    documents: int
    labels: tuple[str, ...]
    accuracy: float
    macro_f1: float
    """Mean F1 over the labels that occur as truth or as answer."""
    macro_f1_ci: tuple[float, float]
    """95 %, by resampling the documents."""
    per_class: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    """[truth][answer], in the order of ``labels``."""
    ece: float
    """Ten bins of equal mass."""
    abstain: tuple[AbstainPoint, ...]
    wanted_precision: float
    threshold: float
    """At or above it an answer is accepted without a person."""
    accepted_share: float
    accepted_precision: float
    accepted_precision_ci: tuple[float, float]
    errors: tuple[Misjudged, ...]
    """The most confident ones first."""

    def metrics(self) -> dict[str, float]:
        """The figures a model version is listed with."""
        return {
            "accuracy": round(self.accuracy, 4),
            "macro_f1": round(self.macro_f1, 4),
            "macro_f1_low": round(self.macro_f1_ci[0], 4),
            "macro_f1_high": round(self.macro_f1_ci[1], 4),
            "ece": round(self.ece, 4),
            "threshold": round(self.threshold, 4),
            "accepted_share": round(self.accepted_share, 4),
            "accepted_precision": round(self.accepted_precision, 4),
            "documents": float(self.documents),
        }

    def as_json(self) -> dict[str, Any]:
        """Fields by name, nested values as objects and lists."""
        tree: dict[str, Any] = asdict(self)
        return tree


def classification_report(
    labels: Sequence[str],
    probabilities: Floats,
    truth: Sequence[str],
    *,
    wanted_precision: float,
    threshold: float | None = None,
    seed: int = 0,
) -> ClassificationReport:
    """Measure answers against the truth.

    Args:
        labels: name of each column.
        probabilities: (n, k); the best of a row is its answer.
        truth: (n,) label names. One that has no column counts as missed.
        wanted_precision: of answers that need no person, 0..1.
        threshold: as chosen beforehand on other documents. None: each half of the documents is
            judged by the threshold that the other half gives, and the one of all is reported.
        seed: of the resampling and the halves.

    Raises:
        InvalidInput: nothing to measure, or sizes that do not fit.
    """
    shares = np.asarray(probabilities, np.float64)
    if not len(truth) or shares.shape != (len(truth), len(labels)):
        raise InvalidInput(
            field="probabilities",
            detail=f"{shares.shape} for {len(truth)} documents and {len(labels)} labels",
        )
    names = (*labels, *sorted(set(truth) - set(labels)))
    number = {name: at for at, name in enumerate(names)}
    true = np.array([number[name] for name in truth])
    said = shares.argmax(axis=1)
    confidence = shares.max(axis=1)
    right = said == true
    counts = confusion_matrix(true, said, len(names))
    resampled = _resampled(true, said, len(names), seed)
    accepted, threshold = _accepted(confidence, right, wanted_precision, threshold, seed)
    kept, hits = int(accepted.sum()), int((accepted & right).sum())
    return ClassificationReport(
        documents=len(true),
        labels=names,
        accuracy=float(right.mean()),
        macro_f1=macro_f1(counts),
        macro_f1_ci=(float(np.quantile(resampled, 0.025)), float(np.quantile(resampled, 0.975))),
        per_class=_per_class(names, counts),
        confusion=tuple(tuple(row) for row in counts.tolist()),
        ece=expected_calibration_error(confidence, right),
        abstain=tuple(_point(confidence, right, at) for at in _CURVE),
        wanted_precision=wanted_precision,
        threshold=threshold,
        accepted_share=kept / len(true),
        accepted_precision=hits / kept if kept else 1.0,
        accepted_precision_ci=wilson_interval(hits, kept),
        errors=_errors(names, true, said, confidence),
    )


def confusion_matrix(
    truth: NDArray[np.integer], said: NDArray[np.integer], labels: int
) -> NDArray[np.int64]:
    """Counts by [truth][answer]: (labels, labels)."""
    pairs = np.bincount(truth * labels + said, minlength=labels * labels)
    return pairs.reshape(labels, labels).astype(np.int64)


def macro_f1(confusion: NDArray[np.integer]) -> float:
    """Mean F1 over the labels that occur as truth or as answer."""
    return float(_f1(confusion)[_occurs(confusion)].mean())


def _occurs(confusion: NDArray[np.integer]) -> NDArray[np.bool_]:
    occurs: NDArray[np.bool_] = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    return occurs


def _f1(confusion: NDArray[np.integer]) -> NDArray[np.float64]:
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    shares: NDArray[np.float64] = 2 * np.diag(confusion) / np.maximum(both, 1)
    return shares


def _resampled(
    truth: NDArray[np.integer], said: NDArray[np.integer], labels: int, seed: int
) -> list[float]:
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(_RESAMPLES):
        picked = draw.integers(0, len(truth), len(truth))
        found.append(macro_f1(confusion_matrix(truth[picked], said[picked], labels)))
    return found


def _accepted(
    confidence: Floats,
    right: NDArray[np.bool_],
    wanted: float,
    threshold: float | None,
    seed: int,
) -> tuple[NDArray[np.bool_], float]:
    """Which answers need no person, and from which confidence on."""
    if threshold is not None:
        return np.asarray(confidence >= threshold), threshold
    order = np.random.default_rng(seed).permutation(len(confidence))
    halves = order[::2], order[1::2]
    accepted = np.zeros(len(confidence), bool)
    for one, other in (halves, halves[::-1]):
        accepted[one] = confidence[one] >= choose_threshold(confidence[other], right[other], wanted)
    return accepted, choose_threshold(confidence, right, wanted)


def _per_class(names: Sequence[str], confusion: NDArray[np.integer]) -> tuple[ClassFigures, ...]:
    said, true = confusion.sum(axis=0), confusion.sum(axis=1)
    hits, f1 = np.diag(confusion), _f1(confusion)
    return tuple(
        ClassFigures(
            label=name,
            precision=float(hits[at] / max(said[at], 1)),
            recall=float(hits[at] / max(true[at], 1)),
            f1=float(f1[at]),
            support=int(true[at]),
        )
        for at, name in enumerate(names)
    )


def _point(confidence: Floats, right: NDArray[np.bool_], threshold: float) -> AbstainPoint:
    accepted = confidence >= threshold
    kept = int(accepted.sum())
    precision = float(right[accepted].mean()) if kept else 1.0
    return AbstainPoint(threshold, kept / len(right), precision)


def _errors(
    names: Sequence[str],
    truth: NDArray[np.integer],
    said: NDArray[np.integer],
    confidence: Floats,
) -> tuple[Misjudged, ...]:
    wrong = np.flatnonzero(truth != said)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:_MOST_ERRORS]
    return tuple(
        Misjudged(int(at), names[truth[at]], names[said[at]], float(confidence[at])) for at in worst
    )
