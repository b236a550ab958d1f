"""Embedders by the name an operator gives: the built-in one, or a model of a server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from kb.domain.errors import InvalidInput
from kb.embedding.openai_http import OpenAiEmbedder
from kb.embedding.protocol import Embedder

BUILT_IN = ""
"""Name of the embedder that comes with the product."""


class Embedders:
    """Makes each embedder once; safe for many threads."""

    def __init__(self, built_in: Callable[[], Embedder], api_key: str = "") -> None:
        """Take the parts; nothing is loaded and nobody is asked yet.

        Args:
            built_in: gives the embedder that comes with the product.
            api_key: for servers that ask for one.
        """
        self._built_in = built_in
        self._api_key = api_key
        self._made: dict[str, Embedder] = {}
        self._lock = threading.Lock()

    def named(self, name: str) -> str:
        """The name as it is kept: "" for the built-in one, also when it was given by its identity.

        Raises:
            InvalidInput: it is neither that nor URL#MODEL.
        """
        own = self._built_in().model
        if name in ("", "built-in", own, own.partition("@")[0]):
            return BUILT_IN
        parts = urlsplit(name)
        model, _, size = parts.fragment.rpartition(":")
        if parts.scheme in ("http", "https") and parts.netloc and model and size.isdigit():
            return name
        raise InvalidInput(
            field="embedder",
            detail=f"“{name}” is neither {own} nor like https://server/v1#model:dimension",
            detail_zh=f"“{name}”既不是 {own}，也不是 https://服务器/v1#模型:维数 的形式",
        )

    def of(self, name: str) -> Embedder:
        """The embedder of that name.

        Raises:
            InvalidInput: the name is not one that ``named`` gives.
        """
        if self.named(name) == BUILT_IN:
            return self._built_in()
        with self._lock:
            if name not in self._made:
                parts = urlsplit(name)
                model, _, size = parts.fragment.rpartition(":")
                self._made[name] = OpenAiEmbedder(
                    parts._replace(fragment="").geturl(),
                    model=model,
                    dimension=int(size),
                    count_tokens=self._built_in().count_tokens,
                    api_key=self._api_key,
                )
            return self._made[name]
