"""Found passages as people see them: grouped by document, with snippets, boxes and facets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kb.domain.parsed import Box
from kb.domain.search import (
    Excerpt,
    FacetCount,
    Facets,
    Hit,
    PagePlaces,
    StoredPassage,
)
from kb.index.expression import LexicalQuery
from kb.search.fusion import Candidate
from kb.search.highlight import boxes_of, matching_ranges, page_at, snippet_of

_EXCERPTS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that may be shown, with what it says."""

    passage: StoredPassage
    candidate: Candidate


def group(found: Iterable[Found]) -> list[list[Found]]:
    """Gather the passages of one document at the place of its best one."""
    documents: dict[int, list[Found]] = {}
    for one in found:
        documents.setdefault(one.passage.document_id, []).append(one)
    return list(documents.values())


def hit_of(passages: Sequence[Found], query: LexicalQuery) -> Hit:
    """Make the hit of one document from its found passages, best first."""
    document = passages[0].passage
    return Hit(
        document_id=document.document_id,
        version_id=document.version_id,
        name=document.name,
        title=document.title,
        path=document.path,
        collection_id=document.collection_id,
        collection_name=document.collection_name,
        format=document.format,
        language=document.language,
        category=document.category,
        created_at=document.created_at,
        excerpts=tuple(_excerpt(one, query) for one in passages[:_EXCERPTS]),
    )


def _excerpt(found: Found, query: LexicalQuery) -> Excerpt:
    passage = found.passage
    ranges = matching_ranges(passage.text, query)
    snippet = snippet_of(passage.text, ranges)
    boxes = boxes_of(passage.spans, ranges)
    first = next((start for start, end in ranges if end > snippet.start), snippet.start)
    return Excerpt(
        passage_id=passage.passage_id,
        page=page_at(passage.spans, first),
        boxes=boxes,
        heading_path=passage.heading_path,
        snippet=snippet.text,
        highlights=snippet.highlights,
        score=round(found.candidate.score, 6),
        found_by=found.candidate.found_by,
    )


def facets_of(groups: Iterable[Sequence[Found]]) -> Facets:
    """Count the properties of the found documents."""
    documents = [passages[0].passage for passages in groups]
    names = {str(one.collection_id): one.collection_name for one in documents}
    return Facets(
        collection=_counted(documents, lambda one: str(one.collection_id), names),
        category=_counted(documents, lambda one: one.category.name if one.category else ""),
        language=_counted(documents, lambda one: one.language),
        format=_counted(documents, lambda one: one.format),
    )


def _counted(
    documents: Iterable[StoredPassage],
    value: Callable[[StoredPassage], str],
    labels: dict[str, str] | None = None,
) -> tuple[FacetCount, ...]:
    counts = Counter(filter(None, map(value, documents)))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetCount(one, (labels or {}).get(one, one), n) for one, n in ordered)


def places_in(passages: Iterable[StoredPassage], query: LexicalQuery) -> tuple[PagePlaces, ...]:
    """Return the boxes of all lines with words of ``query``, by page."""
    pages: dict[int, dict[Box, None]] = defaultdict(dict)
    for passage in passages:
        ranges = matching_ranges(passage.text, query)
        if ranges:
            for placed in boxes_of(passage.spans, ranges):
                pages[placed.page][placed.box] = None
    return tuple(PagePlaces(page, tuple(boxes)) for page, boxes in sorted(pages.items()))
