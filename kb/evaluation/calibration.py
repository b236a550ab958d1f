"""Whether probabilities mean what they say, and making them so."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Truth = NDArray[np.integer]

BINS = 10
_Z = 1.959964
"""97.5 % point of the normal distribution: intervals hold 95 %."""
_LOWEST, _HIGHEST = 0.02, 20.0
_STEPS = 32


def softmax(scores: Floats) -> NDArray[np.float64]:
    """Scores to probabilities along the last axis."""
    scores = np.asarray(scores, np.float64)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def log_loss(probabilities: Floats, truth: Truth) -> float:
    """Mean negative log-likelihood of the true classes: nats."""
    mine = np.asarray(probabilities, np.float64)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(mine, 1e-12)).mean())


def fit_temperature(scores: Floats, truth: Truth) -> float:
    """The temperature at which softmax(scores / T) has the least log loss (Guo et al. 2017).

    Args:
        scores: (n, k) logits, or log-probabilities, of examples the model was not trained on.
        truth: (n,) column numbers.

    Returns:
        T in .02..20; 1 without examples. Golden-section search over log T, in which the loss is
        unimodal.
    """
    if not len(truth):
        return 1.0
    low, high = math.log(_LOWEST), math.log(_HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(_STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _loss_at(scores, truth, left) < _loss_at(scores, truth, right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _loss_at(scores: Floats, truth: Truth, log_temperature: float) -> float:
    return log_loss(softmax(np.asarray(scores) / math.exp(log_temperature)), truth)


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Mean distance of confidence and accuracy over ten bins of equal mass: 0..1.

    Args:
        confidence: (n,) probability of the chosen class.
        right: (n,) whether it was the true one.
    """
    if not len(confidence):
        return 0.0
    order = np.argsort(confidence, kind="stable")
    error = 0.0
    for members in np.array_split(order, min(BINS, len(order))):
        gap = abs(float(np.mean(confidence[members])) - float(np.mean(right[members])))
        error += gap * len(members) / len(order)
    return error


def wilson_interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) of nothing."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = right / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def choose_threshold(confidence: Floats, right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest confidence from which on answers are right as often as ``wanted``.

    The share of right answers is taken as right / (accepted + 1), so that a handful of lucky
    answers does not open the door. Where no threshold reaches it, ``wanted`` itself is returned:
    of calibrated answers, those are right at least that often.

    Args:
        confidence: (n,) calibrated probabilities of the chosen classes, on examples that were not
            trained on.
        right: (n,) whether the chosen class was the true one.
        wanted: precision, 0..1.
    """
    order = np.argsort(-np.asarray(confidence), kind="stable")
    ranked = np.asarray(confidence, np.float64)[order]
    hits = np.cumsum(right[order])
    precise = hits / (np.arange(len(ranked)) + 2) >= wanted
    ends = np.append(ranked[1:] < ranked[:-1], [True])[: len(ranked)]
    possible = np.flatnonzero(precise & ends)
    return float(ranked[possible[-1]]) if len(possible) else wanted
