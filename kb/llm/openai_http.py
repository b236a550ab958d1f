"""Any server with the OpenAI chat interface: vLLM, Ollama, llama.cpp, a DeepSeek endpoint."""

from __future__ import annotations

import json
import math
import string
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2

from kb.domain.errors import InvalidInput, ModelNotInstalled, ModelOutputInvalid, ModelUnavailable
from kb.llm.protocol import Message
from kb.llm.tokens import token_counter

_LETTERS = string.ascii_uppercase
_TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_NOT_THERE = frozenset({401, 403, 404})
_VOTES = 5
_CONNECT_SECONDS = 5.0
_LONGEST_WAIT = 20.0
_OK, _BAD_REQUEST, _UNPROCESSABLE = 200, 400, 422


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
            timeout_seconds: longest wait for one answer.
            attempts: tries when the server is busy or silent, with growing pauses.
        """
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._base_url = base_url.rstrip("/") + "/"
        self._headers = headers
        self._timeout = httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
        self._name = model
        self._host = urlsplit(base_url).netloc
        self._limit = context_tokens
        self._attempts = attempts
        self._count = token_counter("")
        self._has_logprobs = True
        self._has_schemas = True

    @property
    def model(self) -> str:
        """Model and server."""
        return f"{self._name}@{self._host}"

    @property
    def context_tokens(self) -> int:
        """As configured."""
        return self._limit

    def warm_up(self) -> None:
        """Check that the server answers."""
        self._sent("GET", "models", None)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count by DeepSeek's tokenizer; the server's own may differ by some percent."""
        return self._count(texts)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Ask with temperature 0."""
        choice = self._asked(messages, max_tokens=max_tokens, temperature=0)
        return _content(choice, self.model).strip()

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
        if not any(votes[label] for label in labels):
            raise ModelOutputInvalid(model=self.model, detail="no label in its answers")
        total = sum(votes[label] for label in labels) + 1
        return [(votes[label] + 1 / len(labels)) / total for label in labels]

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
        schema = {
            "type": "object",
            "properties": {"label": {"type": "string", "enum": list(labels)}},
            "required": ["label"],
            "additionalProperties": False,
        }
        bound = {"type": "json_schema", "json_schema": {"name": "label", "schema": schema}}
        more: dict[str, Any] = {"response_format": bound} if self._has_schemas else {}
        try:
            choice = self._asked(question, max_tokens=64, temperature=1, **more)
        except ModelOutputInvalid:
            if not self._has_schemas:
                raise
            self._has_schemas = False
            choice = self._asked(question, max_tokens=64, temperature=1)
        answer = _content(choice, self.model)
        try:
            parsed = json.loads(answer[answer.find("{") : answer.rfind("}") + 1])
        except ValueError:
            return next((label for label in labels if label in answer), None)
        label = parsed.get("label") if isinstance(parsed, dict) else None
        return label if label in labels else None

    def _asked(self, messages: Sequence[Message], **options: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        room = int(options["max_tokens"])
        tokens = sum(self._count([m.content for m in messages]))
        if tokens + room > self._limit:
            raise InvalidInput(field="messages", detail=f"{tokens} + {room} > {self._limit}")
        turns = [{"role": m.role, "content": m.content} for m in messages]
        body = {"model": self._name, "messages": turns, "stream": False, **options}
        answer = self._sent("POST", "chat/completions", body)
        choices = answer.get("choices") if isinstance(answer, dict) else None
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise ModelOutputInvalid(model=self.model, detail="no choices in the answer")
        first: dict[str, Any] = choices[0]
        return first

    def _sent(self, method: str, path: str, body: dict[str, Any] | None) -> Any:  # noqa: ANN401 - JSON
        detail = "no attempt"
        for attempt in range(self._attempts):
            pause = min(2.0**attempt / 2, _LONGEST_WAIT)
            try:
                response = httpx2.request(
                    method,
                    self._base_url + path,
                    json=body,
                    headers=self._headers,
                    timeout=self._timeout,
                )
            except httpx2.TransportError as error:
                detail = str(error) or type(error).__name__
            else:
                if response.status_code not in _TRANSIENT:
                    return self._read(response)
                detail = f"HTTP {response.status_code}"
                pause = _retry_after(response, pause)
            if attempt + 1 < self._attempts:
                time.sleep(pause)
        raise ModelUnavailable(model=self.model, detail=detail)

    def _read(self, response: httpx2.Response) -> Any:  # noqa: ANN401 - JSON
        status = response.status_code
        if status in _NOT_THERE:
            raise ModelNotInstalled(
                model=self.model, detail=f"HTTP {status}: {response.text[:200]}"
            )
        if status != _OK:
            raise ModelOutputInvalid(
                model=self.model, detail=f"HTTP {status}: {response.text[:200]}"
            )
        try:
            return response.json()
        except ValueError as error:
            raise ModelOutputInvalid(model=self.model, detail="the answer is no JSON") from error


def _retry_after(response: httpx2.Response, otherwise: float) -> float:
    try:
        return min(float(response.headers.get("retry-after", otherwise)), _LONGEST_WAIT)
    except ValueError:
        return otherwise


def _followed(messages: Sequence[Message], more: str) -> list[Message]:
    """The same conversation with ``more`` at the end of its last turn."""
    *before, last = messages
    return [*before, Message(last.role, f"{last.content}\n\n{more}")]


def _content(choice: dict[str, Any], model: str) -> str:
    content = (choice.get("message") or {}).get("content")
    if not isinstance(content, str):
        raise ModelOutputInvalid(model=model, detail="the answer has no text")
    _, _, after_thoughts = content.rpartition("</think>")
    return after_thoughts
