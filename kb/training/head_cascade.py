"""The cascade measured: a head over the opening, then the head over the whole document."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.enrichment.cascade import OPENING_PASSAGES, OperatingPoint, choose_sure, operating_curve
from kb.enrichment.head import HeadInput, Reader
from kb.evaluation.classification import confusion_matrix, macro_f1
from kb.training.head_evaluation import ReadSet, folds
from kb.training.head_fit import fit_head

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def opening(document: HeadInput) -> HeadInput:
    """A document's beginning as a head reads it; short texts are read whole."""
    if len(document.vectors) <= OPENING_PASSAGES:
        return document
    return HeadInput(document.opening, document.vectors[:OPENING_PASSAGES], document.opening)


def cascade_curve(these: ReadSet, *, seed: int = 0) -> dict[str, Any]:
    """Both steps in five folds; a threshold chosen on half of the documents serves the other half.

    Returns:
        share answered by the opening, macro-F1 with the cascade and without, cost in passages
        embedded relative to always reading everything, and the operating curve.
    """
    cheap, dear = _both(these, seed)
    costs = (
        np.array([min(len(d.vectors), OPENING_PASSAGES) for d in these.documents], np.float64),
        np.array([max(len(d.vectors) - OPENING_PASSAGES, 0) for d in these.documents], np.float64),
    )
    alone = float((costs[0] + costs[1]).sum())
    draw = np.random.default_rng(seed).permutation(len(these.truth))
    halves = draw[::2], draw[1::2]
    joined, stays = dear.copy(), np.zeros(len(these.truth), bool)
    for chosen_on, used_on in (halves, halves[::-1]):
        sure = choose_sure(_points(these, cheap, dear, costs, chosen_on)).sure
        stays[used_on] = cheap[used_on].max(axis=1) >= sure
    joined[stays] = cheap[stays]
    everything = np.arange(len(these.truth))
    spent = float(costs[0].sum() + costs[1][~stays].sum())
    return {
        "opening_share": round(float(stays.mean()), 4),
        "macro_f1_cascade": round(_f1(these, joined, everything), 4),
        "macro_f1_document": round(_f1(these, dear, everything), 4),
        "macro_f1_opening": round(_f1(these, cheap, everything), 4),
        "passages_cascade": spent,
        "passages_document": alone,
        "compute_saved": round(1 - spent / alone, 4),
        "curve": [
            {name: round(value, 4) for name, value in asdict(point).items()}
            for point in _points(these, cheap, dear, costs, everything)[::4]
        ],
    }


def _both(these: ReadSet, seed: int) -> tuple[Floats, Floats]:
    """Held-out probabilities of the head over openings and of that over documents."""
    starts = [opening(document) for document in these.documents]
    found = []
    for documents in (starts, list(these.documents)):
        shares = np.zeros((len(these.truth), len(these.labels)))
        part = replace(these, documents=documents)
        for seen, held in folds(these.truth, these.groups, seed):
            lesson = part.lesson(seen, attention=False)
            fitted = fit_head(lesson, wanted_precision=0.98, embedder=these.embedder)
            reader = Reader(fitted.head)
            shares[held] = [reader.probabilities(documents[at]) for at in held]
        found.append(shares)
    return found[0], found[1]


def _points(
    these: ReadSet, cheap: Floats, dear: Floats, costs: tuple[Floats, Floats], rows: Numbers
) -> list[OperatingPoint]:
    return operating_curve(
        cheap[rows],
        dear[rows],
        (costs[0][rows], costs[1][rows]),
        lambda shares: _f1(these, shares, rows),
    )


def _f1(these: ReadSet, shares: Floats, rows: Numbers) -> float:
    best = shares.argmax(axis=1)
    return macro_f1(confusion_matrix(these.truth[rows], best, len(these.labels)))
