"""Search as seen from outside: what is asked, what the index holds, what comes back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from kb.domain.parsed import Box
from kb.domain.passages import Span


class SearchMode(StrEnum):
    """Which evidence is used."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    VECTOR = "vector"


class FoundBy(StrEnum):
    """Why a passage was found."""

    WORDS = "words"
    MEANING = "meaning"
    BOTH = "both"


class SearchNotice(StrEnum):
    """Why a search used less than it was asked to; shown to people."""

    NO_INDEX = "no_index"
    """Nothing has been indexed yet; only what is waiting to be indexed was searched."""
    INDEX_DAMAGED = "index_damaged"
    """The index is being rebuilt; an older snapshot or only the waiting passages were searched."""
    WORDS_ONLY = "words_only"
    """The embedder is not ready; only words were compared."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A passage as the index takes it in."""

    passage_id: int
    version_id: int
    document_id: int
    collection_id: int
    title: str
    """The document's title."""
    name: str
    """The file's name."""
    heading: str
    """Headings above the passage, joined by newlines."""
    text: str


@dataclass(frozen=True, slots=True)
class PendingPassage:
    """A passage of a live, current version that the published snapshot does not hold (fully)."""

    entry: IndexEntry
    vector: bytes | None
    """Its embedding as little-endian float16, or None while there is none."""


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """The generation in service and its newest published snapshot."""

    generation: int
    directory: Path
    snapshot: int
    """0 while nothing has been published."""


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """Restrictions by property; an empty set restricts nothing."""

    collections: frozenset[int] = frozenset()
    collection_names: frozenset[str] = frozenset()
    """As typed in the query (``collection:name``)."""
    documents: frozenset[int] = frozenset()
    categories: frozenset[str] = frozenset()
    """Label names ("contract"); children of a label count as the label."""
    languages: frozenset[str] = frozenset()
    """BCP 47 primary tags ("zh", "en")."""
    formats: frozenset[str] = frozenset()
    """Short format names ("pdf", "docx")."""
    created_from: dt.date | None = None
    """Inclusive, UTC."""
    created_to: dt.date | None = None
    """Inclusive, UTC."""

    @property
    def by_property(self) -> bool:
        """Whether anything but the collection is restricted."""
        return bool(
            self.documents
            or self.categories
            or self.languages
            or self.formats
            or self.created_from
            or self.created_to
        )


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question to the knowledge base."""

    query: str
    mode: SearchMode = SearchMode.HYBRID
    filters: SearchFilters = field(default_factory=SearchFilters)
    k: int = 20
    """Hits wanted (documents)."""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class CategoryName:
    """A label with its names for people."""

    name: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PassageOutline:
    """What ranking and counting need of a passage: everything but its words and places."""

    passage_id: int
    version_id: int
    document_id: int
    text_hash: str
    """Equal for equal texts."""
    collection_id: int
    collection_name: str
    format: str
    language: str
    category: CategoryName | None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its document, as the system of record knows it."""

    passage_id: int
    version_id: int
    document_id: int
    ordinal: int
    """Position in the document, from 0."""
    text: str
    text_hash: str
    heading_path: tuple[str, ...]
    spans: tuple[Span, ...]
    name: str
    """The file's name."""
    title: str
    path: str
    """Relative path of a folder upload; may be empty."""
    collection_id: int
    collection_name: str
    format: str
    language: str
    category: CategoryName | None
    created_at: dt.datetime

    @property
    def outline(self) -> PassageOutline:
        """It without its words."""
        return PassageOutline(
            passage_id=self.passage_id,
            version_id=self.version_id,
            document_id=self.document_id,
            text_hash=self.text_hash,
            collection_id=self.collection_id,
            collection_name=self.collection_name,
            format=self.format,
            language=self.language,
            category=self.category,
        )


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A rectangle on a page."""

    page: int
    """Counted from 1."""
    box: Box


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One found passage of a document."""

    passage_id: int
    page: int
    """Page of the first highlighted place, or where the passage begins; from 1."""
    boxes: tuple[PlacedBox, ...]
    """Where the matching words stand; the whole passage when it was found by meaning."""
    heading_path: tuple[str, ...]
    snippet: str
    highlights: tuple[tuple[int, int], ...]
    """Start and end offsets in ``snippet``."""
    score: float
    """0..1, comparable within one result."""
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found, with its best passages."""

    document_id: int
    version_id: int
    name: str
    title: str
    path: str
    collection_id: int
    collection_name: str
    format: str
    language: str
    category: CategoryName | None
    created_at: dt.datetime
    excerpts: tuple[Excerpt, ...]
    """Best first; at least one."""

    @property
    def best(self) -> Excerpt:
        """The passage that made the document a hit."""
        return self.excerpts[0]


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many found documents share a value."""

    value: str
    label: str
    """For people: the collection's or category's name; elsewhere the value itself."""
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts over the found documents that the caller may see; most frequent first."""

    collection: tuple[FacetCount, ...] = ()
    category: tuple[FacetCount, ...] = ()
    language: tuple[FacetCount, ...] = ()
    format: tuple[FacetCount, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a request."""

    query: str
    mode: SearchMode
    took_ms: float
    generation: int | None
    notice: SearchNotice | None
    total: int
    """Documents found."""
    hits: tuple[Hit, ...]
    facets: Facets


@dataclass(frozen=True, slots=True)
class PagePlaces:
    """Where the words of a query stand on one page of a document."""

    page: int
    """Counted from 1."""
    boxes: tuple[Box, ...]
