"""Counts what is in safetensors files from their headers: no tensor is read, no library needed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from kb.domain.errors import CheckpointRefused

_LENGTH_BYTES = 8
_LONGEST_HEADER = 100 << 20
"""As in the format's own library."""
_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class TensorCount:
    """Over all files of a checkpoint."""

    parameters: int
    precision: str
    """The number format most of them are in, as the format names it: "BF16"."""


def count_tensors(folder: Path, name: str) -> TensorCount:
    """Read every header and check that each file is whole and none is missing.

    Raises:
        CheckpointRefused: no weights, a damaged or truncated file, a shard that is missing.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise CheckpointRefused(model=name, detail="no safetensors weights / 没有 safetensors 权重")
    sizes: Counter[str] = Counter()
    tensors: set[str] = set()
    for file in files:
        for tensor, entry in _header(file, name).items():
            sizes[entry["dtype"]] += prod(entry["shape"])
            tensors.add(tensor)
    _check_index(folder / _INDEX, {file.name for file in files}, tensors, name)
    return TensorCount(sum(sizes.values()), sizes.most_common(1)[0][0])


def _header(file: Path, name: str) -> dict[str, dict[str, Any]]:
    size = file.stat().st_size
    with file.open("rb") as reader:
        length = int.from_bytes(reader.read(_LENGTH_BYTES), "little")
        if not 0 < length <= min(_LONGEST_HEADER, size - _LENGTH_BYTES):
            raise CheckpointRefused(model=name, detail=f"{file.name} is damaged / 文件损坏")
        content = reader.read(length)
    try:
        header: dict[str, Any] = json.loads(content)
        header.pop("__metadata__", None)
        ends = max(int(entry["data_offsets"][1]) for entry in header.values())
        for entry in header.values():
            entry["shape"] = [int(side) for side in entry["shape"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointRefused(model=name, detail=f"{file.name} is damaged / 文件损坏") from error
    if _LENGTH_BYTES + length + ends != size:
        raise CheckpointRefused(model=name, detail=f"{file.name} is truncated / 文件不完整")
    return header


def _check_index(path: Path, files: set[str], tensors: set[str], name: str) -> None:
    if not path.is_file():
        return
    try:
        listed: dict[str, str] = json.loads(path.read_bytes())["weight_map"]
    except (ValueError, KeyError) as error:
        raise CheckpointRefused(model=name, detail=f"{path.name}: {error!r}") from error
    if missing := sorted(set(listed.values()) - files):
        raise CheckpointRefused(model=name, detail=f"{missing[0]} is missing / 缺少权重文件")
    if absent := sorted(set(listed) - tensors):
        raise CheckpointRefused(model=name, detail=f"tensor {absent[0]} is missing")
