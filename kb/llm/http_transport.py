"""HTTP to a model server: time-outs, tries with growing pauses, server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2

from kb.domain.errors import ModelNotInstalled, ModelOutputInvalid, ModelUnavailable

_TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_NOT_THERE = frozenset({401, 403, 404})
_CONNECT_SECONDS = 5.0
_LONGEST_WAIT = 20.0
_OK = 200


class Transport:
    """Sends JSON and says in our words what went wrong. Thread-safe."""

    def __init__(
        self, base_url: str, *, api_key: str, timeout_seconds: float, attempts: int
    ) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
        self._attempts = attempts

    def sent(self, method: str, path: str, body: dict[str, Any] | None, model: str) -> Any:  # noqa: ANN401 - JSON
        """Send and return the parsed answer.

        Raises:
            ModelUnavailable: no answer, or busy, after all attempts.
            ModelNotInstalled: the server does not know or allow it.
            ModelOutputInvalid: refused, or no JSON.
        """
        with self._answer(method, path, body, model) as response:
            content = response.read()
        try:
            return json.loads(content)
        except ValueError as error:
            raise ModelOutputInvalid(model=model, detail="the answer is no JSON") from error

    def events(self, path: str, body: dict[str, Any], model: str) -> Iterator[dict[str, Any]]:
        """Post and give each server-sent event; only the beginning is tried again.

        Raises:
            ModelUnavailable: also when the stream breaks off.
        """
        with self._answer("POST", path, body, model) as response:
            try:
                for line in response.lines():
                    field, _, value = line.partition(":")
                    if field != "data" or not value.strip():
                        continue
                    if value.strip() == "[DONE]":
                        return
                    yield _event(value, model)
            except httpx2.TransportError as error:
                detail = str(error) or type(error).__name__
                raise ModelUnavailable(model=model, detail=detail) from error

    def _answer(self, method: str, path: str, body: dict[str, Any] | None, model: str) -> _Answer:
        """Open an answer that is one, trying again when the server is busy or silent."""
        detail = "no attempt"
        for attempt in range(self._attempts):
            pause = min(2.0**attempt / 2, _LONGEST_WAIT)
            answer = _Answer(method, self._base_url + path, body, self._headers, self._timeout)
            try:
                answer.open()
            except httpx2.TransportError as error:
                answer.close()
                detail = str(error) or type(error).__name__
            else:
                if answer.status not in _TRANSIENT:
                    return _accepted(answer, model)
                detail = f"HTTP {answer.status}"
                pause = _retry_after(answer.retry_after, pause)
                answer.close()
            if attempt + 1 < self._attempts:
                time.sleep(pause)
        raise ModelUnavailable(model=model, detail=detail)


class _Answer:
    """A response whose body is still to be read."""

    def __init__(
        self,
        method: str,
        url: str,
        body: dict[str, Any] | None,
        headers: dict[str, str],
        timeout: httpx2.Timeout,
    ) -> None:
        self._client = httpx2.Client(timeout=timeout)
        self._request = self._client.build_request(method, url, json=body, headers=headers)
        self._response: httpx2.Response | None = None

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Send, and wait for the head."""
        self._response = self._client.send(self._request, stream=True)

    @property
    def _opened(self) -> httpx2.Response:
        assert self._response is not None  # noqa: S101 - opened by whoever made it
        return self._response

    @property
    def status(self) -> int:
        return self._opened.status_code

    @property
    def retry_after(self) -> str | None:
        return self._opened.headers.get("retry-after")

    def read(self) -> bytes:
        return self._opened.read()

    def lines(self) -> Iterator[str]:
        return self._opened.iter_lines()

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
        self._client.close()


def _accepted(answer: _Answer, model: str) -> _Answer:
    if answer.status == _OK:
        return answer
    text = answer.read().decode("utf-8", "replace")[:200]
    answer.close()
    fault = ModelNotInstalled if answer.status in _NOT_THERE else ModelOutputInvalid
    raise fault(model=model, detail=f"HTTP {answer.status}: {text}")


def _event(value: str, model: str) -> dict[str, Any]:
    try:
        event = json.loads(value)
    except ValueError as error:
        raise ModelOutputInvalid(model=model, detail="an event is no JSON") from error
    if not isinstance(event, dict) or "error" in event:
        raise ModelOutputInvalid(model=model, detail=value[:200])
    return event


def _retry_after(stated: str | None, otherwise: float) -> float:
    try:
        return min(float(stated or otherwise), _LONGEST_WAIT)
    except ValueError:
        return otherwise
