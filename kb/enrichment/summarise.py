"""The embedded summary: sentences of the document itself, chosen by what they carry."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from kb.domain.errors import NoTextFound
from kb.domain.understanding import (
    Summary,
    SummaryKind,
    SummaryLength,
    SummarySentence,
    SummaryStyle,
)
from kb.enrichment.candidates import Candidate, candidates, prose, turns
from kb.enrichment.protocol import DEFAULT_STYLE, DocumentText, Progress
from kb.enrichment.sentence_merit import Floats, Sentences, merits, register_of, study

MODEL = "extractive-merit-r2"
_LINE_WORDS, _FEWEST_WORDS, _MOST_WORDS = 30, 60, 150
_POINT_WORDS = 20
_MOST_SENTENCES, _MOST_POINTS = 5, 7
_NEWNESS = 0.5
"""What a sentence loses when all it says was said by those chosen before."""
_NEARNESS = {SummaryLength.LINE: 0.0, SummaryLength.ABSTRACT: 0.2, SummaryLength.POINTS: 0.8}
"""What it loses when it stands in the same part of the document as one of them."""
_SAME_WORDS = 0.5
"""Shared character pairs above which two sentences say the same."""
_COMPARED = 60


class ExtractiveSummariser:
    """Chooses sentences of the document word for word, each with the passage it stands in.

    Every sentence of every passage is judged by the words it shares with the whole document, by
    its place and its form (a linear model, one for written and one for spoken documents; features
    after Edmundson 1969 and Nenkova and Vanderwende 2005); then sentences are taken greedily up to
    the wanted length, with less for what was said already (maximal marginal relevance, Carbonell
    and Goldstein 1998). It needs no language model and never writes a word of its own.
    """

    def summarise(
        self, text: DocumentText, progress: Progress, *, style: SummaryStyle = DEFAULT_STYLE
    ) -> Summary:
        """Choose the sentences, in document order.

        A document without any running text (a pure table) gets a summary of no sentences rather
        than an invented one. The language of ``style`` has no effect: extracts are quotations.

        Raises:
            NoTextFound: the document has no text.
        """
        begun = time.thread_time()
        if not any(passage.text.strip() for passage in text.passages):
            raise NoTextFound(name=text.name)
        body = prose(text.passages)
        found = _without_repeats(candidates(body, len(text.passages)))
        chosen: list[Candidate] = []
        if found:
            register = register_of(found, body, turns(body))
            sentences = study(found, body, text.title, register)
            chosen = [found[at] for at in choose(sentences, merits(sentences), style)]
        windows = max(len(text.windows), 1)
        progress(windows, windows)
        return Summary(
            kind=SummaryKind.EXTRACTIVE,
            sentences=tuple(SummarySentence(c.text, (c.passage,)) for c in chosen),
            model=MODEL,
            windows_read=windows,
            windows_total=windows,
            path="extractive",
            seconds=round(time.thread_time() - begun, 3),
        )


def choose(sentences: Sentences, merit: Floats, style: SummaryStyle) -> list[int]:
    """Positions of the sentences of a summary, in document order.

    Args:
        sentences: with their words.
        merit: of each.
        style: how long; nearness in the document counts more for key points.
    """
    words, most = _room(sentences, style)
    lengths = np.array([max(len(own), 1) for own in sentences.words])
    places = np.array([candidate.place for candidate in sentences.found])
    reach = 1 / (2 * max(most, 1))
    said: Counter[str] = Counter()
    chosen: list[int] = []
    used = 0
    while len(chosen) < most and used < words:
        known = np.array(
            [sum(word in said for word in own) / max(len(own), 1) for own in sentences.telling]
        )
        worth = merit - _NEWNESS * known
        if chosen:
            apart = np.abs(places[:, None] - places[chosen][None]).min(axis=1)
            worth = worth - _NEARNESS[style.length] * np.clip(1 - apart / reach, 0, 1)
            worth[lengths - (words - used) > words - used] = -np.inf  # nearer to the wanted without
            worth[chosen] = -np.inf
        best = int(worth.argmax())
        if not np.isfinite(worth[best]):
            break
        chosen.append(best)
        said.update(sentences.telling[best])
        used += int(lengths[best])
    return sorted(chosen)


def _room(sentences: Sentences, style: SummaryStyle) -> tuple[int, int]:
    """(words, sentences) at most. Longer documents get more, short ones at most half of them."""
    total = sum(map(len, sentences.words))
    many = len(sentences.found)
    if style.length is SummaryLength.LINE:
        return style.words or _LINE_WORDS, 1
    if style.words:
        return style.words, many
    growth = int(_FEWEST_WORDS + 30 * math.log10(max(total / 300, 1)))
    words = min(max(growth, _FEWEST_WORDS), _MOST_WORDS)
    if style.length is SummaryLength.POINTS:
        return _POINT_WORDS * _MOST_POINTS, max(min(_MOST_POINTS, math.ceil(many / 2)), 1)
    return words, max(min(_MOST_SENTENCES, math.ceil(many / 2)), 1)


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


def _overlap(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / max(len(some | others), 1)
