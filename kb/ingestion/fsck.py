"""Compares SQL, originals, passages and the index in both directions, and puts right what can be.

SQL and the originals are the truth; whatever else disagrees is derived and rebuilt from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.domain.documents import DocumentFilter, DocumentStatus, JobState, Stage
from kb.domain.errors import IndexCorrupt
from kb.ingestion.indexing import IndexWriter
from kb.ingestion.pipeline import WAY
from kb.ingestion.rereading import ANEW
from kb.storage import audit, documents, generations, jobs, pages, passages
from kb.storage.blobs import BlobStore
from kb.storage.database import Database
from kb.storage.generations import Generation

_EVERYTHING = 10_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    code: str
    id: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Checker:
    """Looks, and with ``repair`` mends."""

    database: Database
    blobs: BlobStore
    writer: IndexWriter

    def check(self) -> list[Finding]:
        """Everything that is wrong; changes nothing."""
        return [*self._originals(), *self._documents(), *self._index(), *self._audit()]

    def repair(self) -> list[Finding]:
        """Mend what can be mended; return what was found."""
        found = self.check()
        codes = {finding.code for finding in found}
        if "blob_orphan" in codes:
            with self.database.read() as tx:
                known = documents.known_blobs(tx)
            self.blobs.sweep(known.__contains__)
        for finding in found:
            if finding.code in ("passages_missing", "stage_missing"):
                self._run_again(int(finding.id))
        if any(code.startswith("index_") for code in codes):
            self._rebuild_index()
        return found

    def _originals(self) -> Iterator[Finding]:
        with self.database.read() as tx:
            known = documents.known_blobs(tx)
        for sha256 in known:
            if not self.blobs.intact(sha256):
                yield Finding(
                    "blob_damaged",
                    sha256,
                    f"原件缺失或损坏 the stored original {sha256[:12]}… is missing or changed",
                    "从备份恢复或重新上传 restore it from a backup or upload the file again",
                )
        for sha256 in self.blobs.hashes():
            if sha256 not in known:
                yield Finding(
                    "blob_orphan",
                    sha256,
                    f"没有文档引用该原件 no document refers to {sha256[:12]}…",
                    "kb fsck --repair（一小时后清理 removes it once it is an hour old）",
                )

    def _documents(self) -> Iterator[Finding]:
        """A version whose stages say done must have what they made."""
        with self.database.read() as tx:
            views = documents.list_documents(tx, DocumentFilter(), None, limit=_EVERYTHING)
            for view in views:
                done = {Stage(run.stage) for run in view.stages if run.state is JobState.DONE}
                cut = bool(passages.count(tx, view.version_id))
                if Stage.SPLIT in done and not cut:
                    yield Finding(
                        "passages_missing",
                        str(view.id),
                        f"“{view.name}” 缺少段落 has no passages although it was cut",
                        "kb fsck --repair",
                    )
                idle = all(
                    run.state not in (JobState.QUEUED, JobState.RUNNING) for run in view.stages
                )
                if idle and view.status not in (DocumentStatus.READY, DocumentStatus.FAILED):
                    yield Finding(
                        "stage_missing",
                        str(view.id),
                        f"“{view.name}” 停在 {view.status} is {view.status}, but nothing is due",
                        "kb fsck --repair",
                    )

    def _index(self) -> Iterator[Finding]:
        with self.database.read() as tx:
            live = generations.live(tx)
            behind = live is not None and bool(generations.waiting(tx, live.id, limit=1))
            words = set(passages.live_passage_ids(tx))
            vectors = set(passages.live_passage_ids(tx, live.embedder)) if live else set()
        if live is None:
            if words:
                yield _index_finding("index_missing", "", "没有索引 there is no index")
            return
        if behind:
            return  # changes wait to be folded; sets that differ say nothing now
        yield from self._compare(live, words, vectors)

    def _compare(self, live: Generation, words: set[int], vectors: set[int]) -> Iterator[Finding]:
        try:
            held = self.writer.open(live).passage_ids()
        except IndexCorrupt as error:
            yield _index_finding("index_corrupt", str(live.id), error.sentence("zh"))
            return
        for side, wanted, ids in (("words", words, held[0]), ("vectors", vectors, held[1])):
            there = set(ids.tolist())
            if missing := wanted - there:
                text = f"索引缺 {len(missing)} 段（{side}）the index lacks {len(missing)} passages"
                yield _index_finding("index_lacks", side, text)
            if surplus := there - wanted:
                text = f"索引多 {len(surplus)} 段（{side}）the index has {len(surplus)} too many"
                yield _index_finding("index_surplus", side, text)

    def _audit(self) -> Iterator[Finding]:
        with self.database.read() as tx:
            broken = audit.first_broken(tx)
        if broken is not None:
            yield Finding(
                "audit_broken",
                str(broken),
                f"审计日志第 {broken} 条被改动 the audit log was changed at entry {broken}",
                "查清是谁改动了数据库 find out who changed the database",
            )

    def _run_again(self, document_id: int) -> None:
        with self.database.write() as tx:
            view = documents.get(tx, document_id, None)
            stage = Stage.SPLIT if pages.last(tx, view.version_id) else Stage.PARSE
            queue = WAY[stage].queue
            arguments = ANEW if stage is Stage.SPLIT else None
            job_id = jobs.enqueue(
                tx, stage=stage, queue=queue, version_id=view.version_id, arguments=arguments
            )
            jobs.ring_later(tx, queue, job_id)

    def _rebuild_index(self) -> None:
        """Begin the live generation anew from SQL; no text is embedded again."""
        with self.database.write() as tx:
            live = generations.live(tx)
            if live is not None:
                generations.remove(tx, live.id)
        self.writer.fold()


def _index_finding(code: str, what: str, message: str) -> Finding:
    return Finding(code, what, message, "kb fsck --repair")
