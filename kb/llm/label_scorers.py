"""TextScorers that need no training: by any language model, and by vectors of descriptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.llm import prompts
from kb.llm.protocol import LanguageModel, Probabilities

_TEMPERATURE = 0.035
"""Of similarities of e5 against bare descriptions (see kb.enrichment.classify.Calibration)."""
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to (n, d) unit vectors."""


class LanguageModelScorer:
    """Asks a language model, transformers or a server alike, which label fits each window."""

    def __init__(
        self, model: LanguageModel, labels: Sequence[tuple[str, str]], *, chinese: bool
    ) -> None:
        """Take (name, description) of each label, and the language to ask in."""
        self._model = model
        self._described = tuple(labels)
        self._chinese = chinese

    @property
    def labels(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(name for name, _ in self._described)

    @property
    def max_tokens(self) -> int:
        """What the context leaves beside the labels."""
        asked = prompts.classify_window("", self._described, chinese=self._chinese)
        used = sum(self._model.count_tokens([m.content for m in asked]))
        return max(prompts.room_for_window(self._model.context_tokens) - used, 16)

    def warm_up(self) -> None:
        """Load the model."""
        self._model.warm_up()

    def score(self, texts: Sequence[str]) -> Probabilities:
        """Mean over the windows of each text."""
        most = self.max_tokens
        asked, owners = [], []
        for place, text in enumerate(texts):
            for window in self._windows(text, most):
                asked.append(
                    prompts.classify_window(window, self._described, chinese=self._chinese)
                )
                owners.append(place)
        found = self._model.score_labels_batch(asked, self.labels) if asked else []
        sums = np.zeros((len(texts), len(self.labels)))
        for place, row in zip(owners, found, strict=True):
            sums[place] += np.log(np.maximum(row, 1e-9))
        counts = np.bincount(owners, minlength=len(texts)) if owners else np.ones(len(texts))
        shares = np.exp(sums / counts[:, None])
        means: Probabilities = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
        return means

    def _windows(self, text: str, most: int) -> list[str]:
        """Halve until each part fits."""
        if self._model.count_tokens([text])[0] <= most or len(text) <= 1:
            return [text]
        half = len(text) // 2
        return [*self._windows(text[:half], most), *self._windows(text[half:], most)]


class EmbeddedScorer:
    """The embedded default: similarity of text and label descriptions."""

    def __init__(
        self,
        labels: Sequence[tuple[str, str]],
        embed_passages: Embed,
        *,
        max_tokens: int = 512,
        temperature: float = _TEMPERATURE,
    ) -> None:
        """Take (name, description) of each label; ``embed_passages`` is called at first use."""
        self._described = tuple(labels)
        self._embed = embed_passages
        self._most = max_tokens
        self._temperature = temperature
        self._prototypes: NDArray[np.float32] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(name for name, _ in self._described)

    @property
    def max_tokens(self) -> int:
        """Longest text the embedder reads as one."""
        return self._most

    def warm_up(self) -> None:
        """Embed the descriptions."""
        if self._prototypes is None:
            self._prototypes = self._embed([f"{name}: {about}" for name, about in self._described])

    def score(self, texts: Sequence[str]) -> Probabilities:
        """Mean similarity over pieces of each text that fit the embedder."""
        self.warm_up()
        assert self._prototypes is not None  # noqa: S101 - warmed up above
        step = self._most  # characters: never more tokens than that in Chinese, fewer in English
        pieces = [
            [text[at : at + step] for at in range(0, len(text), step)] or [""] for text in texts
        ]
        flat = [piece for own in pieces for piece in own]
        if not flat:
            return np.zeros((0, len(self.labels)), np.float32)
        near = self._embed(flat) @ self._prototypes.T
        ends = np.cumsum([len(own) for own in pieces])[:-1]
        logits = np.stack([rows.mean(axis=0) for rows in np.split(near, ends)]) / self._temperature
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Probabilities = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares
