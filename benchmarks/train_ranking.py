"""Learns ``kb/search/ranking.json``, leaving each retrieval set out once to see what it is worth.

    python -m benchmarks.train_ranking DATA --models data/models --cache vectors.sqlite3 [--write]

Every set is indexed and searched by the product's own code; a ranker that takes notes keeps what
both engines found. What is learned: the weight of the words (a bias for each kind of query and
six signs) and the shares of the three signs of feedback. The loss is 1 - ApproxNDCG (Qin et al.,
2010), averaged over sets; the weights are held to a prior (the constants that were chosen by hand
before) because thirteen numbers are learned from nine sets. Of all biases whose mean is within
``LEAN`` of the best, the one that leans most on words is taken (the one-standard-error rule):
a set on which an embedder fails is not in every sample, and words never surprise.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.retrieval import CachedEmbedder
from kb.domain.search import SearchFilters, SearchMode, SearchRequest
from kb.embedding.e5 import E5Embedder
from kb.evaluation.collections import load_retrieval_set
from kb.evaluation.retrieval import EVALUATOR, IndexedSet, index_set, plain
from kb.search import fusion
from kb.search.fusion import Candidate, Evidence, RankingWeights, reach_of_coverage, sides
from kb.search.rerank import DEEP, FEEDBACK, LearnedRanker, Vectors, feedback

PRIOR = {
    "code": 3.3,
    "keywords": 1.3,
    "question": 1.3,
    "text": 1.3,
    "unspaced": 0.0,
    "length": 0.0,
    "coverage": 3.0,
    "words_stand_out": 2.0,
    "meaning_stands_out": -4.0,
    "agreement": 0.0,
}
NAMES = tuple(PRIOR)
ROLES = {"words_stand_out": 1.0, "meaning_stands_out": -1.0}
"""Signs whose direction is not up for learning."""
DEPTH, MOST = 50, 150
"""Candidates and queries (of one set, or one direction of it) that are learned from."""
STEPS, ROUNDS, RATE, SMOOTH = 30, 2, 0.08, 0.03
HOLD, HOLD_SHARES, SHARE = 2e-4, 5e-3, 0.5
LEAN = 0.003
SHIFTS = (0.0, 0.2, 0.4, 0.6, 0.8)
CUT = 10
WIDTH = 20
"""Hits that a person asks for."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One query with what was found for it, in the order of ``passages``."""

    set: str
    part: str
    """Direction between languages; empty for the whole set."""
    names: tuple[str, ...]
    """(n,) documents."""
    by_words: Vector
    by_meaning: Vector
    vectors: NDArray[np.float32]
    """(n, d), centred."""
    signs: Vector
    """(10,) in the order of ``NAMES``: which kind, then ``SIGNS``."""
    reach: float
    gains: Vector
    """(n,) grades."""
    ideal: float
    single: tuple[float, float]
    """nDCG@10 of words alone and of meaning alone."""


class NoteTaker:
    """The product's ranker, which keeps what it was given last."""

    def __init__(self) -> None:
        self._ranker = LearnedRanker()
        self.found: Evidence | None = None
        self.vectors: Vectors | None = None

    def rank(self, found: Evidence, vectors: Vectors) -> list[Candidate]:
        self.found, self.vectors = found, vectors
        return self._ranker.rank(found, vectors)


def ndcg(names: Iterable[str], grades: dict[str, int], k: int = CUT) -> float:
    """Return nDCG@k of documents, each counted where it comes first."""
    ranked = list(dict.fromkeys(names))[:k]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = sorted(grades.values(), reverse=True)[:k]
    gains = [grades.get(name, 0) for name in ranked]
    return float(gains @ discounts[: len(gains)]) / float(best @ discounts[: len(best)])


