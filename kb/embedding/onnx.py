"""Runs an embedding graph with ONNX Runtime on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import ModelNotInstalled
from kb.embedding.protocol import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MAX_TOKENS = 512
"""Context of the model, the two special tokens included; what is beyond is not read."""
_MAX_CHARACTERS = MAX_TOKENS * 64
"""More characters than MAX_TOKENS tokens ever cover; spares tokenising a whole book to cut it."""


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What the model was trained to see before a text."""

    query: str
    passage: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: Tokenizer
    session: InferenceSession


class OnnxEmbedder:
    """An Embedder over one graph: (1, tokens) token numbers in, one unit vector out.

    Safe to share between threads. Each text runs alone on one core and texts run beside each
    other, which beats several cores on one text (no synchronisation inside a layer).
    """

    def __init__(
        self,
        model: str,
        dimension: int,
        *,
        load_graph: Callable[[], bytes],
        load_tokenizer: Callable[[], bytes],
        prefixes: Prefixes,
        threads: int = 1,
    ) -> None:
        """Take everything and do nothing.

        Args:
            model: identity of the vectors.
            dimension: length of a vector.
            load_graph: returns the verified bytes of the graph.
            load_tokenizer: returns the verified bytes of the ``tokenizers`` JSON. A process
                that only counts tokens never loads the graph.
            prefixes: put before each text.
            threads: cores that ``embed_passages`` may use.
        """
        self._model = model
        self._dimension = dimension
        self._load_graph = load_graph
        self._load_tokenizer = load_tokenizer
        self._prefixes = prefixes
        self._threads = threads
        self._graph_lock, self._tokenizer_lock = threading.Lock(), threading.Lock()
        self._loaded: _Loaded | None = None
        self._tokenizer: Tokenizer | None = None

    @property
    def model(self) -> str:
        """Identity of the vectors."""
        return self._model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def warm_up(self) -> None:
        """Load graph and tokenizer (converting them first on a new machine) and run once.

        Raises:
            ModelNotInstalled: the weights are missing or not the expected ones.
            DiskFull: no space for the converted files.
        """
        self._parts()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts to be found; each is cut off after 512 tokens. (n, d), input order."""
        vectors = np.empty((len(texts), self._dimension), np.float32)
        if not texts:
            return vectors
        parts = self._parts()
        tokens = _token_numbers(parts, [self._prefixes.passage + text for text in texts])

        def run(at: int) -> None:
            vectors[at] = _vector(parts, tokens[at])

        longest_first = sorted(range(len(texts)), key=lambda at: -len(tokens[at]))
        if self._threads == 1 or len(texts) == 1:
            for at in longest_first:
                run(at)
        else:
            with ThreadPoolExecutor(self._threads, "embed") as pool:
                list(pool.map(run, longest_first))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Embed a question: (d,)."""
        parts = self._parts()
        return _vector(parts, _token_numbers(parts, [self._prefixes.query + text])[0])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, the prefix and special tokens left out.

        No texts: only load the tokenizer. It takes 300 MB, so a parent does that before it forks,
        and starts no threads, so that its children may.
        """
        tokenizer = self._counter()
        if not texts:
            return []
        encoded = tokenizer.encode_batch_fast(
            [_encodable(text) for text in texts], add_special_tokens=False
        )
        return [len(encoding) for encoding in encoded]

    def _counter(self) -> Tokenizer:
        from tokenizers import Tokenizer  # noqa: PLC0415 - heavy, owned by this adapter

        with self._tokenizer_lock:
            if self._tokenizer is None:
                self._tokenizer = Tokenizer.from_buffer(self._load_tokenizer())
            return self._tokenizer

    def _parts(self) -> _Loaded:
        with self._graph_lock:
            if self._loaded is None:
                # Side by side: reading the tokenizer takes longer than the graph.
                with ThreadPoolExecutor(1) as pool:
                    tokenizer = pool.submit(self._counter)
                    session = _session(self._model, self._load_graph())
                    self._loaded = _Loaded(tokenizer.result(), session)
                _vector(self._loaded, _token_numbers(self._loaded, [self._prefixes.query])[0])
            return self._loaded


def _session(model: str, graph: bytes) -> InferenceSession:
    import onnxruntime  # noqa: PLC0415 - heavy, owned by this adapter

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except RuntimeError as error:  # every failure of ONNX Runtime derives from it
        raise ModelNotInstalled(model=model, detail=str(error)) from error


def _token_numbers(parts: _Loaded, texts: Sequence[str]) -> list[NDArray[np.int64]]:
    encoded = parts.tokenizer.encode_batch_fast(
        [_encodable(text[:_MAX_CHARACTERS]) for text in texts]
    )
    cut = (
        ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]]
        for ids in (encoding.ids for encoding in encoded)
    )
    return [np.array([ids], np.int64) for ids in cut]


def _encodable(text: str) -> str:
    """Lone surrogates cannot be written as UTF-8, which the tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _vector(parts: _Loaded, tokens: NDArray[np.int64]) -> Vectors:
    (vectors,) = parts.session.run(None, {"input_ids": tokens})
    vector: Vectors = vectors[0]
    return vector
