"""Labels as vectors: what their names and descriptions mean to the embedder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kb.domain.understanding import Label
from kb.embedding.protocol import Embedder, Vectors


def label_vectors(embedder: Embedder, labels: Sequence[Label], *, chinese: bool) -> Vectors:
    """(labels, d) unit vectors: each the mean over several wordings of its description."""
    return unit(
        np.stack(
            [
                np.mean([embedder.embed_query(text) for text in phrasings(label, chinese)], axis=0)
                for label in labels
            ]
        )
    )


def phrasings(label: Label, chinese: bool) -> tuple[str, ...]:  # noqa: FBT001 - two languages
    """Wordings of a label in one language; the description is left out where there is none."""
    if chinese:
        first, about = label.name_zh.split("、")[0], label.description_zh
        bare = (label.name_zh, f"这是一份{first}。")
        with_it = (label.name_zh, f"{label.name_zh}：{about}", f"这是一份{first}。{about}")
    else:
        first, about = label.name_en.split(",")[0], label.description_en
        bare = (label.name_en, f"This document is a {first}.")
        with_it = (
            label.name_en,
            f"{label.name_en}: {about}",
            f"This document is a {first}. {about}",
        )
    return with_it if about else bare


def unit(vectors: Vectors) -> Vectors:
    """Rows of length 1."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units: Vectors = vectors / np.maximum(norms, np.float32(1e-9))
    return units
