"""What a search may find: the permission and the filters, applied inside the engines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Allowed:
    """Both restrictions hold at once; None restricts nothing, an empty set allows nothing."""

    collections: frozenset[int] | None
    documents: frozenset[int] | None

    @property
    def everything(self) -> bool:
        """Whether nothing is restricted."""
        return self.collections is None and self.documents is None

    @property
    def nothing(self) -> bool:
        """Whether no passage at all can be allowed."""
        return self.collections == frozenset() or self.documents == frozenset()

    def has(self, collection_id: int, document_id: int) -> bool:
        """Say whether a passage of this document in this collection may be found."""
        return (self.collections is None or collection_id in self.collections) and (
            self.documents is None or document_id in self.documents
        )

    def mask(
        self, collections: NDArray[np.int64], documents: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return which rows are allowed; both arrays are (n,)."""
        allowed = np.ones(len(documents), dtype=np.bool_)
        if self.collections is not None:
            allowed &= np.isin(collections, np.fromiter(self.collections, np.int64))
        if self.documents is not None:
            allowed &= np.isin(documents, np.fromiter(self.documents, np.int64))
        return allowed


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages with their scores, best first."""

    passages: NDArray[np.int64]
    """(n,) passage ids, no id twice."""
    scores: NDArray[np.float32]
    """(n,) on the engine's own scale: BM25, or the inner product of unit vectors."""

    @staticmethod
    def empty() -> Ranked:
        """Return nothing found."""
        return Ranked(np.empty(0, np.int64), np.empty(0, np.float32))


def best(passages: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> Ranked:
    """Return the ``k`` best of distinct passages; equal scores in order of id."""
    if len(scores) > k > 0:
        kept = np.argpartition(-scores, k - 1)[:k]
        passages, scores = passages[kept], scores[kept]
    order = np.lexsort((passages, -scores))[: max(k, 0)]
    return Ranked(passages[order], scores[order])
