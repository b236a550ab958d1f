"""Documents as the stages before leave them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kb.domain.passages import Passage, Window
from kb.embedding.e5 import E5Embedder
from kb.embedding.protocol import Vectors


@dataclass(frozen=True)
class Text:
    name: str
    passages: tuple[Passage, ...]
    vectors: Vectors | None
    title: str = ""
    language: str = "und"
    windows: tuple[Window, ...] = ()


@pytest.fixture(scope="session")
def embedder(models_folder):
    return E5Embedder(models_folder)


@pytest.fixture(scope="session")
def document(embedder) -> Callable[..., Text]:
    def make(*texts: str, name: str = "file.pdf", heading: str = "") -> Text:
        path = (heading,) if heading else ()
        passages = tuple(Passage(at, text, path, ()) for at, text in enumerate(texts))
        return Text(name, passages, embedder.embed_passages([p.embedded_text for p in passages]))

    return make
