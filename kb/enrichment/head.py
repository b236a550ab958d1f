"""The trained head: what it is, how it answers, and its folder of safetensors and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import CheckpointRefused
from kb.embedding.protocol import Vectors
from kb.enrichment.attention import GatedAttention
from kb.enrichment.words import Words

FORMAT = 1
WEIGHTS, DESCRIPTION = "head.safetensors", "model.json"
OPENING_CHARACTERS = 1200
"""Characters at the beginning whose words are heard once more on their own."""
TERM_MEMBERS = ("words", "opening")
"""Members over terms: of the whole text, and of its opening."""
OPENING = 2
"""Passages at the beginning, where a document says what it is; pooled once more on their own."""
_WEIGHT_NAME = "member.{}.weight"
_BIAS_NAME = "member.{}.bias"
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores as a linear function of features."""

    weight: Vectors
    """(features, labels)."""
    bias: Vectors
    """(labels,)."""


@dataclass(frozen=True, slots=True)
class HeadInput:
    """A document as a head reads it: all of it."""

    terms: Counter[str]
    """Of the whole text."""
    vectors: Vectors
    """(passages, d) unit vectors, in order; at least one."""
    opening: Counter[str] = field(default_factory=Counter)
    """Terms of the opening."""

    def terms_of(self, member: str) -> Counter[str]:
        """What a member of TERM_MEMBERS reads."""
        return self.opening if member == "opening" else self.terms


@dataclass(frozen=True, slots=True)
class Head:
    """Members that score each label, blended and brought to probabilities.

    A document's probabilities are ``softmax(sum over members of blend * score)``; blend and
    temperature were chosen by cross-validation inside the training examples.
    """

    labels: tuple[str, ...]
    blend: Mapping[str, float]
    """Weight of each member that counts: "words", "opening", "discriminant", "logistic",
    "descriptions", "attention"."""
    linear: Mapping[str, Linear]
    """Members that are linear: TERM_MEMBERS over TF-IDF, the others over pooled vectors."""
    words: Mapping[str, Words]
    """Vocabulary of each of TERM_MEMBERS that counts."""
    attention: GatedAttention | None
    temperature: float
    threshold: float
    embedder: str
    """Identity of the embedder whose vectors it reads."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else stands in model.json."""


def pooled(vectors: Vectors) -> Vectors:
    """Mean over all passages, then over the opening ones: (2 d,)."""
    both: Vectors = np.concatenate([vectors.mean(axis=0), vectors[:OPENING].mean(axis=0)])
    return both


class Reader:
    """Answers with a head; the vocabulary is looked up once."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self._numbers = {name: words.numbers() for name, words in head.words.items()}

    def probabilities(self, document: HeadInput) -> Scores:
        """Return (labels,), summing to 1."""
        scores = self.scores(document) / self.head.temperature
        raised = np.exp(scores - scores.max())
        shares: Scores = raised / raised.sum()
        return shares

    def scores(self, document: HeadInput) -> Scores:
        """Return the blend before temperature: (labels,)."""
        total = np.zeros(len(self.head.labels), np.float64)
        for name, weight in self.head.blend.items():
            if weight:
                total += weight * self.member(name, document)
        return total

    def member(self, name: str, document: HeadInput) -> Scores:
        """Return the scores of one member: (labels,)."""
        if name == "attention" and self.head.attention is not None:
            return self.head.attention.scores(document.vectors)
        linear = self.head.linear[name]
        if name in self.head.words:
            words = self.head.words[name]
            places, weights = words.vector(document.terms_of(name), self._numbers[name])
            rows = linear.weight[places].astype(np.float64)
            scores: Scores = weights @ rows + linear.bias
        else:
            scores = pooled(document.vectors).astype(np.float64) @ linear.weight + linear.bias
        return scores


def save(head: Head, folder: Path) -> None:
    """Write ``head.safetensors`` and ``model.json``."""
    from safetensors.numpy import save_file  # noqa: PLC0415 - only where heads are kept

    tensors: dict[str, NDArray[Any]] = {}
    for name, linear in head.linear.items():
        precise = np.float16 if name in TERM_MEMBERS else np.float32
        tensors[_WEIGHT_NAME.format(name)] = np.ascontiguousarray(linear.weight.astype(precise))
        tensors[_BIAS_NAME.format(name)] = np.ascontiguousarray(linear.bias.astype(np.float32))
    for name, words in head.words.items():
        terms = "\n".join(words.terms).encode()
        tensors[f"{name}.terms"] = np.frombuffer(terms, np.uint8)
        tensors[f"{name}.rarity"] = words.rarity
    if head.attention is not None:
        tensors |= head.attention.tensors()
    save_file(tensors, folder / WEIGHTS)
    described = {
        "format": FORMAT,
        **head.about,
        "labels": list(head.labels),
        "temperature": head.temperature,
        "threshold": head.threshold,
        "blend": dict(head.blend),
        "embedder": head.embedder,
    }
    (folder / DESCRIPTION).write_text(
        json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def load(folder: Path) -> Head:
    """Read a folder that ``save`` wrote; the registry has checked its sha256 before.

    Raises:
        CheckpointRefused: a file is missing, damaged or of a newer format.
    """
    from safetensors import SafetensorError  # noqa: PLC0415 - only where heads are kept
    from safetensors.numpy import load_file  # noqa: PLC0415 - as above

    try:
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        tensors: dict[str, NDArray[Any]] = load_file(folder / WEIGHTS)
        return _head(described, tensors)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointRefused(
            name=folder.name, model=folder.name, detail=f"{type(error).__name__}: {error}"
        ) from error


def _head(described: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Head:
    if described["format"] > FORMAT:
        raise ValueError(f"format {described['format']} > {FORMAT}")
    linear = {
        name.split(".")[1]: Linear(weight, tensors[_BIAS_NAME.format(name.split(".")[1])])
        for name, weight in tensors.items()
        if name.startswith("member.") and name.endswith(".weight")
    }
    words = {
        name: Words(
            tuple(tensors[f"{name}.terms"].tobytes().decode().split("\n")),
            tensors[f"{name}.rarity"],
        )
        for name in TERM_MEMBERS
        if f"{name}.terms" in tensors
    }
    known = {"format", "labels", "temperature", "threshold", "blend", "embedder"}
    return Head(
        labels=tuple(described["labels"]),
        blend=described["blend"],
        linear=linear,
        words=words,
        attention=GatedAttention.of(tensors),
        temperature=float(described["temperature"]),
        threshold=float(described["threshold"]),
        embedder=str(described["embedder"]),
        about={name: value for name, value in described.items() if name not in known},
    )
