"""nDCG@10 of every retrieval set: ours in each mode, and what others do with the same vectors.

bm25s gets words by jieba or English stems. The two fusions are the documented defaults of other
products, over bm25s and our own vector mode: ``rrf`` is reciprocal rank fusion with k = 60
(LlamaIndex's and Haystack's reciprocal rank mode, Elasticsearch, Milvus); ``half`` is half the
normalised BM25 score plus half the cosine, each scaled to 0..1 over its list (txtai's hybrid
index at its default weight, LlamaIndex's relative score mode).

    python -m benchmarks.retrieval ../shared/data --models data/models --cache /tmp/vectors.sqlite3

Each set is indexed once by the product's own code; embeddings are kept in the cache between
runs. ``--queries N`` takes the first N judged queries of each set.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bm25s
import ir_measures
import jieba
import numpy as np
import Stemmer
from numpy.typing import NDArray

from kb.domain.search import SearchFilters, SearchMode, SearchRequest
from kb.embedding.e5 import E5Embedder
from kb.evaluation.collections import CorpusDocument, JudgedQuery, load_retrieval_set
from kb.evaluation.retrieval import EVALUATOR, IndexedSet, index_set, measure, plain

Matrix = NDArray[np.float32]


class CachedEmbedder:
    """Remembers vectors by text, so that a second run measures search and not embedding."""

    def __init__(self, embedder: E5Embedder, path: Path) -> None:
        self._embedder = embedder
        self._rows = sqlite3.connect(path)
        self._rows.execute("create table if not exists vectors (key text primary key, row blob)")
        self.model, self.dimension = embedder.model, embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return self._embedded("passage", texts)

    def embed_query(self, text: str) -> Matrix:
        return self._embedded("query", [text])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def _embedded(self, kind: str, texts: Sequence[str]) -> Matrix:
        keys = [hashlib.sha256(f"{self.model}|{kind}|{t}".encode()).hexdigest() for t in texts]
        rows = {key: self._row(key) for key in keys}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if rows[key] is None}
        for start in range(0, len(missing), 256):
            part = list(missing.items())[start : start + 256]
            wanted = [text for _, text in part]
            if kind == "query":
                made = np.stack([self._embedder.embed_query(text) for text in wanted])
            else:
                made = self._embedder.embed_passages(wanted)
            for (key, _), row in zip(part, made, strict=True):
                rows[key] = row
                self._rows.execute(
                    "insert or ignore into vectors values (?, ?)", (key, row.tobytes())
                )
            self._rows.commit()
        return (
            np.stack([rows[key] for key in keys]) if keys else np.empty((0, self.dimension), "f4")
        )

    def _row(self, key: str) -> Matrix | None:
        found = self._rows.execute("select row from vectors where key = ?", (key,)).fetchone()
        return None if found is None else np.frombuffer(found[0], np.float32)


_STEM = Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """What a careful user of bm25s would do: jieba for Chinese, stemmed words otherwise."""
    if re.search("[\u4e00-\u9fff]", text):
        return [w.lower() for w in jieba.lcut(text) if re.search(r"\w", w)]
    return _STEM.stemWords(re.findall(r"\w+", text.lower()))


Run = dict[str, dict[str, float]]
_RRF = 60


def rivals_ndcg(indexed: IndexedSet) -> dict[str, dict[str, float]]:
    """Return nDCG@10 of bm25s and of two fusions, over everything and by direction."""
    source = indexed.source
    figures: dict[str, dict[str, float]] = {}
    languages = sorted({d.language for d in source.documents})
    pairs: list[tuple[str, str]] = [("", "")]
    if len(languages) > 1:
        pairs += [(a, b) for a in sorted({q.language for q in source.queries}) for b in languages]
    for asked, answered in pairs:
        documents = [d for d in source.documents if not answered or d.language == answered]
        queries = [q for q in source.queries if not asked or q.language == asked]
        ids = {d.id for d in documents}
        judged = {q.id: {d: g for d, g in q.grades if d in ids} for q in queries}
        judged = {query: grades for query, grades in judged.items() if grades}
        words, meaning = _bm25s(documents, queries), _nearest(indexed, queries, answered)
        runs = {
            "bm25s": words,
            "rrf": {query: _rrf(words[query], meaning[query]) for query in words},
            "half": {query: _half(words[query], meaning[query]) for query in words},
        }
        at_ten = ir_measures.nDCG @ 10
        figures[f"{asked}->{answered}" if asked else ""] = {
            name: float(ir_measures.calc_aggregate([at_ten], judged, run)[at_ten])
            for name, run in runs.items()
        }
    return figures


def _bm25s(documents: Sequence[CorpusDocument], queries: Sequence[JudgedQuery]) -> Run:
    engine = bm25s.BM25()
    engine.index([words(f"{d.title}\n{d.text}") for d in documents], show_progress=False)
    run: Run = {}
    for query in queries:
        terms = [words(query.text)]
        found, scores = engine.retrieve(terms, k=min(100, len(documents)), show_progress=False)
        run[query.id] = {
            documents[i].id: float(s) for i, s in zip(found[0], scores[0], strict=True) if s > 0
        }
    return run


def _nearest(indexed: IndexedSet, queries: Sequence[JudgedQuery], answered: str) -> Run:
    """Return the cosine of each query's 100 nearest documents (of their best passage)."""
    collections = frozenset((indexed.collections[answered],) if answered else ())
    run: Run = {}
    for query in queries:
        request = SearchRequest(
            plain(query.text), SearchMode.VECTOR, SearchFilters(collections=collections), k=100
        )
        hits = indexed.searcher.search(request, EVALUATOR).hits
        run[query.id] = {hit.name: hit.best.score for hit in hits}
    return run


