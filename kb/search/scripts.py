"""Two scripts in one space: how far an embedder keeps Chinese and English pages apart.

An embedder of many languages puts each language into a corner of its own, so that a query
stands nearer to a middling page in its own language than to the right one in another. The means
of a sample of passages in each script tell the direction between the corners. Pages in the other
script are searched with the query freed of its share in that direction, and their scores are
shifted by the distance of the means, so that both scripts are ranked on one scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.domain.access import Principal, Role
from kb.index.allowed import Ranked, best
from kb.index.lookup import VectorLookup
from kb.search.query import in_unspaced_script
from kb.search.store import SearchStore

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]

_SAMPLE = 1000
_FEWEST = 20
"""Passages of a script below which its mean says too little."""
_SURVEYOR = Principal(user_id=0, name="survey", role=Role.ADMIN)
"""Sees every passage, of which only the language is looked at."""


@dataclass(frozen=True, slots=True)
class Scripts:
    """Mean vectors (d,) of the passages in scripts with and without spaces between words."""

    spaced: Vector | None = None
    unspaced: Vector | None = None

    def mean(self, *, unspaced: bool) -> Vector | None:
        """Return the mean of one of the two kinds; None when there is too little of it."""
        return self.unspaced if unspaced else self.spaced

    def neutral(self, query: Vector) -> Vector | None:
        """Return ``query`` without what tells its script; None when the corpus has one script."""
        if self.spaced is None or self.unspaced is None:
            return None
        axis = self.unspaced - self.spaced
        share: Vector = query - (query @ axis) / max(float(axis @ axis), 1e-9) * axis
        return share

    def aligned(
        self,
        query: Vector,
        own: Ranked,
        neutral: Ranked,
        foreign: Callable[[int], bool],
        *,
        unspaced: bool,
    ) -> Ranked:
        """Return one ranking of both scripts, on the scale of the query's own.

        Args:
            query: (d,).
            own: by the query itself; what it holds of the other script is left to ``neutral``.
            neutral: by ``neutral(query)``.
            foreign: whether a passage is in the other script.
            unspaced: whether the query is in a script without spaces.
        """
        freed = self.neutral(query)
        here, there = self.mean(unspaced=unspaced), self.mean(unspaced=not unspaced)
        if freed is None or here is None or there is None:
            return own
        shift = np.float32(query @ here - freed @ there)
        near = np.array([not foreign(one) for one in own.passages.tolist()], np.bool_)
        far = np.array([foreign(one) for one in neutral.passages.tolist()], np.bool_)
        passages = np.concatenate([own.passages[near], neutral.passages[far]])
        scores = np.concatenate([own.scores[near], neutral.scores[far] + shift])
        return best(passages, scores, len(passages))

    def centred(self, vectors: Matrix, unspaced: Sequence[bool | None]) -> Matrix:
        """Return (n, d) vectors less the mean of their script, of length 1; zeros stay zeros.

        Args:
            vectors: (n, d).
            unspaced: (n,) the kind of script of each; None when it is not known.
        """
        moved = vectors.copy()
        for kind in (False, True):
            mean = self.mean(unspaced=kind)
            if mean is not None:
                rows = np.array([one is kind for one in unspaced], np.bool_)
                rows &= np.any(vectors != 0, axis=1)
                moved[rows] -= mean
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        scaled: Matrix = moved / np.maximum(lengths, 1e-9)
        return scaled


def survey(lookup: VectorLookup, store: SearchStore) -> Scripts:
    """Return the means over an even sample of the published passages."""
    ids, vectors = lookup.sample(_SAMPLE)
    if vectors is None:
        return Scripts()
    outlines = store.outlines(ids.tolist(), _SURVEYOR)
    kinds = [
        in_unspaced_script(outlines[one].language) if one in outlines else None
        for one in ids.tolist()
    ]
    means: dict[bool, Vector | None] = {}
    for kind in (False, True):
        rows = np.array([one is kind for one in kinds], np.bool_)
        enough = int(np.count_nonzero(rows)) >= _FEWEST
        means[kind] = vectors[rows].mean(axis=0) if enough else None
    return Scripts(spaced=means[False], unspaced=means[True])
