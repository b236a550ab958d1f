"""Search p50/p95/p99 at 10k and 100k passages: warm, one client, query embedding included.

    python -m benchmarks.search_latency --models data/models [--sizes 10000 100000]

Texts are made from a Zipf-distributed vocabulary of Chinese and English words, vectors are
random; what is measured is the product's searcher over SQLite, not the quality. Every query is
new, so nothing comes from a cache. "filter" is a member who may read one collection of ten;
"1 %" a filter by property that leaves one document in a hundred.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rjieba
from numpy.typing import NDArray
from sqlalchemy import insert

from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.search import IndexEntry, SearchFilters, SearchMode, SearchRequest
from kb.embedding.e5 import E5Embedder
from kb.index.generation import GenerationWriter
from kb.search.retrieve import Searcher
from kb.storage import generations
from kb.storage.database import Database, Session
from kb.storage.generations import GenerationState
from kb.storage.search_store import SqlSearchStore, generation_path
from kb.storage.tables import (
    BlobRow,
    CollectionRow,
    DocumentRow,
    DocumentVersionRow,
    PassageRow,
)

DIMENSION = 384
COLLECTIONS = range(1, 11)
PASSAGES_OF_A_DOCUMENT = 10
QUERIES = 200

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


def build(size: int, folder: Path) -> tuple[SqlSearchStore, float]:
    """Return a real store of ``size`` passages and the seconds of CPU that indexing took."""
    database = Database(f"sqlite:///{folder / 'kb.sqlite3'}")
    database.migrate()
    with database.write() as tx:
        generation = generations.create(
            tx, embedder="random", dimension=DIMENSION, state=GenerationState.LIVE
        )
        tx.execute(insert(BlobRow), [{"sha256": "0" * 64, "size": 1}])
        tx.execute(insert(CollectionRow), [{"id": n, "name": str(n)} for n in COLLECTIONS])
    texts, chance = Texts(1), np.random.default_rng(0)
    writer = GenerationWriter(generation_path(folder, generation.id), DIMENSION, "random")
    seconds = 0.0
    for start in range(0, size, 10_000):
        numbers = range(start + 1, min(start + 10_000, size) + 1)
        entries = [entry(number, texts.draw(120)) for number in numbers]
        vectors = chance.standard_normal((len(entries), DIMENSION)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with database.write() as tx:
            write_down(tx, entries)
        rows = [
            (e.passage_id, e.document_id, e.collection_id, e.version_id, vector)
            for e, vector in zip(entries, vectors, strict=True)
        ]
        began = time.process_time()
        writer.apply(entries, rows, [])
        seconds += time.process_time() - began
    with database.write() as tx:
        generations.change(tx, generation.id, snapshot=writer.snapshot, passages=size)
    return SqlSearchStore(database, folder), seconds


def entry(number: int, text: str) -> IndexEntry:
    """Passage ``number``, counted from 1; ten of them make a document."""
    document = (number - 1) // PASSAGES_OF_A_DOCUMENT + 1
    collection = COLLECTIONS[document % len(COLLECTIONS)]
    return IndexEntry(number, document, document, collection, "", f"{document}.pdf", "", text)


def write_down(tx: Session, entries: Sequence[IndexEntry]) -> None:
    """Put documents, versions and passages into SQL; one document in a hundred is a PDF."""
    documents = {e.document_id: e.collection_id for e in entries}
    tx.execute(
        insert(DocumentRow),
        [
            {
                "id": n,
                "collection_id": collection,
                "name": f"{n}.pdf",
                "path": "",
                "sha256": f"{n:064x}",
                "current_version_id": n,
            }
            for n, collection in documents.items()
        ],
    )
    tx.execute(
        insert(DocumentVersionRow),
        [
            {
                "id": n,
                "document_id": n,
                "number": 1,
                "sha256": "0" * 64,
                "size": 1,
                "format": "docx" if n % 100 else "pdf",
                "media_type": "",
                "status": "ready",
                "language": "zh",
            }
            for n in documents
        ],
    )
    tx.execute(
        insert(PassageRow),
        [
            {
                "id": e.passage_id,
                "version_id": e.version_id,
                "ordinal": (e.passage_id - 1) % PASSAGES_OF_A_DOCUMENT,
                "page": 1,
                "text": e.text,
                "heading_path": [],
                "spans": [[n, n + 40, 1, 0, n, 1, n + 1] for n in range(0, len(e.text), 40)],
                "text_hash": str(e.passage_id),
            }
            for e in entries
        ],
    )


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
