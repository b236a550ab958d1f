"""Values of the product as shapes of the REST interface."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.domain.documents import (
    CategoryView,
    DocumentView,
    JobState,
    PageFacts,
    StageRun,
)
from kb.domain.parsed import ParsedPage
from kb.domain.search import FacetCount, Hit, SearchResult
from kb.domain.understanding import Classification, Label, Summary, Taxonomy
from kb.storage import taxonomies
from kb.storage.database import Session
from web.api import models as m
from web.api import views_reading
from web.api.models_base import CollectionRef


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by name; which of two with the same name depends on the collection."""

    by_taxonomy: Mapping[str, Mapping[str, Label]]
    own: Mapping[int, str]
    """Collection -> its taxonomy, where it is not the default one."""
    every: Mapping[str, Label]
    """Of all taxonomies, the default one first: also what a collection used before has names."""

    def at(self, collection_id: int) -> Mapping[str, Label]:
        """Labels as a collection knows them."""
        mine = self.by_taxonomy.get(self.own.get(collection_id, ""))
        return self.every if mine is None else ChainMap(dict(mine), dict(self.every))


def labels_of(tx: Session) -> Labels:
    """All labels there are."""
    found = taxonomies.taxonomies(tx)
    return Labels(
        by_taxonomy={each.name: {one.name: one for one in each.labels} for each in found},
        own=taxonomies.own_taxonomies(tx),
        every={one.name: one for each in reversed(found) for one in each.labels},
    )


# Documents ---------------------------------------------------------------------------------


def category(view: CategoryView | None, labels: Mapping[str, Label]) -> m.CategoryOut | None:
    """A category with its names for people."""
    if view is None:
        return None
    label = labels.get(view.name) if view.name else None
    return m.CategoryOut(
        name=view.name,
        name_zh=label.name_zh if label else view.name,
        name_en=label.name_en if label else view.name,
        confidence=view.confidence,
        source="person" if view.source == "person" else "model",
        stale=view.stale,
    )


def row(view: DocumentView, labels: Labels, language: str) -> m.DocumentRow:
    """A document as lists show it."""
    return m.DocumentRow(**_row_fields(view, labels, language))


def _row_fields(view: DocumentView, labels: Labels, language: str) -> dict[str, object]:
    running = next((s for s in view.stages if s.state is JobState.RUNNING), None)
    return {
        "id": view.id,
        "name": view.name,
        "path": view.path,
        "title": view.title,
        "collection": CollectionRef(id=view.collection_id, name=view.collection),
        "status": view.status.value,
        "format": view.format,
        "media_type": view.media_type,
        "size": view.size,
        "pages": view.pages or None,
        "language": None if view.language in ("", "und") else view.language,
        "category": category(view.category, labels.at(view.collection_id)),
        "created_at": view.created_at,
        "created_by": view.created_by,
        "progress": running
        and m.Progress(stage=running.stage, done=running.done_units, total=running.total_units),
        "error": views_reading.stage_error(view.failure, language),
        "deleted_at": view.deleted_at,
    }


def detail(
    view: DocumentView,
    labels: Labels,
    language: str,
    *,
    summary: m.SummaryOut | None,
    classification: Classification | None,
    pages: list[PageFacts],
) -> m.DocumentDetail:
    """All that is known of a document but its text."""
    return m.DocumentDetail(
        **_row_fields(view, labels, language),
        sha256=view.sha256,
        version=view.version,
        summary=summary,
        classification=_classification(classification, labels.at(view.collection_id)),
        stages=[_stage(run, language) for run in view.stages],
        metadata={key: str(value) for key, value in view.metadata.items()},
        warnings=list(view.warnings),
        parent=None,
        children=[],
        page_list=[views_reading.page(page) for page in pages],
    )


def _stage(run: StageRun, language: str) -> m.StageOut:
    return m.StageOut(
        stage=run.stage,
        state=run.state.value,
        attempt=run.attempt,
        job=run.job_id,
        started_at=run.started_at,
        finished_at=run.finished_at,
        done=run.done_units,
        total=run.total_units,
        error=views_reading.stage_error(run.failure, language),
    )


