"""What each stage of a document's way does. Each is a pure step from stored inputs to outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kb.domain.documents import ClaimedJob, DocumentStatus, VersionFacts
from kb.domain.errors import NoTextFound
from kb.domain.parsed import FileType, ParsedPage
from kb.domain.passages import Passage, Window
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.protocol import Classifier, Summariser
from kb.parsing.sandbox import SandboxedReader
from kb.storage import documents, generations, jobs, pages, passages, taxonomies, understanding
from kb.storage.blobs import BlobStore
from kb.storage.database import Database, Session

_PAGE_COMMIT_SECONDS = 0.5
"""Pages read within this time are committed together."""
_EMBED_BATCH = 64
"""Texts per call of the embedder; a commit and a heartbeat after each."""


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What the understanding stages read."""

    name: str
    title: str
    language: str
    passages: Sequence[Passage]
    windows: Sequence[Window]
    vectors: Vectors | None
    """(n, d) in passage order; None while they are missing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the stages work with; wired in bootstrap."""

    database: Database
    blobs: BlobStore
    reader: SandboxedReader
    embedder: Embedder
    split: Callable[[Iterator[ParsedPage]], list[Passage]]
    make_windows: Callable[[Sequence[Passage]], list[Window]]
    classifier: Classifier
    summariser: Summariser


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at one stage of one version, under a lease."""

    job: ClaimedJob
    version: VersionFacts
    database: Database
    lease_seconds: int
    lost: Callable[[], bool]
    """True once the job was cancelled or taken over; long steps ask and stop."""

    @contextmanager
    def write(self, *, done: int | None = None, total: int | None = None) -> Iterator[Session]:
        """A fenced transaction that also notes progress.

        Raises:
            LeaseLost: another process works on this now; nothing is written.
        """
        with self.database.write() as tx:
            jobs.hold(tx, self.job, lease_seconds=self.lease_seconds, done=done, total=total)
            yield tx


Finish = Callable[[Session], None]
"""Writes a stage's result in the transaction that ends the stage."""


def parse(parts: Parts, run: Run) -> Finish:
    """Bytes to pages, kept page by page, so that a killed reading resumes where it was."""
    version = run.version
    path = parts.blobs.existing(version.sha256, name=version.name)
    with run.write() as tx:
        documents.set_status(tx, version.id, DocumentStatus.PARSING)
        kept = pages.last(tx, version.id)
    waiting: list[ParsedPage] = []
    since = time.monotonic()

    def keep(total: int | None) -> None:
        nonlocal since
        with run.write(done=waiting[-1].number, total=total) as tx:
            pages.add(tx, version.id, waiting)
            documents.touch(tx, version.id)
        waiting.clear()
        since = time.monotonic()

    def on_page(page: ParsedPage, total: int | None) -> None:
        waiting.append(page)
        if time.monotonic() - since > _PAGE_COMMIT_SECONDS:
            keep(total)

    file_type = FileType(version.format, version.media_type)
    found = parts.reader.read(
        path, version.name, file_type, first_page=kept + 1, on_page=on_page, cancelled=run.lost
    )
    if waiting:
        keep(found.pages)

    def finish(tx: Session) -> None:
        documents.set_facts(
            tx,
            version.id,
            title=found.title,
            language=found.language,
            page_count=pages.last(tx, version.id),
            file_metadata=dict(found.metadata),
            warnings=list(found.warnings),
        )

    return finish


def split(parts: Parts, run: Run) -> Finish:
    """Pages to passages and windows. From this commit on the document can be found by words."""
    version = run.version
    with run.database.read() as tx:
        cut = parts.split(pages.of_version(tx, version.id))
    if not cut:
        # Nothing to read on it; one empty passage under its title lets its name be found.
        cut = [Passage(0, "", (version.title or version.name,), ())]
    windows = parts.make_windows(cut) if any(p.text for p in cut) else []

    def finish(tx: Session) -> None:
        passages.replace(tx, version.id, cut, windows)
        generations.announce(tx, version.id, generations.Aspect.WORDS)
        documents.set_status(tx, version.id, DocumentStatus.SEARCHABLE)

    return finish


def embed(parts: Parts, run: Run) -> Finish:
    """Texts to vectors, each text once for each model whoever shares it."""
    version, model = run.version, parts.embedder.model
    with run.database.read() as tx:
        total = len(passages.ids_and_pages(tx, version.id))
        missing = passages.missing_embeddings(tx, version.id, model, limit=total)
    done = total - len(missing)
    for start in range(0, len(missing), _EMBED_BATCH):
        batch = missing[start : start + _EMBED_BATCH]
        vectors = parts.embedder.embed_passages([text for _, text in batch])
        done += len(batch)
        with run.write(done=done, total=total) as tx:
            passages.add_embeddings(tx, model, [text_hash for text_hash, _ in batch], vectors)

    def finish(tx: Session) -> None:
        generations.announce(tx, version.id, generations.Aspect.VECTORS)
        documents.set_status(tx, version.id, DocumentStatus.ENRICHING)

    return finish


def classify(parts: Parts, run: Run) -> Finish:
    """The category, or an honest "unsure"."""
    text = _document_text(parts, run)
    with run.database.read() as tx:
        taxonomy = taxonomies.of_collection(tx, run.version.collection_id)
    found = parts.classifier.classify(text, taxonomy)

    def finish(tx: Session) -> None:
        understanding.put_classification(tx, run.version.id, found)

    return finish


def summarise(parts: Parts, run: Run) -> Finish:
    """The summary, every sentence with the passages it rests on."""
    text = _document_text(parts, run)

    def progress(done: int, total: int) -> None:
        with run.write(done=done, total=total):
            pass

    summary = parts.summariser.summarise(text, progress)

    def finish(tx: Session) -> None:
        understanding.put_summary(tx, run.version.id, summary)

    return finish


def _document_text(parts: Parts, run: Run) -> DocumentText:
    version = run.version
    with run.database.read() as tx:
        cut = passages.of_version(tx, version.id)
        windows = passages.windows_of(tx, version.id)
        vectors = passages.vectors_of(tx, version.id, parts.embedder.model)
    if not any(passage.text for passage in cut):
        raise NoTextFound(name=version.name)
    return DocumentText(
        name=version.name,
        title=version.title,
        language=version.language,
        passages=cut,
        windows=windows,
        vectors=vectors,
    )
