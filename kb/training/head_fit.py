"""Fits the members of a head and chooses their blend inside the training examples."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.embedding.protocol import Vectors
from kb.enrichment.attention import GatedAttention
from kb.enrichment.head import TERM_MEMBERS, Head, HeadInput, Linear, pooled
from kb.enrichment.words import Words, vocabulary
from kb.evaluation.calibration import choose_threshold, fit_temperature, softmax
from kb.training import head_attention
from kb.training.head_zero import drawn_descriptions

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Tick = Callable[[int, int], None]

ATTENTION, DESCRIPTIONS = "attention", "descriptions"
_MOST_TERMS = 40_000
_LONGER = 0.2
_FOLDS = 4
_RIDGES = (0.1, 0.3, 1.0)
_SHRINKAGES = (0.2, 0.4, 0.7, 0.9)
_STRENGTHS = (30.0, 300.0)
"""Inverse regularisation of logistic regression on vectors scaled to a mean square of one."""
_ITERATIONS = 60
_NEGLIGIBLE = 1e-4
_ENOUGH = 5
"""Documents a label, with or without one, that draw its description towards them."""
_BLENDS = (0.0, 0.15, 0.3, 0.5, 0.7, 1.0, 1.5, 2.5)
_ABSENT = 30.0
"""How far below the worst score a label lies that a fold has no example of."""


@dataclass(frozen=True, slots=True)
class Terms:
    """TF-IDF vectors of documents."""

    words: Words
    places: tuple[tuple[list[int], NDArray[np.float32]], ...]
    """Terms of each document and their weights."""
    kernel: Floats
    """(n, n) inner products."""


@dataclass(frozen=True, slots=True)
class Material:
    """Documents as numbers; rows are documents."""

    vectors: Floats
    """(n, r) pooled, centred, mean square length 1, along ``axes``."""
    axes: Floats
    """(2 d, r) orthonormal; what they leave out is a ten-thousandth of the variance."""
    centre: Floats
    """(2 d,)."""
    scale: float
    terms: Mapping[str, Terms]
    """What each of the members over terms reads."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a head learns from."""

    documents: Sequence[HeadInput]
    truth: Numbers
    """(n,) positions in ``labels``; at least two of them occur."""
    labels: Sequence[str]
    groups: Sequence[int]
    """Near-duplicates share a number."""
    described: Vectors | None = None
    """(labels, d) unit vectors of the labels' descriptions."""
    unlabelled: Sequence[HeadInput] = ()
    """Documents without labels; descriptions are drawn towards those that they attract."""
    attention: bool = True
    """Try gated attention where documents are long and torch is there."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head with what it said of each training example while that was held out."""

    head: Head
    held_out: Floats
    """(n, labels) calibrated probabilities."""
    losses: Mapping[str, float]
    """Of each member alone, held out, every label counting the same: nats."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """One setting of one member, and its held-out scores, scaled to their best temperature."""

    member: str
    setting: float
    scores: Floats
    temperature: float
    """What they were divided by."""
    loss: float


def material(documents: Sequence[HeadInput]) -> Material:
    """Turn training documents into numbers."""
    raw = np.stack([pooled(document.vectors) for document in documents]).astype(np.float64)
    centre = raw.mean(axis=0)
    scale = 1 / max(float(np.sqrt(((raw - centre) ** 2).sum(axis=1).mean())), 1e-9)
    vectors = (raw - centre) * scale
    axes = _basis(vectors)
    terms = {name: _terms(name, documents) for name in _term_members(documents)}
    return Material(vectors @ axes, axes, centre, scale, terms)


def _term_members(documents: Sequence[HeadInput]) -> tuple[str, ...]:
    """The opening is heard on its own where many documents have more than one."""
    longer = sum(document.terms != document.opening for document in documents if document.opening)
    return TERM_MEMBERS if longer >= _LONGER * len(documents) else TERM_MEMBERS[:1]


def _terms(member: str, documents: Sequence[HeadInput]) -> Terms:
    counted = [document.terms_of(member) for document in documents]
    words = vocabulary(counted, _MOST_TERMS)
    numbers = words.numbers()
    places = tuple(words.vector(counts, numbers) for counts in counted)
    return Terms(words, places, _kernel(places, len(words.terms)))


def _kernel(places: Sequence[tuple[list[int], NDArray[np.float32]]], terms: int) -> Floats:
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy, for training only

    ends = np.cumsum([0, *(len(found) for found, _ in places)])
    columns = np.concatenate([np.asarray(found, np.int64) for found, _ in places])
    weights = np.concatenate([weight for _, weight in places])
    rows = csr_array((weights, columns, ends), shape=(len(places), terms))
    products: Floats = (rows @ rows.T).toarray().astype(np.float64)
    return products


def fit_head(
    lesson: Lesson,
    *,
    wanted_precision: float,
    embedder: str,
    tick: Tick = lambda done, total: None,
) -> Fitted:
    """Train a head.

    Settings of each member, the blend, the temperature and the threshold are chosen on scores
    of documents that were held out in turn, groups together.

    Args:
        lesson: what to learn.
        wanted_precision: of answers at or above the threshold, 0..1.
        embedder: identity of the vectors.
        tick: told (steps done, steps in all).
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    # Matrices this small wait for a second thread rather than use it: twenty times slower on a
    # busy machine.
    with threadpool_limits(limits=1):
        return _fit(lesson, wanted_precision, embedder, tick)


