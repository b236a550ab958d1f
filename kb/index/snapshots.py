"""Snapshots of a generation: numbered manifests of immutable files, published by a rename."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kb.domain.errors import IndexCorrupt
from kb.index.files import write_durably

FORMAT = 1
_KEPT = 2


class Kind(StrEnum):
    """How the vectors of a segment are kept."""

    FLAT = "flat"
    """All rows are scanned: half floats, or 8 bits a dimension when there are more."""
    LISTS = "lists"
    """8 bits a dimension in an inverted file."""
    LEAN = "lean"
    """1 bit a dimension in an inverted file, and the 8 bits beside it for the best rows."""


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One vector segment as a snapshot sees it."""

    name: str
    """Stem of its files."""
    rows: int
    vectors_sha256: str
    rows_sha256: str
    dead_file: str | None = None
    """File with the positions of removed rows."""
    dead_sha256: str | None = None
    dead: int = 0
    kind: Kind = Kind.FLAT
    probes: tuple[int, ...] = ()
    """Lists to visit for 10, 100 and 1,000 results, measured when it was built."""
    refine: int = 1
    """Lean: rows scored again for each result wanted, measured too."""
    exact_sha256: str | None = None
    """Lean: of the file with 8 bits a dimension."""

    @property
    def live(self) -> int:
        """Rows that can be found."""
        return self.rows - self.dead

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all its files."""
        return tuple(self.hashes)

    @property
    def hashes(self) -> dict[str, str]:
        """The sha256 of each of its files, by name."""
        known = {
            f"{self.name}.faiss": self.vectors_sha256,
            f"{self.name}.rows.npy": self.rows_sha256,
            f"{self.name}.exact.faiss": self.exact_sha256,
            self.dead_file: self.dead_sha256,
        }
        return {name: sha256 for name, sha256 in known.items() if name and sha256}


@dataclass(frozen=True, slots=True)
class SnapshotManifest:
    """What one snapshot consists of."""

    number: int
    """Counts up from 1; 0 is the empty start that is never written."""
    model: str
    """Identity of the embedder."""
    dimension: int
    lexical_passages: int
    lexical_files: tuple[tuple[str, str], ...]
    """(file name, sha256) of every file of the lexical segments."""
    segments: tuple[SegmentRecord, ...]
    format: int = FORMAT

    @property
    def vectors(self) -> int:
        """Vectors that can be found."""
        return sum(segment.live for segment in self.segments)


class Snapshots:
    """The manifests in one generation's directory."""

    def __init__(self, directory: Path) -> None:
        """Look at ``directory``, which need not exist yet."""
        self._directory = directory / "snapshots"
        self._vectors = directory / "vectors"

    def numbers(self) -> list[int]:
        """Return the published numbers, oldest first."""
        return sorted(
            int(path.stem) for path in self._directory.glob("*.json") if path.stem.isdecimal()
        )

    def newest(self) -> SnapshotManifest | None:
        """Return the newest manifest, or None before the first.

        Raises:
            IndexCorrupt: it is damaged.
        """
        numbers = self.numbers()
        return self.load(numbers[-1]) if numbers else None

    def load(self, number: int) -> SnapshotManifest:
        """Return one manifest.

        Raises:
            IndexCorrupt: it is missing, damaged or of a format we do not know.
        """
        path = self._path(number)
        try:
            body, digest = path.read_text("utf-8").rstrip("\n").split("\n")
            if hashlib.sha256(body.encode()).hexdigest() != digest:
                raise IndexCorrupt(name=path.name, detail="sha256 differs")
            fields = json.loads(body)
            if fields.get("format") != FORMAT:
                raise IndexCorrupt(name=path.name, detail=f"format {fields.get('format')}")
            return _manifest(fields)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexCorrupt(name=path.name, detail=type(error).__name__) from error

    def publish(self, manifest: SnapshotManifest) -> None:
        """Write ``manifest`` so that it appears whole or not at all."""
        self._directory.mkdir(parents=True, exist_ok=True)
        body = json.dumps(asdict(manifest), separators=(",", ":"))
        text = f"{body}\n{hashlib.sha256(body.encode()).hexdigest()}\n"
        write_durably(self._path(manifest.number), lambda path: _write_text(path, text))

    def prune(self) -> None:
        """Remove all but the newest two snapshots, and vector files that neither of them names.

        A reader that has an older file open keeps it until it closes it.
        """
        numbers = self.numbers()
        for number in numbers[:-_KEPT]:
            self._path(number).unlink(missing_ok=True)
        named: set[str] = set()
        for number in numbers[-_KEPT:]:
            try:
                manifest = self.load(number)
            except IndexCorrupt:
                return  # what it names is unknown: remove nothing
            named.update(name for segment in manifest.segments for name in segment.files)
        for path in self._vectors.glob("*"):
            if path.name not in named:
                path.unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:010d}.json"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _manifest(fields: dict[str, Any]) -> SnapshotManifest:
    segments = tuple(_record(record) for record in fields.pop("segments"))
    files = tuple((str(name), str(digest)) for name, digest in fields.pop("lexical_files"))
    return SnapshotManifest(**fields, segments=segments, lexical_files=files)


def _record(fields: dict[str, Any]) -> SegmentRecord:
    kind, probes = fields.pop("kind", Kind.FLAT), fields.pop("probes", ())
    return SegmentRecord(**fields, kind=Kind(kind), probes=tuple(int(one) for one in probes))
