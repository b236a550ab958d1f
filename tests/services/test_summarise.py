"""``kb summarise`` and ``kb eval summarise`` as a person calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TEXT = """Report on the flood

This report describes the flood of March and its consequences for the northern plant.
Water entered the hall on Sunday night after two days of rain.

The insurer covers most of the damage to buildings and machines.
The board decided to raise the walls along the river by one metre.
"""


def kb(tmp_path: Path, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "kb.cli", "--data", str(tmp_path / "data"), "--json", *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_a_file_is_summarised_with_pages_and_nothing_is_stored(tmp_path: Path) -> None:
    (tmp_path / "flood.txt").write_text(TEXT, encoding="utf-8")

    told = kb(tmp_path, "summarise", str(tmp_path / "flood.txt"))
    line = kb(tmp_path, "summarise", str(tmp_path / "flood.txt"), "--style", "line")

    assert told["kind"] == "extractive"
    assert told["windows_read"] == told["windows_total"] == 1
    assert all(s["sources"][0]["page"] == 1 for s in told["sentences"])
    assert all(s["text"] in " ".join(TEXT.split()) for s in told["sentences"])
    assert len(line["sentences"]) == 1 <= len(told["sentences"])
    assert not (tmp_path / "data" / "kb.sqlite3").exists()


def test_a_set_is_measured(tmp_path: Path) -> None:
    row = {"id": 1, "text": TEXT, "summary": "The board raises the walls along the river."}
    (tmp_path / "docs.jsonl").write_text(json.dumps(row), encoding="utf-8")

    figures = kb(tmp_path, "eval", "summarise", str(tmp_path))

    assert figures["documents"] == 1
    assert 0 < figures["ours"]["rouge_l"] <= 1
    assert figures["with_sources"] == 1
    assert {"lead_k", "lead_words"} <= set(figures)
