"""Any server with the OpenAI chat interface: vLLM, Ollama, llama.cpp, a DeepSeek endpoint."""

from __future__ import annotations

import json
import math
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from kb.domain.errors import InvalidInput, ModelNotInstalled, ModelOutputInvalid
from kb.llm.http_transport import Transport
from kb.llm.protocol import Message, Schema
from kb.llm.schema import choice_schema, parsed
from kb.llm.thoughts import without_thoughts
from kb.llm.tokens import token_counter

_LETTERS = string.ascii_uppercase
_VOTES = 5
_AT_ONCE = 8
"""Requests in flight of one batch: servers batch them continuously."""
_FAULT = "no label in its answers"


class OpenAiModel:
    """A LanguageModel behind HTTP."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        api_key: str = "",
        context_tokens: int = 32_768,
        timeout_seconds: float = 300.0,
        attempts: int = 3,
    ) -> None:
        """Take everything and connect to nothing.

        Args:
            base_url: up to and including ``/v1``.
            model: name the server knows it by.
            api_key: sent as a bearer token when given.
            context_tokens: the server's limit for one conversation.
            timeout_seconds: longest wait for one answer, or for the next piece of one.
            attempts: tries when the server is busy or silent, with growing pauses.
        """
        self._transport = Transport(
            base_url, api_key=api_key, timeout_seconds=timeout_seconds, attempts=attempts
        )
        self._base = model
        self._adapter: str | None = None
        self._host = urlsplit(base_url).netloc
        self._limit = context_tokens
        self._count = token_counter("")
        self._has_logprobs = True
        self._bounds: tuple[str, ...] = ("json_schema", "guided_json", "json_object")
        """Ways to bind an answer that the server has not refused yet, best first."""

    @property
    def model(self) -> str:
        """Model, adapter and server."""
        adapted = f"{self._base}+{self._adapter}" if self._adapter else self._base
        return f"{adapted}@{self._host}"

    @property
    def context_tokens(self) -> int:
        """As configured."""
        return self._limit

    def warm_up(self) -> None:
        """Check that the server answers."""
        self._transport.sent("GET", "models", None, self.model)

    def use_adapter(self, name: str | None) -> None:
        """Ask for an adapter by its name, as vLLM serves LoRA; None asks for the base.

        Raises:
            ModelNotInstalled: the server does not list it.
            ModelUnavailable: it does not answer.
        """
        if name is not None:
            listed = self._transport.sent("GET", "models", None, self.model)
            entries = listed.get("data") if isinstance(listed, dict) else None
            names = {str(e.get("id")) for e in entries or () if isinstance(e, dict)}
            if name not in names:
                raise ModelNotInstalled(model=f"{name}@{self._host}", detail="not served there")
        self._adapter = name

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count by DeepSeek's tokenizer; the server's own may differ by some percent."""
        return self._count(texts)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Ask with temperature 0."""
        choice = self._asked(messages, max_tokens=max_tokens, temperature=0)
        return self._content(choice).strip()

    def generate_batch(
        self, conversations: Sequence[Sequence[Message]], *, max_tokens: int
    ) -> list[str]:
        """Ask several at a time; the server puts them together."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda m: self.generate(m, max_tokens=max_tokens), conversations))

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """Give pieces as the server sends them; its thoughts are left out."""
        body = self._body(messages, max_tokens=max_tokens, temperature=0, stream=True)
        held = ""
        thinking: bool | None = None
        for event in self._transport.events("chat/completions", body, self.model):
            choices = event.get("choices") or [{}]
            piece = (choices[0].get("delta") or {}).get("content")
            if not isinstance(piece, str) or not piece:
                continue
            if thinking is False:
                yield piece
                continue
            held += piece
            thinking = _is_thinking(held)
            if thinking is False:
                yield without_thoughts(held).lstrip()
        if thinking is None and held:
            yield held

    def generate_structured(
        self, messages: Sequence[Message], schema: Schema, *, max_tokens: int
    ) -> Any:  # noqa: ANN401 - JSON
        """Bind the answer in the strongest way the server has; what comes back is checked.

        ``response_format`` with a JSON schema (vLLM, Ollama, llama.cpp, OpenAI), else vLLM's
        ``guided_json``, else JSON mode with the schema in the prompt (DeepSeek's own endpoint),
        else the prompt alone.
        """
        written = json.dumps(schema, ensure_ascii=False)
        told = _followed(
            messages, f"Answer as JSON of this schema / 按此结构用 JSON 回答:\n{written}"
        )
        for way in (*self._bounds, ""):
            asked = messages if way in {"json_schema", "guided_json"} else told
            choice: dict[str, Any] = {}
            try:
                choice = self._asked(
                    asked, max_tokens=max_tokens, temperature=0, **_binding(way, schema)
                )
                return parsed(self._content(choice), schema, self.model)
            except ModelOutputInvalid:
                if not way or choice.get("finish_reason") == "length":
                    raise
                self._without(way)
        raise ModelOutputInvalid(model=self.model, detail="no structured answer")

    def score_labels(self, messages: Sequence[Message], labels: Sequence[str]) -> list[float]:
        """Probabilities from the first token's log-probabilities, else from repeated answers.

        With log-probabilities every label is offered under a letter, and the letter's probability
        counts. A server without them is asked five times at temperature 1, its answer bound to
        the labels by a JSON schema where it knows such, and the shares of the answers count (with
        one answer's weight spread evenly): coarse, but frequencies rather than a claim.
        """
        if self._has_logprobs and len(labels) <= len(_LETTERS):
            found = self._by_letters(messages, labels)
            if found is not None:
                return found
            self._has_logprobs = False
        votes = Counter(self._chosen(messages, labels) for _ in range(_VOTES))
        total = sum(votes[label] for label in labels)
        if not total:
            raise ModelOutputInvalid(model=self.model, detail=_FAULT)
        return [(votes[label] + 1 / len(labels)) / (total + 1) for label in labels]

    def score_labels_batch(
        self, conversations: Sequence[Sequence[Message]], labels: Sequence[str]
    ) -> list[list[float]]:
        """Score several at a time."""
        if not conversations:
            return []
        first = self.score_labels(conversations[0], labels)  # learns what the server can
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rest = pool.map(lambda messages: self.score_labels(messages, labels), conversations[1:])
            return [first, *rest]

    def _by_letters(self, messages: Sequence[Message], labels: Sequence[str]) -> list[float] | None:
        letters = _LETTERS[: len(labels)]
        offer = "\n".join(
            f"{letter}. {label}" for letter, label in zip(letters, labels, strict=True)
        )
        question = _followed(messages, f"{offer}\n\nAnswer with one letter only / 只回答一个字母:")
        choice = self._asked(question, max_tokens=1, temperature=0, logprobs=True, top_logprobs=20)
        tokens = ((choice.get("logprobs") or {}).get("content")) or []
        if not tokens:
            return None
        weights = dict.fromkeys(letters, 0.0)
        for entry in tokens[0].get("top_logprobs") or []:
            letter = str(entry.get("token", "")).strip().strip(".)").upper()
            if letter in weights:
                weights[letter] += math.exp(min(float(entry["logprob"]), 0.0))
        total = sum(weights.values())
        return [weights[letter] / total for letter in letters] if total > 0 else None

    def _chosen(self, messages: Sequence[Message], labels: Sequence[str]) -> str | None:
        """One sampled answer; None when it is no label."""
        question = _followed(
            messages, 'Answer as JSON / 用 JSON 回答: {"label": "…"}\n' + "\n".join(labels)
        )
        answer = self._sampled(question, choice_schema(labels))
        try:
            found = parsed(answer, choice_schema(labels), self.model)
        except ModelOutputInvalid:
            return next((label for label in labels if label in answer), None)
        return str(found["label"])

    def _sampled(self, question: Sequence[Message], schema: Schema) -> str:
        for way in (*self._bounds, ""):
            try:
                choice = self._asked(
                    question, max_tokens=64, temperature=1, **_binding(way, schema)
                )
                return self._content(choice)
            except ModelOutputInvalid:
                if not way:
                    raise
                self._without(way)
        raise ModelOutputInvalid(model=self.model, detail=_FAULT)

    def _without(self, way: str) -> None:
        """The server does not know this way of binding: never ask for it again."""
        self._bounds = tuple(other for other in self._bounds if other != way)

    def _asked(self, messages: Sequence[Message], **options: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        body = self._body(messages, stream=False, **options)
        answer = self._transport.sent("POST", "chat/completions", body, self.model)
        choices = answer.get("choices") if isinstance(answer, dict) else None
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise ModelOutputInvalid(model=self.model, detail="no choices in the answer")
        first: dict[str, Any] = choices[0]
        return first

    def _body(self, messages: Sequence[Message], **options: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        room = int(options["max_tokens"])
        tokens = sum(self._count([m.content for m in messages]))
        if tokens + room > self._limit:
            raise InvalidInput(field="messages", detail=f"{tokens} + {room} > {self._limit}")
        turns = [{"role": m.role, "content": m.content} for m in messages]
        return {"model": self._adapter or self._base, "messages": turns, **options}

    def _content(self, choice: dict[str, Any]) -> str:
        content = (choice.get("message") or {}).get("content")
        if not isinstance(content, str):
            raise ModelOutputInvalid(model=self.model, detail="the answer has no text")
        return without_thoughts(content)


def _binding(way: str, schema: Schema) -> dict[str, Any]:
    if way == "json_schema":
        bound = {"name": "answer", "schema": dict(schema), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": bound}}
    if way == "guided_json":
        return {"guided_json": dict(schema)}
    return {"response_format": {"type": "json_object"}} if way == "json_object" else {}


def _is_thinking(text: str) -> bool | None:
    """Whether a beginning is inside thoughts; None while that cannot be told."""
    opening = "<think>"
    begun = text.lstrip()
    if begun.startswith(opening):
        return "</think>" not in begun
    return None if opening.startswith(begun) else False


def _followed(messages: Sequence[Message], more: str) -> list[Message]:
    """The same conversation with ``more`` at the end of its last turn."""
    *before, last = messages
    return [*before, Message(last.role, f"{last.content}\n\n{more}")]
