"""What scorers have in common: the facts of a trained folder, windows of a text, their mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kb.domain.errors import ModelNotInstalled
from kb.llm.protocol import Probabilities

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL_JSON = "model.json"
_MEANS = frozenset({"mean_log_probability", ""})
LogProbabilities = Callable[[Sequence[Sequence[int]]], Probabilities]
"""Windows of token numbers to (windows, labels) log-probabilities."""


@dataclass(frozen=True, slots=True)
class ScorerFacts:
    """From ``model.json``."""

    labels: tuple[str, ...]
    temperature: float
    max_tokens: int
    base: str
    method: str


def scorer_facts(folder: Path) -> ScorerFacts:
    """Read ``model.json`` of a trained classifier.

    Raises:
        ModelNotInstalled: missing, unreadable, or of a rule this version does not know.
    """
    try:
        fields = json.loads((folder / MODEL_JSON).read_bytes())
        facts = ScorerFacts(
            labels=tuple(str(label) for label in fields["labels"]),
            temperature=float(fields.get("temperature", 1.0)),
            max_tokens=int(fields.get("max_tokens", 512)),
            base=str(fields.get("base", "")),
            method=str(fields.get("method", "")),
        )
        rule = str(fields.get("window_rule", ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelNotInstalled(model=folder.name, detail=f"{MODEL_JSON}: {error!r}") from error
    if rule not in _MEANS:
        raise ModelNotInstalled(model=folder.name, detail=f"window_rule {rule}")
    if not facts.labels or facts.temperature <= 0:
        raise ModelNotInstalled(model=folder.name, detail=f"{MODEL_JSON}: labels, temperature")
    return facts


def score_by_windows(
    texts: Sequence[str],
    facts: ScorerFacts,
    tokenizer: Tokenizer,
    log_probabilities: LogProbabilities,
) -> Probabilities:
    """Cut every text into windows, score those of like length together, average by text.

    Args:
        texts: any length; an empty one counts as one window of its special tokens.
        facts: labels, temperature and the longest window.
        tokenizer: of the model; its truncation is set here.
        log_probabilities: scores a batch of windows.

    Returns:
        (n, k) probabilities.
    """
    owners: list[int] = []
    windows: list[list[int]] = []
    for place, text in enumerate(texts):
        rows = _windows(tokenizer, text, facts.max_tokens)
        owners += [place] * len(rows)
        windows += rows
    order = sorted(range(len(windows)), key=lambda at: len(windows[at]))
    sums = np.zeros((len(texts), len(facts.labels)))
    counts = np.zeros(len(texts))
    found = log_probabilities([windows[at] for at in order]) if order else sums[:0]
    for at, row in zip(order, found, strict=True):
        sums[owners[at]] += row
        counts[owners[at]] += 1
    logits = sums / np.maximum(counts, 1)[:, None] / facts.temperature
    raised = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(texts) else logits
    shares: Probabilities = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def batches(windows: Sequence[Sequence[int]], most_tokens: int) -> list[list[Sequence[int]]]:
    """Consecutive windows (sorted by length before), padded size within ``most_tokens``."""
    groups: list[list[Sequence[int]]] = []
    for window in windows:
        if groups and (len(groups[-1]) + 1) * len(window) <= most_tokens:
            groups[-1].append(window)
        else:
            groups.append([window])
    return groups


def log_softmax(logits: Probabilities) -> Probabilities:
    """Row by row."""
    lowered = logits - logits.max(axis=-1, keepdims=True)
    found: Probabilities = lowered - np.log(np.exp(lowered).sum(axis=-1, keepdims=True))
    return found


def _windows(tokenizer: Tokenizer, text: str, most: int) -> list[list[int]]:
    tokenizer.enable_truncation(most)
    tokenizer.no_padding()
    encoded = tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
    rows = [list(part.ids) for part in (encoded, *encoded.overflowing) if part.ids]
    return rows or [[0]]
