"""Classification without any label: descriptions alone, and what unlabelled documents add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb.embedding.protocol import Vectors
from kb.enrichment.head import HeadInput
from kb.enrichment.zero_shot import unit
from kb.evaluation.calibration import softmax

Floats = NDArray[np.float64]
_TEMPERATURE = 0.035
"""As of the classifier that needs no training; see kb.enrichment.classify."""
_ROUNDS = 8
_LOYALTY = 0.5
"""Share of the description in a label's prototype; the rest is the documents taken for it."""
_SHARPNESS = 0.06
"""Temperature of similarities between centred vectors, which lie much wider apart."""
_BALANCE = 0.5
"""How far the shares of the labels are pulled towards equality in each round (as a power)."""


def plain_cosine(documents: Sequence[HeadInput], described: Vectors) -> Floats:
    """Softmax over the cosines of the mean passage and each description: (n, labels)."""
    means = unit(np.stack([document.vectors.mean(axis=0) for document in documents]))
    return softmax((means @ described.T) / _TEMPERATURE)


def self_trained(documents: Sequence[HeadInput], described: Vectors) -> Floats:
    """The same with both sides centred, then prototypes drawn towards what they attract.

    Vectors of e5 lie in a narrow cone whose place says nothing about the kind; without the mean of
    the documents (and of the descriptions) similarities spread. In each round a label's prototype
    becomes half its description, half the mean of the documents weighted by how likely they have
    it; labels that would attract everything ("hubs") are held back by their share.

    Args:
        documents: unlabelled; all that shall be classified together.
        described: (labels, d) unit vectors.
    """
    return _drawn(documents, described)[0]


def drawn_descriptions(documents: Sequence[HeadInput], described: Vectors) -> Vectors:
    """Descriptions after they were drawn towards the documents they attract: (labels, d) units."""
    return _drawn(documents, described)[1]


def _drawn(documents: Sequence[HeadInput], described: Vectors) -> tuple[Floats, Vectors]:
    means = np.stack([document.vectors.mean(axis=0) for document in documents])
    centred = unit(means - means.mean(axis=0))
    anchors = unit(described - described.mean(axis=0))
    prototypes = anchors
    shares = np.full((len(means), len(described)), 1 / len(described))
    for _ in range(_ROUNDS):
        scores = (centred @ prototypes.T).astype(np.float64) / _SHARPNESS
        for _ in range(3):
            shares = softmax(scores)
            scores = scores - _BALANCE * np.log(shares.mean(axis=0) * len(described) + 1e-3)
        shares = softmax(scores)
        attracted = unit((shares.T @ centred).astype(np.float32))
        prototypes = unit(_LOYALTY * anchors + (1 - _LOYALTY) * attracted)
    return shares, prototypes
