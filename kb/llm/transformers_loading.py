"""Loading checkpoints and adapters with transformers: safetensors only, no code of a checkpoint."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain.errors import CheckpointRefused, ModelNotInstalled, ModelUnavailable
from kb.llm.architectures import ARCHITECTURES, TOKENIZER_FILE
from kb.llm.memory import Precision, available_ram, memory_need, require_room, shape_of

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_QUANTISED = frozenset({"int8", "int4"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """transformers has no types."""

    tokenizer: Any
    network: Any


def checked_config(folder: Path) -> dict[str, Any]:
    """Read the configuration of a folder that may be loaded, without importing torch.

    Raises:
        ModelNotInstalled: no checkpoint, another class, no safetensors, no tokenizer.
    """
    name = folder.name
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ModelNotInstalled(model=name, detail=f"config.json: {error}") from error
    classes = config.get("architectures") or []
    if not ARCHITECTURES.intersection(classes):
        raise ModelNotInstalled(model=name, detail=f"architecture {', '.join(classes) or '?'}")
    if not any(folder.glob("*.safetensors")):
        raise ModelNotInstalled(model=name, detail="no safetensors weights / 没有 safetensors 权重")
    if not (folder / TOKENIZER_FILE).is_file():
        raise ModelNotInstalled(model=name, detail=f"{TOKENIZER_FILE} is missing")
    return config


def require_packages(model: str, *packages: str) -> None:
    """Say which package is missing before anything heavy is imported.

    Raises:
        ModelNotInstalled: with the command that installs it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            extra = "qlora" if package == "bitsandbytes" else "model"
            raise ModelNotInstalled(
                model=model,
                detail=f"{package} is not installed (pip install 'kb[{extra}]')",
                detail_zh=f"没有安装 {package}（pip install 'kb[{extra}]'）",
            )


def load_language_model(folder: Path, precision: Precision, context: int) -> Loaded:
    """Load tokenizer and weights of a checkpoint.

    Args:
        folder: checked before.
        precision: "auto" is bfloat16 on a GPU and float32 on a CPU, where it is faster; int8 and
            int4 (NF4, double quantisation) need bitsandbytes.
        context: tokens of the longest conversation, for the check that it fits into memory.

    Raises:
        ModelNotInstalled: a package is missing or the files cannot be read.
        ModelDoesNotFit: with the arithmetic.
        ModelUnavailable: memory ran out nevertheless.
    """
    name = folder.resolve().name
    needed = ["torch", "transformers", *(["bitsandbytes"] if precision in _QUANTISED else [])]
    require_packages(name, *needed)
    import torch  # noqa: PLC0415 - heavy, owned by this room
    from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: PLC0415 - heavy
    from transformers.utils import logging  # noqa: PLC0415 - same

    logging.disable_progress_bar()
    cuda = torch.cuda.is_available()
    automatic = "bfloat16" if cuda else "float32"
    chosen = automatic if precision == "auto" else precision
    shape = shape_of(checked_config(folder))
    require_room(name, memory_need(shape, chosen, context=context), _free_memory())
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        with Memory(name):
            network = AutoModelForCausalLM.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                **_placement(chosen),
            )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelNotInstalled(model=name, detail=str(error)) from error
    return Loaded(tokenizer, network.eval())


def add_adapter(loaded: Loaded, name: str, folder: Path) -> Loaded:
    """Put a LoRA adapter beside those that are there; the base stays as it is.

    Raises:
        ModelNotInstalled: peft is missing, or the folder holds no adapter.
        CheckpointRefused: the adapter was made for another kind of network.
    """
    check_adapter(name, folder)
    require_packages(name, "peft")
    from peft import PeftModel  # noqa: PLC0415 - heavy, owned by this room
    from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers

    network = loaded.network
    try:
        with Memory(name):
            if isinstance(network, PeftModel):
                network.load_adapter(str(folder), adapter_name=name, is_trainable=False)
            else:
                network = PeftModel.from_pretrained(network, str(folder), adapter_name=name)
    except (ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise CheckpointRefused(model=name, detail=str(error)[:300]) from error
    return Loaded(loaded.tokenizer, network.eval())


def check_adapter(name: str, folder: Path) -> None:
    """Look for the two files of an adapter.

    Raises:
        ModelNotInstalled: one is missing.
    """
    for file in (ADAPTER_CONFIG, ADAPTER_WEIGHTS):
        if not (folder / file).is_file():
            raise ModelNotInstalled(model=name, detail=f"{file} is missing")


def _placement(precision: str) -> dict[str, Any]:
    """Number format and device for ``from_pretrained``; several GPUs share a large network."""
    import torch  # noqa: PLC0415 - heavy, owned by this room

    cuda = torch.cuda.is_available()
    device: Any = "auto" if torch.cuda.device_count() > 1 else {"": "cuda" if cuda else "cpu"}
    if precision not in _QUANTISED:
        placed: dict[str, Any] = {"dtype": getattr(torch, precision)}
        return {**placed, "device_map": device} if cuda else placed
    from transformers import BitsAndBytesConfig  # noqa: PLC0415 - heavy, owned by this room

    compute = torch.bfloat16 if cuda else torch.float32
    if precision == "int8":
        quantised = BitsAndBytesConfig(load_in_8bit=True)
    else:
        quantised = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
        )
    return {"quantization_config": quantised, "dtype": compute, "device_map": device}


def _free_memory() -> int:
    """Of all GPUs, or of the machine."""
    import torch  # noqa: PLC0415 - heavy, owned by this room

    if not torch.cuda.is_available():
        return available_ram()
    return sum(int(torch.cuda.mem_get_info(n)[0]) for n in range(torch.cuda.device_count()))


class Memory:
    """Tells running out of memory as what it is; everything else passes."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        import torch  # noqa: PLC0415 - heavy, owned by this room

        if isinstance(error, MemoryError | torch.OutOfMemoryError) or (
            isinstance(error, RuntimeError) and "not enough memory" in str(error)
        ):
            raise ModelUnavailable(model=self._model, detail="out of memory") from error
