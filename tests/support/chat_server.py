"""A real OpenAI-compatible server on loopback, driving a checkpoint; with faults to switch on."""

from __future__ import annotations

import json
import math
import socket
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from kb.domain.errors import ModelOutputInvalid
from kb.llm.protocol import LanguageModel, Message


class ChatServer:
    """Serves ``network`` until ``close``; ``fails_next`` holds statuses to answer with first."""

    def __init__(
        self,
        network: LanguageModel,
        *,
        logprobs: bool = True,
        adapters: tuple[str, ...] = (),
        bounds: str = "json_schema",
    ) -> None:
        self.network = network
        self.logprobs = logprobs
        self.adapters = adapters
        self.bounds = bounds
        self.asked: list[dict[str, Any]] = []
        self.fails_next: deque[int] = deque()
        routes = [
            Route("/v1/models", self._models),
            Route("/v1/chat/completions", self._complete, methods=["POST"]),
            Route("/v1/embeddings", self._embed, methods=["POST"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    async def _models(self, request: Request) -> JSONResponse:
        return self._failure() or JSONResponse(
            {"data": [{"id": name} for name in ("tiny", *self.adapters)]}
        )

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        failure = self._failure()
        if failure:
            return failure
        if _asked_bound(body) not in {self.bounds, "nothing"}:
            return JSONResponse({"error": "unknown parameter"}, 400)
        if self.adapters:
            self.network.use_adapter(body["model"] if body["model"] in self.adapters else None)
        messages = [Message(m["role"], m["content"]) for m in body["messages"]]
        if body.get("stream"):
            return StreamingResponse(self._pieces(messages, body), media_type="text/event-stream")
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        if body.get("logprobs") and self.logprobs:
            letters = [line[0] for line in messages[-1].content.splitlines() if line[1:3] == ". "]
            shares = self.network.score_labels(messages, letters)
            top = [
                {"token": letter, "logprob": math.log(share)}
                for letter, share in zip(letters, shares, strict=True)
            ]
            choice["logprobs"] = {"content": [{"token": letters[0], "top_logprobs": top}]}
            text = letters[0]
        elif (schema := _schema(body, messages)) is not None:
            labels = schema["properties"].get("label", {}).get("enum")
            if labels:
                shares = self.network.score_labels(messages, labels)
                text = json.dumps({"label": labels[shares.index(max(shares))]})
            else:
                limit = body["max_tokens"]
                text = self._bound(messages, schema, limit)
                choice["finish_reason"] = "stop" if text else "length"
        else:
            text = self.network.generate(messages, max_tokens=body["max_tokens"])
        choice["message"] = {"role": "assistant", "content": text}
        return JSONResponse({"choices": [choice]})

    def _bound(self, messages: list[Message], schema: Any, limit: int) -> str:
        try:
            value = self.network.generate_structured(messages, schema, max_tokens=limit)
        except ModelOutputInvalid:
            return ""
        return json.dumps(value, ensure_ascii=False)

    def _pieces(self, messages: list[Message], body: dict[str, Any]) -> Iterator[str]:
        for piece in self.network.stream(messages, max_tokens=body["max_tokens"]):
            yield f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n"
        yield "data: [DONE]\n\n"

    async def _embed(self, request: Request) -> JSONResponse:
        body = await request.json()
        self.asked.append(body)
        failure = self._failure()
        rows = [
            {"index": at, "embedding": [float(len(text)), 3.0, 4.0]}
            for at, text in enumerate(body["input"])
        ]
        return failure or JSONResponse({"data": rows[::-1]})

    def _failure(self) -> JSONResponse | None:
        if not self.fails_next:
            return None
        return JSONResponse({"error": "on purpose"}, self.fails_next.popleft())


def _asked_bound(body: dict[str, Any]) -> str:
    if "guided_json" in body:
        return "guided_json"
    return str(body.get("response_format", {}).get("type", "nothing"))


def _schema(body: dict[str, Any], messages: list[Message]) -> dict[str, Any] | None:
    """The schema an answer is bound to, or asked for in words: this server's model obeys both."""
    if "json_schema" in body.get("response_format", ()):
        return dict(body["response_format"]["json_schema"]["schema"])
    if "guided_json" in body:
        return dict(body["guided_json"])
    last = messages[-1].content.splitlines()[-1]
    return dict(json.loads(last)) if last.startswith('{"type"') else None