def examples_of(
    folder: Path, indexed: IndexedSet, notes: NoteTaker, name_of: dict[int, str]
) -> list[Example]:
    """Search every query of a set, also from language to language."""
    language_of = {document.id: document.language for document in indexed.source.documents}
    parts: list[tuple[str, int | None]] = [("", None)]
    if len(indexed.collections) > 1:
        parts += list(indexed.collections.items())
    examples = []
    for language, collection in parts:
        filters = SearchFilters(collections=frozenset(() if collection is None else {collection}))
        queries = [
            (query, {n: g for n, g in query.grades if not language or language_of[n] == language})
            for query in indexed.source.queries
        ]
        judged = [(query, grades) for query, grades in queries if grades]
        for query, grades in judged[:: max(len(judged) // (2 * MOST), 1)]:
            alone = []
            for mode in (SearchMode.LEXICAL, SearchMode.VECTOR, SearchMode.HYBRID):
                request = SearchRequest(plain(query.text), mode, filters, k=WIDTH)
                hits = indexed.searcher.search(request, EVALUATOR).hits
                alone.append(ndcg([hit.name for hit in hits], grades))
            part = f"{query.language}->{language}" if language else ""
            example = _example(notes, grades, name_of, (alone[0], alone[1]))
            if example is not None:
                examples.append(replace(example, set=folder.name, part=part))
    return examples


def _example(
    notes: NoteTaker, grades: dict[str, int], name_of: dict[int, str], single: tuple[float, float]
) -> Example | None:
    found, vectors = notes.found, notes.vectors
    if (
        found is None
        or vectors is None
        or not (len(found.words.scores) and len(found.meaning.scores))
    ):
        return None
    passages, by_words, by_meaning = sides(found)
    names = tuple(name_of[one] for one in passages.tolist())
    kind = [float(found.query.kind.value == name) for name in fusion.kinds()]
    return Example(
        set="",
        part="",
        names=names,
        by_words=by_words,
        by_meaning=by_meaning,
        vectors=vectors(passages.tolist()),
        signs=np.concatenate([kind, fusion.signs_of(found)]),
        reach=reach_of_coverage(found.coverage),
        gains=np.array([grades.get(name, 0) for name in names], np.float64),
        ideal=ndcg_ideal(grades),
        single=single,
    )


def ndcg_ideal(grades: dict[str, int]) -> float:
    best = sorted(grades.values(), reverse=True)[:CUT]
    return float(best @ (1 / np.log2(np.arange(2, len(best) + 2))))


def load(folder: Path, embedder: CachedEmbedder, most: int) -> list[Example]:
    source = load_retrieval_set(folder)
    source = replace(source, queries=source.queries[:: max(len(source.queries) // most, 1)])
    notes = NoteTaker()
    with tempfile.TemporaryDirectory() as workspace:
        indexed = index_set(source, embedder, Path(workspace), notes)
        return examples_of(folder, indexed, notes, indexed.names)


def scores_of(example: Example, theta: Vector, shares: Vector) -> Vector:
    """Return (n,) scores as ``LearnedRanker`` gives them."""
    base = _base(example, theta)
    signs, head = _feedback(example, base)
    scores = base - 10.0
    scores[head] = base[head] + signs @ shares
    return scores


def _base(example: Example, theta: Vector) -> Vector:
    weight = example.reach / (1 + np.exp(-example.signs @ theta))
    base: Vector = weight * example.by_words + (1 - weight) * example.by_meaning
    return base


def _feedback(example: Example, base: Vector) -> tuple[Vector, NDArray[np.int64]]:
    """Return the (m, 3) signs of the best candidates, trust included, and which these are."""
    head = np.argsort(-base, kind="stable")[:DEEP]
    return example.by_meaning[head[0]] * feedback(base[head], example.vectors[head]), head


def measured(
    examples: Sequence[Example], theta: Vector, shares: Vector
) -> dict[tuple[str, str], float]:
    """Return nDCG@10 by set and direction."""
    sums: dict[tuple[str, str], list[float]] = {}
    for example in examples:
        order = np.argsort(-scores_of(example, theta, shares), kind="stable")
        seen: dict[str, float] = {}
        for at in order.tolist():
            seen.setdefault(example.names[at], float(example.gains[at]))
            if len(seen) == CUT:
                break
        gains = np.array(list(seen.values()))
        dcg = float(gains @ (1 / np.log2(np.arange(2, len(gains) + 2))))
        sums.setdefault((example.set, example.part), []).append(dcg / example.ideal)
    return {key: float(np.mean(values)) for key, values in sums.items()}


def learn(examples: Sequence[Example]) -> tuple[Vector, Vector]:
    """Return the (10,) weights of the words and the (3,) shares of feedback."""
    chosen = _thinned(examples)
    prior = np.array([PRIOR[name] for name in NAMES])
    theta, shares = prior.copy(), np.full(len(FEEDBACK), SHARE)
    for _ in range(ROUNDS):
        theta, shares = _descend(chosen, theta, shares, prior)
    return _leaning(chosen, theta, shares), shares


def _thinned(examples: Sequence[Example]) -> list[Example]:
    taken: dict[tuple[str, str], int] = {}
    chosen = []
    for example in examples:
        key = (example.set, example.part)
        most = MOST // 3 if example.part else MOST
        if taken.get(key, 0) < most and example.gains.any():
            taken[key] = taken.get(key, 0) + 1
            chosen.append(example)
    return chosen


def _descend(
    examples: Sequence[Example], theta: Vector, shares: Vector, prior: Vector
) -> tuple[Vector, Vector]:
    """Descend with the signs of feedback as the present weights give them."""
    batch = _batch(examples, theta)
    roles = torch.tensor([ROLES.get(name, 0.0) for name in NAMES])
    learned = torch.tensor(theta, dtype=torch.float32, requires_grad=True)
    logs = torch.tensor(np.log(np.maximum(shares, 1e-3)), dtype=torch.float32, requires_grad=True)
    before = torch.tensor(prior, dtype=torch.float32)
    optimiser = torch.optim.Adam([learned, logs], lr=RATE)
    for _ in range(STEPS):
        optimiser.zero_grad()
        held = HOLD * ((learned - before) ** 2).sum()
        held = held + HOLD_SHARES * ((logs - math.log(SHARE)) ** 2).sum()
        loss = _loss(batch, learned, logs.exp()) + held
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            wrong = roles * learned < 0
            learned[wrong] = 0.0
    return learned.detach().double().numpy(), logs.exp().detach().double().numpy()


def _batch(examples: Sequence[Example], theta: Vector) -> dict[str, torch.Tensor]:
    rows: dict[str, list[NDArray[np.float64]]] = {
        name: [] for name in ("words", "meaning", "signs", "gains", "there", "query", "fixed")
    }
    for example in examples:
        signs, head = _feedback(example, _base(example, theta))
        head, signs = head[:DEPTH], signs[:DEPTH]
        empty = DEPTH - len(head)
        rows["words"].append(np.pad(example.by_words[head], (0, empty)))
        rows["meaning"].append(np.pad(example.by_meaning[head], (0, empty)))
        rows["signs"].append(np.pad(signs, ((0, empty), (0, 0))))
        rows["gains"].append(np.pad(example.gains[head], (0, empty)))
        rows["there"].append(np.pad(np.ones(len(head)), (0, empty)))
        rows["query"].append(example.signs)
        rows["fixed"].append(np.array([example.reach, example.ideal]))
    batch = {
        name: torch.tensor(np.stack(values), dtype=torch.float32) for name, values in rows.items()
    }
    sets = [example.set for example in examples]
    batch["share"] = torch.tensor([1 / sets.count(one) for one in sets]) / len(set(sets))
    return batch


def _loss(
    batch: dict[str, torch.Tensor], theta: torch.Tensor, shares: torch.Tensor
) -> torch.Tensor:
    weight = batch["fixed"][:, :1] * torch.sigmoid(batch["query"] @ theta)[:, None]
    scores = weight * batch["words"] + (1 - weight) * batch["meaning"] + batch["signs"] @ shares
    there = batch["there"] > 0
    ahead = torch.sigmoid((scores[:, None, :] - scores[:, :, None]) / SMOOTH)
    ranks = 0.5 + (ahead * batch["there"][:, None, :]).sum(2)
    gained = (batch["gains"] / torch.log2(1 + ranks.clamp(min=1e-3)) * there).sum(1)
    return ((1 - gained / batch["fixed"][:, 1]) * batch["share"]).sum()


def _leaning(examples: Sequence[Example], theta: Vector, shares: Vector) -> Vector:
    kinds = np.array([float(name in fusion.kinds()) for name in NAMES])
    tried = {
        shift: np.mean(list(_by_set(measured(examples, theta + shift * kinds, shares)).values()))
        for shift in SHIFTS
    }
    best = max(tried.values())
    return theta + max(shift for shift, mean in tried.items() if mean >= best - LEAN) * kinds


def _by_set(figures: dict[tuple[str, str], float]) -> dict[str, float]:
    return {name: value for (name, part), value in figures.items() if not part}


def report(examples: Sequence[Example]) -> None:
    """Print what each set gains when it took no part in the learning."""
    theta, shares = learn(examples)
    everything = measured(examples, theta, shares)
    single: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for example in examples:
        single.setdefault((example.set, example.part), []).append(example.single)
    print(
        "| set | words | meaning | left out | gain | all sets | gain |\n"
        "|---|---|---|---|---|---|---|"
    )
    gains = []
    for name in dict.fromkeys(example.set for example in examples):
        own = [example for example in examples if example.set == name]
        held_out = measured(own, *learn([one for one in examples if one.set != name]))
        for key, value in held_out.items():
            words, meaning = np.mean(single[key], axis=0)
            gain, gain_all = value - max(words, meaning), everything[key] - max(words, meaning)
            if not key[1]:
                gains.append((gain, gain_all))
            print(
                f"| {' '.join(key)} | {words:.4f} | {meaning:.4f} | {value:.4f} | {gain:+.4f} "
                f"| {everything[key]:.4f} | {gain_all:+.4f} |",
                flush=True,
            )
    mean, worst = np.mean(gains, axis=0), np.min(gains, axis=0)
    print(
        f"mean gain {mean[0]:+.4f} left out, {mean[1]:+.4f} all; "
        f"worst {worst[0]:+.4f}, {worst[1]:+.4f}"
    )


def as_json(theta: Vector, shares: Vector) -> str:
    words = {name: round(float(value), 2) for name, value in zip(NAMES, theta, strict=True)}
    weights = RankingWeights(
        words, {name: round(float(one), 2) for name, one in zip(FEEDBACK, shares, strict=True)}
    )
    return json.dumps({"words": weights.words, "feedback": weights.feedback}, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--cache", type=Path, default=Path("vectors.sqlite3"))
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="into kb/search/ranking.json")
    options = parser.parse_args()
    torch.manual_seed(0)
    embedder = CachedEmbedder(E5Embedder(options.models), options.cache)
    examples: list[Example] = []
    for folder in sorted(options.folder.glob("ret_*")):
        examples += load(folder, embedder, options.queries)
        print(f"{folder.name}: {len(examples)} examples so far", flush=True)
    report(examples)
    learned = as_json(*learn(examples))
    print(learned)
    if options.write:
        Path(fusion.__file__).with_name("ranking.json").write_text(learned, "utf-8")


if __name__ == "__main__":
    main()
