"""LoRA on the stand-in: F1 before and after, seconds a step, memory; 4 and 8 bits.

    python -m benchmarks.finetune --set DIR/cls_sum_bbc_en [--memory] [--keep FOLDER]

160 training, 40 validation and 120 test texts of 400 characters in windows of 64 tokens, two epochs
of batches of eight: 81 steps, the rate searched on the validation split. Set OMP_NUM_THREADS=1 on a
busy machine. Prints one JSON document. ``--memory``
measures weights in each precision and the peak of one training step of 8 x 256 tokens instead.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.stand_in import labelled, stand_in
from kb.domain.models import ModelTask, Split, TrainingMethod, TrainingPlan
from kb.evaluation.calibration import softmax
from kb.evaluation.classification import classification_report
from kb.training.finetune import FineTuner
from kb.training.finetune_base import (
    Precision,
    load_base,
    size,
    weight_bytes,
    with_adapters,
)
from kb.training.finetune_scores import log_probabilities
from kb.training.finetune_steps import Pulse, Run, run_steps
from kb.training.finetune_texts import Window, parts_of
from kb.training.process_memory import peak_bytes

_KEEP, _AGAIN = "kept", "computed again"
_SIZES = {Split.TRAIN: 160, Split.VALIDATION: 40, Split.TEST: 120}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", type=Path)
    options.add_argument("--memory", action="store_true")
    options.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "kb-stand-in")
    options.add_argument("--keep", type=Path, help="folder to leave the trained model in")
    asked = options.parse_args()
    base = stand_in(asked.models)
    if asked.memory:
        print(json.dumps(_memory(base), indent=1))
        return
    if asked.set is None:
        raise SystemExit("--set DIR/cls_…")
    folder = asked.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(_lora(base, asked.set, folder), indent=1))


def _lora(base: Path, source: Path, folder: Path) -> dict[str, Any]:
    plan = TrainingPlan(
        ModelTask.CLASSIFIER, TrainingMethod.LORA, base=str(base), search=True, max_tokens=64
    )
    examples = labelled(source, _SIZES, 400)
    estimate = FineTuner().estimate(plan, examples)
    before = _untrained(plan, base, examples)
    marks: list[tuple[int, float]] = []

    def watch(done: int, total: int, figures: Mapping[str, float]) -> None:
        print(done, total, dict(figures), file=sys.stderr, flush=True)
        if figures:
            marks.append((done, time.process_time()))

    model = FineTuner().train(plan, examples, folder, watch)
    report = json.loads((folder / "report.json").read_bytes())
    steps = [b[1] - a[1] for a, b in itertools.pairwise(marks) if b[0] == a[0] + 1]
    return {
        "set": source.name,
        "macro_f1_before": before,
        "macro_f1_after": model.metrics["macro_f1"],
        "macro_f1_interval": [model.metrics["macro_f1_low"], model.metrics["macro_f1_high"]],
        "search": report["training"]["search"],
        "rate": report["training"]["rate"],
        "trainable_share": round(model.trainable_share, 5),
        "cpu_seconds_a_step": round(float(np.median(steps)), 2) if steps else None,
        "seconds": round(model.train_seconds, 1),
        "estimated_seconds": estimate.seconds,
        "peak_memory_mb": model.metrics["peak_memory_mb"],
        "estimated_peak_memory_mb": round(estimate.peak_memory / 1e6),
    }


def _untrained(plan: TrainingPlan, base: Path, examples: Any) -> float:
    parts = parts_of(plan, examples)
    loaded = load_base(plan, base, parts.labels)
    rows = log_probabilities(
        loaded,
        with_adapters(plan, loaded),
        parts.test,
        parts.labels,
        plan.max_tokens,
        Pulse(lambda *_: None),
    )
    truth = [str(example.label) for example in parts.test]
    report = classification_report(parts.labels, softmax(rows), truth, wanted_precision=0.98)
    return round(report.macro_f1, 4)


def _memory(base: Path) -> dict[str, Any]:
    """Each measured in a process of its own."""
    weights = {name: _apart(_weights, base, name) for name in ("fp32", "bf16", "int8", "nf4")}
    exact = weights["fp32"]
    for one in weights.values():
        one["share_of_fp32"] = round(one["all_mb"] / exact["all_mb"], 3)
        one["linear_share_of_fp32"] = round(one["linear_mb"] / exact["linear_mb"], 3)
    steps = {
        "fp32": _apart(_step, base, Precision.FP32, TrainingMethod.LORA, _KEEP),
        "bf16": _apart(_step, base, Precision.BF16, TrainingMethod.LORA, _KEEP),
        "fp32, gradient checkpointing": _apart(
            _step, base, Precision.FP32, TrainingMethod.LORA, _AGAIN
        ),
        "nf4, gradient checkpointing": _apart(
            _step, base, Precision.FP32, TrainingMethod.QLORA, _AGAIN
        ),
    }
    return {"weights": weights, "one_step_of_8x256": steps}


def _apart(run: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, arguments)


def _weights(base: Path, name: str) -> dict[str, float]:
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    options: dict[str, Any] = {"dtype": torch.float32 if name == "fp32" else torch.bfloat16}
    if name == "int8":
        options["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    if name == "nf4":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True
        )
    network = AutoModelForCausalLM.from_pretrained(base, local_files_only=True, **options)
    linear = sum(
        weight_bytes(module)
        for where, module in network.named_modules()
        if isinstance(module, torch.nn.Linear) and "lm_head" not in where
    )
    with torch.inference_mode():
        found = network(torch.arange(5, 37)[None]).logits
    if not bool(torch.isfinite(found).all()):
        raise SystemExit(f"{name}: the network computes nothing")
    return {"all_mb": weight_bytes(network) / 1e6, "linear_mb": linear / 1e6}


def _step(
    base: Path, precision: Precision, method: TrainingMethod, activations: str
) -> dict[str, float]:
    import torch

    torch.set_num_threads(1)
    plan = TrainingPlan(ModelTask.CLASSIFIER, method, base=str(base), max_tokens=256)
    loaded = load_base(plan, base, [str(n) for n in range(5)], precision)
    if precision is Precision.BF16:
        loaded.network.float()  # autocast over fp32 weights; the share of bf16 weights is above
    network = with_adapters(plan, loaded)
    windows = [Window(n, tuple(range(5, 261)), n % 5) for n in range(8)]
    run = Run(1e-4, 1.0, 8, 0, activations == _AGAIN, Path(tempfile.mkdtemp()), keep=False)
    start = time.process_time()
    run_steps(loaded, network, windows, run, Pulse(lambda *_: None))
    seconds = time.process_time() - start
    return {
        "peak_mb": round(peak_bytes() / 1e6),
        "cpu_seconds": round(seconds, 1),
        "trainable_share": round(size(network).share, 5),
    }


if __name__ == "__main__":
    main()
