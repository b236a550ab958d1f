"""A process of its own: what it says is heard, how it ends is told, who stops it is obeyed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kb.domain.errors import InvalidInput, LeaseLost, TrainingDied
from kb.training.runner import Runner

SAY = "import json,sys; say = lambda m: print(json.dumps(m), flush=True)\n"


def runner(program: str) -> Runner:
    def command(what: str, folder: Path) -> tuple[list[str], Mapping[str, str]]:
        return [sys.executable, "-c", SAY + program, what, str(folder)], dict(os.environ)

    return Runner(command)


def run(program: str, folder: Path, beat: object = None) -> tuple[object, list[tuple[int, int]]]:
    heard: list[tuple[int, int]] = []
    found = runner(program).run(
        "train",
        folder,
        heard=lambda done, total, figures: heard.append((done, total)),
        beat=beat if callable(beat) else lambda: None,
    )
    return found, heard


def test_progress_is_heard_and_the_result_read(tmp_path: Path) -> None:
    program = (
        "print('a library says hello')\n"
        "say({'done': 1, 'total': 2, 'figures': {'loss': 0.5}})\n"
        "open(sys.argv[2] + '/result.json', 'w').write('{\"x\": 1}')"
    )
    assert run(program, tmp_path) == ({"x": 1}, [(1, 2)])


def test_a_failure_is_told_as_it_was(tmp_path: Path) -> None:
    facts = {"field": "examples", "detail": "too few"}
    program = f"say({{'error': 'invalid_input', 'facts': {facts}}}); sys.exit(1)"
    with pytest.raises(InvalidInput, match="too few"):
        run(program, tmp_path)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory ran out"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("sys.stderr.write('it broke'); sys.exit(3)", "it broke"),
        ("pass", "exit 0"),
    ],
)
def test_a_death_without_a_word_is_told(tmp_path: Path, program: str, said: str) -> None:
    with pytest.raises(TrainingDied, match=said):
        run(program, tmp_path)


def test_who_lost_the_lease_stops_the_process(tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "open(sys.argv[2] + '/pid', 'w').write(str(os.getpid()))\n"
        "say({'done': 0, 'total': 1, 'figures': {}}); time.sleep(600)"
    )

    def beat() -> None:
        if (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text():
            raise LeaseLost(subject="job 1")

    with pytest.raises(LeaseLost):
        run(program, tmp_path, beat)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
