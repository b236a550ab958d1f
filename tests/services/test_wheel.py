"""``pip install .`` gives the same ``kb``: what the program reads at run time is in the wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True, timeout=240)
    return next(folder.glob("*.whl"))


@pytest.mark.timeout(300)
def test_the_wheel_holds_templates_page_migrations_samples_and_no_sources_of_the_page(
    wheel: Path,
) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "web/static/index.html",
        "web/templates/",
        "migrations/env.py",
        "migrations/versions/",
        "kb/samples/",
        "kb/enrichment/",
        "workers/supervisor.py",
    ):
        assert any(name.startswith(needed) for name in names), needed
    assert any(name.startswith("kb/enrichment/") and name.endswith(".yaml") for name in names)
    assert not [name for name in names if name.startswith(("web/ui/", "tests/", "data/"))]


@pytest.mark.timeout(300)
def test_the_installed_command_works_far_from_the_sources(wheel: Path, tmp_path: Path) -> None:
    # given an environment that sees the locked packages, with our wheel in place of the sources
    place = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(place), str(wheel)], check=True, timeout=120)
    program = place / "bin" / "kb"
    environment = {"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    # when it makes a data folder and looks into it
    done = [
        subprocess.run(
            [sys.executable, str(program), "--json", "--data", str(tmp_path / "data"), *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        for words in (["migrate"], ["list"])
    ]
    # then the schema is there, and the code that ran is the wheel's
    assert json.loads(done[1].stdout)["documents"] == []
    where = [sys.executable, "-c", "import kb, web, workers; print(kb.__file__)"]
    told = subprocess.run(
        where, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith(str(place))
