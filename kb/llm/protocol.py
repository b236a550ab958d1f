"""What the product asks of a language model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""(n, k): a row for each text, a column for each label; rows sum to 1."""
Schema = Mapping[str, Any]
"""A JSON schema (the part of it in kb.llm.schema)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """Continues conversations and says how likely given continuations are.

    Every call raises ModelUnavailable when trying again may help (no answer, out of memory),
    ModelNotInstalled when it cannot run here, ModelOutputInvalid when the answer is unusable and
    InvalidInput when the messages do not fit the context: nothing is cut off silently.
    """

    @property
    def model(self) -> str:
        """Stable identity: what is shown and stored with every result."""
        ...

    @property
    def context_tokens(self) -> int:
        """Tokens it can read and write in one call, all together."""
        ...

    def warm_up(self) -> None:
        """Load the weights, or check that the endpoint answers; calling it again is free."""
        ...

    def use_adapter(self, name: str | None) -> None:
        """Answer with a fine-tuned adapter from now on, or with the base again.

        The base is not loaded again. The adapter becomes part of ``model``.

        Raises:
            ModelNotInstalled: it has no adapter of this name.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count by the model's own tokenizer where it is known, special tokens left out."""
        ...

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Return the most likely answer, at most ``max_tokens`` long, white space stripped."""
        ...

    def generate_batch(
        self, conversations: Sequence[Sequence[Message]], *, max_tokens: int
    ) -> list[str]:
        """Answer several conversations, in their order; those of like length go together."""
        ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """Give the answer of ``generate`` piece by piece; closing the iterator stops the work."""
        ...

    def generate_structured(
        self, messages: Sequence[Message], schema: Schema, *, max_tokens: int
    ) -> Any:  # noqa: ANN401 - JSON
        """Return JSON that keeps to ``schema``: decoding is constrained, not hoped for.

        Raises:
            InvalidInput: the schema asks for something that is not supported.
            ModelOutputInvalid: it was not finished within ``max_tokens``.
        """
        ...

    def score_labels(self, messages: Sequence[Message], labels: Sequence[str]) -> list[float]:
        """Return the probability of each label as the answer.

        Args:
            messages: end with a question whose answer is one of ``labels``.
            labels: at least two, all different.

        Returns:
            Probabilities in the order of ``labels``; they sum to 1.
        """
        ...

    def score_labels_batch(
        self, conversations: Sequence[Sequence[Message]], labels: Sequence[str]
    ) -> list[list[float]]:
        """Score the same labels for several conversations, in their order."""
        ...


class TextScorer(Protocol):
    """A closed set of labels and how well each fits a text, whatever runs underneath.

    Long texts are read window by window: no part is cut off. The probability of a text is the
    normalised mean of its windows' log-probabilities, divided by the temperature it was
    calibrated to.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the columns."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest window."""
        ...

    def warm_up(self) -> None:
        """Load; calling it again is free. Raises ModelNotInstalled, CheckpointRefused."""
        ...

    def score(self, texts: Sequence[str]) -> Probabilities:
        """(n, k) float32; raises ModelFailure."""
        ...
