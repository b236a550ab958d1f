"""Texts to what a head reads: the product's own passages, embedded, and every word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kb.chunking.passages import split_passages
from kb.domain.errors import InvalidInput
from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage
from kb.embedding.protocol import Embedder
from kb.enrichment.head import OPENING, OPENING_CHARACTERS, HeadInput
from kb.enrichment.words import term_counts

MOST_PASSAGES = 48
"""Passages embedded of one long text in training: the opening and 46 spread evenly over the whole,
so that each window of 32,768 tokens is represented up to two million tokens. When a head serves, it
reads all passages, whose vectors search needs anyway; words are always all read."""
_BATCH = 256
_BOX = (0.0, 0.0, 0.0, 0.0)


def read_texts(
    texts: Sequence[str],
    embedder: Embedder,
    *,
    most: int = MOST_PASSAGES,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> list[HeadInput]:
    """Split, count and embed texts.

    Args:
        texts: whole documents.
        embedder: of the passages.
        most: passages of one text.
        tick: told (passages embedded, passages in all).

    Raises:
        InvalidInput: a text has nothing to read.
    """
    passages = [_spread(passages_of(text, embedder), most) for text in texts]
    empty = [at for at, found in enumerate(passages) if not found]
    if empty:
        raise InvalidInput(
            field="text", detail=f"example {empty[0]} has no text / 第 {empty[0]} 个样本没有文字"
        )
    flat = [passage for found in passages for passage in found]
    rows = []
    for start in range(0, len(flat), _BATCH):
        tick(start, len(flat))
        rows.append(embedder.embed_passages(flat[start : start + _BATCH]))
    vectors = np.concatenate(rows) if rows else np.empty((0, embedder.dimension), np.float32)
    ends = np.cumsum([len(found) for found in passages])[:-1]
    return [
        HeadInput(term_counts(text), own, term_counts(text[:OPENING_CHARACTERS]))
        for text, own in zip(texts, np.split(vectors, ends), strict=True)
    ]


def passages_of(text: str, embedder: Embedder) -> list[str]:
    """What the product would embed of a plain text, in order."""
    parts = (part for part in text.split("\n\n") if part.strip())
    blocks = tuple(Block(BlockKind.PARAGRAPH, part, _BOX) for part in parts)
    page = ParsedPage(1, 0, 0, PageSource.TEXT, 1.0, blocks)
    found = split_passages([page], count_tokens=embedder.count_tokens)
    return [passage.embedded_text for passage in found]


def _spread(passages: list[str], most: int) -> list[str]:
    if len(passages) <= most:
        return passages
    places = np.linspace(OPENING, len(passages) - 1, most - OPENING).round().astype(int)
    return [*passages[:OPENING], *(passages[at] for at in np.unique(places))]
