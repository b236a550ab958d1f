"""Found passages as people see them: grouped by document, with snippets, boxes and facets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.domain.parsed import Box
from kb.domain.search import (
    Excerpt,
    FacetCount,
    Facets,
    Hit,
    PagePlaces,
    PassageOutline,
    StoredPassage,
)
from kb.index.expression import LexicalQuery
from kb.search.fusion import Candidate
from kb.search.highlight import boxes_of, matching_ranges, page_at, snippet_of

_EXCERPTS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that may be shown."""

    outline: PassageOutline
    candidate: Candidate


def group(found: Iterable[Found]) -> list[list[Found]]:
    """Gather the passages of one document at the place of its best one."""
    documents: dict[int, list[Found]] = {}
    for one in found:
        documents.setdefault(one.outline.document_id, []).append(one)
    return list(documents.values())


def excerpted(found: Sequence[Found]) -> list[Found]:
    """Return those of a document's passages, best first, that its hit shows."""
    return list(found[:_EXCERPTS])


def hit_of(
    found: Sequence[Found], stored: Mapping[int, StoredPassage], query: LexicalQuery
) -> Hit | None:
    """Make the hit of one document.

    Args:
        found: its passages, best first.
        stored: the words of those to be shown; what was deleted a moment ago is missing.
        query: whose words are highlighted.

    Returns:
        None when nothing of the document is left.
    """
    shown = [
        (stored[one.candidate.passage_id], one.candidate)
        for one in excerpted(found)
        if one.candidate.passage_id in stored
    ]
    if not shown:
        return None
    document = shown[0][0]
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
        excerpts=tuple(_excerpt(passage, candidate, query) for passage, candidate in shown),
    )


def _excerpt(passage: StoredPassage, candidate: Candidate, query: LexicalQuery) -> Excerpt:
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
        score=round(candidate.score, 6),
        found_by=candidate.found_by,
    )


def facets_of(groups: Iterable[Sequence[Found]]) -> Facets:
    """Count the properties of the found documents."""
    documents = [found[0].outline for found in groups]
    names = {str(one.collection_id): one.collection_name for one in documents}
    categories = {
        one.category.name: one.category.name_zh or one.category.name_en or one.category.name
        for one in documents
        if one.category is not None
    }
    return Facets(
        collection=_counted(documents, lambda one: str(one.collection_id), names),
        category=_counted(
            documents, lambda one: one.category.name if one.category else "", categories
        ),
        language=_counted(documents, lambda one: one.language),
        format=_counted(documents, lambda one: one.format),
    )


def _counted(
    documents: Iterable[PassageOutline],
    value: Callable[[PassageOutline], str],
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
