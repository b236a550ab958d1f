"""One generation of the index on disk: the side that folds changes in and the side that answers.

A directory holds ``lexical/`` (tantivy), ``vectors/`` (segments) and ``snapshots/`` (manifests).
A fold commits the words, writes the vector files, then publishes the manifest. Killed anywhere
in between, the fold is simply repeated: additions replace what has the same passage id.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import IndexCorrupt, IndexFailure
from kb.domain.search import IndexEntry
from kb.index.allowed import Allowed, Ranked
from kb.index.build import Memory
from kb.index.expression import LexicalQuery
from kb.index.lexical import LexicalReader, fold_entries, lexical_files
from kb.index.lookup import VectorLookup
from kb.index.segment import Segment
from kb.index.snapshots import SnapshotManifest, Snapshots
from kb.index.vectors import VectorFold, VectorRow, search_segments

_LEXICAL, _VECTORS = "lexical", "vectors"
_TRIES, _WAIT_S = 3, 0.05


@dataclass(frozen=True, slots=True)
class Counts:
    """How many passages each side of the index can find."""

    lexical: int
    vectors: int


class GenerationWriter:
    """The one writer of a generation; the caller sees to it (a lease) that there is only one."""

    def __init__(
        self, directory: Path, dimension: int, model: str, memory: Memory = Memory.HOT
    ) -> None:
        """Write in ``directory``, created when missing.

        Args:
            directory: of the generation.
            dimension: length of the vectors.
            model: identity of the embedder that makes them.
            memory: what large segments, written from now on, keep in memory.
        """
        self._directory = directory
        self._dimension = dimension
        self._model = model
        self._snapshots = Snapshots(directory)
        self._vectors = VectorFold(directory / _VECTORS, dimension, memory)

    def apply(
        self,
        add_words: Sequence[IndexEntry],
        add_vectors: Sequence[VectorRow],
        remove_versions: Sequence[int],
    ) -> SnapshotManifest:
        """Fold one batch in and publish the next snapshot; on return it is on the disk.

        Removals come first, then additions; an addition replaces what has the same passage id,
        so a batch may be repeated. An empty batch after the first publishes nothing.

        Args:
            add_words: passages to be found by their words.
            add_vectors: (passage id, document id, collection id, version id, vector) each.
            remove_versions: document versions of which no passage shall be found.

        Raises:
            IndexCorrupt: files of the generation are damaged; it has to be rebuilt.
            IndexFailure: the input does not fit, or another process is writing.
        """
        base = self._base()
        if base.number and not (add_words or add_vectors or remove_versions):
            return base
        lexical = self._directory / _LEXICAL
        passages = fold_entries(lexical, add_words, remove_versions)
        manifest = SnapshotManifest(
            number=base.number + 1,
            model=self._model,
            dimension=self._dimension,
            lexical_passages=passages,
            lexical_files=lexical_files(lexical, dict(base.lexical_files)),
            segments=self._vectors.apply(base.segments, add_vectors, remove_versions),
        )
        self._snapshots.publish(manifest)
        self._snapshots.prune()
        return manifest

    @property
    def snapshot(self) -> int:
        """Number of the newest snapshot on disk; 0 before the first.

        Raises:
            IndexCorrupt: its manifest is damaged.
        """
        return self._base().number

    def counts(self) -> Counts:
        """Return how many passages the newest snapshot holds."""
        base = self._base()
        return Counts(base.lexical_passages, base.vectors)

    def passage_ids(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the sorted passage ids of the words and of the vectors, read from the files.

        Raises:
            IndexCorrupt: files are damaged.
        """
        base = self._base()
        if not base.number:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        reader = LexicalReader(self._directory / _LEXICAL, base.lexical_files)
        return reader.all_passages(), self._vectors.passages(base.segments)

    def _base(self) -> SnapshotManifest:
        newest = self._snapshots.newest()
        if newest is None:
            return SnapshotManifest(0, self._model, self._dimension, 0, (), ())
        if (newest.model, newest.dimension) != (self._model, self._dimension):
            raise IndexFailure(
                detail=f"generation of {newest.model} ({newest.dimension}), "
                f"not {self._model} ({self._dimension})"
            )
        return newest


