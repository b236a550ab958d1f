"""What a fine-tuning will cost, told before it starts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain.models import ModelTask, TrainingMethod, TrainingPlan
from kb.llm.memory import available_ram
from kb.llm.memory import shape_of as parameters_of
from kb.training.finetune_base import (
    TARGETS,
    Precision,
    checked_config,
    load_tokenizer,
    require,
)
from kb.training.finetune_steps import steps_of
from kb.training.finetune_texts import Parts, Window, label_windows, summary_windows

_SAMPLE = 200
"""Examples whose tokens are counted; the others are taken to be like them."""
_MICRO_TOKENS = 4096
_MOST_LAYER_PARAMETERS = 120_000_000
"""A layer above this is scaled up from a narrower one."""
_OPTIMISER_BYTES = 16
"""fp32 weight, gradient and Adam's two moments of a trained parameter."""
_OVERHEAD_BYTES = 600_000_000
"""Python with torch and transformers loaded."""
_REPEATS = 2
_ADAPTER_SAVING = 2 / 3
"""Share of full training's arithmetic that is left when most weights need no gradient: forward
and the gradient by the input are two of three equal parts."""
_RECOMPUTED = 4 / 3


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a training takes here."""

    tokens: int
    """Read in all epochs, padding left out."""
    windows: int
    """In one epoch."""
    steps: int
    seconds: float
    peak_memory: int
    """Bytes, of this process or of the GPU."""
    available_memory: int
    gradient_checkpointing: bool
    """Needed to fit comfortably."""

    @property
    def fits(self) -> bool:
        """Whether the peak stays below what is free."""
        return self.peak_memory <= self.available_memory


def estimate(plan: TrainingPlan, base: Path, parts: Parts, precision: Precision) -> CostEstimate:
    """Count tokens, time one layer of the base forward and backward, and add up the memory.

    The layer has random weights, so that nothing large is loaded: the times depend on shapes only.

    Raises:
        ModelFailure: the base cannot be used.
    """
    config = checked_config(base)
    require(base.name, "torch", "transformers")
    windows, factor = _sampled(plan, base, parts)
    counted = sum(len(window.ids) for window in windows) * factor
    number = round(len(windows) * factor)
    steps = steps_of(number, plan.batch_size, plan.epochs)
    mean = max(1, round(counted / max(1, number)))
    recompute = needs_checkpointing(plan, base, parts)
    layer = _layer_seconds(config, mean, precision)
    each = layer * int(config["num_hidden_layers"])
    if plan.method is not TrainingMethod.FULL:
        each *= _ADAPTER_SAVING
    if recompute:
        each *= _RECOMPUTED
    searched = steps + (3 * min(40, max(10, steps // 4)) if plan.search else 0)
    return CostEstimate(
        tokens=round(counted * plan.epochs),
        windows=number,
        steps=steps,
        seconds=round(each * plan.batch_size * searched, 1),
        peak_memory=_peak(plan, config, keep_activations=not recompute),
        available_memory=_available(),
        gradient_checkpointing=recompute,
    )


def needs_checkpointing(plan: TrainingPlan, base: Path, parts: Parts) -> bool:
    """Whether keeping all activations would take more than half of the free memory."""
    del parts  # the longest window the plan allows counts, not the texts at hand
    config = checked_config(base)
    return 2 * _peak(plan, config, keep_activations=True) > _available()


def _sampled(plan: TrainingPlan, base: Path, parts: Parts) -> tuple[Sequence[Window], float]:
    tokenizer = load_tokenizer(base)
    step = max(1, len(parts.train) // _SAMPLE)
    some = parts.train[::step]
    if plan.task is ModelTask.CLASSIFIER:
        windows = label_windows(tokenizer, some, parts.labels, plan.max_tokens)
    else:
        windows = summary_windows(tokenizer, some, plan.max_tokens)
    return windows, len(parts.train) / len(some)


def _layer_seconds(config: Mapping[str, Any], tokens: int, precision: Precision) -> float:
    """Forward and backward of one window through one layer, all its weights trained."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter
    from transformers import AutoConfig, AutoModel  # noqa: PLC0415 - as above

    narrowed, scale = _narrowed(config)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    half = device == "cuda" and precision is not Precision.FP32
    with torch.random.fork_rng():
        network = AutoModel.from_config(AutoConfig.for_model(**narrowed))
    network = network.to(device, dtype=torch.bfloat16 if half else torch.float32).train()
    ids = torch.zeros((1, tokens), dtype=torch.long, device=device)
    best = float("inf")
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        network(ids, use_cache=False).last_hidden_state.float().sum().backward()
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best * scale


def _narrowed(config: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
    """One layer, a small vocabulary, and what to multiply its time with."""
    one = dict(config) | {"num_hidden_layers": 1, "vocab_size": 64, "first_k_dense_replace": 0}
    for key in ("pad_token_id", "bos_token_id", "eos_token_id"):
        one[key] = 0
    for key in ("layer_types", "quantization_config", "dtype", "torch_dtype", "architectures"):
        one.pop(key, None)
    whole = parameters_of(one).linear
    if whole <= _MOST_LAYER_PARAMETERS:
        return one, 1.0
    for key in ("intermediate_size", "moe_intermediate_size"):
        if one.get(key):
            one[key] = max(64, int(one[key]) // 8)
    if one.get("n_routed_experts"):
        active = int(one.get("num_experts_per_tok") or 1)
        one["n_routed_experts"] = max(active, 8)
    return one, whole / parameters_of(one).linear


def _peak(plan: TrainingPlan, config: Mapping[str, Any], *, keep_activations: bool) -> int:
    """Weights, what is trained, activations (Korthikanti et al. 2022, arXiv:2205.05198), logits."""
    shape = parameters_of(config)
    hidden, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
    wide = int(config.get("intermediate_size") or 4 * hidden)
    tokens = min(_MICRO_TOKENS, plan.batch_size * plan.max_tokens)
    tokens = max(tokens, plan.max_tokens)
    held = 4.0 if plan.method is not TrainingMethod.QLORA else 0.56
    weights = shape.linear * held + shape.rest * 4
    targets = len(TARGETS[str(config["model_type"])])
    adapters = layers * targets * plan.rank * 2 * hidden
    trained = shape.parameters if plan.method is TrainingMethod.FULL else adapters
    # fp32: residual, two norms, q, k, v, attention's output and its input to o, gate, up, product
    kept = 4 * (10 * hidden + 4 * wide)
    activations = tokens * (kept * layers if keep_activations else 4 * hidden * layers + kept)
    logits = tokens * int(config["vocab_size"]) * 12 if plan.task is ModelTask.SUMMARISER else 0
    return int(weights + trained * _OPTIMISER_BYTES + activations + logits + _OVERHEAD_BYTES)


def _available() -> int:
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return int(free)
    return available_ram()
