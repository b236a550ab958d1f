"""Gated attention over the passages of a window and the windows of a document, without torch.

Each query's attention logits are scaled by a sigmoid gate that is computed from that query: a
closed gate averages, an open one looks for what it asks. First the passages of a window attend to
each other, then a few learned queries attend to all windows and passages of the document. With
every gate closed it is mean pooling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.embedding.protocol import Vectors

WINDOW = 16
"""Passages that attend to each other: about 5,600 tokens."""
_PREFIX = "attention."
_NAMES = (
    "centre", "scale", "query", "key", "gate", "gate_bias", "asked", "asked_of", "sought",
    "document_gate", "document_gate_bias", "weight", "bias",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GatedAttention:
    """Trained parameters; d features, r attention dimensions, m document queries, k labels."""

    centre: Vectors
    """(d,) mean of the training passages."""
    scale: Vectors
    """(1,)."""
    query: Vectors
    """(d, r), within windows."""
    key: Vectors
    """(d, r)."""
    gate: Vectors
    """(r,)."""
    gate_bias: Vectors
    """(1,)."""
    asked: Vectors
    """(m, r) learned queries."""
    asked_of: Vectors
    """(d, m * r): what the document's mean adds to them."""
    sought: Vectors
    """(d, r) keys of windows and passages."""
    document_gate: Vectors
    """(r,)."""
    document_gate_bias: Vectors
    """(1,)."""
    weight: Vectors
    """((m + 1) * d, k): over what each query found, and over the opening."""
    bias: Vectors
    """(k,)."""

    def scores(self, vectors: Vectors) -> NDArray[np.float64]:
        """Score the labels: (k,) from (passages, d)."""
        passages = (vectors - self.centre) * self.scale
        starts = range(0, len(passages), WINDOW)
        windows = np.stack([self._window(passages[at : at + WINDOW]) for at in starts])
        read = np.concatenate([windows, passages])
        queries = self.asked + (windows.mean(axis=0) @ self.asked_of).reshape(self.asked.shape)
        found = self._attend(queries, read @ self.sought, read, within=False)
        opening = passages[:2].mean(axis=0)
        scores: NDArray[np.float64] = (
            np.concatenate([found.reshape(-1), opening]).astype(np.float64) @ self.weight
            + self.bias
        )
        return scores

    def _window(self, passages: Vectors) -> Vectors:
        """Passages of one window to its vector: (d,)."""
        found = self._attend(passages @ self.query, passages @ self.key, passages, within=True)
        mean: Vectors = found.mean(axis=0)
        return mean

    def _attend(self, queries: Vectors, keys: Vectors, read: Vectors, *, within: bool) -> Vectors:
        weight = self.gate if within else self.document_gate
        bias = self.gate_bias if within else self.document_gate_bias
        gates = 1 / (1 + np.exp(-(queries @ weight + bias)))
        logits = gates[:, None] * (queries @ keys.T) / np.sqrt(np.float32(keys.shape[1]))
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Vectors = (raised / raised.sum(axis=1, keepdims=True)) @ read
        return found

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Named for a weights file."""
        return {
            _PREFIX + name: np.ascontiguousarray(getattr(self, name), np.float32) for name in _NAMES
        }

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[Any]]) -> GatedAttention | None:
        """Take them back out of one; None when there are none."""
        if _PREFIX + "weight" not in tensors:
            return None
        return cls(**{name: tensors[_PREFIX + name] for name in _NAMES})
