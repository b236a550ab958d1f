"""Reading in slices: what is read is kept, cut and published while the rest is still read.

A slice is a few dozen pages. One transaction keeps its pages, the passages that no later page
can change, the attachments that came with it, and tells the index. Memory is that of a slice, and
a killed reading goes on behind the last slice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from kb.domain.documents import DocumentStatus, Stage
from kb.domain.parsed import Attachment, DocumentSummary, ParsedPage
from kb.domain.passages import Passage
from kb.ingestion.attachments import Arrivals
from kb.ingestion.run import Parts, Run
from kb.jobs.protocol import Queue
from kb.storage import documents, generations, jobs, pages, passages
from kb.storage.database import Session
from kb.storage.generations import Aspect

_SLICE_SECONDS = 0.5
"""Pages read within this time are kept together …"""
_SLICE_PAGES = 64
"""… but no more than so many."""
_PORTION = 500
"""Passages that the index takes in at once when all of a document's are announced again."""


def in_slices(read: Iterator[ParsedPage]) -> Iterator[list[ParsedPage]]:
    """Pages as many at once as memory should hold."""
    while part := list(islice(read, _SLICE_PAGES)):
        yield part


class Cutting:
    """Stores a version's passages in order, and says at the end what became of earlier ones."""

    def __init__(self, parts: Parts, run: Run) -> None:
        self._run = run
        self._cutter = parts.cutter()
        self.given = 0
        """Passages stored so far."""
        self._replaced = 0

    def cut(self, read: Sequence[ParsedPage]) -> list[Passage]:
        """Passages that are settled with these pages; ``keep`` them in their transaction."""
        return self._cutter.feed(read)

    def last(self, read: Sequence[ParsedPage], title: str) -> list[Passage]:
        """What is left; one empty passage if there was nothing, so that its name is found."""
        found = [*self._cutter.feed(read), *self._cutter.finish()]
        return found if found or self.given else [Passage(0, "", (title,), ())]

    def keep(self, tx: Session, cut: Sequence[Passage]) -> None:
        """Store passages, tell the index of those that are new, and show the document."""
        if not cut:
            return
        version_id = self._run.version.id
        kept = passages.keep(tx, version_id, cut)
        if not self.given:
            documents.set_status(tx, version_id, DocumentStatus.SEARCHABLE)
        self.given = cut[-1].ordinal + 1
        self._replaced += kept.replaced
        if kept.added:
            first, last = cut[0].ordinal, cut[-1].ordinal
            generations.announce(tx, version_id, Aspect.WORDS, first=first, last=last)

    def close(self, tx: Session) -> None:
        """After the last passage: what an earlier cut left behind it goes, from the index too."""
        version_id = self._run.version.id
        gone = passages.drop_from(tx, version_id, self.given)
        if gone or self._replaced:
            generations.announce(tx, version_id, Aspect.ANEW)


class Reading:
    """One attempt at reading one version."""

    def __init__(self, parts: Parts, run: Run) -> None:
        self._run = run
        self._cutting = Cutting(parts, run)
        self._arrivals = Arrivals(parts, run.version)
        self._waiting: list[ParsedPage] = []
        self._since = time.monotonic()
        self._published = 0

    def catch_up(self) -> int:
        """Cut what an earlier attempt read; return the number of the last page it kept.

        Its passages come out as they are, so nothing is written but what is missing.
        """
        run, version_id = self._run, self._run.version.id
        with run.database.read() as tx:
            kept = pages.last(tx, version_id)
            found = passages.count(tx, version_id)
            for read in in_slices(pages.of_version(tx, version_id)):
                cut = self._cutting.cut(read)
                with run.write() as writing:
                    self._cutting.keep(writing, cut)
        with run.write(done=kept) as tx:
            shown = DocumentStatus.SEARCHABLE if found else DocumentStatus.PARSING
            documents.set_status(tx, version_id, shown)
        return kept

    def take(self, page: ParsedPage, total: int | None) -> None:
        """Receive a page; every half second what waits is kept."""
        self._waiting.append(page)
        late = time.monotonic() - self._since > _SLICE_SECONDS
        if late or len(self._waiting) >= _SLICE_PAGES:
            self._keep_slice(total)

    def take_attachment(self, attachment: Attachment) -> None:
        """Receive a file that came inside; it is written down with the pages around it."""
        self._arrivals.take(attachment)

    def _keep_slice(self, total: int | None) -> None:
        cut = self._cutting.cut(self._waiting)
        version_id = self._run.version.id
        with self._run.write(done=self._waiting[-1].number, total=total) as tx:
            pages.add(tx, version_id, self._waiting)
            self._cutting.keep(tx, cut)
            self._arrivals.write(tx)
            documents.touch(tx, version_id)
            if self._cutting.given:
                # Vectors are made while reading goes on.
                jobs.wake(tx, stage=Stage.EMBED, queue=Queue.EMBED, version_id=version_id)
        self._published = self._cutting.given
        self._waiting.clear()
        self._since = time.monotonic()

    def end(self, found: DocumentSummary) -> Callable[[Session], None]:
        """Cut what is left; return what writes it, with what the file is as a whole."""
        version = self._run.version
        title = found.title or version.name
        cut = self._cutting.last(self._waiting, title)

        def write(tx: Session) -> None:
            pages.add(tx, version.id, self._waiting)
            self._cutting.keep(tx, cut)
            self._cutting.close(tx)
            self._arrivals.write(tx)
            documents.set_facts(
                tx,
                version.id,
                title=found.title,
                language=found.language,
                page_count=pages.last(tx, version.id),
                file_metadata=dict(found.metadata),
                warnings=[*found.warnings, *self._arrivals.warnings],
            )
            if found.title and found.title != version.title:
                self._announce_title(tx)

        return write

    def _announce_title(self, tx: Session) -> None:
        """What was published before the title was known is published with it."""
        for first in range(0, self._published, _PORTION):
            last = min(first + _PORTION, self._published) - 1
            generations.announce(tx, self._run.version.id, Aspect.WORDS, first=first, last=last)