def _fit(lesson: Lesson, wanted_precision: float, embedder: str, tick: Tick) -> Fitted:
    truth = lesson.truth
    these = material(lesson.documents)
    folds = _folds(truth, lesson.groups)
    jobs = _jobs(lesson, these)
    trials = []
    for done, job in enumerate(jobs):
        tick(done, len(jobs) + 1)
        trials.append(_trial(these, lesson, folds, job))
    best = _best_of_each(trials)
    blend = {name: weight for name, weight in _blend(best, truth).items() if weight}
    scores = _blended(blend, best)
    temperature = fit_temperature(scores, truth)
    held_out = softmax(scores / temperature)
    right = held_out.argmax(axis=1) == truth
    linear = {name: _final(these, lesson, best[name]) for name in blend if name != ATTENTION}
    attention = _final_attention(lesson, best[ATTENTION]) if ATTENTION in blend else None
    tick(len(jobs) + 1, len(jobs) + 1)
    head = Head(
        labels=tuple(lesson.labels),
        blend=blend,
        linear=linear,
        words={name: found.words for name, found in these.terms.items() if name in linear},
        attention=attention,
        temperature=temperature,
        threshold=choose_threshold(held_out.max(axis=1), right, wanted_precision),
        embedder=embedder,
    )
    losses = {name: round(trial.loss, 4) for name, trial in best.items()}
    return Fitted(head, held_out, losses)


def _jobs(lesson: Lesson, these: Material) -> list[tuple[str, float]]:
    jobs = [(name, s) for name in these.terms for s in _RIDGES]
    jobs += [("discriminant", s) for s in _SHRINKAGES]
    jobs += [("logistic", s) for s in _STRENGTHS]
    if lesson.described is not None:
        jobs.append((DESCRIPTIONS, 0.0))
    if lesson.attention and head_attention.worthwhile([len(d.vectors) for d in lesson.documents]):
        jobs.append((ATTENTION, 0.0))
    return jobs


def _folds(truth: Numbers, groups: Sequence[int]) -> list[Numbers]:
    """Held-out rows of each fold: groups whole, labels spread as evenly as groups allow."""
    members: dict[int, list[int]] = {}
    for at, group in enumerate(groups):
        members.setdefault(group, []).append(at)
    order = sorted(members.values(), key=lambda rows: (int(truth[rows[0]]), rows[0]))
    folds: list[list[int]] = [[] for _ in range(min(_FOLDS, max(len(order), 2)))]
    for at, rows in enumerate(order):
        folds[at % len(folds)] += rows
    return [np.array(sorted(fold), np.int64) for fold in folds]


def _trial(
    these: Material, lesson: Lesson, folds: Sequence[Numbers], job: tuple[str, float]
) -> _Trial:
    member, setting = job
    truth, labels = lesson.truth, len(lesson.labels)
    scores = np.zeros((len(truth), labels))
    for held in folds:
        seen = np.setdiff1d(np.arange(len(truth)), held)
        if member in these.terms:
            scores[held] = _ridge(these.terms[member].kernel, truth, labels, (seen, held), setting)
        elif member == ATTENTION:
            vectors = [document.vectors for document in lesson.documents]
            fitted = head_attention.train([vectors[at] for at in seen], truth[seen], labels)
            scores[held] = [fitted.scores(vectors[at]) for at in held]
        else:
            linear = _vector_member(these, lesson, member)(seen, setting)
            scores[held] = these.vectors[held] @ linear.weight + linear.bias
    scores -= scores.max(axis=1, keepdims=True)
    temperature = fit_temperature(scores, truth)
    scores /= temperature
    return _Trial(member, setting, scores, temperature, _balanced_loss(scores, truth))