def _rrf(words: dict[str, float], meaning: dict[str, float]) -> dict[str, float]:
    fused: dict[str, float] = {}
    for side in (words, meaning):
        for rank, name in enumerate(sorted(side, key=lambda one: -side[one]), 1):
            fused[name] = fused.get(name, 0.0) + 1 / (_RRF + rank)
    return fused


def _half(words: dict[str, float], meaning: dict[str, float]) -> dict[str, float]:
    fused: dict[str, float] = {}
    for side in (words, meaning):
        low, high = min(side.values(), default=0.0), max(side.values(), default=1.0)
        for name, score in side.items():
            scaled = (score - low) / (high - low) if high > low else 1.0
            fused[name] = fused.get(name, 0.0) + scaled / 2
    return fused


def rows_of(folder: Path, embedder: CachedEmbedder, most: int) -> list[str]:
    source = load_retrieval_set(folder)
    if most:
        step = max(len(source.queries) // most, 1)
        source = replace(source, queries=source.queries[::step])
    with tempfile.TemporaryDirectory() as workspace:
        indexed = index_set(source, embedder, Path(workspace))
        measured = {mode: measure(indexed, mode) for mode in SearchMode}
        rivals = rivals_ndcg(indexed)
    rows = []
    for part, others in rivals.items():
        chosen = [m["directions"][part] if part else m for m in measured.values()]
        by_mode = dict(zip(measured, chosen, strict=True))
        hybrid = by_mode[SearchMode.HYBRID]
        values = [by_mode[mode]["ndcg@10"] for mode in (SearchMode.LEXICAL, SearchMode.VECTOR)]
        figures = [*others.values(), *values, hybrid["ndcg@10"]]
        cells = [f"{figure:.4f}" for figure in figures]
        cells.append(f"{figures[-1] - max(values):+.4f}")
        cells += [f"{hybrid[name]:.4f}" for name in ("recall@1", "recall@10")]
        cells.append(f"{hybrid['query_ms']['p50']:.1f}")
        rows.append(f"| {folder.name} {part} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--cache", type=Path, default=Path("vectors.sqlite3"))
    parser.add_argument("--queries", type=int, default=0)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    embedder = CachedEmbedder(E5Embedder(options.models), options.cache)
    jieba.setLogLevel(60)
    print("| set | bm25s | rrf | half | lexical | vector | hybrid | gain | R@1 | R@10 | p50 ms |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for folder in sorted(options.folder.glob("ret_*")):
        if options.only in folder.name:
            for row in rows_of(folder, embedder, options.queries):
                print(row, flush=True)


if __name__ == "__main__":
    main()
