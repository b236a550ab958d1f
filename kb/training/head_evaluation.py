"""How well heads classify a set: in folds, beside the customary ways and no training at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import InvalidInput
from kb.domain.understanding import Label
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.head import HeadInput, Reader
from kb.enrichment.script import is_chinese
from kb.enrichment.taxonomy import parse_taxonomy
from kb.enrichment.zero_shot import label_vectors
from kb.evaluation.calibration import wilson_interval
from kb.evaluation.classification import ClassificationReport, classification_report
from kb.evaluation.labelled import LabelledText, bare_labels, load_labelled, taxonomy_file
from kb.training.head_baselines import Texts, baselines
from kb.training.head_documents import read_texts
from kb.training.head_fit import Fitted, Lesson, fit_head
from kb.training.head_zero import plain_cosine, self_trained
from kb.training.splits import near_duplicates

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
FOLDS = 5
_FEWEST, _FEWEST_LABELS = 10, 2


@dataclass(frozen=True, slots=True)
class ReadSet:
    """A set as numbers: rows are documents."""

    texts: Sequence[str]
    documents: Sequence[HeadInput]
    labels: Sequence[str]
    truth: Numbers
    groups: Sequence[int]
    described: Vectors
    """(labels, d)."""
    embedder: str
    seconds: float
    """Splitting and embedding took."""

    def part(self, rows: Numbers) -> Texts:
        """These documents as baselines read them."""
        means = np.stack([self.documents[at].vectors.mean(axis=0) for at in rows])
        return Texts([self.texts[at] for at in rows], means)

    def lesson(self, rows: Numbers, *, attention: bool = True) -> Lesson:
        """These documents to learn from."""
        return Lesson(
            documents=[self.documents[at] for at in rows],
            truth=self.truth[rows],
            labels=self.labels,
            groups=[self.groups[at] for at in rows],
            described=self.described,
            attention=attention,
        )


@dataclass(slots=True)
class _Collected:
    """What the folds gave."""

    shares: Floats
    accepted: NDArray[np.bool_]
    baselines: dict[str, Floats] = field(default_factory=dict)
    fit_seconds: float = 0.0


def read_set(
    rows: Sequence[LabelledText],
    labels: Sequence[Label],
    embedder: Embedder,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> ReadSet:
    """Split and embed the documents, and the descriptions of the labels."""
    started = time.perf_counter()
    texts = [row.text for row in rows]
    documents = read_texts(texts, embedder, tick=tick)
    chinese = is_chinese("\n".join(text[:500] for text in texts[:50]))
    names = [label.name for label in labels]
    number = {name: at for at, name in enumerate(names)}
    return ReadSet(
        texts=texts,
        documents=documents,
        labels=names,
        truth=np.array([number[row.label] for row in rows]),
        groups=near_duplicates(texts, [row.group or row.title for row in rows]),
        described=label_vectors(embedder, labels, chinese=chinese),
        embedder=embedder.model,
        seconds=time.perf_counter() - started,
    )


def evaluate_heads(
    these: ReadSet,
    *,
    wanted_precision: float = 0.98,
    seed: int = 0,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Five folds, groups whole, labels spread evenly.

    In each fold the head chooses its members, temperature and threshold by cross-validation inside
    its training part; figures are pooled over the folds.

    Returns:
        What ``kb eval classify`` prints.

    Raises:
        InvalidInput: fewer than ten documents.
    """
    if len(these.truth) < _FEWEST or len(these.labels) < _FEWEST_LABELS:
        raise InvalidInput(
            field="docs",
            detail=f"{len(these.truth)} documents, {len(these.labels)} labels; at least {_FEWEST} "
            f"documents of {_FEWEST_LABELS} labels are needed / 至少需要 {_FEWEST_LABELS} 类共 "
            f"{_FEWEST} 个文档",
        )
    size = (len(these.truth), len(these.labels))
    found = _Collected(np.zeros(size), np.zeros(size[0], bool))
    blends: list[Mapping[str, float]] = []
    for number, (seen, held) in enumerate(folds(these.truth, these.groups, seed), 1):
        tell(f"fold {number} of {FOLDS}: learning from {len(seen)} documents")
        fitted = _fold(these, seen, held, found, wanted_precision)
        blends.append(fitted.head.blend)
    names = [these.labels[at] for at in these.truth]
    head = classification_report(
        these.labels, found.shares, names, wanted_precision=wanted_precision, seed=seed
    )
    right = found.shares.argmax(axis=1) == these.truth
    kept, hits = int(found.accepted.sum()), int((found.accepted & right).sum())
    found.baselines |= {
        "zero_shot": self_trained(these.documents, these.described),
        "zero_shot_cosine": plain_cosine(these.documents, these.described),
    }
    return {
        **head.metrics(),
        "accepted_share": round(kept / len(right), 4),
        "accepted_precision": round(hits / kept, 4) if kept else 1.0,
        "accepted_precision_ci": [round(edge, 4) for edge in wilson_interval(hits, kept)],
        "wanted_precision": wanted_precision,
        "labels": len(these.labels),
        "passages": sum(len(document.vectors) for document in these.documents),
        "groups": len(set(these.groups)),
        "baselines": {
            name: _short(
                classification_report(
                    these.labels, shares, names, wanted_precision=wanted_precision, seed=seed
                )
            )
            for name, shares in found.baselines.items()
        },
        "blends": [{name: round(w, 3) for name, w in blend.items()} for blend in blends],
        "embed_seconds": round(these.seconds, 1),
        "train_seconds_a_fold": round(found.fit_seconds / FOLDS, 2),
    }


