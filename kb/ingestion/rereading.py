"""A page read again by the other OCR engine; the better of the two readings is kept."""

from __future__ import annotations

from dataclasses import replace

from kb.domain.documents import Stage
from kb.domain.errors import NotFound
from kb.domain.parsed import FileType, PageSource, ParsedPage
from kb.ingestion.run import Ending, Finish, Parts, Run
from kb.jobs.protocol import Queue
from kb.storage import documents, jobs, pages
from kb.storage.database import Session

ENGINES = ("rapidocr", "tesseract")
ANEW = {"cut": "anew"}
"""Arguments of a split that cuts the stored pages again."""


def reread(parts: Parts, run: Run) -> Finish:
    """Read the pages asked for again; where that gave better ones, cut the document anew."""
    version = run.version
    path = parts.blobs.existing(version.sha256, name=version.name)
    numbers = [int(number) for number in run.job.arguments.get("pages", ())]
    wanted = str(run.job.arguments.get("engine", ""))
    better = 0
    for at, number in enumerate(numbers, 1):
        with run.database.read() as tx:
            before = next(pages.of_version(tx, version.id, number), None)
        if before is None:
            raise NotFound(kind="page", id=number)
        engine = wanted or other_engine(before)
        again = parts.reader.reread(
            path,
            version.name,
            FileType(version.format, version.media_type),
            page=before,
            engine=engine,
            cancelled=run.lost,
        )
        kept = better_of(before, again, engine)
        better += kept is not before and kept.blocks != before.blocks
        with run.write(done=at, total=len(numbers)) as tx:
            pages.add(tx, version.id, [kept])

    def finish(tx: Session) -> Ending:
        if better:
            job_id = jobs.enqueue(
                tx,
                stage=Stage.SPLIT,
                queue=Queue.PARSE,
                version_id=version.id,
                arguments=ANEW,
            )
            jobs.ring_later(tx, Queue.PARSE, job_id)
        documents.touch(tx, version.id)
        return Ending.LAST

    return finish


def other_engine(page: ParsedPage) -> str:
    """The engine that did not read it; the one for any script where a text layer was read."""
    return ENGINES[1] if page.ledger.engine == ENGINES[0] else ENGINES[0]


def better_of(before: ParsedPage, again: ParsedPage, engine: str) -> ParsedPage:
    """The reading that is worth more: how sure it is, times how much it read.

    A text layer is only given up for OCR that is surer than it is sound.
    """
    if _worth(again) > _worth(before):
        return replace(again, ledger=replace(again.ledger, reread_by=engine))
    return replace(before, ledger=replace(before.ledger, reread_by=engine))


def _worth(page: ParsedPage) -> float:
    letters = sum(character.isalnum() for character in page.text)
    sound = 1.0 - (page.ledger.unknown_glyphs or 0.0)
    if page.source is PageSource.OCR:
        return page.quality * letters
    return page.quality * sound * letters