@dataclass(frozen=True, slots=True)
class _State:
    """What a reader serves; replaced as a whole."""

    manifest: SnapshotManifest | None
    lexical: LexicalReader | None
    segments: tuple[Segment, ...]
    damage: IndexCorrupt | None
    lookup: VectorLookup


class GenerationReader:
    """Answers from the newest snapshot it was asked to open; safe for many threads."""

    def __init__(self, directory: Path) -> None:
        """Read from ``directory``; nothing is opened before ``refresh``."""
        self._directory = directory
        self._snapshots = Snapshots(directory)
        self._state = _State(None, None, (), None, VectorLookup(()))
        self._lock = threading.Lock()

    @property
    def snapshot(self) -> int:
        """Number of the snapshot in service; 0 before the first."""
        manifest = self._state.manifest
        return manifest.number if manifest is not None else 0

    @property
    def damage(self) -> IndexCorrupt | None:
        """What is wrong with the snapshot in service; the sound parts of it still answer."""
        return self._state.damage

    @property
    def statistics(self) -> LexicalReader | None:
        """The lexical statistics of the snapshot, for the search over pending passages."""
        return self._state.lexical

    @property
    def lookup(self) -> VectorLookup:
        """The vectors of the snapshot by passage id."""
        return self._state.lookup

    def refresh(self, snapshot_number: int | None = None) -> None:
        """Open a snapshot, or the newest one when it is gone already; files in use are kept.

        Whatever is sound is put into service before the damage is reported.

        Raises:
            IndexCorrupt: the manifest or files it names are damaged or missing.
        """
        with self._lock:
            manifest = self._manifest(snapshot_number)
            if manifest is None or manifest == self._state.manifest:
                return
            self._state = self._open(manifest)
            if self._state.damage is not None:
                raise self._state.damage

    def lexical(self, query: LexicalQuery, k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best allowed passages by BM25.

        Raises:
            IndexCorrupt: the lexical side is damaged.
        """
        state = self._state
        if state.lexical is None:
            if state.damage is not None:
                raise state.damage
            return Ranked.empty()
        return state.lexical.search(query, k, allowed)

    def vector(self, query_vector: NDArray[np.float32], k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best allowed passages by inner product; (d,) in.

        Raises:
            IndexFailure: the vector's length is not the generation's.
        """
        state = self._state
        if state.manifest is None:
            return Ranked.empty()
        if query_vector.shape != (state.manifest.dimension,):
            raise IndexFailure(
                detail=f"a vector of {query_vector.shape}, not {state.manifest.dimension}"
            )
        return search_segments(state.segments, query_vector, k, allowed)

    def obeying(self, query: LexicalQuery, passage_ids: Sequence[int]) -> frozenset[int]:
        """Return those of ``passage_ids`` that meet the clauses (quotes, minus, fields)."""
        lexical = self._state.lexical
        return lexical.obeying(query, passage_ids) if lexical is not None else frozenset()

    def _manifest(self, number: int | None) -> SnapshotManifest | None:
        if number is not None and number in self._snapshots.numbers():
            return self._snapshots.load(number)
        return self._snapshots.newest()

    def _open(self, manifest: SnapshotManifest) -> _State:
        damage: IndexCorrupt | None = None
        lexical: LexicalReader | None = None
        try:
            lexical = self._open_lexical(manifest)
        except IndexCorrupt as error:
            damage = error
        known = {segment.record.name: segment for segment in self._state.segments}
        segments: list[Segment] = []
        for record in manifest.segments:
            earlier = known.get(record.name)
            if earlier is not None and earlier.record == record:
                segments.append(earlier)
                continue
            try:
                folder = self._directory / _VECTORS
                segments.append(Segment(folder, record, manifest.dimension, earlier))
            except IndexCorrupt as error:
                damage = damage or error
        lookup = VectorLookup(segments, self._state.lookup)
        return _State(manifest, lexical, tuple(segments), damage, lookup)

    def _open_lexical(self, manifest: SnapshotManifest) -> LexicalReader:
        """Open the words; a commit that lands meanwhile takes files away, so look again."""
        folder, earlier = self._directory / _LEXICAL, self._state.lexical
        known = earlier.verified if earlier is not None else frozenset()
        for _ in range(_TRIES - 1):
            try:
                return LexicalReader(folder, manifest.lexical_files, known)
            except IndexCorrupt:
                time.sleep(_WAIT_S)
        return LexicalReader(folder, manifest.lexical_files)
