"""Which passages of a document speak for a category: what a reviewer wants to see first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kb.domain.documents import DocumentView
from kb.domain.errors import InvalidInput, KbError
from kb.domain.passages import Passage, Span
from kb.domain.understanding import Taxonomy
from kb.enrichment.plain import PlainText
from kb.enrichment.protocol import Classifier
from kb.storage import passages, taxonomies
from kb.storage.database import Database

_LOOKED_AT = 60
"""Passages that are judged, from the beginning."""
_SHOWN = 3
_LEAST = 0.1
"""Probability below which a passage does not speak for a label; the best one always shows."""
_SHORTEST = 16
"""Characters: page numbers and lone headings prove nothing."""


@dataclass(frozen=True, slots=True)
class Evident:
    """A passage and what a classifier says of it alone."""

    passage_id: int
    page: int
    text: str
    heading_path: tuple[str, ...]
    probability: float
    """Of the label, given this passage only, 0..1."""
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages that speak most for a label."""

    label: str
    model: str
    """Who judged them."""
    looked_at: int
    total: int
    passages: tuple[Evident, ...]
    """Best first."""


@dataclass(frozen=True, slots=True)
class EvidenceFinder:
    """Judges each passage alone, by stored vectors: milliseconds, no language model is asked."""

    database: Database
    embedder: str
    """Name of the embedder that made the vectors."""
    judge: Callable[[str], Classifier]
    """Taxonomy -> a cheap classifier: the trained head in service, or the built-in one."""

    def find(self, view: DocumentView, label: str) -> Evidence:
        """Passages of a document for a label of its taxonomy.

        Raises:
            InvalidInput: no such label.
        """
        with self.database.read() as tx:
            taxonomy = taxonomies.of_collection(tx, view.collection_id)
            cut = list(passages.texts_of(tx, view.version_id))
            vectors = passages.vectors_of(tx, view.version_id, self.embedder)
        if label not in {one.name for one in taxonomy.labels}:
            raise InvalidInput(
                field="label",
                detail=f"no label “{label}” in the taxonomy “{taxonomy.name}”",
                detail_zh=f"分类体系“{taxonomy.name}”中没有类别“{label}”",
            )
        some = [p for p in cut[:_LOOKED_AT] if len(p.text.strip()) >= _SHORTEST]
        some = some or [p for p in cut[:_LOOKED_AT] if p.text.strip()]
        judge, model, judged = self.judge(taxonomy.name), "", list[tuple[float, Passage]]()
        for passage in some:
            if vectors is None:
                break  # still on their way
            at = passage.ordinal
            text = PlainText("", "", view.language, (passage,), vectors=vectors[at : at + 1])
            share, model = _share(judge, text, taxonomy, label)
            judged.append((share, passage))
        judged.sort(key=lambda pair: (-pair[0], pair[1].ordinal))
        best = judged[:1] + [one for one in judged[1:_SHOWN] if one[0] >= _LEAST]
        with self.database.read() as tx:
            where = passages.places_of(tx, view.version_id, [p.ordinal for _, p in best])
        return Evidence(
            label=label,
            model=model,
            looked_at=len(judged),
            total=len(cut),
            passages=tuple(
                Evident(*where[p.ordinal][:2], p.text, p.heading_path, share, where[p.ordinal][2])
                for share, p in best
                if p.ordinal in where
            ),
        )


def _share(judge: Classifier, text: PlainText, taxonomy: Taxonomy, label: str) -> tuple[float, str]:
    try:
        found = judge.classify(text, taxonomy)
    except KbError:  # a passage that cannot be judged proves nothing
        return 0.0, ""
    return dict(found.probabilities).get(label, 0.0), found.model
