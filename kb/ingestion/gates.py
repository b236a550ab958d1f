"""What a new generation must show before it goes into service, measured beside the live one.

Each gate is a dictionary with ``passed`` and the figures it was decided by; they are kept with the
generation and shown to people.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kb.domain.access import Principal
from kb.domain.search import SearchRequest, SearchResult
from kb.index.allowed import Allowed
from kb.index.generation import Counts, GenerationReader
from kb.storage import generations, golden, passages
from kb.storage.database import Database
from kb.storage.generations import Generation
from kb.storage.golden import GoldenQuery

Gate = dict[str, Any]

LEAST_RECALL = 0.95
_PROBES = 64
"""Stored vectors asked for when recall is measured."""
_VECTORS_AT_ONCE = 4_000
_NEAREST = 10
_TIE = 1e-5
"""Inner products so close are equal: the order of sums differs between two matrix products."""
_TITLES = 60
_MOST_SHOWN = 100
_GOLDEN_MARGIN = 0.005
"""How much lower the mean nDCG@10 may be; rankings of equal scores come in any order."""
_SLOWER, _SLOWER_MS = 1.25, 10.0
"""p95 may be so much higher than that of the live generation, by factor or by milliseconds."""
_TURNS, _LEAST_SEARCHES = 3, 60
"""Each query is asked so often; the quickest counts, since other work only ever adds time."""

Beat = Callable[[], None]
"""Called often; raises when the work was taken away."""


class Searches(Protocol):
    """A searcher over one generation."""

    def search(self, request: SearchRequest, principal: Principal) -> SearchResult:
        """Answer a query."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What the gates measure with."""

    database: Database
    searcher_of: Callable[[int], Searches]
    """Opens a searcher over a generation."""
    principal: Principal
    """Sees everything: the gates compare rankings, not rights."""


def refused(gates: dict[str, Gate]) -> tuple[str, str] | None:
    """Why a generation may not go into service, in English and Chinese; None when it may."""
    texts = [_TEXTS[name] for name, gate in gates.items() if not gate["passed"]]
    figures = [gate for gate in gates.values() if not gate["passed"]]
    if not texts:
        return None
    english = [text[0].format_map(gate) for text, gate in zip(texts, figures, strict=True)]
    chinese = [text[1].format_map(gate) for text, gate in zip(texts, figures, strict=True)]
    return "; ".join(english), "；".join(chinese)


_TEXTS = {
    "count": (
        "it holds {words} passages by words and {vectors} by meaning, the database {sql} and "
        "{sql_vectors}",
        "按词 {words} 段、按语义 {vectors} 段，数据库为 {sql} 与 {sql_vectors} 段",
    ),
    "recall@10": (
        "recall@10 against brute force is {value}, at least {wanted} is wanted",
        "与暴力检索相比 recall@10 为 {value}，要求至少 {wanted}",
    ),
    "golden": (
        "on {queries} golden queries nDCG@10 is {new} instead of {live}, and {lost} lost their "
        "answer",
        "{queries} 条标准查询的 nDCG@10 为 {new}（现有 {live}），其中 {lost} 条找不到原有答案",
    ),
    "p95": (
        "95 % of searches take up to {new_ms} ms instead of {live_ms} ms",
        "95% 的搜索耗时达 {new_ms} 毫秒（现有 {live_ms} 毫秒）",
    ),
}


def count_gate(database: Database, generation: Generation, counts: Counts) -> Gate | None:
    """Whether the index holds as many passages as SQL; None while changes wait to be taken in."""
    with database.read() as tx:
        if generations.waiting(tx, generation.id, limit=1):
            return None
        wanted = passages.count_live(tx)
        embedded = passages.count_live(tx, model=generation.embedder)
    return {
        "sql": wanted,
        "words": counts.lexical,
        "sql_vectors": embedded,
        "vectors": counts.vectors,
        "passed": counts.lexical == wanted and counts.vectors == embedded,
    }


