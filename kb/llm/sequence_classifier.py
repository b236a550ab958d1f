"""A fine-tuned classifier under transformers: a merged checkpoint, or an adapter over its base."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kb.domain.errors import CheckpointRefused, ModelNotInstalled
from kb.llm.architectures import TOKENIZER_FILE
from kb.llm.protocol import Probabilities
from kb.llm.tokens import fresh_tokenizer
from kb.llm.transformers_loading import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    Memory,
    require_packages,
)
from kb.llm.window_scores import batches, score_by_windows, scorer_facts

_BATCH_TOKENS = 4_096


class TransformersScorer:
    """A TextScorer over an ...ForSequenceClassification network."""

    def __init__(self, folder: Path, base: Path | None = None) -> None:
        """Read ``model.json``; weights are loaded at the first call.

        Args:
            folder: of a trained model: weights of its own, or an adapter.
            base: checkpoint under the adapter.

        Raises:
            ModelNotInstalled: files are missing.
        """
        self._folder = folder
        self._adapted = (folder / ADAPTER_CONFIG).is_file()
        if self._adapted and base is None:
            raise ModelNotInstalled(model=folder.name, detail="the adapter's base is not given")
        self._base = base if self._adapted and base else folder
        self._facts = scorer_facts(folder)
        own = (folder / TOKENIZER_FILE).is_file()
        self._tokenizer_file = (folder if own else self._base) / TOKENIZER_FILE
        self._lock = threading.Lock()
        self._parts: tuple[Any, Any] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """From ``model.json``."""
        return self._facts.labels

    @property
    def max_tokens(self) -> int:
        """Longest window."""
        return self._facts.max_tokens

    def warm_up(self) -> None:
        """Load tokenizer and weights."""
        with self._lock:
            self._ready()

    def score(self, texts: Sequence[str]) -> Probabilities:
        """Read all windows of all texts in batches of like length."""
        with self._lock, Memory(self._folder.name):
            tokenizer, network = self._ready()

            def scored(windows: Sequence[Sequence[int]]) -> Probabilities:
                groups = batches(windows, _BATCH_TOKENS)
                return np.concatenate([_log_probabilities(network, group) for group in groups])

            return score_by_windows(texts, self._facts, tokenizer, scored)

    def _ready(self) -> tuple[Any, Any]:
        if self._parts is None:
            self._parts = (fresh_tokenizer(self._tokenizer_file), self._network())
        return self._parts

    def _network(self) -> Any:  # noqa: ANN401 - transformers is untyped
        name = self._folder.name
        packages = ("torch", "transformers", *(("peft",) if self._adapted else ()))
        require_packages(name, *packages)
        import torch  # noqa: PLC0415 - heavy, owned by this room
        from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
        from transformers import AutoModelForSequenceClassification  # noqa: PLC0415 - heavy
        from transformers.utils import logging  # noqa: PLC0415 - same

        logging.disable_progress_bar()
        weights = self._folder / ADAPTER_WEIGHTS if self._adapted else self._folder
        if not (weights.is_file() or any(weights.glob("*.safetensors"))):
            raise ModelNotInstalled(model=name, detail="no safetensors weights")
        cuda = torch.cuda.is_available()
        labels = {"num_labels": len(self.labels)} if self._adapted else {}
        level = logging.get_verbosity()
        logging.set_verbosity_error()  # the adapter brings the head that the base lacks
        try:
            network = AutoModelForSequenceClassification.from_pretrained(
                self._base,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.bfloat16 if cuda else torch.float32,
                **labels,
            )
            if self._adapted:
                network = self._with_adapter(network)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise CheckpointRefused(model=name, detail=str(error)[:300]) from error
        finally:
            logging.set_verbosity(level)
        if int(network.config.num_labels) != len(self.labels):
            raise CheckpointRefused(
                model=name, detail=f"{network.config.num_labels} outputs, {len(self.labels)} labels"
            )
        return network.to("cuda" if cuda else "cpu").eval()

    def _with_adapter(self, network: Any) -> Any:  # noqa: ANN401 - transformers is untyped
        from peft import PeftModel  # noqa: PLC0415 - heavy, owned by this room

        kind = json.loads((self._folder / ADAPTER_CONFIG).read_bytes()).get("task_type")
        if kind != "SEQ_CLS":
            raise CheckpointRefused(model=self._folder.name, detail=f"adapter for {kind}")
        return PeftModel.from_pretrained(network, str(self._folder))


def _log_probabilities(network: Any, windows: Sequence[Sequence[int]]) -> Probabilities:  # noqa: ANN401 - transformers is untyped
    """(windows, labels). Padded on the right with the token that the pooling looks for."""
    import torch  # noqa: PLC0415 - heavy, owned by this room

    longest = max(map(len, windows))
    config = network.config
    if config.pad_token_id is None:
        config.pad_token_id = config.eos_token_id if isinstance(config.eos_token_id, int) else 0
    pad = int(config.pad_token_id)
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in windows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in windows])
    with torch.inference_mode():
        logits = network(
            input_ids=ids.to(network.device), attention_mask=mask.to(network.device)
        ).logits
    found: Probabilities = logits.float().log_softmax(dim=-1).cpu().numpy()
    return found
