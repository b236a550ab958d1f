"""What is left of trainings goes when nobody can need it any more."""

from __future__ import annotations

import os
from pathlib import Path

from kb.training.leftovers import KEPT_DAYS, sweep

DAY = 86_400.0
NOW = 1_900_000_000.0


def left(work: Path, name: str, days: float) -> Path:
    """A folder whose newest file is so old."""
    folder = work / name
    folder.mkdir(parents=True)
    file = folder / "plan.json"
    file.touch()
    for path in (file, folder):
        os.utime(path, (NOW - days * DAY,) * 2)
    return folder


def test_only_what_nobody_needs_goes(tmp_path: Path) -> None:
    # given trainings that ended and that run, what crashes left, and a folder of somebody else
    left(tmp_path, "1", KEPT_DAYS + 1)
    left(tmp_path, "2", KEPT_DAYS + 1)
    left(tmp_path, "3", KEPT_DAYS - 1)
    left(tmp_path, "estimate-17", 2)
    left(tmp_path, "measure-18", 0.5)
    left(tmp_path, "notes", 900)
    # when those of long ago are swept while number 2 runs
    gone = sweep(tmp_path, {2}, now=NOW)
    # then
    assert gone == ["1", "estimate-17"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["2", "3", "measure-18", "notes"]


def test_a_folder_that_is_written_to_stays(tmp_path: Path) -> None:
    # given an old folder with a new checkpoint
    folder = left(tmp_path, "7", 400)
    (folder / "model").mkdir()
    os.utime(folder / "model", (NOW, NOW))
    # then
    assert sweep(tmp_path, set(), now=NOW) == []


def test_no_folder_is_no_trouble(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none", set()) == []
