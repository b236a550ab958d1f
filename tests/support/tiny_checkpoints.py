"""Random checkpoints of the classes the product runs: real architectures, few weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

TEXTS = [
    "The contract was signed by both parties on the first of May.",
    "Invoice number 17, total amount due 300.",
    "本合同由甲方和乙方签订，自签字之日起生效。",
    "会议纪要：讨论了下一季度的计划。",
    "User: Assistant: yes no contract invoice minutes 合同 发票 会议",
]
_SMALL = {
    "vocab_size": 400,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 1024,
}
_EXPERTS = {
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "n_group": 1,
    "topk_group": 1,
    "moe_intermediate_size": 32,
    "first_k_dense_replace": 1,
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "head_dim": 8,
}
KINDS = ("llama", "qwen2", "deepseek_v2", "deepseek_v3")


def make_checkpoint(
    folder: Path, kind: str, *, chat_template: str | None = None, hidden: int = 32
) -> Path:
    """Write config, safetensors and tokenizer of a random network of ``kind`` into ``folder``."""
    import torch  # noqa: PLC0415 - collecting tests loads no torch
    from transformers import AutoConfig, AutoModelForCausalLM  # noqa: PLC0415 - collecting tests loads no torch

    torch.manual_seed(0)
    sizes: dict[str, Any] = {**_SMALL, **(_EXPERTS if kind.startswith("deepseek") else {})}
    sizes["hidden_size"] = hidden
    config = AutoConfig.for_model(kind, **sizes, bos_token_id=0, eos_token_id=1, pad_token_id=1)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    _tokenizer(chat_template).save_pretrained(folder)
    return folder


def make_adapter(folder: Path, base: Path, *, labels: tuple[str, ...] = ()) -> Path:
    """Write a LoRA adapter with weights that count; with labels it is a classifier's."""
    import torch  # noqa: PLC0415 - collecting tests loads no torch
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - collecting tests loads no torch
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - collecting tests loads no torch

    torch.manual_seed(1)
    if labels:
        network, task = _classifier(base, labels), "SEQ_CLS"
        _write_model_json(folder, labels)
    else:
        network, task = AutoModelForCausalLM.from_pretrained(base), "CAUSAL_LM"
    adapted = get_peft_model(network, LoraConfig(r=4, target_modules=["o_proj"], task_type=task))
    for name, weights in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.5)
    adapted.save_pretrained(folder)
    return folder


def make_classifier(folder: Path, base: Path, labels: tuple[str, ...]) -> Path:
    """Write a classifier with weights of its own, as training leaves it."""
    _classifier(base, labels).save_pretrained(folder)
    shutil.copy(base / "tokenizer.json", folder)
    _write_model_json(folder, labels)
    return folder


def make_onnx_classifier(folder: Path, base: Path, labels: tuple[str, ...]) -> Path:
    """Write a graph: mean of token vectors, then a linear layer; one text at a time."""
    import numpy as np  # noqa: PLC0415 - collecting tests loads as little as possible
    from onnx import TensorProto, helper, numpy_helper, save  # noqa: PLC0415 - same

    rng = np.random.default_rng(0)
    weights = {
        "table": rng.normal(size=(400, 8)).astype(np.float32),
        "head": rng.normal(size=(8, len(labels))).astype(np.float32),
        "axes": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("ReduceMean", ["tokens", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "head"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(labels)])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    opsets = [helper.make_opsetid("", 21)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=10), folder / "model.onnx")
    shutil.copy(base / "tokenizer.json", folder)
    _write_model_json(folder, labels)
    return folder


def _classifier(base: Path, labels: tuple[str, ...]) -> Any:
    from transformers import AutoModelForSequenceClassification  # noqa: PLC0415 - collecting tests loads no torch
    from transformers.utils import logging  # noqa: PLC0415 - same

    logging.set_verbosity_error()  # the head is new: that is the point
    return AutoModelForSequenceClassification.from_pretrained(base, num_labels=len(labels))


def _write_model_json(folder: Path, labels: tuple[str, ...]) -> None:
    facts = {"format": 1, "task": "classifier", "labels": labels, "max_tokens": 64}
    (folder / "model.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def _tokenizer(chat_template: str | None) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415 - collecting tests loads no torch
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415 - collecting tests loads no torch

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    fast.chat_template = chat_template
    return fast
