"""Embeddings from any server with the OpenAI interface: vLLM, Ollama, a cloud endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np

from kb.domain.errors import ModelNotInstalled, ModelOutputInvalid, ModelUnavailable
from kb.embedding.protocol import Vectors

_BATCH = 64
_TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_NOT_THERE = frozenset({401, 403, 404})
_OK = 200
_CONNECT_SECONDS = 5.0


class OpenAiEmbedder:
    """An Embedder behind HTTP."""

    def __init__(  # noqa: PLR0913 - all but the first four have defaults
        self,
        base_url: str,
        *,
        model: str,
        dimension: int,
        count_tokens: Callable[[Sequence[str]], list[int]],
        api_key: str = "",
        timeout_seconds: float = 60.0,
        attempts: int = 3,
    ) -> None:
        """Take everything and connect to nothing.

        Args:
            base_url: up to and including ``/v1``.
            model: name the server knows it by.
            dimension: length of its vectors.
            count_tokens: the server has no call for this; any counter that does not undercount.
            api_key: sent as a bearer token when given.
            timeout_seconds: longest wait for one batch of 64 texts.
            attempts: tries when the server is busy or silent, with growing pauses.
        """
        self._url = base_url.rstrip("/") + "/embeddings"
        self._name = model
        self._dimension = dimension
        self._count = count_tokens
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
        self._attempts = attempts

    @property
    def model(self) -> str:
        """Model and server."""
        return f"{self._name}@{urlsplit(self._url).netloc}"

    @property
    def dimension(self) -> int:
        """As configured."""
        return self._dimension

    def warm_up(self) -> None:
        """Check that the server answers with vectors of the right length."""
        self._embedded(["warm up"])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed in batches; (n, d), input order."""
        vectors = np.empty((len(texts), self._dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            vectors[start : start + _BATCH] = self._embedded(texts[start : start + _BATCH])
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Embed a question: (d,)."""
        vector: Vectors = self._embedded([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """By the counter given."""
        return self._count(texts)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        # Servers refuse empty strings; a space has no meaning either.
        body = {"model": self._name, "input": [text or " " for text in texts]}
        answer = self._sent(body)
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelOutputInvalid(model=self.model, detail=f"no vectors: {error}") from error
        if vectors.shape != (len(texts), self._dimension) or not np.isfinite(vectors).all():
            raise ModelOutputInvalid(
                model=self.model,
                detail=f"{vectors.shape} instead of {(len(texts), self._dimension)}",
            )
        units: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return units

    def _sent(self, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        detail = "no attempt"
        for attempt in range(self._attempts):
            try:
                response = httpx2.post(
                    self._url, json=body, headers=self._headers, timeout=self._timeout
                )
            except httpx2.TransportError as error:
                detail = str(error) or type(error).__name__
            else:
                if response.status_code not in _TRANSIENT:
                    return self._read(response)
                detail = f"HTTP {response.status_code}"
            if attempt + 1 < self._attempts:
                time.sleep(2.0**attempt / 2)
        raise ModelUnavailable(model=self.model, detail=detail)

    def _read(self, response: httpx2.Response) -> Any:  # noqa: ANN401 - JSON
        detail = f"HTTP {response.status_code}: {response.text[:200]}"
        if response.status_code in _NOT_THERE:
            raise ModelNotInstalled(model=self.model, detail=detail)
        if response.status_code != _OK:
            raise ModelOutputInvalid(model=self.model, detail=detail)
        try:
            return response.json()
        except ValueError as error:
            raise ModelOutputInvalid(model=self.model, detail="the answer is no JSON") from error
