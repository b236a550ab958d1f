"""What each stage of a document's way does. Each is a pure step from stored inputs to outputs."""

from __future__ import annotations

import time
from itertools import islice

from kb.domain.documents import DocumentStatus, JobState, Stage
from kb.domain.errors import NoTextFound
from kb.domain.parsed import FileType
from kb.ingestion.reading import Cutting, Reading, in_slices
from kb.ingestion.rereading import ANEW
from kb.ingestion.run import DocumentText, Ending, Finish, Parts, Run
from kb.storage import documents, generations, jobs, pages, passages, taxonomies, understanding
from kb.storage.database import Session
from kb.storage.generations import Aspect

_EMBED_BATCH = 64
"""Texts per call of the embedder; a commit and a heartbeat after each."""
_EMBED_SECONDS = 20.0
"""After so long other documents have their turn at the embedder."""
_WINDOWS_AT_ONCE = 8


def parse(parts: Parts, run: Run) -> Finish:
    """Bytes to pages to passages, slice by slice; a killed reading resumes where it was."""
    version = run.version
    path = parts.blobs.existing(version.sha256, name=version.name)
    reading = Reading(parts, run)
    kept = reading.catch_up()
    found = parts.reader.read(
        path,
        version.name,
        FileType(version.format, version.media_type),
        first_page=kept + 1,
        on_page=reading.take,
        on_attachment=reading.take_attachment,
        cancelled=run.lost,
    )
    write = reading.end(found)

    def finish(tx: Session) -> Ending:
        write(tx)
        return Ending.DONE

    return finish


def split(parts: Parts, run: Run) -> Finish:
    """Passages to windows; before that, where asked, pages to passages anew."""
    version = run.version
    with run.database.read() as tx:
        known = passages.count(tx, version.id)
    if run.job.arguments == ANEW or not known:
        _cut_anew(parts, run)
    with run.write() as tx:
        passages.drop_windows(tx, version.id)
    with run.database.read() as tx:
        windows = parts.windows_of(p for p in passages.texts_of(tx, version.id) if p.text)
        while some := list(islice(windows, _WINDOWS_AT_ONCE)):
            with run.write() as writing:
                passages.add_windows(writing, version.id, some)

    def finish(tx: Session) -> Ending:
        documents.set_status(tx, version.id, DocumentStatus.SEARCHABLE)
        return Ending.DONE

    return finish


def _cut_anew(parts: Parts, run: Run) -> None:
    """Pages to passages; those that come out as they were keep their ids and vectors."""
    version = run.version
    cutting = Cutting(parts, run)
    with run.database.read() as tx:
        for read in in_slices(pages.of_version(tx, version.id)):
            cut = cutting.cut(read)
            with run.write() as writing:
                cutting.keep(writing, cut)
    left = cutting.last((), version.title or version.name)
    with run.write() as tx:
        cutting.keep(tx, left)
        cutting.close(tx)


def embed(parts: Parts, run: Run) -> Finish:
    """Texts to vectors, each text once for each model whoever shares it.

    While the document is still read, it does what there is and waits for more.
    """
    version, model = run.version, parts.embedder.model
    began, covered = time.monotonic(), 0
    while time.monotonic() - began < _EMBED_SECONDS:
        with run.database.read() as tx:
            total = passages.count(tx, version.id)
            missing = passages.missing_embeddings(
                tx, version.id, model, after=covered - 1, limit=_EMBED_BATCH
            )
        if not missing:
            break
        texts = {one.text_hash: one.text for one in missing}
        vectors = parts.embedder.embed_passages(list(texts.values()))
        last = missing[-1].ordinal
        with run.write(done=last + 1, total=total) as tx:
            passages.add_embeddings(tx, model, list(texts), vectors)
            generations.announce(tx, version.id, Aspect.VECTORS, first=covered, last=last)
        covered = last + 1

    def finish(tx: Session) -> Ending:
        if passages.count_missing(tx, version.id, model):
            return Ending.AGAIN
        if covered < passages.count(tx, version.id):  # texts that had their vectors before
            generations.announce(tx, version.id, Aspect.VECTORS, first=covered)
        if is_read(tx, version.id):
            documents.set_status(tx, version.id, DocumentStatus.ENRICHING)
            return Ending.DONE
        ended = {JobState.FAILED, JobState.CANCELLED} & set(_reading(tx, version.id))
        return Ending.LAST if ended else Ending.WAITS

    return finish


def is_read(tx: Session, version_id: int) -> bool:
    """Whether all of a version is read and cut."""
    return set(_reading(tx, version_id)) == {JobState.DONE}


def _reading(tx: Session, version_id: int) -> list[JobState | None]:
    states = jobs.states(tx, version_id)
    return [states.get(stage) for stage in (Stage.PARSE, Stage.SPLIT)]


def classify(parts: Parts, run: Run) -> Finish:
    """The category, or an honest "unsure"."""
    text = _document_text(parts, run)
    with run.database.read() as tx:
        taxonomy = taxonomies.of_collection(tx, run.version.collection_id)
    found = parts.classifier().classify(text, taxonomy)

    def finish(tx: Session) -> Ending:
        understanding.put_classification(tx, run.version.id, found)
        return Ending.DONE

    return finish


def summarise(parts: Parts, run: Run) -> Finish:
    """The summary, every sentence with the passages it rests on."""
    text = _document_text(parts, run)

    def progress(done: int, total: int) -> None:
        with run.write(done=done, total=total):
            pass

    with run.database.read() as tx:
        style = taxonomies.summary_style(tx, run.version.collection_id)
    summary = parts.summariser().summarise(text, progress, style=style)

    def finish(tx: Session) -> Ending:
        understanding.put_summary(tx, run.version.id, summary)
        return Ending.DONE

    return finish


def _document_text(parts: Parts, run: Run) -> DocumentText:
    version = run.version
    with run.database.read() as tx:
        cut = list(passages.texts_of(tx, version.id))
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
