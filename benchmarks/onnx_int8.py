"""The stand-in classifier at 512 tokens, batch 1: PyTorch fp32 beside every INT8 way we know.

    python -m benchmarks.onnx_int8 --set DIR/cls_sum_bbc_en [--model FOLDER] [--threads 1]

Without ``--model`` (a folder that ``benchmarks.finetune --keep`` left) the head is random: right
for speed and size, meaningless for F1. All ways run interleaved in one process on the same number
of threads; CPU seconds count. ``fused`` is what ``kb models export-onnx --int8`` writes. Prints
one JSON document with a profile of where the time of the served graph goes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.stand_in import labelled, stand_in
from kb.domain.models import Split
from kb.evaluation.classification import confusion_matrix, macro_f1
from kb.training.export import load_trained
from kb.training.export_graph import INPUT, Numbers, Recipe, Rows, Shape, classifier_graph
from kb.training.finetune_base import load_tokenizer

_TOKENS = 512
_LABELS = 5
_RECIPES = {
    "ort fp32 fused": Recipe(Numbers.FP32, Rows.NOWHERE),
    "ort int8 fused, one scale a text": Recipe(Numbers.INT8, Rows.NOWHERE),
    "ort int8 fused, a scale a token before down": Recipe(Numbers.INT8, Rows.DOWN),
    "ort int8 fused, a scale a token": Recipe(Numbers.INT8, Rows.EVERYWHERE),
}
_SERVED = "ort int8 fused, a scale a token"
_EXACT = "torch fp32"
Run = Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", type=Path, required=True)
    options.add_argument("--model", type=Path)
    options.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "kb-stand-in")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--texts", type=int, default=40)
    asked = options.parse_args()
    import torch

    torch.set_num_threads(asked.threads)
    base = stand_in(asked.models)
    network = _network(asked.model, base)
    windows, truth = _windows(asked.set, base, asked.texts)
    ways, sizes = _ways(network, asked.threads)
    answers = {name: np.stack([run(ids) for ids in windows]) for name, run in ways.items()}
    times = _interleaved(ways, windows[: asked.rounds])
    exact = answers[_EXACT]
    spread = float(np.abs(exact - exact.mean(axis=0)).mean())
    rows = {}
    for name in ways:
        ratios = np.array(times[_EXACT]) / np.array(times[name])
        rows[name] = {
            "ms": round(1000 * float(np.median(times[name])), 1),
            "times_faster": round(float(np.median(ratios)), 2),
            "times_faster_range": [round(float(f(ratios)), 2) for f in (np.min, np.max)],
            "size_mb": round(sizes[name] / 1e6, 1),
            "size_share": round(sizes[name] / sizes[_EXACT], 3),
            "same_label": round(
                float(np.mean(answers[name].argmax(axis=1) == exact.argmax(axis=1))), 3
            ),
            "error_of_logits": round(float(np.abs(answers[name] - exact).mean()) / spread, 4),
        }
        if asked.model is not None:
            true = truth(asked.model)
            counts = confusion_matrix(true, answers[name].argmax(axis=1), _LABELS)
            rows[name]["macro_f1"] = round(macro_f1(counts), 4)
    found = {"tokens": _TOKENS, "threads": asked.threads, "texts": len(windows), "ways": rows}
    print(json.dumps(found | {"profile_ms": _profile(network, windows[:3])}, indent=1))


def _network(model: Path | None, base: Path) -> Any:
    if model is not None:
        return load_trained(model, base)
    import torch
    from transformers import AutoModelForSequenceClassification

    torch.manual_seed(0)
    network = AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=_LABELS, local_files_only=True, dtype=torch.float32
    )
    return network.eval()


def _windows(source: Path, base: Path, count: int) -> tuple[list[Any], Callable[[Path], Any]]:
    """Windows of exactly 512 tokens: a text, repeated to the length where it is shorter."""
    tokenizer = load_tokenizer(base)
    examples = labelled(source, {Split.TRAIN: 200, Split.TEST: count}, 4000)[200:]
    rows = []
    for example in examples:
        ids = tokenizer(example.text)["input_ids"]
        rows.append(np.array([(ids * (_TOKENS // len(ids) + 1))[:_TOKENS]], np.int64))

    def truth(model: Path) -> Any:
        labels = json.loads((model / "model.json").read_bytes())["labels"]
        return np.array([labels.index(example.label) for example in examples])

    return rows, truth


def _ways(network: Any, threads: int) -> tuple[dict[str, Run], dict[str, int]]:
    import torch

    ways: dict[str, Run] = {_EXACT: _torch(network)}
    sizes = {_EXACT: 4 * sum({p.data_ptr(): p.numel() for p in network.parameters()}.values())}
    for name, recipe in _RECIPES.items():
        content = _graph(network, recipe)
        ways[name] = _session(content, threads)[0]
        sizes[name] = len(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rounded = torch.ao.quantization.quantize_dynamic(network, {torch.nn.Linear})
    ways["torch dynamic int8"] = _torch(rounded)
    linear = sum(m.weight.numel() for m in network.modules() if isinstance(m, torch.nn.Linear))
    sizes["torch dynamic int8"] = sizes[_EXACT] - 3 * linear
    return ways, sizes


def _graph(network: Any, recipe: Recipe) -> bytes:
    state = network.state_dict()

    def weights(name: str) -> Any:
        return state[name].float().numpy() if name in state else None

    config = network.config.to_dict()
    model = classifier_graph(weights, Shape.of(config, _TOKENS), network.num_labels, recipe)
    content: bytes = model.SerializeToString()
    return content


def _session(content: bytes, threads: int, *, profile: bool = False) -> tuple[Run, Any]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_profiling = profile
    options.profile_file_prefix = str(Path(tempfile.gettempdir()) / "kb-profile")
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return lambda ids: session.run(None, {INPUT: ids})[0][0], session


def _torch(network: Any) -> Run:
    import torch

    def run(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        with torch.inference_mode():
            numbers = torch.from_numpy(ids)
            found = network(numbers, attention_mask=torch.ones_like(numbers), use_cache=False)
        logits: np.ndarray[Any, Any] = found.logits[0].numpy()
        return logits

    return run


def _interleaved(ways: dict[str, Run], windows: list[Any]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for ids in windows:
        for name, run in ways.items():
            start = time.process_time()
            run(ids)
            times[name].append(time.process_time() - start)
    return times


def _profile(network: Any, windows: list[Any]) -> dict[str, float]:
    run, session = _session(_graph(network, _RECIPES[_SERVED]), 1, profile=True)
    for ids in windows:
        run(ids)
    path = Path(session.end_profiling())
    spent: Counter[str] = Counter()
    for event in json.loads(path.read_bytes()):
        if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"] / 1000 / len(windows)
    path.unlink()
    return {name: round(ms, 2) for name, ms in spent.most_common()}


if __name__ == "__main__":
    main()
