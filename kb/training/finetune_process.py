"""One fine-tuning as a program of its own, on one or several GPUs.

    python -m kb.training.finetune_process FOLDER
    torchrun --nproc-per-node 4 -m kb.training.finetune_process FOLDER

FOLDER holds ``plan.json`` and ``examples.jsonl.gz`` (``write_order``). Progress goes to standard
output, one JSON object a line; started again after a kill, it goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from kb.domain.errors import InvalidInput, KbError
from kb.domain.models import Example, ModelTask, TrainingMethod, TrainingPlan
from kb.training.finetune import FineTuner
from kb.training.finetune_steps import is_main_process
from kb.training.formats import read_examples, write_examples

PLAN, EXAMPLES = "plan.json", "examples.jsonl.gz"


def write_order(folder: Path, plan: TrainingPlan, examples: Sequence[Example]) -> None:
    """Write what this program reads."""
    (folder / PLAN).write_text(json.dumps(asdict(plan), ensure_ascii=False), encoding="utf-8")
    write_examples(folder / EXAMPLES, examples)


def read_plan(folder: Path) -> TrainingPlan:
    """The plan of an order.

    Raises:
        InvalidInput: it is missing or names what there is not.
    """
    try:
        fields = json.loads((folder / PLAN).read_bytes())
        fields["task"], fields["method"] = (
            ModelTask(fields["task"]),
            TrainingMethod(fields["method"]),
        )
        return TrainingPlan(**fields)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(field=PLAN, detail=str(error)) from error


def main(arguments: Sequence[str]) -> int:
    """Train what the folder asks for; 0 when done, 1 with the reason on standard error."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folder = Path(arguments[0])
    try:
        plan = read_plan(folder)
        model = FineTuner().train(plan, read_examples(folder / EXAMPLES), folder, _tell)
    except KbError as error:
        sys.stderr.write(f"{error}\n{error.sentence('zh')}\n")
        return 1
    if is_main_process():
        _write({"metrics": dict(model.metrics), "trainable_share": model.trainable_share})
    return 0


def _tell(done: int, total: int, figures: Mapping[str, float]) -> None:
    if is_main_process():
        _write({"done": done, "total": total, **figures})


def _write(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
