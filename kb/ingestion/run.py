"""What a stage works with, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kb.chunking.passages import PassageCutter
from kb.domain.documents import ClaimedJob, VersionFacts
from kb.domain.parsed import FileType
from kb.domain.passages import Passage, Window
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.protocol import Classifier, Summariser
from kb.parsing.archive import Member
from kb.parsing.sandbox import SandboxedReader
from kb.storage import jobs
from kb.storage.blobs import BlobStore
from kb.storage.database import Database, Session


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What the understanding stages read."""

    name: str
    title: str
    language: str
    passages: Sequence[Passage]
    """Without the places of their lines."""
    windows: Sequence[Window]
    vectors: Vectors | None
    """(n, d) in passage order; None while they are missing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the stages work with; wired in bootstrap."""

    database: Database
    blobs: BlobStore
    reader: SandboxedReader
    sniff: Callable[[Path, str], FileType]
    """(path, name) -> what the bytes are; raises RejectedAtDoor."""
    unpack: Callable[[Path, str], Iterator[Member]]
    """(path, name) -> the files of an archive; raises CannotRead and RejectedAtDoor."""
    embedder: Embedder
    cutter: Callable[[], PassageCutter]
    """Begins to cut a document."""
    windows_of: Callable[[Iterable[Passage]], Iterator[Window]]
    classifier: Callable[[], Classifier]
    summariser: Callable[[], Summariser]
    """Made when first needed, as the classifier: a reading process has no use for them."""


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


class Ending(Enum):
    """How a stage ended."""

    DONE = "done"
    """The next stage follows."""
    AGAIN = "again"
    """It went well and there is more to do: back into the queue, behind what waits there."""
    WAITS = "waits"
    """It went well and will have more to do when another stage has come further."""
    LAST = "last"
    """Done, and nothing follows."""


Finish = Callable[[Session], Ending]
"""Writes a stage's result in the transaction that ends the stage."""
