"""Runs a checkpoint from a local folder with transformers: DeepSeek's classes, safetensors only."""

from __future__ import annotations

import importlib.util
import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kb.domain.errors import InvalidInput, ModelNotInstalled, ModelUnavailable
from kb.llm.protocol import Message
from kb.llm.tokens import TOKENIZER_FILE, token_counter

Precision = Literal["auto", "float32", "bfloat16", "float16"]

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
_ROLES = {"system": "", "user": "User: ", "assistant": "Assistant: "}
"""DeepSeek's plain format, for base checkpoints without a chat template."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """transformers has no types."""

    tokenizer: Any
    network: Any


class TransformersModel:
    """A LanguageModel in this process. Calls are serialised: one model, one conversation."""

    def __init__(
        self, folder: Path, *, context_tokens: int = 32_768, precision: Precision = "auto"
    ) -> None:
        """Check the folder without importing torch; weights are loaded at the first call.

        Args:
            folder: checkpoint in the layout of the Hugging Face hub.
            context_tokens: most tokens to use; the checkpoint's own limit wins when smaller.
            precision: "auto" is bfloat16 on a GPU and float32 on a CPU, where it is faster.

        Raises:
            ModelNotInstalled: the folder is no checkpoint that may be loaded.
        """
        config = _checked(folder)
        self._folder = folder
        self._precision = precision
        self._limit = min(context_tokens, int(config.get("max_position_embeddings", 4096)))
        self._count = token_counter(str(folder))
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    @property
    def model(self) -> str:
        """Name of the folder."""
        return self._folder.resolve().name

    @property
    def context_tokens(self) -> int:
        """The smaller of what was asked for and what the checkpoint was trained for."""
        return self._limit

    def warm_up(self) -> None:
        """Load tokenizer and weights."""
        with self._lock:
            self._parts()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count without loading the weights."""
        return self._count(texts)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Decode greedily."""
        with self._lock:
            parts = self._parts()
            tokenizer, network = parts.tokenizer, parts.network
            import torch  # noqa: PLC0415 - heavy, owned by this adapter

            prompt = self._prompt(parts, messages, max_tokens)
            with torch.inference_mode(), _Memory(self.model):
                answer = network.generate(
                    prompt,
                    attention_mask=torch.ones_like(prompt),
                    max_new_tokens=max_tokens,
                    do_sample=False,
                    pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id or 0,
                )
            new = answer[0, prompt.shape[1] :]
            text: str = tokenizer.decode(new, skip_special_tokens=True)
            return text.strip()

    def score_labels(self, messages: Sequence[Message], labels: Sequence[str]) -> list[float]:
        """Mean log-likelihood of each label's tokens after the prompt, as shares of 1.

        The prompt is read once; its keys and values are kept for all labels.
        """
        with self._lock:
            parts = self._parts()
            tokenizer, network = parts.tokenizer, parts.network
            import torch  # noqa: PLC0415 - heavy, owned by this adapter

            answers = [tokenizer.encode(label, add_special_tokens=False) for label in labels]
            prompt = self._prompt(parts, messages, max(map(len, answers)))
            with torch.inference_mode(), _Memory(self.model):
                read = network(prompt, use_cache=True, logits_to_keep=1)
                scores = [_mean_log_likelihood(network, read, answer) for answer in answers]
        highest = max(scores)
        weights = [math.exp(score - highest) for score in scores]
        return [weight / sum(weights) for weight in weights]

    def _prompt(self, parts: _Loaded, messages: Sequence[Message], room: int) -> Any:  # noqa: ANN401 - a torch tensor
        tokenizer = parts.tokenizer
        import torch  # noqa: PLC0415 - heavy, owned by this adapter

        turns = [{"role": m.role, "content": m.content} for m in messages]
        if tokenizer.chat_template:
            text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
            ids = tokenizer.encode(text, add_special_tokens=False)
        else:
            text = "\n\n".join(_ROLES[m.role] + m.content for m in messages) + "\n\nAssistant:"
            ids = tokenizer.encode(text)
        if len(ids) + room > self._limit:
            raise InvalidInput(
                field="messages", detail=f"{len(ids)} + {room} tokens > {self._limit}"
            )
        return torch.tensor([ids], device=parts.network.device)

    def _parts(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = _load(self._folder, self._precision)
        return self._loaded


def _mean_log_likelihood(network: Any, read: Any, answer: Sequence[int]) -> float:  # noqa: ANN401 - transformers is untyped
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    logits = read.logits[0, -1:]
    if len(answer) > 1:
        cache = read.past_key_values
        ids = torch.tensor([answer[:-1]], device=logits.device)
        more = network(ids, past_key_values=cache, use_cache=True).logits[0]
        cache.crop(1 - len(answer))  # negative: as many tokens off its end
        logits = torch.cat([logits, more])
    likelihoods = logits.float().log_softmax(dim=-1)
    chosen = likelihoods[torch.arange(len(answer)), torch.tensor(answer, device=logits.device)]
    return float(chosen.mean())


def _checked(folder: Path) -> dict[str, Any]:
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


def _load(folder: Path, precision: Precision) -> _Loaded:
    for package in ("torch", "transformers"):
        if importlib.util.find_spec(package) is None:
            raise ModelNotInstalled(model=folder.name, detail=f"{package} is not installed")
    import torch  # noqa: PLC0415 - heavy, owned by this adapter
    from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: PLC0415 - same

    device = "cuda" if torch.cuda.is_available() else "cpu"
    automatic = torch.bfloat16 if device == "cuda" else torch.float32
    dtype = automatic if precision == "auto" else getattr(torch, precision)
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        with _Memory(folder.name):
            network = AutoModelForCausalLM.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=dtype,
            ).to(device)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelNotInstalled(model=folder.name, detail=str(error)) from error
    return _Loaded(tokenizer, network.eval())


class _Memory:
    """Tells running out of memory as what it is; everything else passes."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        import torch  # noqa: PLC0415 - heavy, owned by this adapter

        if isinstance(error, MemoryError | torch.OutOfMemoryError) or (
            isinstance(error, RuntimeError) and "not enough memory" in str(error)
        ):
            raise ModelUnavailable(model=self._model, detail="out of memory") from error
