"""How many parameters a configuration makes and how much memory they need: arithmetic, no guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kb.domain.errors import CheckpointRefused, ModelDoesNotFit

Precision = Literal["auto", "float32", "bfloat16", "float16", "int8", "int4"]

WEIGHT_BYTES: Mapping[str, float] = {
    "float32": 4.0,
    "bfloat16": 2.0,
    "float16": 2.0,
    "int8": 1.0,
    "int4": 0.5625,
}
"""Bytes of one weight of a linear layer. int8 adds a scale a row, which is nothing; int4 (NF4 in
blocks of 64, a float32 scale each) is 4 + 32/64 = 4.5 bits."""
_REST_BYTES = {"float32": 4.0}
"""Embeddings, norms and the output layer; 16 bits in every other precision."""
_OVERHEAD = 1.1
"""Activations and fragmentation on top of weights and cache."""
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Shape:
    """Parameters of a network by the kind of layer they are in."""

    linear: int
    """In linear layers, experts included: what 8 and 4 bits shrink."""
    rest: int
    """Embeddings, output layer, norms, biases."""
    cache_values: int
    """Numbers one token leaves in the key-value cache, over all layers."""
    context: int
    """Tokens the checkpoint was trained for."""

    @property
    def parameters(self) -> int:
        """All of them."""
        return self.linear + self.rest


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes, and how they add up."""

    precision: str
    linear: int
    rest: int
    cache: int
    """For one conversation of ``context`` tokens."""
    context: int

    @property
    def total(self) -> int:
        """With a tenth on top for activations."""
        return int((self.linear + self.rest + self.cache) * _OVERHEAD)

    def arithmetic(self) -> str:
        """The sum as people can follow it."""
        parts = " + ".join(f"{part / _GB:.2f}" for part in (self.linear, self.rest, self.cache))
        return (
            f"({parts}) GB x {_OVERHEAD} = {self.total / _GB:.2f} GB "
            f"[{self.precision}: linear + rest + KV {self.context}]"
        )


def shape_of(config: Mapping[str, Any]) -> Shape:
    """Count the parameters of a decoder from its ``config.json``.

    Llama, Qwen2/3 and DeepSeek V2/V3 (multi-head latent attention, experts) are known; the sizes
    of layers follow their classes in transformers.

    Raises:
        CheckpointRefused: the configuration lacks a size.
    """
    try:
        hidden, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
        vocabulary = int(config["vocab_size"]) * hidden
        attention, cache = _attention(config, hidden)
        dense, sparse = _feed_forward(config, hidden)
        first_dense = layers
        if sparse:
            first_dense = min(int(config.get("first_k_dense_replace") or 0), layers)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointRefused(
            model=str(config.get("model_type", "?")), detail=f"config.json: {error!r}"
        ) from error
    linear = layers * attention + first_dense * dense + (layers - first_dense) * sparse
    tables = vocabulary if config.get("tie_word_embeddings") else 2 * vocabulary
    norms = (2 * layers + 1) * hidden
    context = int(config.get("max_position_embeddings") or 4096)
    return Shape(linear, tables + norms, layers * cache, context)


def _attention(config: Mapping[str, Any], hidden: int) -> tuple[int, int]:
    """(parameters, cached numbers a token) of one layer."""
    heads = int(config["num_attention_heads"])
    if config.get("kv_lora_rank"):  # multi-head latent attention; transformers caches it expanded
        nope, rope = int(config["qk_nope_head_dim"]), int(config["qk_rope_head_dim"])
        values, rank = int(config["v_head_dim"]), int(config["kv_lora_rank"])
        query_rank = int(config.get("q_lora_rank") or 0)
        query = heads * (nope + rope)
        queries = (hidden + query) * query_rank + query_rank if query_rank else hidden * query
        keys = hidden * (rank + rope) + rank + rank * heads * (nope + values)
        return queries + keys + heads * values * hidden, heads * (nope + rope + values)
    size = int(config.get("head_dim") or hidden // heads)
    groups = int(config.get("num_key_value_heads") or heads)
    projections = hidden * size * (2 * heads + 2 * groups)
    biased = config.get("attention_bias") or config.get("model_type") == "qwen2"
    return projections + (size * (heads + 2 * groups) if biased else 0), 2 * groups * size


def _feed_forward(config: Mapping[str, Any], hidden: int) -> tuple[int, int]:
    """Parameters of (a dense layer, a layer of experts or 0)."""
    dense = 3 * hidden * int(config["intermediate_size"])
    experts = int(config.get("n_routed_experts") or 0)
    if not experts:
        return dense, 0
    one = 3 * hidden * int(config["moe_intermediate_size"])
    shared = int(config.get("n_shared_experts") or 0)
    return dense, (experts + shared) * one + experts * hidden


def memory_need(shape: Shape, precision: str, *, context: int | None = None) -> MemoryNeed:
    """Add up what a network needs to run.

    Args:
        shape: from its configuration or its files.
        precision: a key of WEIGHT_BYTES.
        context: tokens of the longest conversation; by default 4,096 or the model's own limit.
    """
    tokens = min(context or 4_096, shape.context)
    rest = _REST_BYTES.get(precision, 2.0)
    return MemoryNeed(
        precision=precision,
        linear=int(shape.linear * WEIGHT_BYTES[precision]),
        rest=int(shape.rest * rest),
        cache=int(shape.cache_values * tokens * rest),
        context=tokens,
    )


def require_room(name: str, need: MemoryNeed, available_bytes: int) -> None:
    """Refuse what does not fit.

    Raises:
        ModelDoesNotFit: with the arithmetic.
    """
    if need.total > available_bytes:
        raise ModelDoesNotFit(
            model=name, arithmetic=need.arithmetic(), available=f"{available_bytes / _GB:.2f}"
        )


def available_ram() -> int:
    """Bytes this process can still take: of the machine, or of its container when that is less."""
    free = _meminfo()
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ):
        try:
            most, taken = Path(limit).read_text().strip(), int(Path(used).read_text())
            if most.isdigit():
                free = min(free, max(int(most) - taken, 0))
        except (OSError, ValueError):
            continue
    return free


def _meminfo() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 1 << 62  # a system that does not tell is not stopped
