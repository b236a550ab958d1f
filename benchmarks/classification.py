"""The classification head on every cls_* set: folds, learning curve, cascade.

    python -m benchmarks.classification ../shared/data --models data/models --cache /tmp/v.sqlite3
    python -m benchmarks.classification ../shared/data --curve      # 0, 5, 20, 100 labels a class
    python -m benchmarks.classification ../shared/data --cascade    # opening first, document after

Embeddings are kept in the cache between runs. ``--only NAME`` takes one set, ``--most N`` a part of
each set with at most N documents, evenly spread.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval import CachedEmbedder
from kb.embedding.e5 import E5Embedder
from kb.enrichment.head import Reader
from kb.evaluation.classification import classification_report
from kb.evaluation.labelled import bare_labels, load_labelled
from kb.training.head_baselines import words_and_regression
from kb.training.head_cascade import cascade_curve
from kb.training.head_evaluation import ReadSet, evaluate_heads, folds, read_set
from kb.training.head_fit import fit_head
from kb.training.head_zero import plain_cosine, self_trained

_LABELS_A_CLASS = (5, 20, 100)


def few(these: ReadSet, seen: Any, count: int, draw: Any) -> Any:
    """At most ``count`` rows of each label."""
    chosen = []
    for label in range(len(these.labels)):
        rows = seen[these.truth[seen] == label]
        chosen += draw.permutation(rows)[:count].tolist()
    return np.array(sorted(chosen))


def curve(these: ReadSet, most: int = 3) -> list[dict[str, Any]]:
    """Macro-F1 on held-out documents by labels a class, mean of three folds."""
    names = [these.labels[at] for at in these.truth]
    rows: list[dict[str, Any]] = []
    parts = folds(these.truth, these.groups, 0)[:most]
    tested = np.concatenate([held for _, held in parts])

    def f1(shares: Any) -> float:
        mine = [names[at] for at in tested]
        report = classification_report(these.labels, shares[tested], mine, wanted_precision=0.98)
        return round(report.macro_f1, 4)

    cosine = f1(plain_cosine(these.documents, these.described))
    rows.append(
        {
            "labels": 0,
            "ours": f1(self_trained(these.documents, these.described)),
            "cosine": cosine,
        }
    )
    biggest = int(np.bincount(these.truth).max()) * 4 // 5
    for count in _LABELS_A_CLASS:
        if count > biggest:
            break
        draw = np.random.default_rng(count)
        shares = np.zeros((len(names), len(these.labels)))
        words = np.zeros_like(shares)
        for seen, held in parts:
            chosen = few(these, seen, count, draw)
            lesson = replace(
                these.lesson(chosen, attention=False),
                unlabelled=[these.documents[at] for at in seen],
            )
            fitted = fit_head(lesson, wanted_precision=0.98, embedder=these.embedder)
            reader = Reader(fitted.head)
            shares[held] = [reader.probabilities(these.documents[at]) for at in held]
            truth = these.truth[chosen]
            words[held] = words_and_regression(
                these.part(chosen), truth, these.part(held), len(these.labels)
            )
        rows.append({"labels": count, "ours": f1(shares), "tfidf_lr": f1(words), "cosine": cosine})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--cache", type=Path, default=Path("vectors.sqlite3"))
    parser.add_argument("--only", default="")
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--cascade", action="store_true")
    options = parser.parse_args()
    embedder = CachedEmbedder(E5Embedder(options.models, threads=2), options.cache)
    for folder in sorted(options.folder.glob("cls_*")):
        if options.only not in folder.name:
            continue
        started = time.perf_counter()
        rows = load_labelled(folder)
        if options.most and len(rows) > options.most:
            rows = rows[:: -(-len(rows) // options.most)]
        labels = bare_labels(sorted({row.label for row in rows}))
        these = read_set(rows, labels, embedder)
        found: Any
        if options.curve:
            found = curve(these)
        elif options.cascade:
            found = cascade_curve(these)
        else:
            found = evaluate_heads(these)
        seconds = round(time.perf_counter() - started, 1)
        print(folder.name, json.dumps({"figures": found, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
