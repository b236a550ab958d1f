"""Search p50/p95/p99 at 10k and 100k passages: warm, one client, query embedding included.

    python -m benchmarks.search_latency --models data/models [--sizes 10000 100000]

Texts are made from a Zipf-distributed vocabulary of Chinese and English words, vectors are
random; what is measured is the engine, not the quality. Every query is new, so nothing comes
from a cache. "filter" is a member who may read one collection of ten; "1 %" a filter by
property that leaves one document in a hundred.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rjieba
from numpy.typing import NDArray

from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.passages import Span
from kb.domain.search import (
    IndexEntry,
    LiveIndex,
    PendingPassage,
    SearchFilters,
    SearchMode,
    SearchRequest,
    StoredPassage,
)
from kb.embedding.e5 import E5Embedder
from kb.index.generation import GenerationWriter
from kb.search.retrieve import Searcher

DIMENSION = 384
COLLECTIONS = 10
PASSAGES_OF_A_DOCUMENT = 10
QUERIES = 200
WHEN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

SEED_WORDS = """
公司 合同 条款 双方 付款 违约 责任 期限 保密 争议 解决 甲方 乙方 签字 盖章 网络 安全 数据
保护 管理 制度 规定 员工 培训 项目 计划 预算 报告 会议 纪要 客户 产品 质量 检验 标准 设备
维护 采购 供应 发票 税务 财务 审计 风险 控制 流程 审批 权限 系统 平台 开发 测试 部署 运维
服务 支持 市场 销售 渠道 价格 the of and to in contract payment party term notice liability
security data policy employee training project plan budget report meeting minutes customer
product quality inspection standard equipment maintenance purchase supplier invoice tax
finance audit risk control
"""
SEEDS = SEED_WORDS.split()
CODES = 0.2


def vocabulary(chance: random.Random, size: int) -> list[str]:
    """Return common words first; rarer ones are joined from two, with some codes."""
    made = list(SEEDS)
    while len(made) < size:
        first, second = chance.sample(SEEDS, 2)
        kind = chance.random()
        if kind < CODES:
            made.append(f"{first[:3].upper()}-{chance.randrange(10_000)}")
        elif first.isascii() == second.isascii():
            made.append(f"{first}{second}")
    return made


class Texts:
    """Draws words by Zipf's law."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._words = vocabulary(random.Random(0), 20_000)
        ranks = np.arange(1, len(self._words) + 1)
        self._weights = np.cumsum(1 / ranks).tolist()

    def draw(self, count: int) -> str:
        words = self._chance.choices(self._words, cum_weights=self._weights, k=count)
        return "".join(w if not w.isascii() else f" {w} " for w in words).strip()


