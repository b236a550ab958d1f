"""The embedded summary: sentences of the document itself, chosen for coverage and salience."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from kb.domain.errors import NoTextFound
from kb.domain.passages import Passage
from kb.domain.understanding import Summary, SummaryKind, SummarySentence
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.candidates import Candidate, candidates, prose
from kb.enrichment.protocol import DocumentText, Progress

_T = TypeVar("_T")
MODEL = "extractive-coverage-r1"


@dataclass(frozen=True, slots=True)
class Weights:
    """How the merits of a sentence add up; each part is scaled to 0..1 first."""

    coverage: float = 1.0
    """How much more of the document's passages it stands for than what is chosen already."""
    salience: float = 1.5
    """Closeness to the document as a whole."""
    place: float = 0.3
    """Nearness to the beginning, halved within the first tenth of the document."""
    opening: float = 0.1
    """First sentence of its passage."""
    leaning: float = -0.3
    """Begins with a word that points back to a sentence that is not here."""
    telling: float = 0.3
    """Says what the document is about or comes to (cue phrases, after Edmundson 1969)."""
    likeness: float = -0.5
    """Closeness to a sentence already chosen."""


_MOST_PASSAGES, _MOST_SENTENCES = 40, 240
"""What is embedded at most: bounds the cost at about 2 CPU-seconds, however long the document."""
_SAME_WORDS = 0.5
"""Shared character pairs above which two sentences say the same."""


class ExtractiveSummariser:
    """Chooses three to five sentences; every one is the document's own, with its passage.

    Greedy maximisation of coverage (facility location over the passage vectors), salience and
    position less redundancy, after Lin and Bilmes (2011) and maximal marginal relevance. All
    passages take part through the vectors they already have; sentences are taken from those that
    together stand for the whole.
    """

    def __init__(self, embedder: Embedder, *, weights: Weights | None = None) -> None:
        """Take the embedder that made the documents' vectors."""
        self._embedder = embedder
        self._weights = weights or Weights()

    def summarise(self, text: DocumentText, progress: Progress) -> Summary:
        """Choose the sentences, in document order.

        A document without any running text (a pure table) gets a summary of no sentences rather
        than an invented one.

        Raises:
            NoTextFound: the document has no text.
        """
        passages = [passage for passage in text.passages if passage.text.strip()]
        if not passages:
            raise NoTextFound(name=text.name)
        body, vectors = self._read(text, prose(passages))
        read = _standing_for_all(vectors, _MOST_PASSAGES)
        found = candidates([body[at] for at in sorted(read)], len(text.passages))
        found = _without_repeats(found)[: _MOST_SENTENCES * 4]
        found = _evenly(found, _MOST_SENTENCES)
        chosen = self._chosen(found, vectors, len(passages)) if found else []
        windows = max(len(text.windows), 1)
        progress(windows, windows)
        sentences = tuple(SummarySentence(c.text, (c.passage,)) for c in chosen)
        model = f"{MODEL}/{self._embedder.model}"
        return Summary(SummaryKind.EXTRACTIVE, sentences, model, windows, windows)

    def _read(
        self, text: DocumentText, body: Sequence[Passage]
    ) -> tuple[Sequence[Passage], Vectors]:
        """The passages with their vectors; a spread of them is embedded where vectors lack."""
        if text.vectors is not None and len(text.vectors) == len(text.passages):
            return body, text.vectors[[passage.ordinal for passage in body]]
        some = _evenly(body, _MOST_PASSAGES)
        return some, self._embedder.embed_passages([passage.embedded_text for passage in some])

    def _chosen(
        self, found: Sequence[Candidate], passages: Vectors, length: int
    ) -> list[Candidate]:
        sentences = self._embedder.embed_passages([c.text for c in found])
        centre = passages.mean(axis=0)
        use = self._weights
        merit = (
            use.salience * _scaled(sentences @ centre)
            + use.place * np.array([1 / (1 + 10 * c.place) for c in found])
            + use.opening * np.array([c.opens for c in found])
            + use.telling * np.array([c.telling for c in found])
            + use.leaning * np.array([c.leaning for c in found])
        )
        likeness = _scaled(sentences @ sentences.T)
        stands_for = _scaled(passages @ sentences.T)
        covered = np.zeros(len(passages), np.float32)
        chosen: list[int] = []
        for _ in range(_sentence_count(length, len(found))):
            gain = np.maximum(stands_for - covered[:, None], 0).mean(axis=0)
            total = merit + use.coverage * gain / max(float(gain.max()), 1e-6)
            if chosen:
                total = total + use.likeness * likeness[:, chosen].max(axis=1)
            total[chosen] = -np.inf
            best = int(total.argmax())
            chosen.append(best)
            covered = np.maximum(covered, stands_for[:, best])
        return [found[at] for at in sorted(chosen)]


def _sentence_count(passages: int, found: int) -> int:
    """Three for a page or two, five for long documents; never more than half of what is there."""
    wanted = min(3 + int(math.log10(max(passages, 1)) * 1.2), 5)
    return max(min(wanted, found, math.ceil(found / 2)), 1)


def _standing_for_all(vectors: Vectors, most: int) -> list[int]:
    """Positions of at most ``most`` passages: the opening, then salient ones unlike those taken."""
    if len(vectors) <= most:
        return list(range(len(vectors)))
    taken = list(range(most // 5))
    nearest = (vectors @ vectors[taken].T).max(axis=1)
    salience = _scaled(vectors @ vectors.mean(axis=0))
    while len(taken) < most:
        merit = salience - _scaled(nearest)
        merit[taken] = -np.inf
        best = int(merit.argmax())
        taken.append(best)
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return taken


def _without_repeats(found: Sequence[Candidate]) -> list[Candidate]:
    """Keep the first of sentences that say the same in nearly the same words."""
    kept: list[Candidate] = []
    seen: set[frozenset[str]] = set()
    recent: list[frozenset[str]] = []
    for candidate in found:
        pairs = frozenset(
            candidate.text[at : at + 2].lower() for at in range(len(candidate.text) - 1)
        )
        if pairs in seen or any(_overlap(pairs, other) > _SAME_WORDS for other in recent):
            continue
        seen.add(pairs)
        recent = [*recent[-_COMPARED:], pairs]
        kept.append(candidate)
    return kept


_COMPARED = 60


def _overlap(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / max(len(some | others), 1)


def _evenly(values: Sequence[_T], most: int) -> list[_T]:
    """At most ``most`` of the values, spread over all of them, the first included."""
    if len(values) <= most:
        return list(values)
    return [values[int(at)] for at in np.linspace(0, len(values) - 1, most)]


def _scaled(values: Vectors) -> Vectors:
    """To 0..1 between the smallest and the largest."""
    low, high = values.min(), values.max()
    scaled: Vectors = (values - low) / max(high - low, np.float32(1e-6))
    return scaled
