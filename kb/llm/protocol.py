"""What the product asks of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


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

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count by the model's own tokenizer where it is known, special tokens left out."""
        ...

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Return the most likely answer, at most ``max_tokens`` long, white space stripped."""
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