def _classification(
    found: Classification | None, labels: Mapping[str, Label]
) -> m.ClassificationOut | None:
    if found is None:
        return None
    return m.ClassificationOut(
        label=found.label,
        confidence=found.confidence,
        source=found.source.value,
        model=found.model,
        path=found.path,
        tokens=found.tokens,
        seconds=found.seconds,
        probabilities=[
            m.Probability(
                name=name,
                name_zh=labels[name].name_zh if name in labels else name,
                name_en=labels[name].name_en if name in labels else name,
                probability=probability,
            )
            for name, probability in found.probabilities
        ],
    )


def summary(found: Summary | None, passages: Mapping[int, tuple[int, int]]) -> m.SummaryOut | None:
    """A summary; ``passages`` maps an ordinal to (passage id, page)."""
    if found is None:
        return None
    return m.SummaryOut(
        kind=found.kind.value,
        text=found.text,
        model=found.model,
        source=found.source.value,
        coverage=m.Coverage(windows_read=found.windows_read, windows_total=found.windows_total),
        sentences=[
            m.SentenceOut(
                text=sentence.text,
                sources=[
                    m.SourceOut(passage=passages[o][0], page=passages[o][1])
                    for o in sentence.passages
                    if o in passages
                ],
            )
            for sentence in found.sentences
        ],
    )


def text_page(page: ParsedPage) -> m.TextPageOut:
    """A page with its text."""
    return m.TextPageOut(
        number=page.number,
        width=page.width,
        height=page.height,
        source=page.source.value,
        quality=page.quality,
        blocks=[
            m.BlockOut(
                kind=block.kind.value,
                text=block.text,
                box=block.box,
                level=block.level,
                rows=None if block.rows is None else [list(cells) for cells in block.rows],
                confidence=block.confidence,
            )
            for block in page.blocks
        ],
    )


# Search ------------------------------------------------------------------------------------


def search_result(found: SearchResult) -> m.SearchOut:
    """The answer to a query."""
    facets = found.facets
    return m.SearchOut(
        query=found.query,
        mode=found.mode.value,
        took_ms=round(found.took_ms, 2),
        generation=found.generation,
        notice=None if found.notice is None else found.notice.value,
        total=found.total,
        hits=[_hit(hit) for hit in found.hits],
        facets=m.FacetsOut(
            collection=_facet(facets.collection),
            category=_facet(facets.category),
            language=_facet(facets.language),
            format=_facet(facets.format),
        ),
    )


def _facet(counts: tuple[FacetCount, ...]) -> list[m.FacetOut]:
    return [m.FacetOut(value=each.value, label=each.label, count=each.count) for each in counts]


def _hit(hit: Hit) -> m.HitOut:
    best, named = hit.best, hit.category
    return m.HitOut(
        document=hit.document_id,
        version=hit.version_id,
        passage=best.passage_id,
        name=hit.name,
        title=hit.title,
        path=hit.path,
        collection=CollectionRef(id=hit.collection_id, name=hit.collection_name),
        format=hit.format,
        category=named
        and m.CategoryNames(name=named.name, name_zh=named.name_zh, name_en=named.name_en),
        language=None if hit.language in ("", "und") else hit.language,
        page=best.page,
        boxes=[m.PlacedBoxOut(page=placed.page, box=placed.box) for placed in best.boxes],
        score=best.score,
        found_by=best.found_by.value,
        heading_path=list(best.heading_path),
        snippet=best.snippet,
        highlights=list(best.highlights),
        created_at=hit.created_at,
    )


# Taxonomies, jobs, generations ---------------------------------------------------------------


def taxonomy(
    found: Taxonomy, documents: Mapping[str, int], used_by: Sequence[CollectionRef] = ()
) -> m.TaxonomyShape:
    """A taxonomy with the number of visible documents under each label."""
    return m.TaxonomyShape.model_construct(
        name=found.name,
        collections=list(used_by),
        labels=[
            m.LabelShape.model_construct(
                name=label.name,
                name_zh=label.name_zh,
                name_en=label.name_en,
                description_zh=label.description_zh,
                description_en=label.description_en,
                parent=label.parent,
                examples=list(label.examples),
                documents=documents.get(label.name, 0),
            )
            for label in found.labels
        ],
    )
