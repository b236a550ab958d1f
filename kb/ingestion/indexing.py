"""The one index writer: folds changes that SQL tells of into every generation that follows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from kb.domain.errors import IndexCorrupt, LeaseLost, ModelFailure
from kb.domain.search import IndexEntry
from kb.embedding.protocol import Embedder
from kb.index.build import Memory
from kb.index.copying import share_files
from kb.index.fingerprint import analyser_identity
from kb.index.generation import GenerationWriter
from kb.index.vectors import VectorRow
from kb.jobs.holder import may_be_alive, this_holder
from kb.storage import generations, passages
from kb.storage.database import Database
from kb.storage.generations import (
    FOLLOWING,
    Aspect,
    Generation,
    GenerationState,
    IndexEvent,
    Lease,
    Plan,
)
from kb.storage.passages import Portion, merged
from kb.storage.search_store import generation_path

_log = structlog.get_logger(__name__)

WRITER_LEASE = "index-writer"
BUILDER_LEASE = "index-builder"
"""For generations that are being built, so that the live one is never kept waiting."""
_LEASE_SECONDS = 60.0
_EMBED_BATCH = 64
_EVENTS_PER_FOLD = 200
"""Changes folded into one snapshot."""
_VERSIONS_PER_FOLD = 40
"""Documents read from SQL at once, so that memory stays small."""
_CHANGES_WORDS = (Aspect.WORDS, Aspect.ANEW)
_BEHIND = (GenerationState.READY, GenerationState.REFUSED, GenerationState.PREVIOUS)
_BUILT = (GenerationState.BUILDING, GenerationState.PAUSED)
_Change = tuple[int, Aspect, Portion]
"""A version, what changed of it, and which passages."""


@dataclass(frozen=True, slots=True)
class IndexWriter:
    """Keeps index files equal to SQL. Any number may try; the lease lets one in."""

    database: Database
    index_path: Path
    embedder_model: str
    dimension: int
    embedder_named: Callable[[str], Embedder]
    """Embedders of generations that have another one than uploads are embedded with."""
    memory: Memory = Memory.HOT
    """What large segments, written from now on, keep in memory."""

    def fold(self) -> int:
        """Take in all waiting changes; return how many. 0 too when another process is at it."""
        folded = 0
        with self.lease() as lease:
            if lease is None:
                return 0
            for generation in self._following(lease):
                folded += self.follow(generation, lease)
            self._remove_strangers()
        self._follow_paused()
        return folded

    def _follow_paused(self) -> None:
        """Keep a build that rests up to date, so that the list of changes stays short."""
        with self.database.read() as tx:
            paused = generations.in_state(tx, GenerationState.PAUSED)
            behind = [g for g in paused if generations.waiting(tx, g.id, limit=1)]
        if not behind:
            return
        with self.lease(BUILDER_LEASE) as lease:
            if lease is not None:
                for generation in behind:
                    self.follow(generation, lease)

    @contextmanager
    def lease(self, name: str = WRITER_LEASE) -> Iterator[Lease | None]:
        """Hold the right to write index files; None while another process has it."""
        with self.database.write() as tx:
            lease = generations.acquire(
                tx, name, holder=this_holder(), seconds=_LEASE_SECONDS, alive=may_be_alive
            )
        try:
            yield lease
        finally:
            if lease is not None:
                with self.database.write() as tx:
                    generations.let_go(tx, lease)

    def _following(self, lease: Lease) -> list[Generation]:
        with self.database.read() as tx:
            found = generations.in_state(tx, GenerationState.LIVE, *_BEHIND)
        if not any(each.state is GenerationState.LIVE for each in found):
            found.append(self._begin(lease))
        return sorted(found, key=lambda each: each.state is not GenerationState.LIVE)

    def _begin(self, lease: Lease) -> Generation:
        """The first generation, or a new one when the live one is lost: everything is an event."""
        with self.database.write() as tx:
            generations.assert_lease(tx, lease)
            generation = generations.create(
                tx,
                embedder=self.embedder_model,
                dimension=self.dimension,
                state=GenerationState.LIVE,
                plan=Plan(analyser=analyser_identity()),
            )
            after = 0
            while versions := passages.live_versions(tx, after=after):
                for version_id in versions:
                    generations.announce(tx, version_id, Aspect.WORDS)
                    generations.announce(tx, version_id, Aspect.VECTORS)
                after = versions[-1]
        return generation

    def follow(self, generation: Generation, lease: Lease) -> int:
        """Take in all changes that wait for one generation; return how many."""
        folded = 0
        try:
            writer = self.open(generation)
            while True:
                with self.database.read() as tx:
                    events = generations.waiting(tx, generation.id, _EVENTS_PER_FOLD)
                if not events:
                    return folded
                for part in _parts(events):
                    self._embed(generation, part)
                    self.take_in(generation, writer, lease, part)
                folded += len(events)
        except IndexCorrupt as error:
            self.drop(generation, error)
        except ModelFailure as error:  # its changes wait; searches see them as pending by words
            _log.warning("generation_waits", generation=generation.id, detail=str(error))
        return folded

    def _embed(self, generation: Generation, events: Sequence[IndexEvent]) -> None:
        """Compute vectors for a generation whose embedder is not that of uploads."""
        if generation.embedder == self.embedder_model:
            return
        with self.database.read() as tx:
            live = passages.live_among(tx, {event.version_id for event in events})
        for version_id in sorted(live):
            self.embed_version(generation, version_id, lambda: None)

    def embed_version(
        self, generation: Generation, version_id: int, beat: Callable[[], object]
    ) -> None:
        """Compute the vectors of a version that are not there; unchanged text has its vector.

        Args:
            generation: for whose embedder.
            version_id: of the document.
            beat: called before each batch; may raise to stop, what was computed is kept.

        Raises:
            ModelFailure: the embedder does not answer.
        """
        after = -1
        while True:
            with self.database.read() as tx:
                missing = passages.missing_embeddings(
                    tx, version_id, generation.embedder, after=after, limit=_EMBED_BATCH
                )
            if not missing:
                return
            beat()
            texts = {one.text_hash: one.text for one in missing}
            embedder = self.embedder_named(generation.plan.embedder)
            vectors = embedder.embed_passages(list(texts.values()))
            with self.database.write() as tx:
                passages.add_embeddings(tx, generation.embedder, list(texts), vectors)
            after = missing[-1].ordinal

    def drop(self, generation: Generation, error: IndexCorrupt) -> None:
        """Give up damaged files. They are derived, so nothing is lost.

        In place of the live generation the previous one answers, which took in every change;
        without one the next round begins anew from SQL. A build starts over.
        """
        _log.warning("generation_dropped", generation=generation.id, detail=str(error))
        if generation.state in _BUILT:
            shutil.rmtree(generation_path(self.index_path, generation.id), ignore_errors=True)
            with self.database.write() as tx:
                generations.start_over(tx, generation)
            return
        with self.database.write() as tx:
            previous = generations.in_state(tx, GenerationState.PREVIOUS)
            if generation.state is GenerationState.LIVE and previous:
                generations.put_into_service(tx, previous[-1].id)
            generations.remove(tx, generation.id)

    def share(self, generation: Generation, lease: Lease) -> Generation:
        """Let a build begin with the files of the live generation; ``lease`` is the writer's.

        Files of an index never change, so the two may be the same on the disk.

        Returns:
            The generation as it is then; unchanged when nothing is live.
        """
        with self.database.read() as tx:
            live = generations.live(tx)
        if live is None or not live.snapshot:
            return generation
        target = generation_path(self.index_path, generation.id)
        shutil.rmtree(target, ignore_errors=True)
        share_files(generation_path(self.index_path, live.id), target)
        with self.database.write() as tx:
            generations.assert_lease(tx, lease)
            generations.base_on(tx, generation, live)
            return generations.get(tx, generation.id)

    def open(self, generation: Generation) -> GenerationWriter:
        """Open a generation's files for writing.

        Raises:
            IndexCorrupt: they are damaged or gone.
        """
        directory = generation_path(self.index_path, generation.id)
        writer = GenerationWriter(directory, generation.dimension, generation.embedder, self.memory)
        if writer.snapshot < generation.snapshot:
            raise IndexCorrupt(name=directory.name, detail="its newest snapshot is gone")
        return writer

    def take_in(
        self,
        generation: Generation,
        writer: GenerationWriter,
        lease: Lease,
        events: Sequence[IndexEvent],
    ) -> None:
        """Make the files agree with SQL where ``events`` say so; publish that as a snapshot.

        Vectors are taken in for all passages concerned, words where they changed. Versions that
        are not live any more are removed.

        Raises:
            LeaseLost: another writer took over; nothing was published.
        """
        changes = [(event.version_id, event.aspect, event.portion) for event in events]
        self._take_in(generation, writer, lease, changes, events)

    def take_in_portions(
        self,
        generation: Generation,
        writer: GenerationWriter,
        lease: Lease,
        portions: Sequence[Portion],
    ) -> None:
        """Take in passages that a build has come to; raises LeaseLost as ``take_in`` does.

        What the generation may hold of a version already goes when its first portion comes.
        """
        shared = generation.plan.based_on is not None
        changes = [
            (part.version_id, Aspect.ANEW if shared and part.first == 0 else Aspect.WORDS, part)
            for part in portions
        ]
        self._take_in(generation, writer, lease, changes, ())

    def _take_in(
        self,
        generation: Generation,
        writer: GenerationWriter,
        lease: Lease,
        changes: Sequence[_Change],
        events: Sequence[IndexEvent],
    ) -> None:
        self.renew(lease)
        versions = {version for version, _, _ in changes}
        words = {version for version, aspect, _ in changes if aspect in _CHANGES_WORDS}
        anew = {version for version, aspect, _ in changes if aspect is Aspect.ANEW}
        with self.database.read() as tx:
            live = passages.live_among(tx, versions)
            portions = merged([portion for version, _, portion in changes if version in live])
            found = passages.entries(tx, portions, generation.embedder)
        manifest = writer.apply(
            add_words=[entry for entry, _ in found if entry.version_id in words],
            add_vectors=[_vector_row(entry, vector) for entry, vector in found if vector],
            remove_versions=sorted((versions - live) | anew),
        )
        with self.database.write() as tx:
            generations.publish(
                tx,
                generation.id,
                snapshot=manifest.number,
                passages=manifest.lexical_passages,
                events=events,
                lease=lease,
            )
        _log.info("index_folded", generation=generation.id, versions=len(versions))

    def renew(self, lease: Lease) -> None:
        """Keep the right to write; raises LeaseLost when another writer has it."""
        with self.database.write() as tx:
            held = generations.acquire(tx, lease.name, holder=lease.holder, seconds=_LEASE_SECONDS)
        if held is None or held.epoch != lease.epoch:
            raise LeaseLost(subject=lease.name)

    def _remove_strangers(self) -> None:
        """Remove files of generations that SQL does not know any more."""
        with self.database.read() as tx:
            kept = generations.in_state(tx, *FOLLOWING)
        known = {generation_path(self.index_path, each.id) for each in kept}
        for folder in self.index_path.glob("generation-*"):
            if folder not in known:
                shutil.rmtree(folder, ignore_errors=True)


def _vector_row(entry: IndexEntry, vector: bytes) -> VectorRow:
    return (
        entry.passage_id,
        entry.document_id,
        entry.collection_id,
        entry.version_id,
        passages.unpack(vector),
    )


def _parts(events: Sequence[IndexEvent]) -> Iterator[list[IndexEvent]]:
    """Cut events into parts of few enough versions, keeping their order."""
    part: list[IndexEvent] = []
    versions: set[int] = set()
    for event in events:
        if len(versions | {event.version_id}) > _VERSIONS_PER_FOLD:
            yield part
            part, versions = [], set()
        part.append(event)
        versions.add(event.version_id)
    if part:
        yield part
