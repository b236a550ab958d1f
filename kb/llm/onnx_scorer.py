"""A classifier under ONNX Runtime on the CPU: fp32 or INT8, without torch."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kb.domain.errors import CheckpointRefused, ModelNotInstalled
from kb.llm.architectures import TOKENIZER_FILE
from kb.llm.protocol import Probabilities
from kb.llm.tokens import fresh_tokenizer
from kb.llm.window_scores import batches, log_softmax, score_by_windows, scorer_facts

_BATCH_TOKENS = 4_096
_PREFERRED = ("model-int8.onnx", "model_int8.onnx", "model.int8.onnx", "model.onnx")


class OnnxScorer:
    """A TextScorer over a graph that maps ``input_ids`` (and ``attention_mask``) to logits."""

    def __init__(self, folder: Path, *, file: str = "", threads: int = 0) -> None:
        """Read ``model.json``; the graph is loaded at the first call.

        Args:
            folder: holds the graph, ``tokenizer.json`` and ``model.json``.
            file: name of the graph; by default the INT8 one, else the only one there is.
            threads: of one call; 0 lets ONNX Runtime decide.

        Raises:
            ModelNotInstalled: files are missing.
        """
        self._folder = folder
        self._facts = scorer_facts(folder)
        self._graph = _graph(folder, file)
        self._threads = threads
        self._lock = threading.Lock()
        self._parts: tuple[Any, Any] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """From ``model.json``."""
        return self._facts.labels

    @property
    def max_tokens(self) -> int:
        """Longest window."""
        return self._facts.max_tokens

    def warm_up(self) -> None:
        """Load tokenizer and graph."""
        with self._lock:
            self._ready()

    def score(self, texts: Sequence[str]) -> Probabilities:
        """Read all windows of all texts."""
        with self._lock:
            tokenizer, session = self._ready()

            def scored(windows: Sequence[Sequence[int]]) -> Probabilities:
                return np.concatenate([self._run(session, g) for g in _groups(session, windows)])

            return score_by_windows(texts, self._facts, tokenizer, scored)

    def _ready(self) -> tuple[Any, Any]:
        if self._parts is None:
            tokenizer = fresh_tokenizer(self._folder / TOKENIZER_FILE)
            self._parts = (tokenizer, self._session())
        return self._parts

    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        if importlib.util.find_spec("onnxruntime") is None:
            raise ModelNotInstalled(model=self._folder.name, detail="onnxruntime is not installed")
        import onnxruntime as ort  # noqa: PLC0415 - loaded when first needed

        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        try:
            session = ort.InferenceSession(
                str(self._graph), options, providers=["CPUExecutionProvider"]
            )
        except (RuntimeError, ValueError) as error:  # its errors derive from these
            raise CheckpointRefused(model=self._folder.name, detail=str(error)[:300]) from error
        if "input_ids" not in {given.name for given in session.get_inputs()}:
            raise CheckpointRefused(model=self._folder.name, detail="the graph has no input_ids")
        return session

    def _run(self, session: Any, windows: Sequence[Sequence[int]]) -> Probabilities:  # noqa: ANN401 - as above
        longest = max(map(len, windows))
        ids = np.zeros((len(windows), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)], mask[row, : len(window)] = window, 1
        offered = {
            "input_ids": ids,
            "attention_mask": mask,
            "position_ids": np.maximum(mask.cumsum(axis=1) - 1, 0),
        }
        asked = {given.name: offered[given.name] for given in session.get_inputs()}
        logits = np.asarray(session.run(None, asked)[0], np.float32)
        if logits.shape != (len(windows), len(self.labels)):
            raise CheckpointRefused(
                model=self._folder.name,
                detail=f"outputs {logits.shape}, {len(self.labels)} labels",
            )
        return log_softmax(logits)


def _groups(session: Any, windows: Sequence[Sequence[int]]) -> list[list[Sequence[int]]]:  # noqa: ANN401 - as above
    """Batches where the graph takes them and can tell padding apart, else one by one."""
    inputs = {given.name: given for given in session.get_inputs()}
    one_by_one = "attention_mask" not in inputs or inputs["input_ids"].shape[0] == 1
    return [[window] for window in windows] if one_by_one else batches(windows, _BATCH_TOKENS)


def _graph(folder: Path, file: str) -> Path:
    there = sorted(path.name for path in folder.glob("*.onnx"))
    wanted = [file] if file else [*_PREFERRED, *there]
    for name in wanted:
        if name in there:
            return folder / name
    raise ModelNotInstalled(model=folder.name, detail=f"{file or 'an ONNX graph'} is missing")
