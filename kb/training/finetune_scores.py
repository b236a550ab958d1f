"""Judging a fine-tuned network on examples it has not seen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from kb.domain.models import Example
from kb.evaluation.text_scores import tokens
from kb.training.finetune_base import Base, judging
from kb.training.finetune_steps import Pulse
from kb.training.finetune_texts import (
    Window,
    collate,
    label_windows,
    prompt_ids,
    summary_texts,
)

Floats = NDArray[np.float64]
_BATCH_TOKENS = 4096
_ANSWER_SHARE = 3
_MOST_ANSWER_TOKENS = 256


def log_probabilities(
    loaded: Base,
    network: Any,  # noqa: ANN401 - transformers is untyped
    examples: Sequence[Example],
    labels: Sequence[str],
    max_tokens: int,
    pulse: Pulse,
) -> Floats:
    """(n, k) mean over the windows of each text of its labels' log-probabilities.

    Every window counts, none is cut off; the rows are logits for temperature scaling.
    """
    windows = label_windows(loaded.tokenizer, examples, labels, max_tokens, most=None)
    scores = window_log_probabilities(loaded, network, windows, pulse)
    sums = np.zeros((len(examples), len(labels)))
    counts = np.zeros(len(examples))
    for window, row in zip(windows, scores, strict=True):
        sums[window.example] += row
        counts[window.example] += 1
    means: Floats = sums / np.maximum(counts, 1)[:, None]
    return means


def window_log_probabilities(
    loaded: Base,
    network: Any,  # noqa: ANN401 - transformers is untyped
    windows: Sequence[Window],
    pulse: Pulse,
) -> Floats:
    """(n, k), computed in batches of windows of like length."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    judging(network)
    order = sorted(range(len(windows)), key=lambda at: len(windows[at].ids))
    rows: dict[int, Any] = {}
    with torch.inference_mode():
        for batch in _batches(order, windows):
            pulse.beat()
            pulse.check()
            inputs = collate([windows[at] for at in batch], loaded.tokenizer.pad_token_id)
            logits = network(
                input_ids=inputs["input_ids"].to(loaded.device),
                attention_mask=inputs["attention_mask"].to(loaded.device),
            ).logits
            found = logits.float().log_softmax(dim=-1).double().cpu().numpy()
            rows.update(zip(batch, found, strict=True))
    return np.stack([rows[at] for at in range(len(windows))])


def validation_loss(loaded: Base, network: Any, windows: Sequence[Window], pulse: Pulse) -> float:  # noqa: ANN401 - as above
    """Mean loss a batch, as training computes it."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    judging(network)
    losses = []
    with torch.inference_mode():
        for batch in _batches(range(len(windows)), windows):
            pulse.beat()
            inputs = collate([windows[at] for at in batch], loaded.tokenizer.pad_token_id)
            moved = {key: value.to(loaded.device) for key, value in inputs.items()}
            losses.append(float(network(**moved).loss))
    return float(np.mean(losses))


def write_summaries(
    loaded: Base,
    network: Any,  # noqa: ANN401 - transformers is untyped
    examples: Sequence[Example],
    max_tokens: int,
    pulse: Pulse,
) -> list[str]:
    """Greedy summaries: those of a long text's windows stand one after the other."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    judging(network)
    tokenizer = loaded.tokenizer
    room = min(_MOST_ANSWER_TOKENS, max_tokens // _ANSWER_SHARE)
    found = []
    for example in examples:
        parts = []
        for text in summary_texts(tokenizer, example, max_tokens):
            pulse.beat()
            pulse.check()
            ids = torch.tensor(
                [prompt_ids(tokenizer, text, example.language)], device=loaded.device
            )
            with torch.inference_mode():
                answer = network.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=room,
                    do_sample=False,
                    use_cache=True,
                    pad_token_id=tokenizer.pad_token_id,
                )
            written = tokenizer.decode(answer[0, ids.shape[1] :], skip_special_tokens=True)
            parts.append(written.strip())
        found.append(" ".join(part for part in parts if part))
    return found


def summary_metrics(found: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
    """ROUGE-1 and ROUGE-L F1 (Lin 2004) over words, Chinese over characters; coverage is recall.

    Mean over the pairs, 0..1.
    """
    rows = [_rouge(tokens(one), tokens(other)) for one, other in zip(found, wanted, strict=True)]
    means = np.mean(rows, axis=0) if rows else np.zeros(3)
    names = ("rouge_1", "rouge_l", "coverage")
    return {name: round(float(value), 4) for name, value in zip(names, means, strict=True)}


def lead(text: str, wanted: str) -> str:
    """The first characters of a text, as many as its summary has: the baseline to beat."""
    return text[: max(1, len(wanted))]


def milliseconds(loaded: Base, network: Any, length: int) -> float:  # noqa: ANN401 - as above
    """Median time of one window of ``length`` tokens, batch 1: ms."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    judging(network)
    ids = torch.full((1, length), 5, device=loaded.device)
    times = []
    with torch.inference_mode():
        for _ in range(3):
            start = time.perf_counter()
            network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.cpu()
            times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def _rouge(found: Sequence[str], wanted: Sequence[str]) -> tuple[float, float, float]:
    shared = sum((Counter(found) & Counter(wanted)).values())
    both = len(found) + len(wanted)
    if not both:
        return 0.0, 0.0, 0.0
    in_order = LCSseq.similarity(found, wanted)
    return 2 * shared / both, 2 * in_order / both, shared / max(1, len(wanted))


def _batches(order: Sequence[int], windows: Sequence[Window]) -> list[list[int]]:
    batches: list[list[int]] = []
    longest = 0
    for at in order:
        longest = max(longest, len(windows[at].ids))
        if batches and longest * (len(batches[-1]) + 1) <= _BATCH_TOKENS:
            batches[-1].append(at)
        else:
            batches.append([at])
            longest = len(windows[at].ids)
    return batches
