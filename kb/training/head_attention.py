"""Trains gated attention over window and passage embeddings; see kb.enrichment.attention."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.embedding.protocol import Vectors
from kb.enrichment.attention import WINDOW, GatedAttention

_LONG = 3.0
"""Passages a document on average, from which on there is something to attend to."""
_MOST = 30_000
"""Passages in all, beyond which training would no longer take seconds."""
_MOST_OF_DOCUMENT = 96
_WIDTH, _QUERIES = 32, 2
_EPOCHS, _BATCH, _RATE, _DECAY, _DROPOUT = 30, 32, 3e-3, 1e-2, 0.2
_CLOSED = -2.0
"""Gates begin nearly closed, so that training begins at mean pooling."""
_NEVER = -1e9


def worthwhile(passages: Sequence[int]) -> bool:
    """Whether documents are long enough, not too many, and torch is installed."""
    long = sum(passages) >= _LONG * len(passages) and sum(passages) <= _MOST
    return long and importlib.util.find_spec("torch") is not None


def train(
    documents: Sequence[Vectors], truth: NDArray[np.int64], labels: int, *, seed: int = 0
) -> GatedAttention:
    """Learn from (passages, d) vectors of each document.

    AdamW over all parameters; very long documents are represented by passages spread evenly over
    them while training (they are read whole when it serves).
    """
    import torch  # noqa: PLC0415 - heavy, for training only

    torch.set_num_threads(1)  # small tensors: a second thread only waits
    generator = torch.Generator().manual_seed(seed)
    everything = np.concatenate(documents)
    centre = everything.mean(axis=0)
    means = np.stack([rows.mean(axis=0) - centre for rows in documents])
    scale = np.float32(1 / max(float(np.sqrt((means**2).sum(axis=1).mean())), 1e-9))
    width = everything.shape[1]
    these = {
        name: torch.nn.Parameter(torch.randn(*shape, generator=generator) * size)
        for name, (shape, size) in _shapes(width, labels).items()
    }
    with torch.no_grad():
        these["gate_bias"].fill_(_CLOSED)
        these["document_gate_bias"].fill_(_CLOSED)
    spread = [_spread((rows - centre) * scale) for rows in documents]
    optimiser = torch.optim.AdamW(list(these.values()), lr=_RATE, weight_decay=_DECAY)
    steps = _EPOCHS * -(-len(spread) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    targets = torch.from_numpy(np.asarray(truth))
    for _ in range(_EPOCHS):
        order = torch.randperm(len(spread), generator=generator).tolist()
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            scores = _forward(these, [spread[at] for at in batch], generator)
            loss = torch.nn.functional.cross_entropy(scores, targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    learned = {name: value.detach().numpy().astype(np.float32) for name, value in these.items()}
    return GatedAttention(centre=centre, scale=np.array([scale], np.float32), **learned)


def _shapes(width: int, labels: int) -> dict[str, tuple[tuple[int, ...], float]]:
    """Shape of each parameter, and the deviation it begins with."""
    small = width**-0.5
    return {
        "query": ((width, _WIDTH), small),
        "key": ((width, _WIDTH), small),
        "gate": ((_WIDTH,), 0.1),
        "gate_bias": ((1,), 0.0),
        "asked": ((_QUERIES, _WIDTH), 0.5),
        "asked_of": ((width, _QUERIES * _WIDTH), small),
        "sought": ((width, _WIDTH), small),
        "document_gate": ((_WIDTH,), 0.1),
        "document_gate_bias": ((1,), 0.0),
        "weight": (((_QUERIES + 1) * width, labels), 0.0),
        "bias": ((labels,), 0.0),
    }


def _spread(rows: Vectors) -> Vectors:
    if len(rows) <= _MOST_OF_DOCUMENT:
        return rows
    kept = np.unique(np.linspace(0, len(rows) - 1, _MOST_OF_DOCUMENT).round().astype(int))
    chosen: Vectors = rows[kept]
    return chosen


def _forward(these: dict[str, Any], documents: Sequence[Vectors], generator: Any) -> Any:  # noqa: ANN401 - torch is untyped here
    """Scores (batch, labels); what GatedAttention.scores does, for many documents at once."""
    import torch  # noqa: PLC0415 - heavy, for training only

    most = max(len(rows) for rows in documents)
    windows = -(-most // WINDOW)
    padded = torch.zeros(len(documents), windows * WINDOW, documents[0].shape[1])
    real = torch.zeros(len(documents), windows * WINDOW, dtype=torch.bool)
    for at, rows in enumerate(documents):
        padded[at, : len(rows)] = torch.from_numpy(rows)
        real[at, : len(rows)] = True
    cut = padded.unflatten(1, (windows, WINDOW))
    there = real.unflatten(1, (windows, WINDOW))
    gate = (these["gate"], these["gate_bias"])
    found = _attend(cut @ these["query"], cut @ these["key"], cut, there, gate)
    window = _mean(found, there)
    whole = there.any(dim=2)
    asked_of = (_mean(window, whole) @ these["asked_of"]).unflatten(1, (_QUERIES, _WIDTH))
    read, present = torch.cat([window, padded], 1), torch.cat([whole, real], 1)
    gate = (these["document_gate"], these["document_gate_bias"])
    found = _attend(these["asked"] + asked_of, read @ these["sought"], read, present, gate)
    opening = _mean(padded[:, :2], real[:, :2])
    features = torch.cat([found.flatten(1), opening], 1)
    kept = torch.rand(features.shape, generator=generator) >= _DROPOUT
    return (features * kept / (1 - _DROPOUT)) @ these["weight"] + these["bias"]


def _attend(queries: Any, keys: Any, read: Any, there: Any, gate: tuple[Any, Any]) -> Any:  # noqa: ANN401 - torch is untyped here
    import torch  # noqa: PLC0415 - heavy, for training only

    open_ = torch.sigmoid(queries @ gate[0] + gate[1])
    logits = open_.unsqueeze(-1) * (queries @ keys.transpose(-1, -2)) / _WIDTH**0.5
    logits = logits.masked_fill(~there.unsqueeze(-2), _NEVER)
    return torch.softmax(logits, dim=-1) @ read


def _mean(rows: Any, there: Any) -> Any:  # noqa: ANN401 - torch is untyped here
    weights = there.unsqueeze(-1).to(rows.dtype)
    return (rows * weights).sum(dim=-2) / weights.sum(dim=-2).clamp(min=1)
