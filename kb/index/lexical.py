"""Words by tantivy: terms come ready from our analyser, ids and BM25 scores go out.

Facts that shaped it: a document of a wrong type kills tantivy's writer thread without a word,
so entries are validated first and counts verified after; a delete by term on an unsigned field
deletes nothing, so deletes are term-set queries; one writer a directory, opened for one fold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tantivy import Document, Index, IndexWriter, Occur, Query, Schema, SchemaBuilder, Searcher

from kb.domain.errors import IndexCorrupt, IndexFailure
from kb.domain.search import IndexEntry
from kb.index.allowed import Allowed, Ranked, best
from kb.index.analyser import Stream, streams
from kb.index.expression import AllOf, AnyOf, Clause, Ending, Field, LexicalQuery, Phrase
from kb.index.files import sha256_of, verify

_IDS = ("passage", "version", "document", "collection")
_TEXTS = ("units", "words", "title", "heading", "name")
_WRITER_BYTES = 64_000_000
_MAX_ID = 2**63
_GAP = "\x1e"
"""A unit that no text has: phrases do not run from the heading into the text."""


@dataclass(frozen=True, slots=True)
class AnalysedEntry:
    """The terms of an entry, field by field; shared with the search over pending passages."""

    units: list[str]
    words: list[str]
    title: list[str]
    heading: list[str]
    name: list[str]

    def field(self, field: Field) -> list[str]:
        """Return the unit terms of ``field`` in order."""
        return {
            Field.ANYWHERE: self.units,
            Field.TITLE: self.title,
            Field.HEADING: self.heading,
            Field.NAME: self.name,
        }[field]


def analyse(entry: IndexEntry) -> AnalysedEntry:
    """Return the terms of ``entry``.

    Ranking reads one stream in which text, headings, title and file name follow each other:
    BM25 over the joined fields saturates a word's count once, where a sum over separate fields
    would count a word in the title twice as if it were two words (Robertson et al., 2004).
    """
    title, title_words = streams(entry.title)
    heading, heading_words = streams(entry.heading)
    name, name_words = streams(entry.name.rpartition(".")[0] or entry.name)
    text, text_words = streams(entry.text)
    units = [*text, _GAP, *heading, _GAP, *title]
    words = [*text_words, *heading_words, *title_words]
    if name != title:
        units += (_GAP, *name)
        words += name_words
    return AnalysedEntry(units, words, title, heading, name)


def _schema() -> Schema:
    builder = SchemaBuilder()
    for name in _TEXTS:
        option = "freq" if name == "words" else "position"
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    for name in _IDS:
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in ("units_length", "words_length"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


@contextmanager
def _as_corruption(directory: Path) -> Iterator[None]:
    """Turn whatever tantivy raises, panics included, into IndexCorrupt."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise IndexCorrupt(name=directory.name, detail=str(error)[:200]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3 derives it from BaseException
            raise
        raise IndexCorrupt(name=directory.name, detail=str(error)[:200]) from error


def _open(directory: Path) -> Index:
    with _as_corruption(directory):
        index = Index.open(str(directory))
        index.config_reader("manual")
        index.reload()
        return index


def fold_entries(
    directory: Path, entries: Sequence[IndexEntry], remove_versions: Iterable[int]
) -> int:
    """Remove versions, add or replace entries, commit, and verify the counts.

    Returns:
        The number of passages afterwards.

    Raises:
        IndexCorrupt: the files are damaged, or the counts are not what was asked for.
        IndexFailure: another process is writing.
    """
    entries = list({entry.passage_id: entry for entry in entries}.values())
    for entry in entries:
        _validate(entry)
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "meta.json").exists():
        Index(_schema(), path=str(directory))
    index = _open(directory)
    searcher, schema = index.searcher(), index.schema
    gone: list[Query] = []
    for name, ids in (
        ("version", sorted(set(remove_versions))),
        ("passage", [entry.passage_id for entry in entries]),
    ):
        if ids:
            gone.append(Query.term_set_query(schema, name, ids))
    removed = _count(searcher, gone)
    if entries or removed:
        writer = _writer(index, directory)
        if removed:
            for query in gone:
                writer.delete_documents_by_query(query)
        for entry in entries:
            writer.add_document(_document(entry))
        with _as_corruption(directory):
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
    expected = searcher.num_docs - removed + len(entries)
    counted = index.searcher().num_docs
    if counted != expected:
        raise IndexCorrupt(name=directory.name, detail=f"{counted} passages, not {expected}")
    return int(counted)


