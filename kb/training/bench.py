"""The same classifier in each runtime that it can run in, side by side."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import InvalidInput
from kb.training.export import GRAPH, load_trained, onnx_session
from kb.training.export_graph import INPUT
from kb.training.finetune_base import load_tokenizer
from kb.training.finetune_texts import text_windows
from kb.training.process_memory import peak_bytes
from kb.training.trained_files import read_model_json

_WARM = 2


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One runtime."""

    runtime: str
    milliseconds: float
    """Median of one window, batch 1."""
    size_mb: float
    """Of the weights on disk, base included."""
    memory_mb: float
    """Most resident memory of a process that loads and runs it."""
    agreement: float
    """Share of windows with the label that the first row gives."""
    tokens: float
    """Mean length of the windows."""


def bench(
    folder: Path,
    texts: Sequence[str],
    *,
    base: Path | None = None,
    exported: Path | None = None,
    threads: int = 1,
) -> list[BenchRow]:
    """Run PyTorch fp32, PyTorch dynamic INT8 and, where exported, ONNX Runtime INT8.

    Each runs in a process of its own, so that memory is its own; one after the other.

    Args:
        folder: what fine-tuning left.
        texts: what is read; their first windows count.
        base: folder of the base model; needed for adapters.
        exported: folder that ``export_int8`` left; ``folder/onnx`` unless told.
        threads: for each runtime.

    Raises:
        InvalidInput: no texts.
        ModelFailure: weights cannot be loaded.
    """
    if not texts:
        raise InvalidInput(field="texts", detail="0 texts; wants 1 or more")
    tokenizer = load_tokenizer(folder)
    limit = int(read_model_json(folder)["max_tokens"])
    windows = [text_windows(tokenizer, text, limit)[0] for text in texts]
    graph = (exported or folder / "onnx") / GRAPH
    runtimes = [("torch fp32", False), ("torch dynamic int8", True)]
    jobs: list[tuple[str, Any]] = [
        (name, (_torch, (folder, base, windows, threads, quantised)))
        for name, quantised in runtimes
    ]
    if graph.is_file():
        jobs.append(("onnxruntime int8", (_onnx, (graph, windows, threads))))
    rows: list[BenchRow] = []
    reference: NDArray[np.int64] | None = None
    for name, (run, arguments) in jobs:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, labels, size, memory = pool.apply(run, arguments)
        reference = labels if reference is None else reference
        rows.append(
            BenchRow(
                runtime=name,
                milliseconds=round(1000 * float(np.median(seconds)), 2),
                size_mb=round(size / 1e6, 2),
                memory_mb=round(memory / 1e6, 1),
                agreement=round(float(np.mean(labels == reference)), 4),
                tokens=round(float(np.mean([len(window) for window in windows])), 1),
            )
        )
    return rows


_Measured = tuple[list[float], NDArray[np.int64], int, int]


def _torch(
    folder: Path,
    base: Path | None,
    windows: Sequence[tuple[int, ...]],
    threads: int,
    quantised: bool,  # noqa: FBT001 - private
) -> _Measured:
    import io  # noqa: PLC0415 - beside what needs it
    import warnings  # noqa: PLC0415 - as above

    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    torch.set_num_threads(threads)
    network = load_trained(folder, base)
    if quantised:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its successor (torchao) is not installed
            network = torch.ao.quantization.quantize_dynamic(network, {torch.nn.Linear})
        held = io.BytesIO()
        torch.save(network.state_dict(), held)  # only its length is used
        size = held.tell()
    else:
        size = 4 * sum({p.data_ptr(): p.numel() for p in network.parameters()}.values())

    def run(ids: tuple[int, ...]) -> int:
        with torch.inference_mode():
            numbers = torch.tensor([ids])
            logits = network(numbers, attention_mask=torch.ones_like(numbers)).logits
        return int(logits.argmax())

    return _timed(run, windows, size)


def _onnx(graph: Path, windows: Sequence[tuple[int, ...]], threads: int) -> _Measured:
    session = onnx_session(str(graph), threads)

    def run(ids: tuple[int, ...]) -> int:
        return int(session.run(None, {INPUT: np.array([ids], np.int64)})[0].argmax())

    return _timed(run, windows, graph.stat().st_size)


def _timed(run: Any, windows: Sequence[tuple[int, ...]], size: int) -> _Measured:  # noqa: ANN401 - one of two closures
    for window in windows[:_WARM]:
        run(window)
    seconds, labels = [], []
    for window in windows:
        start = time.perf_counter()
        labels.append(run(window))
        seconds.append(time.perf_counter() - start)
    return seconds, np.array(labels, np.int64), size, peak_bytes()