def recall_gate(
    database: Database, generation: Generation, reader: GenerationReader, beat: Beat
) -> Gate:
    """Recall@10 of the vector index against brute force over all vectors in SQL.

    Vectors are read in pieces, so memory does not grow with the corpus. A passage found counts
    when it is as near as the tenth nearest: copies of one text share their place.
    """
    gate: Gate = {"value": 1.0, "wanted": LEAST_RECALL, "probes": 0, "passed": True}
    probes = _probes(database, generation.embedder)
    if not len(probes):
        return gate
    best = np.full((len(probes), _NEAREST), -np.inf, np.float32)
    found = [reader.vector(probe, _NEAREST, Allowed(None, None)).passages for probe in probes]
    true = [np.full(len(ids), -np.inf, np.float32) for ids in found]
    for ids, vectors in _all_vectors(database, generation.embedder):
        beat()
        scores = probes @ vectors.T
        joined = np.concatenate([best, scores], axis=1)
        best = -np.partition(-joined, _NEAREST - 1, axis=1)[:, :_NEAREST]
        for row, wanted in enumerate(found):
            _, here, there = np.intersect1d(wanted, ids, return_indices=True)
            true[row][here] = scores[row, there]
    threshold = best.min(axis=1)
    hits = sum(
        int((scores >= limit - _TIE).sum()) if np.isfinite(limit) else len(scores)
        for scores, limit in zip(true, threshold, strict=True)
    )
    due = int(np.isfinite(best).sum())
    value = round(min(hits / due, 1.0), 4) if due else 1.0
    return gate | {"value": value, "probes": len(probes), "passed": value >= LEAST_RECALL}


def _probes(database: Database, model: str) -> NDArray[np.float32]:
    """Stored vectors of passages spread over all ids, (n, d)."""
    with database.read() as tx:
        highest = passages.highest_live(tx)
        chosen: dict[int, NDArray[np.float32]] = {}
        for after in np.linspace(0, highest, _PROBES, endpoint=False).astype(int).tolist():
            ids, vectors = passages.vectors_after(tx, model, after, limit=1)
            if len(ids):
                chosen[int(ids[0])] = vectors[0]
    return np.stack(list(chosen.values())) if chosen else np.empty((0, 0), np.float32)


