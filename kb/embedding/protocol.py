"""What the product asks of an embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(n, d) float32, every row of length 1 (L2)."""


class Embedder(Protocol):
    """Turns texts into unit vectors whose inner product says how close their meanings are."""

    @property
    def model(self) -> str:
        """Stable identity, weights included: vectors of two identities are never mixed."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def warm_up(self) -> None:
        """Load whatever the first call would otherwise wait for; calling it again is free.

        Raises:
            ModelNotInstalled: the weights are not on this machine or not the expected ones.
            ModelUnavailable: the endpoint does not answer.
        """
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts to be found.

        Args:
            texts: any number, any length; what is beyond the model's context is cut off.

        Returns:
            (n, d) float32, L2-normalised, in the order of ``texts``.
        """
        ...

    def embed_query(self, text: str) -> Vectors:
        """Embed a question; returns (d,) float32, L2-normalised."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text by this model's tokenizer, special ones left out."""
        ...
