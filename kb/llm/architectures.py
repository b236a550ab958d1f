"""Which classes of networks run here, and which files never do."""

from __future__ import annotations

ARCHITECTURES = frozenset(
    {
        "LlamaForCausalLM",
        "Qwen2ForCausalLM",
        "Qwen3ForCausalLM",
        "DeepseekV2ForCausalLM",
        "DeepseekV3ForCausalLM",
    }
)
"""Classes that ship with transformers, so that no code of a checkpoint is ever executed."""
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz"})
"""Formats whose reading may run code (or that can hide such a file): never read."""
EXECUTABLE = frozenset({".py", ".so", ".pyc", ".sh", ".dll"})
TOKENIZER_FILE = "tokenizer.json"