def evaluate_set(
    source: Path,
    embedder: Embedder,
    *,
    wanted_precision: float = 0.98,
    seed: int = 0,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Measure a set on disk; see ``load_labelled`` and ``evaluate_heads``.

    Raises:
        NotFound: no such file.
        InvalidInput: too few documents, a malformed line, or a single label.
    """
    started = time.perf_counter()
    rows = load_labelled(source)
    names = sorted({row.label for row in rows})
    tell(f"{len(rows)} documents, {len(names)} labels: embedding")

    def embedding(done: int, total: int) -> None:
        if done % 2048 == 0:
            tell(f"{done} of {total} passages embedded")

    described = taxonomy_file(source)
    labels = bare_labels(names)
    if described is not None:
        known = parse_taxonomy(described.read_text(encoding="utf-8")).labels
        given = {spelt: one for one in known for spelt in (one.name, one.name_en, one.name_zh)}
        labels = [replace(given.get(one.name, one), name=one.name) for one in labels]
    these = read_set(rows, labels, embedder, embedding)
    figures = evaluate_heads(these, wanted_precision=wanted_precision, seed=seed, tell=tell)
    return {**figures, "seconds": round(time.perf_counter() - started, 1)}


def _fold(these: ReadSet, seen: Numbers, held: Numbers, found: _Collected, wanted: float) -> Fitted:
    started = time.perf_counter()
    fitted = fit_head(these.lesson(seen), wanted_precision=wanted, embedder=these.embedder)
    found.fit_seconds += time.perf_counter() - started
    reader = Reader(fitted.head)
    found.shares[held] = [reader.probabilities(these.documents[at]) for at in held]
    found.accepted[held] = found.shares[held].max(axis=1) >= fitted.head.threshold
    compared = baselines(these.part(seen), these.truth[seen], these.part(held), len(these.labels))
    for name, shares in compared.items():
        whole = found.baselines.setdefault(name, np.zeros_like(found.shares))
        whole[held] = shares
    return fitted


def _short(report: ClassificationReport) -> dict[str, float]:
    kept = ("accuracy", "macro_f1", "ece", "accepted_share", "accepted_precision")
    return {name: value for name, value in report.metrics().items() if name in kept}


def folds(
    truth: Numbers, groups: Sequence[int], seed: int, parts: int = FOLDS
) -> list[tuple[Numbers, Numbers]]:
    """(seen, held) rows of each fold; groups are dealt out label by label in random order."""
    draw = np.random.default_rng(seed)
    members: dict[int, list[int]] = {}
    for at, group in enumerate(groups):
        members.setdefault(group, []).append(at)
    order = list(members.values())
    order = [order[at] for at in draw.permutation(len(order))]
    order.sort(key=lambda rows: int(truth[rows[0]]))
    held: list[list[int]] = [[] for _ in range(parts)]
    for at, rows in enumerate(order):
        held[at % parts] += rows
    everything = np.arange(len(truth))
    return [
        (np.setdiff1d(everything, rows), np.array(sorted(rows), np.int64)) for rows in held if rows
    ]
