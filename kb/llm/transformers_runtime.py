"""Runs a checkpoint from a local folder with transformers: DeepSeek's classes, safetensors only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kb.domain.errors import InvalidInput, ModelNotInstalled, ModelUnavailable
from kb.llm.architectures import ARCHITECTURES
from kb.llm.constraint import Constraints
from kb.llm.decoding import Reader, Reading
from kb.llm.memory import Precision
from kb.llm.protocol import Message, Schema
from kb.llm.schema import parsed
from kb.llm.thoughts import without_thoughts
from kb.llm.tokens import token_counter
from kb.llm.transformers_loading import (
    Loaded,
    Memory,
    add_adapter,
    check_adapter,
    checked_config,
    load_language_model,
)

__all__ = ["ARCHITECTURES", "Precision", "TransformersModel"]
_T = TypeVar("_T")
_ROLES = {"system": "", "user": "User: ", "assistant": "Assistant: "}
"""DeepSeek's plain format, for base checkpoints without a chat template."""
_BATCH_TOKENS = 16_384
"""Prompt tokens that are read side by side; padding included."""
_OPEN_THOUGHTS, _CLOSED_THOUGHTS = "<think>", "\n</think>\n\n"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is made when the weights are loaded."""

    tokenizer: Any
    network: Any
    reader: Reader
    ends: frozenset[int]
    """Tokens that end an answer."""


class TransformersModel:
    """A LanguageModel in this process. Calls are serialised: one network, one batch at a time."""

    def __init__(
        self,
        folder: Path,
        *,
        context_tokens: int = 32_768,
        precision: Precision = "auto",
        adapters: Mapping[str, Path] | None = None,
    ) -> None:
        """Check the folder without importing torch; weights are loaded at the first call.

        Args:
            folder: checkpoint in the layout of the Hugging Face hub.
            context_tokens: most tokens to use; the checkpoint's own limit wins when smaller.
            precision: "auto" is bfloat16 on a GPU and float32 on a CPU, where it is faster.
            adapters: folders of LoRA adapters by name; loaded when first used.

        Raises:
            ModelNotInstalled: the folder is no checkpoint that may be loaded.
        """
        config = checked_config(folder)
        self._folder = folder
        self._precision = precision
        self._limit = min(context_tokens, int(config.get("max_position_embeddings", 4096)))
        self._count = token_counter(str(folder))
        self._adapters = dict(adapters or {})
        self._adapter: str | None = None
        self._lock = threading.Lock()
        self._ready: _Ready | None = None
        self._constraints: Constraints | None = None

    @property
    def model(self) -> str:
        """Name of the folder, and the adapter in use after a plus sign."""
        name = self._folder.resolve().name
        return f"{name}+{self._adapter}" if self._adapter else name

    @property
    def context_tokens(self) -> int:
        """The smaller of what was asked for and what the checkpoint was trained for."""
        return self._limit

    @property
    def tokens_read(self) -> int:
        """Prompt tokens that were computed so far, those taken from the cache not counted."""
        return self._ready.reader.tokens_read if self._ready else 0

    def warm_up(self) -> None:
        """Load tokenizer and weights."""
        with self._lock:
            self._parts()

    def add_adapter(self, name: str, folder: Path) -> None:
        """Make an adapter known; it is loaded when first used.

        Raises:
            ModelNotInstalled: the folder holds no adapter.
        """
        check_adapter(name, folder)
        with self._lock:
            self._adapters[name] = folder

    def use_adapter(self, name: str | None) -> None:
        """Answer with an adapter, or without; the base weights stay in memory untouched.

        Raises:
            ModelNotInstalled: no adapter of this name, or peft is missing.
            CheckpointRefused: it was made for another network.
        """
        if name is not None and name not in self._adapters:
            raise ModelNotInstalled(model=f"{self._folder.name}+{name}", detail="no such adapter")
        with self._lock:
            if name == self._adapter:
                return
            parts = self._parts()
            if name is None:
                parts.network.base_model.disable_adapter_layers()
            else:
                self._switch_on(parts, name)
            self._adapter = name
            parts.reader.forget()  # keys and values depend on the weights

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count without loading the weights."""
        return self._count(texts)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Decode greedily."""
        with self._computing() as parts:
            read = parts.reader.read([self._prompt(parts, messages, max_tokens)])
            answer = "".join(_pieces(parts, read, max_tokens))
        return without_thoughts(answer).strip()

    def generate_batch(
        self, conversations: Sequence[Sequence[Message]], *, max_tokens: int
    ) -> list[str]:
        """Decode several side by side, sorted by length so that little is padded."""
        with self._computing() as parts:

            def written(rows: list[list[int]]) -> list[str]:
                read = parts.reader.read(rows)
                steps = list(parts.reader.choose(read, max_tokens=max_tokens, ends=parts.ends))
                texts = [
                    parts.tokenizer.decode(
                        [step[row] for step in steps if step[row] is not None],
                        skip_special_tokens=True,
                    )
                    for row in range(len(rows))
                ]
                return [without_thoughts(text).strip() for text in texts]

            return self._by_length(parts, conversations, max_tokens, written)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """Decode greedily, giving whole characters as they come.

        Other calls go between two pieces, so that a slow or forgotten reader holds nobody up.

        Raises:
            ModelUnavailable: the adapter was switched meanwhile.
        """
        with self._computing() as parts:
            read = parts.reader.read([self._prompt(parts, messages, max_tokens)])
            parts.reader.forget()  # keys and values belong to this stream from here on
            speaking = self.model
        pieces = _pieces(parts, read, max_tokens)
        while True:
            with self._computing():
                if self.model != speaking:
                    raise ModelUnavailable(model=speaking, detail="adapter switched")
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def generate_structured(
        self, messages: Sequence[Message], schema: Schema, *, max_tokens: int
    ) -> Any:  # noqa: ANN401 - JSON
        """Decode with every token masked that the schema does not allow next."""
        with self._computing() as parts:
            constraint = self._grammar(parts).start(schema)
            read = parts.reader.read([self._prompt(parts, messages, max_tokens)])
            ids: list[int] = []
            for (token,) in parts.reader.choose(
                read, max_tokens=max_tokens, ends=parts.ends, steer=constraint.steer
            ):
                if token is None:
                    break
                ids.append(token)
                if constraint.take(token):
                    break
            answer: str = parts.tokenizer.decode(ids, skip_special_tokens=True)
        return parsed(answer, schema, self.model)

    def score_labels(self, messages: Sequence[Message], labels: Sequence[str]) -> list[float]:
        """Mean log-likelihood of each label's tokens after the prompt, as shares of 1.

        The prompt is read once, and of that only what the one before did not begin with.
        """
        return self.score_labels_batch([messages], labels)[0]

    def score_labels_batch(
        self, conversations: Sequence[Sequence[Message]], labels: Sequence[str]
    ) -> list[list[float]]:
        """Read prompts side by side and all labels in one pass (see ``Reader.continuations``)."""
        with self._computing() as parts:
            answers = [parts.tokenizer.encode(text, add_special_tokens=False) for text in labels]

            def scored(rows: list[list[int]]) -> list[list[float]]:
                read = parts.reader.read(rows)
                likelihoods = parts.reader.continuations(read, answers)
                shares: list[list[float]] = likelihoods.double().softmax(dim=1).tolist()
                return shares

            room = max(map(len, answers))
            return self._by_length(parts, conversations, room, scored)

    @contextmanager
    def _computing(self) -> Iterator[_Ready]:
        with self._lock:
            parts = self._parts()
            try:
                with Memory(self.model):
                    yield parts
            except BaseException:
                parts.reader.forget()
                raise
            parts.reader.retain()

    def _by_length(
        self,
        parts: _Ready,
        conversations: Sequence[Sequence[Message]],
        room: int,
        work: Callable[[list[list[int]]], list[_T]],
    ) -> list[_T]:
        """Do ``work`` on groups of prompts of like length; results in the order asked."""
        rows = [self._prompt(parts, messages, room) for messages in conversations]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        found: dict[int, _T] = {}
        group: list[int] = []
        for place, at in enumerate(order):
            group.append(at)
            longer = order[place + 1 : place + 2]
            if longer and (len(group) + 1) * (len(rows[longer[0]]) + room) <= _BATCH_TOKENS:
                continue
            found.update(zip(group, work([rows[member] for member in group]), strict=True))
            group = []
        return [found[at] for at in range(len(rows))]

    def _prompt(self, parts: _Ready, messages: Sequence[Message], room: int) -> list[int]:
        tokenizer = parts.tokenizer
        turns = [{"role": m.role, "content": m.content} for m in messages]
        if tokenizer.chat_template:
            text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
            if text.rstrip().endswith(_OPEN_THOUGHTS):  # R1: answer at once, do not think aloud
                text = text.rstrip() + _CLOSED_THOUGHTS
            ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
        else:
            text = "\n\n".join(_ROLES[m.role] + m.content for m in messages) + "\n\nAssistant:"
            ids = tokenizer.encode(text)
        if len(ids) + room > self._limit:
            raise InvalidInput(
                field="messages", detail=f"{len(ids)} + {room} tokens > {self._limit}"
            )
        return ids

    def _grammar(self, parts: _Ready) -> Constraints:
        if self._constraints is None:
            self._constraints = Constraints(
                parts.tokenizer.backend_tokenizer.to_str(),
                vocabulary=int(parts.network.config.vocab_size),
                end=min(parts.ends, default=0),
                model=self.model,
            )
        return self._constraints

    def _switch_on(self, parts: _Ready, name: str) -> None:
        network = parts.network
        if name not in getattr(network, "peft_config", {}):
            loaded = add_adapter(Loaded(parts.tokenizer, network), name, self._adapters[name])
            network = loaded.network
            self._ready = _Ready(parts.tokenizer, network, parts.reader, parts.ends)
            parts.reader.run_on(network)
        network.base_model.enable_adapter_layers()
        network.set_adapter(name)

    def _parts(self) -> _Ready:
        if self._ready is None:
            loaded = load_language_model(self._folder, self._precision, self._limit)
            ends = _end_tokens(loaded)
            self._ready = _Ready(loaded.tokenizer, loaded.network, Reader(loaded.network), ends)
        return self._ready


def _pieces(parts: _Ready, read: Reading, max_tokens: int) -> Iterator[str]:
    """Text as it is decoded, never half a character."""
    ids: list[int] = []
    given = ""
    for (token,) in parts.reader.choose(read, max_tokens=max_tokens, ends=parts.ends):
        if token is None:
            break
        ids.append(token)
        text: str = parts.tokenizer.decode(ids, skip_special_tokens=True)
        if not text.endswith(_REPLACEMENT) and len(text) > len(given):
            yield text[len(given) :]
            given = text
    rest: str = parts.tokenizer.decode(ids, skip_special_tokens=True)[len(given) :]
    if rest:
        yield rest


def _end_tokens(loaded: Loaded) -> frozenset[int]:
    stated = getattr(loaded.network.generation_config, "eos_token_id", None)
    ends = stated if isinstance(stated, list) else [stated]
    return frozenset(end for end in (*ends, loaded.tokenizer.eos_token_id) if end is not None)
