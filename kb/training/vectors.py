"""An embedder that remembers: training again embeds only what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.embedding.protocol import Embedder, Vectors
from kb.storage.vector_cache import VectorCache

_BATCH = 256
"""Texts between two writes: what a killed training loses."""


@dataclass(frozen=True, slots=True)
class RememberingEmbedder:
    """The same vectors as the embedder inside, kept by a hash of the text."""

    inside: Embedder
    cache: VectorCache

    @property
    def model(self) -> str:
        """See :class:`kb.embedding.protocol.Embedder`."""
        return self.inside.model

    @property
    def dimension(self) -> int:
        """See :class:`kb.embedding.protocol.Embedder`."""
        return self.inside.dimension

    def warm_up(self) -> None:
        """See :class:`kb.embedding.protocol.Embedder`."""
        self.inside.warm_up()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See :class:`kb.embedding.protocol.Embedder`."""
        return self.inside.count_tokens(texts)

    def embed_query(self, text: str) -> Vectors:
        """See :class:`kb.embedding.protocol.Embedder`."""
        return self.inside.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See :class:`kb.embedding.protocol.Embedder`."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        known = self.cache.find(self.model, keys)
        missing = list(
            {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items()
        )
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            vectors = self.inside.embed_passages([text for _, text in batch])
            self.cache.keep(self.model, [key for key, _ in batch], vectors)
            known |= {key: vector for (key, _), vector in zip(batch, vectors, strict=True)}
        if not keys:
            return self.inside.embed_passages([])
        return np.stack([known[key] for key in keys])
