"""Classification and summaries by a configured language model, window by window."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from kb.chunking.sentences import sentence_spans
from kb.chunking.windows import make_windows
from kb.domain.errors import ModelOutputInvalid, NoTextFound
from kb.domain.passages import Passage, Window
from kb.domain.understanding import Classification, Summary, SummaryKind, SummarySentence, Taxonomy
from kb.embedding.protocol import Embedder, Vectors
from kb.enrichment.classify import classification
from kb.enrichment.protocol import DocumentText, Progress
from kb.enrichment.script import is_chinese
from kb.llm import prompts
from kb.llm.protocol import LanguageModel

_THRESHOLD = 0.5
_ANSWER_TOKENS = 512
_MOST_SOURCES = 3
_NEAR = 0.015
"""Passages this close to the best one count as sources too; similarities of e5 lie close."""
_SUPPORTED = 0.84
"""Similarity below which e5 finds unrelated texts as well."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBERING = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)、])\s*")
_LETTERS_OF_A_SENTENCE = 4


class ModelClassifier:
    """Scores the labels on every window and averages: each part of the document counts."""

    def __init__(self, model: LanguageModel, *, threshold: float = _THRESHOLD) -> None:
        self._model = model
        self._threshold = threshold

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the best label, or "unsure" below the threshold.

        Raises:
            NoTextFound: the document has no text.
            ModelFailure: the model could not answer.
        """
        windows = _fitting_windows(text, self._model)
        chinese = is_chinese(windows[0].text)
        labels = [
            (label.name_zh.split("、")[0], label.description_zh)
            if chinese
            else (label.name_en.split(",")[0], label.description_en)
            for label in taxonomy.labels
        ]
        names = _distinct([name for name, _ in labels])
        described = list(zip(names, [about for _, about in labels], strict=True))
        shares = np.zeros(len(names), np.float32)
        for window in windows:
            asked = prompts.classify_window(window.text, described, chinese=chinese)
            scores = self._model.score_labels(asked, names)
            shares += np.array(scores, np.float32) / len(windows)
        return classification(taxonomy.labels, shares, self._model.model, self._threshold)


class ModelSummariser:
    """Map over windows, reduce, then look for each sentence's sources in the passages."""

    def __init__(self, model: LanguageModel, embedder: Embedder) -> None:
        self._model = model
        self._embedder = embedder

    def summarise(self, text: DocumentText, progress: Progress) -> Summary:
        """Return the model's sentences; those without support have no passages.

        A sentence is supported by the passages most similar to it, provided that the similarity
        is more than chance and every number in it stands in one of them.

        Raises:
            NoTextFound: the document has no text.
            ModelFailure: the model could not answer.
        """
        windows = _fitting_windows(text, self._model)
        chinese = is_chinese(windows[0].text)
        parts: list[str] = []
        for at, window in enumerate(windows, 1):
            asked = prompts.summarise_window(window.text, at, len(windows), chinese=chinese)
            parts.append(self._model.generate(asked, max_tokens=self._answer_tokens()))
            progress(at, len(windows))
        written = _written_sentences(self._combined(parts, chinese=chinese))
        if not written:
            raise ModelOutputInvalid(model=self._model.model, detail="no sentences in its answer")
        sources = self._sources(written, text)
        sentences = tuple(map(SummarySentence, written, sources))
        count = len(windows)
        return Summary(SummaryKind.GENERATED, sentences, self._model.model, count, count)

    def _answer_tokens(self) -> int:
        return min(_ANSWER_TOKENS, self._model.context_tokens // 4)

    def _combined(self, parts: list[str], *, chinese: bool) -> str:
        """Combine as many at once as fit, until one is left."""
        room = prompts.room_for_window(self._model.context_tokens)
        while len(parts) > 1:
            groups: list[list[str]] = []
            filled = room
            for part, tokens in zip(parts, self._model.count_tokens(parts), strict=True):
                if filled + tokens > room and (not groups or len(groups[-1]) > 1):
                    groups.append([])
                    filled = 0
                groups[-1].append(part)
                filled += tokens
            parts = [self._reduced(group, chinese=chinese) for group in groups]
        return parts[0]

    def _reduced(self, group: Sequence[str], *, chinese: bool) -> str:
        if len(group) == 1:
            return group[0]
        asked = prompts.combine_summaries(group, chinese=chinese)
        return self._model.generate(asked, max_tokens=self._answer_tokens())

    def _sources(self, written: Sequence[str], text: DocumentText) -> list[tuple[int, ...]]:
        passages = [passage for passage in text.passages if passage.text]
        vectors = text.vectors
        if vectors is None or len(vectors) != len(text.passages):
            vectors = self._embedder.embed_passages([p.embedded_text for p in passages])
        else:
            vectors = vectors[[p.ordinal for p in passages]]
        closeness = self._embedder.embed_passages(written) @ vectors.T
        return [
            _supporting(sentence, row, passages)
            for sentence, row in zip(written, closeness, strict=True)
        ]


def _supporting(sentence: str, closeness: Vectors, passages: Sequence[Passage]) -> tuple[int, ...]:
    best = np.argsort(-closeness, kind="stable")[:_MOST_SOURCES]
    highest = closeness[best[0]]
    if highest < _SUPPORTED:
        return ()
    near = [passages[at] for at in best if closeness[at] >= highest - _NEAR]
    stated = {number for passage in near for number in _NUMBER.findall(passage.text)}
    if not stated.issuperset(_NUMBER.findall(sentence)):
        return ()
    return tuple(sorted(passage.ordinal for passage in near))


def _fitting_windows(text: DocumentText, model: LanguageModel) -> Sequence[Window]:
    """The stored windows, or new ones where they were cut for a model with more room."""
    if not any(passage.text.strip() for passage in text.passages):
        raise NoTextFound(name=text.name)
    room = prompts.room_for_window(model.context_tokens)
    counts = model.count_tokens([window.text for window in text.windows])
    if text.windows and max(counts) <= room:
        return text.windows
    return make_windows(text.passages, count_tokens=model.count_tokens, max_tokens=room)


def _written_sentences(answer: str) -> list[str]:
    sentences: list[str] = []
    for line in answer.splitlines():
        plain = _NUMBERING.sub("", line).strip()
        for start, end in sentence_spans(plain):
            sentence = plain[start:end].strip()
            letters = sum(character.isalpha() for character in sentence)
            if letters >= _LETTERS_OF_A_SENTENCE and sentence not in sentences:
                sentences.append(sentence)
    return sentences


def _distinct(names: Sequence[str]) -> list[str]:
    """Names that are all different: a repeated one is numbered."""
    distinct: list[str] = []
    for name in names:
        times = sum(other == name or other.startswith(f"{name} (") for other in distinct)
        distinct.append(f"{name} ({times + 1})" if times else name)
    return distinct