def _writer(index: Index, directory: Path) -> IndexWriter:
    try:
        return index.writer(_WRITER_BYTES, 1)
    except ValueError as error:
        raise IndexFailure(detail=f"{directory.name}: {str(error)[:200]}") from error


def _validate(entry: IndexEntry) -> None:
    ids = (entry.passage_id, entry.version_id, entry.document_id, entry.collection_id)
    for number in ids:
        if type(number) is not int or not 0 <= number < _MAX_ID:
            raise IndexFailure(detail=f"ids out of range: {ids}")
    for text in (entry.title, entry.name, entry.heading, entry.text):
        if type(text) is not str:
            raise IndexFailure(detail=f"passage {entry.passage_id} has a field that is not text")


def _document(entry: IndexEntry) -> Document:
    analysed = analyse(entry)
    document = Document()
    for name in _TEXTS:
        document.add_text(name, " ".join(getattr(analysed, name)))
    for name in _IDS:
        document.add_unsigned(name, getattr(entry, f"{name}_id"))
    document.add_unsigned("units_length", len(analysed.units))
    document.add_unsigned("words_length", len(analysed.words))
    return document


def _count(searcher: Searcher, queries: Sequence[Query]) -> int:
    if not queries:
        return 0
    either = Query.boolean_query([(Occur.Should, query) for query in queries])
    count: int = getattr(searcher.search(either, 1), "count")  # noqa: B009 - missing in the stubs
    return count


