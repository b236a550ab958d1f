"""Classification by a configured language model, window by window."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kb.chunking.windows import make_windows
from kb.domain.errors import InvalidInput, NoTextFound
from kb.domain.passages import Window
from kb.domain.understanding import Classification, Taxonomy
from kb.enrichment.classify import classification
from kb.enrichment.generated import ModelSummariser
from kb.enrichment.protocol import DocumentText
from kb.enrichment.script import is_chinese
from kb.llm import prompts
from kb.llm.protocol import LanguageModel

__all__ = ["ModelClassifier", "ModelSummariser"]
_THRESHOLD = 0.5
_LABEL_TOKENS = 64
_FEWEST_TOKENS = 16
_AT_ONCE = 8
"""Windows that are scored side by side."""


class ModelClassifier:
    """Scores the labels on every window and averages: each part of the document counts."""

    def __init__(self, model: LanguageModel, *, threshold: float = _THRESHOLD) -> None:
        self._model = model
        self._threshold = threshold

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the best label, or "unsure" below the threshold.

        Raises:
            NoTextFound: the document has no text.
            InvalidInput: the taxonomy alone fills the model's context.
            ModelFailure: the model could not answer.
        """
        begun = time.monotonic()
        if not any(passage.text.strip() for passage in text.passages):
            raise NoTextFound(name=text.name)
        chinese = is_chinese("\n".join(p.text for p in text.passages[:_AT_ONCE]))
        labels = [
            (label.name_zh.split("、")[0], label.description_zh)
            if chinese
            else (label.name_en.split(",")[0], label.description_en)
            for label in taxonomy.labels
        ]
        names = _distinct([name for name, _ in labels])
        described = list(zip(names, [about for _, about in labels], strict=True))
        asked = [
            prompts.classify_window(window.text, described, chinese=chinese)
            for window in self._windows(text, described, chinese=chinese)
        ]
        scores: list[list[float]] = []
        for start in range(0, len(asked), _AT_ONCE):
            scores += self._model.score_labels_batch(asked[start : start + _AT_ONCE], names)
        shares = np.array(scores, np.float32).mean(axis=0)
        found = classification(taxonomy.labels, shares, self._model.model, self._threshold)
        read = [message.content for messages in asked for message in messages]
        return replace(
            found,
            path="model",
            tokens=sum(self._model.count_tokens(read)),
            seconds=round(time.monotonic() - begun, 3),
        )

    def _windows(
        self, text: DocumentText, described: Sequence[tuple[str, str]], *, chinese: bool
    ) -> Sequence[Window]:
        """The stored windows, or new ones where taxonomy and context leave less room."""
        asked = prompts.classify_window("", described, chinese=chinese)
        used = sum(self._model.count_tokens([message.content for message in asked]))
        left = self._model.context_tokens - used - _LABEL_TOKENS
        if left < _FEWEST_TOKENS:
            raise InvalidInput(
                field="taxonomy", detail=f"{used} tokens > {self._model.context_tokens}"
            )
        room = min(prompts.room_for_window(self._model.context_tokens), left)
        counts = self._model.count_tokens([window.text for window in text.windows])
        if text.windows and max(counts) <= room:
            return text.windows
        return make_windows(text.passages, count_tokens=self._model.count_tokens, max_tokens=room)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names that are all different: a repeated one is numbered."""
    distinct: list[str] = []
    for name in names:
        times = sum(other == name or other.startswith(f"{name} (") for other in distinct)
        distinct.append(f"{name} ({times + 1})" if times else name)
    return distinct