def _vector_member(
    these: Material, lesson: Lesson, name: str
) -> Callable[[Numbers, float], Linear]:
    """How a member that is linear in pooled vectors is fitted to some rows."""
    labels = len(lesson.labels)
    if name == DESCRIPTIONS and lesson.described is not None:
        compared = _comparison(these, _drawn(lesson, lesson.described))
        return lambda seen, setting: compared
    fit = _discriminant if name == "discriminant" else _logistic
    return lambda seen, setting: fit(these.vectors[seen], lesson.truth[seen], labels, setting)


def _drawn(lesson: Lesson, described: Vectors) -> Vectors:
    """Descriptions, drawn towards all documents where there are enough to tell labels apart."""
    everything = [*lesson.documents, *lesson.unlabelled]
    if len(everything) < _ENOUGH * len(lesson.labels):
        return described
    return drawn_descriptions(everything, described)


def _comparison(these: Material, described: Vectors) -> Linear:
    """Similarity of the mean passage to each description: no example is needed."""
    centred = described - described.mean(axis=0)
    units = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    weight = these.axes[: units.shape[1]].T @ units.T
    return Linear(weight.astype(np.float32), np.zeros(len(units), np.float32))


def _best_of_each(trials: Sequence[_Trial]) -> dict[str, _Trial]:
    best: dict[str, _Trial] = {}
    for trial in trials:
        if trial.member not in best or trial.loss < best[trial.member].loss:
            best[trial.member] = trial
    return best


def _balanced_loss(scores: Floats, truth: Numbers) -> float:
    """Log loss at the best temperature, rare labels heard more: between accuracy and macro-F1.

    Each document weighs the inverse root of its label's count; labels with one example, which
    cannot be right while it is held out, say nothing.
    """
    shares = softmax(scores / fit_temperature(scores, truth))
    losses = -np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-4))
    counts = np.bincount(truth)[truth]
    weights = np.where(counts > 1, counts**-0.5, 1e-9)
    return float((losses * weights).sum() / weights.sum())


def _blended(blend: Mapping[str, float], best: Mapping[str, _Trial]) -> Floats:
    """Held-out scores of a blend: (n, labels)."""
    parts: list[Floats] = [weight * best[name].scores for name, weight in blend.items()]
    total: Floats = np.sum(parts, axis=0)
    return total


def _blend(best: Mapping[str, _Trial], truth: Numbers) -> dict[str, float]:
    """Weights with the least held-out loss: the best member first, then by coordinate search."""
    first = min(best, key=lambda name: best[name].loss)
    blend = dict.fromkeys(best, 0.0) | {first: 1.0}
    least = best[first].loss
    for _ in range(2):
        for name in best:
            if name == first:
                continue
            for weight in _BLENDS:
                tried = blend | {name: weight}
                loss = _balanced_loss(_blended(tried, best), truth)
                if loss < least:
                    blend, least = tried, loss
    return blend


def _ridge_targets(truth: Numbers, labels: int) -> tuple[Floats, Floats, Floats]:
    """One-hot targets less their weighted mean, that mean, and a weight for each document.

    A document weighs the inverse root of its label's count, so that rare labels are heard.
    """
    targets = np.eye(labels)[truth]
    weights = 1 / np.sqrt(np.maximum(targets.sum(axis=0), 1))[truth]
    weights = weights / weights.mean()
    mean = (targets * weights[:, None]).mean(axis=0)
    return targets - mean, mean, weights


def _solved(inner: Floats, targets: Floats) -> Floats:
    """Solve for a positive definite left side."""
    from scipy.linalg import solve  # noqa: PLC0415 - heavy, for training only

    found: Floats = solve(inner, targets, assume_a="pos", overwrite_a=True, check_finite=False)
    return found


def _ridge(
    kernel: Floats, truth: Numbers, labels: int, parts: tuple[Numbers, Numbers], ridge: float
) -> Floats:
    """Scores of the held-out part by kernel ridge regression on the seen one."""
    seen, held = parts
    targets, mean, weights = _ridge_targets(truth[seen], labels)
    inner = kernel[np.ix_(seen, seen)] + ridge * np.diag(1 / weights)
    scores: Floats = kernel[np.ix_(held, seen)] @ _solved(inner, targets) + mean
    return scores


def _final(these: Material, lesson: Lesson, trial: _Trial) -> Linear:
    """Fit the member on everything, divided by the temperature of its held-out scores."""
    truth, labels = lesson.truth, len(lesson.labels)
    if trial.member in these.terms:
        terms = these.terms[trial.member]
        targets, mean, weights = _ridge_targets(truth, labels)
        inner = terms.kernel + trial.setting * np.diag(1 / weights)
        dual = _solved(inner, targets) / trial.temperature
        of_terms = np.zeros((len(terms.words.terms), labels), np.float32)
        for row, (places, found) in enumerate(terms.places):
            of_terms[places] += np.outer(found, dual[row])
        return Linear(of_terms, (mean / trial.temperature).astype(np.float32))
    everything = np.arange(len(truth))
    fitted = _vector_member(these, lesson, trial.member)(everything, trial.setting)
    weight = these.axes @ fitted.weight.astype(np.float64) / trial.temperature
    bias = fitted.bias / trial.temperature - (these.centre * these.scale) @ weight
    return Linear((weight * these.scale).astype(np.float32), bias.astype(np.float32))


def _final_attention(lesson: Lesson, trial: _Trial) -> GatedAttention:
    """The same for attention."""
    vectors = [document.vectors for document in lesson.documents]
    fitted = head_attention.train(vectors, lesson.truth, len(lesson.labels))
    return replace(
        fitted,
        weight=fitted.weight / np.float32(trial.temperature),
        bias=fitted.bias / np.float32(trial.temperature),
    )


def _discriminant(vectors: Floats, truth: Numbers, labels: int, shrinkage: float) -> Linear:
    """Linear discriminant analysis, its covariance shrunk towards a sphere."""
    present, places, counts = np.unique(truth, return_inverse=True, return_counts=True)
    means = np.stack([vectors[truth == label].mean(axis=0) for label in present])
    inside = vectors - means[places]
    covariance = inside.T @ inside / len(vectors)
    sphere = max(float(np.trace(covariance)) / len(covariance), 1e-6)
    covariance *= 1 - shrinkage
    covariance[np.diag_indices_from(covariance)] += shrinkage * sphere
    weight = _solved(covariance, means.T)
    bias = np.log(counts / counts.sum()) - (means.T * weight).sum(axis=0) / 2
    return _spread(weight, bias, present, labels)


def _logistic(vectors: Floats, truth: Numbers, labels: int, strength: float) -> Linear:
    """Multinomial logistic regression with an L2 penalty.

    Accelerated descent preconditioned by Boehning's bound of the Hessian, X'X / 2 + 1 / strength
    for every label (Boehning 1992): no line search, and sixty steps suffice where plain descent
    takes hundreds.
    """
    from scipy.linalg import cho_factor, cho_solve  # noqa: PLC0415 - heavy, for training only

    present, places = np.unique(truth, return_inverse=True)
    centre = vectors.mean(axis=0)
    inputs = np.hstack([vectors - centre, np.ones((len(vectors), 1))])
    penalty = np.full(inputs.shape[1], 1 / strength)
    penalty[-1] = 1e-6  # the bias is free
    bound = cho_factor(inputs.T @ inputs / 2 + np.diag(penalty))
    targets = np.eye(len(present))[places]
    weight = ahead = np.zeros((inputs.shape[1], len(present)))
    momentum = 1.0
    for _ in range(_ITERATIONS):
        gradient = inputs.T @ (softmax(inputs @ ahead) - targets) + penalty[:, None] * ahead
        moved = ahead - cho_solve(bound, gradient, check_finite=False)
        following = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
        step = moved - weight
        if float((gradient * step).sum()) > 0:  # past the valley: begin anew (O'Donoghue 2015)
            following = 1.0
        ahead = moved + (momentum - 1) / following * step if following > 1 else moved
        weight, momentum = moved, following
    bias = weight[-1] - centre @ weight[:-1]
    return _spread(weight[:-1], bias, present, labels)


def _basis(vectors: Floats) -> Floats:
    """Orthonormal axes that hold all but a ten-thousandth of the variance: (features, fewer)."""
    values, axes = np.linalg.eigh(vectors.T @ vectors)
    beyond = np.cumsum(values) > _NEGLIGIBLE * values.sum()
    basis: Floats = axes[:, beyond]
    return basis


def _spread(weight: Floats, bias: Floats, present: Numbers, labels: int) -> Linear:
    """Put the columns where their labels are; a label without examples is never the best."""
    whole = np.zeros((len(weight), labels))
    whole[:, present] = weight
    biases = np.full(labels, float(bias.min()) - _ABSENT)
    biases[present] = bias
    return Linear(whole.astype(np.float32), biases.astype(np.float32))