def _all_vectors(
    database: Database, model: str
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    after = 0
    while True:
        with database.read() as tx:
            ids, vectors = passages.vectors_after(tx, model, after, limit=_VECTORS_AT_ONCE)
        if not len(ids):
            return
        yield ids, vectors
        after = int(ids[-1])


def search_gates(
    bench: Bench, live: Generation | None, generation: Generation, beat: Beat
) -> dict[str, Gate]:
    """Golden queries and p95 of the new generation beside the live one."""
    with bench.database.read() as tx:
        kept = golden.all_of(tx)
        queries = kept + golden.from_titles(tx, _TITLES)
    if live is None or not live.snapshot or not queries:
        return {
            "golden": {"queries": 0, "live": None, "new": None, "lost": 0, "passed": True},
            "p95": {"searches": 0, "live_ms": None, "new_ms": None, "passed": True},
        }
    before, after = bench.searcher_of(live.id), bench.searcher_of(generation.id)
    for searcher in (before, after):  # opens the files and fills what both keep of the queries
        for query in queries:
            beat()
            searcher.search(SearchRequest(query.query, k=_NEAREST), bench.principal)
    pairs: list[_Pair] = []
    quickest: tuple[list[float], list[float]] = ([], [])
    turns = max(_TURNS, math.ceil(_LEAST_SEARCHES / len(queries)))
    for query in queries:
        sides = [before, after]
        taken: dict[int, list[float]] = {0: [], 1: []}
        answers: dict[int, list[int]] = {}
        for turn in range(turns):
            beat()
            for side in (0, 1) if turn % 2 else (1, 0):  # whoever is first warms what both share
                answers[side] = _timed(sides[side], query, bench.principal, taken[side])
        pairs.append(_Pair(query, answers[0], answers[1]))
        for side in (0, 1):
            quickest[side].append(min(taken[side]))
    return {"golden": _golden_gate(bench, pairs), "p95": _speed_gate(*quickest)}


@dataclass(frozen=True, slots=True)
class _Pair:
    """What both generations answer to one query: documents, best first."""

    query: GoldenQuery
    live: list[int]
    new: list[int]

    @property
    def lost(self) -> bool:
        """Kept by the manager, answered by the live generation, not by the new one."""
        wanted = set(self.query.documents)
        kept = self.query.id is not None
        return kept and bool(wanted & set(self.live)) and not wanted & set(self.new)


def _timed(
    searcher: Searches, query: GoldenQuery, principal: Principal, times: list[float]
) -> list[int]:
    began = time.perf_counter()
    found = searcher.search(SearchRequest(query.query, k=_NEAREST), principal)
    times.append((time.perf_counter() - began) * 1000)
    return [hit.document_id for hit in found.hits]


def _golden_gate(bench: Bench, pairs: Sequence[_Pair]) -> Gate:
    live = [_ndcg(pair.live, pair.query.documents) for pair in pairs]
    new = [_ndcg(pair.new, pair.query.documents) for pair in pairs]
    lost = sum(pair.lost for pair in pairs)
    mean_live, mean_new = round(float(np.mean(live)), 4), round(float(np.mean(new)), 4)
    # Those that got worse first, then what people wrote, then titles.
    order = sorted(
        range(len(pairs)), key=lambda i: (new[i] - live[i], pairs[i].query.id is None, i)
    )
    shown = [pairs[i] for i in order[:_MOST_SHOWN]]
    known = {d for pair in shown for d in (*pair.live[:3], *pair.new[:3], *pair.query.documents)}
    with bench.database.read() as tx:
        names = golden.names(tx, sorted(known))
    return {
        "queries": len(pairs),
        "kept": sum(pair.query.id is not None for pair in pairs),
        "live": mean_live,
        "new": mean_new,
        "lost": lost,
        "side_by_side": [_shown(pair, names) for pair in shown],
        "passed": not lost and mean_new >= mean_live - _GOLDEN_MARGIN,
    }


def _shown(pair: _Pair, names: dict[int, str]) -> dict[str, Any]:
    def told(documents: Sequence[int]) -> list[dict[str, Any]]:
        return [{"document": d, "name": names.get(d, "")} for d in documents[:3]]

    return {
        "query": pair.query.query,
        "kept": pair.query.id is not None,
        "wanted": told(pair.query.documents),
        "live_rank": _rank(pair.live, pair.query.documents),
        "new_rank": _rank(pair.new, pair.query.documents),
        "live": told(pair.live),
        "new": told(pair.new),
    }


def _rank(found: Sequence[int], wanted: Sequence[int]) -> int | None:
    """Place of the first answer, counted from 1."""
    return next((place for place, d in enumerate(found, 1) if d in wanted), None)


def _ndcg(found: Sequence[int], wanted: Sequence[int]) -> float:
    """nDCG@10 with binary relevance (Jarvelin and Kekalainen, 2002); 1 when nothing is wanted."""
    ideal = sum(1 / math.log2(place + 2) for place in range(min(len(set(wanted)), _NEAREST)))
    gain = sum(1 / math.log2(p + 2) for p, d in enumerate(found[:_NEAREST]) if d in wanted)
    return gain / ideal if ideal else 1.0


def _speed_gate(live: Sequence[float], new: Sequence[float]) -> Gate:
    live_ms, new_ms = (round(float(np.percentile(each, 95)), 1) for each in (live, new))
    limit = max(live_ms * _SLOWER, live_ms + _SLOWER_MS)
    return {
        "searches": len(new),
        "live_ms": live_ms,
        "new_ms": new_ms,
        "limit_ms": round(limit, 1),
        "passed": new_ms <= limit,
    }