class Store:
    """The system of record without SQL; rows are made when they are asked for."""

    def __init__(self, live: LiveIndex, texts: Sequence[str]) -> None:
        self._live, self._texts = live, texts

    def live_index(self) -> LiveIndex:
        return self._live

    def pending_mark(self, live: LiveIndex | None) -> str:
        return ""

    def pending(self, live: LiveIndex | None) -> Sequence[PendingPassage]:
        return ()

    def allowed_documents(self, filters: SearchFilters, principal: Principal) -> frozenset[int]:
        return frozenset(range(0, len(self._texts) // PASSAGES_OF_A_DOCUMENT, 100))

    def collection_ids(self, names: frozenset[str], principal: Principal) -> frozenset[int]:
        return frozenset()

    def passages(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, StoredPassage]:
        return {one: self._row(one) for one in passage_ids}

    def passages_of(self, document_id: int, principal: Principal) -> Sequence[StoredPassage]:
        return ()

    def _row(self, passage: int) -> StoredPassage:
        document, text = passage // PASSAGES_OF_A_DOCUMENT, self._texts[passage]
        lines = range(0, len(text), 40)
        return StoredPassage(
            passage_id=passage,
            version_id=document,
            document_id=document,
            ordinal=passage % PASSAGES_OF_A_DOCUMENT,
            text=text,
            heading_path=(),
            spans=tuple(Span(n, min(n + 40, len(text)), 1, (0, n, 1, n + 1)) for n in lines),
            name=f"{document}.pdf",
            title="",
            path="",
            collection_id=document % COLLECTIONS,
            collection_name="",
            format="pdf",
            language="zh",
            category=None,
            created_at=WHEN,
        )


def build(size: int, directory: Path) -> tuple[Store, float]:
    """Return the store of ``size`` passages and the seconds of CPU that indexing took."""
    texts = Texts(1)
    chance = np.random.default_rng(0)
    writer = GenerationWriter(directory, DIMENSION, "random")
    kept: list[str] = []
    seconds = 0.0
    for start in range(0, size, 10_000):
        part = [texts.draw(120) for _ in range(min(10_000, size - start))]
        vectors = chance.standard_normal((len(part), DIMENSION)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        ids = [(n, n // PASSAGES_OF_A_DOCUMENT) for n in range(start, start + len(part))]
        entries = [
            IndexEntry(n, d, d, d % COLLECTIONS, "", f"{d}.pdf", "", text)
            for (n, d), text in zip(ids, part, strict=True)
        ]
        rows = [(n, d, d % COLLECTIONS, d, v) for (n, d), v in zip(ids, vectors, strict=True)]
        began = time.process_time()
        writer.apply(entries, rows, [])
        seconds += time.process_time() - began
        kept += part
    return Store(LiveIndex(1, directory, writer.snapshot), kept), seconds


def questions(seed: int) -> list[str]:
    texts = Texts(seed)
    return [texts.draw(random.Random(n).randint(2, 12)) for n in range(QUERIES)]


def times_of(
    searcher: Searcher, mode: SearchMode, principal: Principal, filters: SearchFilters, seed: int
) -> NDArray[np.float64]:
    """Return milliseconds of each of the queries."""
    times = []
    for query in questions(seed):
        began = time.perf_counter()
        searcher.search(SearchRequest(query, mode, filters, k=10), principal)
        times.append((time.perf_counter() - began) * 1000)
    return np.array(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    options = parser.parse_args()
    embedder = E5Embedder(options.models)
    embedder.embed_query("warm")
    rjieba.cut("热身")
    admin = Principal(1, "admin", Role.ADMIN)
    member = Principal(2, "member", Role.MEMBER, (Grant(3, Level.READ),))
    one_in_a_hundred = SearchFilters(formats=frozenset({"pdf"}))
    cases = (
        ("all", SearchMode.HYBRID, admin, SearchFilters()),
        ("filter", SearchMode.HYBRID, member, SearchFilters()),
        ("1 %", SearchMode.HYBRID, admin, one_in_a_hundred),
        ("words only", SearchMode.LEXICAL, admin, SearchFilters()),
        ("meaning only", SearchMode.VECTOR, admin, SearchFilters()),
    )
    began = time.perf_counter()
    for query in questions(99):
        embedder.embed_query(query)
    mean = (time.perf_counter() - began) / QUERIES * 1000
    print(f"query embedding alone: {mean:.1f} ms")
    print("| passages | case | p50 ms | p95 | p99 |\n|---|---|---|---|---|")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as workspace:
            store, seconds = build(size, Path(workspace))
            searcher = Searcher(store, embedder.embed_query)
            for query in questions(7)[:20]:
                searcher.search(SearchRequest(query), admin)
            for number, (name, mode, principal, filters) in enumerate(cases):
                times = times_of(searcher, mode, principal, filters, 10 + number)
                p50, p95, p99 = np.percentile(times, [50, 95, 99])
                print(f"| {size} | {name} | {p50:.1f} | {p95:.1f} | {p99:.1f} |", flush=True)
            stored = sum(f.stat().st_size for f in Path(workspace).rglob("*") if f.is_file())
            print(f"indexed in {seconds:.1f} CPU-s, {stored / 1e6:.0f} MB on disk")


if __name__ == "__main__":
    main()
