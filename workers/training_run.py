"""The process of one training: ``python -m workers.training_run train|estimate|measure FOLDER``.

What it reads and leaves: see ``kb.training.runner``. It dies with whoever started it, is the first
to go when the machine's memory runs out, and gives way to everybody else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kb.bootstrap import Application, build
from kb.domain.errors import KbError
from kb.settings import Settings
from kb.storage.trainings import plan_of
from kb.telemetry import configure_logging
from kb.training.dataset import read_examples
from kb.training.process import Order, estimate, measure_both, train
from kb.training.runner import EXAMPLES, PLAN, RESULT
from workers.processes import die_with_parent

_NICE = 10
_FIRST_TO_GO = "800"
"""proc(5), oom_score_adj: -1000 to 1000."""
_WORK = {"train": train, "estimate": estimate, "measure": measure_both}
_ARGUMENTS = 3


def tell(done: int, total: int, figures: Mapping[str, float]) -> None:
    """Say how far it is, on standard output."""
    _say({"done": done, "total": total, "figures": dict(figures)})


def main(arguments: list[str]) -> int:
    """Do the work; 0 when ``result.json`` is there, 1 with the reason told."""
    if len(arguments) != _ARGUMENTS or arguments[1] not in _WORK:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    die_with_parent()
    _stand_back()
    settings = Settings()
    configure_logging("error")
    folder = Path(arguments[2])
    application = build(settings)
    try:
        result = _WORK[arguments[1]](_order(application, folder), application.training_parts, tell)
    except KbError as error:
        _say({"error": error.code, "facts": dict(error.facts)})
        return 1
    temporary = folder / f"{RESULT}.new"
    temporary.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    temporary.replace(folder / RESULT)
    return 0


def _order(application: Application, folder: Path) -> Order:
    tree: dict[str, Any] = json.loads((folder / PLAN).read_bytes())
    return Order(
        plan=plan_of(tree["plan"]),
        examples=tuple(read_examples(folder / EXAMPLES)),
        labels=tuple(tree.get("labels", ())),
        model=tree.get("model"),
        serving=tree.get("serving"),
        folder=folder,
        database=application.database,
    )


def _stand_back() -> None:
    os.nice(_NICE)
    if sys.platform.startswith("linux"):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
