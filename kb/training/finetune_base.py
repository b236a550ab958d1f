"""The language model that is fine-tuned: loading it for training, and where adapters go."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kb.domain.errors import CheckpointRefused, ModelDoesNotFit, ModelNotInstalled
from kb.domain.models import ModelTask, TrainingMethod, TrainingPlan

TARGETS = {
    "llama": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "qwen2": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "qwen3": ("q_proj", "k_proj", "v_proj", "o_proj"),
    # Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): V2-Lite has q_proj, the others
    # the low-rank pair. The router and the experts of the MoE layers are never adapted.
    "deepseek_v2": ("q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"),
    "deepseek_v3": ("q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"),
}
"""Attention projections by ``model_type``: what LoRA adapts."""
HEAD = "score"
"""The classification head of transformers' ...ForSequenceClassification classes."""
_DROPOUT = 0.05
_OUT_OF_MEMORY = ("not enough memory", "out of memory", "can't allocate memory")


class Precision(StrEnum):
    """Numbers that training computes in."""

    AUTO = "auto"
    """bf16 (fp16 on older ones) on a GPU; fp32 on a CPU, where bf16 autocast saves no memory and
    was 1.6 times slower on one machine and 1.9 times faster on one with AVX512-BF16."""
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


@dataclass(frozen=True, slots=True)
class Base:
    """A loaded base model. transformers has no types."""

    tokenizer: Any
    network: Any
    precision: Precision
    """What AUTO came to."""
    device: str


@dataclass(frozen=True, slots=True)
class Size:
    """Parameters of a network."""

    all: int
    trained: int

    @property
    def share(self) -> float:
        """Trained in all, 0..1."""
        return self.trained / max(1, self.all)