def lexical_files(directory: Path, known: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return (name, sha256) of the files of the committed segments.

    Args:
        directory: of the lexical index.
        known: hashes by name; segment files never change, so these are not read again.
    """
    return tuple(
        (path.name, known.get(path.name) or sha256_of(path)) for path in _segment_files(directory)
    )


def _segment_files(directory: Path) -> list[Path]:
    """Return the files of the segments that tantivy's own manifest names."""
    try:
        meta = json.loads((directory / "meta.json").read_text("utf-8"))
        segments = {segment["segment_id"].replace("-", ""): segment for segment in meta["segments"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorrupt(name="meta.json", detail=type(error).__name__) from error
    return sorted(path for path in directory.iterdir() if path.name.split(".")[0] in segments)


class LexicalReader:
    """One commit of the lexical index, as it was when opened; safe for many threads."""

    def __init__(
        self,
        directory: Path,
        files: Iterable[tuple[str, str]],
        known: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        """Verify and open the newest commit.

        Args:
            directory: of the lexical index.
            files: (name, sha256) from the manifest. The writer may be one commit ahead of it;
                files it does not name belong to that commit.
            known: those that were verified before; segment files never change.

        Raises:
            IndexCorrupt: a file is missing, changed or unreadable.
        """
        present = {path.name for path in _segment_files(directory)}
        stems = {name.split(".")[0] for name in present}
        #: The files that were found to be as written.
        self.verified = frozenset(
            (name, sha256)
            for name, sha256 in files
            if name in present or (name.split(".")[0] in stems and not name.endswith(".del"))
        )
        for name, sha256 in self.verified - known:
            verify(directory / name, sha256)
        index = _open(directory)
        self._schema = index.schema
        self._searcher = index.searcher()
        self._lengths = self._average_lengths()

    @property
    def passages(self) -> int:
        """Passages in this commit."""
        return int(self._searcher.num_docs)

    def average_length(self, stream: Stream) -> float:
        """Return the mean number of terms of a passage in ``stream``; 1 in an empty index."""
        return self._lengths[stream]

    def frequency(self, term: str, stream: Stream) -> int:
        """Return in how many passages a term occurs."""
        return int(self._searcher.doc_freq(stream.value, term))

    def search(self, query: LexicalQuery, k: int, allowed: Allowed) -> Ranked:
        """Return the ``k`` best allowed passages with their BM25 scores."""
        if allowed.nothing or k <= 0 or not (query.bag or query.required):
            return Ranked.empty()
        found = self._searcher.search(self._scored(query, allowed), k, count=False).hits
        ids = self._passage_ids([address for _, address in found])
        return best(ids, np.array([score for score, _ in found], np.float32), k)

    def obeying(self, query: LexicalQuery, passage_ids: Sequence[int]) -> frozenset[int]:
        """Return those of ``passage_ids`` that meet the query's clauses."""
        if not passage_ids:
            return frozenset()
        chosen = Query.term_set_query(self._schema, "passage", list(passage_ids))
        parts = [(Occur.Must, chosen), *self._clauses(query)]
        found = self._searcher.search(Query.boolean_query(parts), len(passage_ids), count=False)
        return frozenset(self._passage_ids([address for _, address in found.hits]).tolist())

    def all_passages(self) -> NDArray[np.int64]:
        """Return every passage id, sorted."""
        found = self._searcher.search(Query.all_query(), max(self.passages, 1), count=False).hits
        return np.sort(self._passage_ids([address for _, address in found]))

    def _passage_ids(self, addresses: list[object]) -> NDArray[np.int64]:
        values = self._searcher.fast_field_values("passage", addresses)  # type: ignore[arg-type]
        return np.array(values, np.int64)

    def _average_lengths(self) -> dict[Stream, float]:
        lengths = dict.fromkeys(Stream, 1.0)
        if self._searcher.num_docs:
            wanted = {
                stream.value: {"avg": {"field": f"{stream.value}_length"}} for stream in Stream
            }
            answer = self._searcher.aggregate(Query.all_query(), wanted)
            lengths = {stream: answer[stream.value]["value"] or 1.0 for stream in Stream}
        return lengths

    def _scored(self, query: LexicalQuery, allowed: Allowed) -> Query:
        bag = Query.boolean_query(
            [
                (Occur.Should, Query.term_query(self._schema, term.stream.value, term.term, "freq"))
                for term in query.bag
            ]
        )
        parts = [*self._clauses(query), *self._filters(allowed)]
        occur = Occur.Should if query.required else Occur.Must
        return Query.boolean_query([(occur, bag), *parts]) if parts else bag

    def _filters(self, allowed: Allowed) -> list[tuple[Occur, Query]]:
        return [
            (
                Occur.Must,
                Query.const_score_query(Query.term_set_query(self._schema, name, sorted(ids)), 0.0),
            )
            for name, ids in (
                ("collection", allowed.collections),
                ("document", allowed.documents),
            )
            if ids is not None
        ]

    def _clauses(self, query: LexicalQuery) -> list[tuple[Occur, Query]]:
        required = [
            (Occur.Must, Query.const_score_query(self._clause(clause), 0.0))
            for clause in query.required
        ]
        excluded = [(Occur.MustNot, self._clause(clause)) for clause in query.excluded]
        return [*required, *excluded]

    def _clause(self, clause: Clause) -> Query:
        if isinstance(clause, AllOf | AnyOf):
            occur = Occur.Must if isinstance(clause, AllOf) else Occur.Should
            return Query.boolean_query([(occur, self._clause(one)) for one in clause.clauses])
        return self._phrase(clause)

    def _phrase(self, phrase: Phrase) -> Query:
        field = phrase.field.value
        terms: list[str | tuple[int, str]] = list(phrase.terms)
        if phrase.ending is Ending.PREFIX:
            if len(terms) == 1:
                pattern = "".join(c if c.isalnum() else f"\\{c}" for c in phrase.terms[0])
                return Query.regex_query(self._schema, field, f"{pattern}.*")
            return Query.phrase_prefix_query(self._schema, field, terms)
        if len(terms) == 1:
            return Query.term_query(self._schema, field, terms[0], "freq")
        return Query.phrase_query(self._schema, field, terms)
