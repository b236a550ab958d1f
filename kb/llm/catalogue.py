"""DeepSeek checkpoints the product knows, with what each needs.

Sizes are those of their configurations, so that memory is computed and not copied; licences and
contexts are from the model cards as we remember them: check the card before using one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kb.llm.memory import MemoryNeed, Shape, memory_need, shape_of


@dataclass(frozen=True, slots=True)
class KnownCheckpoint:
    """A checkpoint that can be pulled."""

    id: str
    """On the hub."""
    architecture: str
    config: Mapping[str, Any]
    context: int
    """Tokens its authors vouch for."""
    licence: str

    @property
    def shape(self) -> Shape:
        """Its parameters by kind."""
        return shape_of({**self.config, "max_position_embeddings": self.context})

    def need(self, precision: str, *, context: int | None = None) -> MemoryNeed:
        """Memory at a precision (see ``memory_need``)."""
        return memory_need(self.shape, precision, context=context)


_DEEPSEEK = "DeepSeek Model License"


def _dense(
    sizes: tuple[int, int, int, int, int], vocabulary: int, kind: str = "llama"
) -> dict[str, Any]:
    hidden, inner, layers, heads, groups = sizes
    return {
        "model_type": kind,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "vocab_size": vocabulary,
    }


_LLM_7B = _dense((4096, 11008, 30, 32, 32), 102_400)
_LLM_67B = _dense((8192, 22016, 95, 64, 8), 102_400)
_CODER_1B = _dense((2048, 5504, 24, 16, 16), 32_256)
_CODER_7B = _dense((4096, 11008, 32, 32, 32), 32_256)
_DISTILL_1B = _dense((1536, 8960, 28, 12, 2), 151_936, "qwen2")
_DISTILL_7B = _dense((3584, 18944, 28, 28, 4), 152_064, "qwen2")
_DISTILL_14B = _dense((5120, 13824, 48, 40, 8), 152_064, "qwen2")
_LATENT = {"kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128}
_V2_LITE = {
    **_dense((2048, 10944, 27, 16, 16), 102_400, "deepseek_v2"),
    **_LATENT,
    "moe_intermediate_size": 1408,
    "n_routed_experts": 64,
    "n_shared_experts": 2,
    "first_k_dense_replace": 1,
}
_V3 = {
    **_dense((7168, 18432, 61, 128, 128), 129_280, "deepseek_v3"),
    **_LATENT,
    "q_lora_rank": 1536,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "first_k_dense_replace": 3,
}


def _known(name: str, config: Mapping[str, Any], context: int, licence: str) -> KnownCheckpoint:
    architecture = {
        "llama": "LlamaForCausalLM",
        "qwen2": "Qwen2ForCausalLM",
        "deepseek_v2": "DeepseekV2ForCausalLM",
        "deepseek_v3": "DeepseekV3ForCausalLM",
    }[config["model_type"]]
    return KnownCheckpoint(f"deepseek-ai/{name}", architecture, config, context, licence)


CATALOGUE: tuple[KnownCheckpoint, ...] = (
    _known("deepseek-llm-7b-base", _LLM_7B, 4_096, _DEEPSEEK),
    _known("deepseek-llm-7b-chat", _LLM_7B, 4_096, _DEEPSEEK),
    _known("deepseek-llm-67b-base", _LLM_67B, 4_096, _DEEPSEEK),
    _known("deepseek-llm-67b-chat", _LLM_67B, 4_096, _DEEPSEEK),
    _known("deepseek-coder-1.3b-base", _CODER_1B, 16_384, _DEEPSEEK),
    _known("deepseek-coder-1.3b-instruct", _CODER_1B, 16_384, _DEEPSEEK),
    _known("deepseek-coder-6.7b-instruct", _CODER_7B, 16_384, _DEEPSEEK),
    _known("DeepSeek-R1-Distill-Qwen-1.5B", _DISTILL_1B, 131_072, "MIT"),
    _known("DeepSeek-R1-Distill-Qwen-7B", _DISTILL_7B, 131_072, "MIT"),
    _known("DeepSeek-R1-Distill-Qwen-14B", _DISTILL_14B, 131_072, "MIT"),
    _known("DeepSeek-V2-Lite", _V2_LITE, 32_768, _DEEPSEEK),
    _known("DeepSeek-V2-Lite-Chat", _V2_LITE, 32_768, _DEEPSEEK),
    _known("DeepSeek-V3-0324", _V3, 131_072, "MIT"),
)


def known(model_id: str) -> KnownCheckpoint | None:
    """The entry of a hub id, whatever its case; None when the catalogue has none."""
    wanted = model_id.lower()
    return next((entry for entry in CATALOGUE if entry.id.lower() == wanted), None)