def checked_config(base: Path) -> dict[str, Any]:
    """Read ``config.json`` of a checkpoint that may be fine-tuned.

    Raises:
        ModelNotInstalled: there is no such folder.
        CheckpointRefused: not a class of :data:`TARGETS`, or no safetensors weights.
    """
    if not base.is_dir():
        raise ModelNotInstalled(
            model=base.name or "?",
            detail=f"{base}: no such folder; fetch it with “kb models pull”",
            detail_zh=f"{base} 文件夹不存在，请先执行“kb models pull”",
        )
    try:
        config: dict[str, Any] = json.loads((base / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise CheckpointRefused(model=base.name, detail=f"config.json: {error}") from error
    if config.get("model_type") not in TARGETS:
        raise CheckpointRefused(model=base.name, detail=f"model_type {config.get('model_type')}")
    if not any(base.glob("*.safetensors")):
        raise CheckpointRefused(
            model=base.name, detail="no safetensors weights", detail_zh="没有 safetensors 权重"
        )
    return config


def require(model: str, *packages: str) -> None:
    """Say which package is missing before anything heavy is imported.

    Raises:
        ModelNotInstalled: naming the package and the command that installs it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            extra = "qlora" if package == "bitsandbytes" else "model"
            raise ModelNotInstalled(
                model=model,
                detail=f"{package} is not installed (pip install 'kb[{extra}]')",
                detail_zh=f"没有安装 {package}（pip install 'kb[{extra}]'）",
            )


def load_base(
    plan: TrainingPlan, base: Path, labels: Sequence[str], precision: Precision = Precision.AUTO
) -> Base:
    """Load tokenizer and weights for ``plan``: with a new head for classifiers.

    QLORA loads the linear layers in 4-bit NormalFloat with double quantisation.

    Raises:
        ModelNotInstalled: the folder or a package is missing.
        CheckpointRefused: not a checkpoint that we fine-tune.
        ModelDoesNotFit: memory ran out.
    """
    checked_config(base)
    require(base.name, "torch", "transformers", "peft", "accelerate", "safetensors")
    import torch  # noqa: PLC0415 - heavy, owned by this adapter
    from accelerate import PartialState  # noqa: PLC0415 - as above
    from transformers import set_seed  # noqa: PLC0415 - as above
    from transformers.utils import logging  # noqa: PLC0415 - as above

    logging.disable_progress_bar()
    PartialState(cpu=not torch.cuda.is_available())  # joins the others that torchrun started
    set_seed(plan.seed)  # a new head starts the same in every process and after a resume
    cuda = torch.cuda.is_available()
    chosen = _chosen(precision)
    options = _load_options(plan, base, labels, chosen)
    with MemoryTold(base.name):
        tokenizer = load_tokenizer(base)
        network = _network(plan.task, base, options)
        if cuda and plan.method is not TrainingMethod.QLORA:
            network = network.to("cuda")
    network.config.pad_token_id = tokenizer.pad_token_id
    network.config.use_cache = False
    return Base(tokenizer, network, chosen, "cuda" if cuda else "cpu")


def load_tokenizer(folder: Path) -> Any:  # noqa: ANN401 - transformers is untyped
    """The fast tokenizer of a checkpoint, padding on the right, with some padding token.

    Raises:
        CheckpointRefused: it is missing or cannot be read.
    """
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415 - heavy, owned here

    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise CheckpointRefused(model=folder.name, detail=f"tokenizer: {error}") from error
    tokenizer.padding_side = "right"
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    return tokenizer


def with_adapters(plan: TrainingPlan, loaded: Base) -> Any:  # noqa: ANN401 - peft is untyped
    """Put low-rank adapters on the attention projections, and train the head in full.

    alpha is twice the rank (the scale of 2 that most recipes use); full fine-tuning returns the
    network as it is.
    """
    if plan.method is TrainingMethod.FULL:
        return loaded.network
    from peft import (  # noqa: PLC0415 - heavy, owned by this adapter
        LoraConfig,
        TaskType,
        get_peft_model,
        prepare_model_for_kbit_training,
    )

    network = loaded.network
    if plan.method is TrainingMethod.QLORA:
        network = prepare_model_for_kbit_training(network, use_gradient_checkpointing=False)
    classifier = plan.task is ModelTask.CLASSIFIER
    config = LoraConfig(
        r=plan.rank,
        lora_alpha=2 * plan.rank,
        lora_dropout=_DROPOUT,
        target_modules=target_modules(network),
        modules_to_save=[HEAD] if classifier else None,
        task_type=TaskType.SEQ_CLS if classifier else TaskType.CAUSAL_LM,
    )
    adapted = get_peft_model(network, config)
    adapted.peft_config["default"].base_model_name_or_path = plan.base
    return adapted


def target_modules(network: Any) -> list[str]:  # noqa: ANN401 - transformers is untyped
    """Names of the attention projections that this network has."""
    present = {name.rsplit(".", 1)[-1] for name, _ in network.named_modules()}
    return [name for name in TARGETS[network.config.model_type] if name in present]


def size(network: Any) -> Size:  # noqa: ANN401 - torch is untyped here
    """Count parameters; those packed into 4 bits count as what they stand for."""
    everything = trained = 0
    for parameter in network.parameters():
        packed = getattr(parameter, "quant_state", None)
        count = packed.shape.numel() if packed is not None else parameter.numel()
        everything += count
        trained += count if parameter.requires_grad else 0
    return Size(everything, trained)


def weight_bytes(network: Any) -> int:  # noqa: ANN401 - torch is untyped here
    """Memory of all weights as they are held, quantisation constants included."""
    total = 0
    for parameter in network.parameters():
        total += parameter.numel() * parameter.element_size()
        state = getattr(parameter, "quant_state", None)
        for part in (state, getattr(state, "state2", None)):
            absmax = getattr(part, "absmax", None)
            total += absmax.numel() * absmax.element_size() if absmax is not None else 0
    return total


def judging(network: Any) -> None:  # noqa: ANN401 - torch is untyped here
    """Switch dropout off.

    The 4-bit layers of bitsandbytes 0.50 repack their weights in place when they are used for
    inference on a CPU, after which they cannot be trained on; they have no dropout and stay.
    """
    network.eval()
    for module in network.modules():
        if type(module).__module__.startswith("bitsandbytes."):
            module.training = True


class MemoryTold:
    """Tells running out of memory as what it is; everything else passes."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        import torch  # noqa: PLC0415 - heavy, owned by this adapter

        if isinstance(error, MemoryError | torch.OutOfMemoryError) or (
            isinstance(error, RuntimeError) and any(s in str(error) for s in _OUT_OF_MEMORY)
        ):
            told = str(error).splitlines()[0] if str(error) else "out of memory"
            raise ModelDoesNotFit(model=self._model, arithmetic=told, available="0") from error


def _chosen(precision: Precision) -> Precision:
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    if precision is not Precision.AUTO:
        return precision
    if not torch.cuda.is_available():
        return Precision.FP32
    return Precision.BF16 if torch.cuda.is_bf16_supported() else Precision.FP16


def _load_options(
    plan: TrainingPlan, base: Path, labels: Sequence[str], precision: Precision
) -> dict[str, Any]:
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    half = {Precision.BF16: torch.bfloat16, Precision.FP16: torch.float16}.get(precision)
    compute = half or torch.float32
    frozen = plan.method is not TrainingMethod.FULL  # trained weights stay in fp32
    options: dict[str, Any] = {"dtype": compute if frozen else torch.float32}
    if plan.task is ModelTask.CLASSIFIER:
        options["id2label"] = dict(enumerate(labels))
        options["label2id"] = {label: index for index, label in enumerate(labels)}
        options["num_labels"] = len(labels)
    if plan.method is TrainingMethod.QLORA:
        require(base.name, "bitsandbytes")
        from transformers import BitsAndBytesConfig  # noqa: PLC0415 - heavy, owned here

        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
            llm_int8_skip_modules=["lm_head", HEAD],
        )
        if torch.cuda.is_available():
            options["device_map"] = {"": torch.cuda.current_device()}
    return options


def _network(task: ModelTask, base: Path, options: dict[str, Any]) -> Any:  # noqa: ANN401 - transformers is untyped
    from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
    from transformers import (  # noqa: PLC0415 - heavy, owned by this adapter
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
    )

    kind = (
        AutoModelForSequenceClassification if task is ModelTask.CLASSIFIER else AutoModelForCausalLM
    )
    try:
        return kind.from_pretrained(
            base, local_files_only=True, trust_remote_code=False, use_safetensors=True, **options
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise CheckpointRefused(model=base.name, detail=str(error)) from error
