"""Which passages a written sentence rests on; none is an answer too."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from kb.domain.passages import Passage
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.protocol import DocumentText

_MOST_SOURCES = 3
_NEAR = 0.015
"""Passages this close to the best one count as sources too; similarities of e5 lie close."""
_SUPPORTED = 0.84
"""Similarity below which e5 finds unrelated texts as well."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CAPTION = re.compile(
    r"(?P<kind>表|图|附表|附图|tables?|figures?|fig\.?)\s*(?P<number>\d+(?:[-.]\d+)*|[IVX]+\b)",
    re.IGNORECASE,
)
_KINDS = {"表": "table", "附表": "table", "图": "figure", "附图": "figure", "fig": "figure"}
_LOOKED_AT = 12
"""Most similar passages among which a number or a table is looked for."""


def sources_of(
    sentences: Sequence[str], text: DocumentText, embedder: Embedder
) -> list[tuple[int, ...]]:
    """Ordinals of the passages that support each sentence, in order; empty where none does.

    A sentence is supported by the passages most similar to it, provided that the similarity is
    more than chance, that every number in it stands in one of them, and that every table and
    figure it names is named in one of them.
    """
    passages = [passage for passage in text.passages if passage.text]
    vectors = text.vectors
    if vectors is None or len(vectors) != len(text.passages):
        vectors = embedder.embed_passages([p.embedded_text for p in passages])
    else:
        vectors = vectors[[p.ordinal for p in passages]]
    closeness = embedder.embed_passages(sentences) @ vectors.T
    return [
        _supporting(sentence, row, passages)
        for sentence, row in zip(sentences, closeness, strict=True)
    ]


def _supporting(sentence: str, closeness: Vectors, passages: Sequence[Passage]) -> tuple[int, ...]:
    order = np.argsort(-closeness, kind="stable")
    highest = closeness[order[0]]
    if highest < _SUPPORTED:
        return ()
    near = [passages[at] for at in order[:_MOST_SOURCES] if closeness[at] >= highest - _NEAR]
    missing = _facts(sentence) - _facts_of(near)
    for at in order[:_LOOKED_AT]:  # a passage that states what the nearest do not
        if not missing:
            break
        if closeness[at] >= _SUPPORTED and missing & _facts_of([passages[at]]):
            near.append(passages[at])
            missing -= _facts_of([passages[at]])
    if missing:
        return ()
    return tuple(sorted({passage.ordinal for passage in near}))


def _facts_of(passages: Sequence[Passage]) -> set[str]:
    found: set[str] = set()
    for passage in passages:
        found |= _facts(passage.embedded_text)
    return found


def _facts(text: str) -> set[str]:
    """Numbers, and tables and figures by kind and number."""
    plain = _THOUSANDS.sub("", text)
    named = {
        f"{_kind(found['kind'])} {found['number'].upper()}" for found in _CAPTION.finditer(plain)
    }
    return named | set(_NUMBER.findall(plain))


def _kind(written: str) -> str:
    lowered = written.lower().rstrip(".s")
    return _KINDS.get(lowered, lowered)
