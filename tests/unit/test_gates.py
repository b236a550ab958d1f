"""Rules that hold for every file of the product, so that nobody has to remember them."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("kb", "workers", "web", "migrations")

ENVIRONMENT_READERS = {
    Path("kb/settings.py"),
    Path("kb/parsing/ocr_tesseract.py"),  # sets OMP_THREAD_LIMIT for the tesseract it starts
    Path("kb/parsing/sandbox_server.py"),  # empties the environment of the child that reads
}
UNSAFE = {
    "pickle": re.compile(
        r"^\s*(?:import|from)\s+(?:pickle|cPickle|dill|cloudpickle|shelve|marshal)\b"
    ),
    "joblib": re.compile(r"^\s*(?:import|from)\s+joblib\b"),
    "eval or exec": re.compile(r"(?<![\w.])(?:eval|exec)\("),
    "yaml.load": re.compile(r"yaml\.(?:load|full_load|unsafe_load)\("),
    "torch.load": re.compile(r"weights_only\s*=\s*False|torch\.load\((?!.*weights_only=True)"),
    "allow_pickle": re.compile(r"allow_pickle\s*=\s*True"),
    "trust_remote_code": re.compile(r"trust_remote_code\s*=\s*True"),
    "shell": re.compile(r"shell\s*=\s*True|os\.system\("),
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = [ROOT / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def product_lines() -> Iterator[tuple[Path, int, str]]:
    for room in PRODUCT:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                yield path.relative_to(ROOT), number, line


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_nothing_in_the_product_runs_what_it_reads(name: str) -> None:
    found = [f"{p}:{n}: {line}" for p, n, line in product_lines() if UNSAFE[name].search(line)]
    assert found == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("pickle", "import pickle"),
        ("joblib", "from joblib import load"),
        ("eval or exec", "x = eval(text)"),
        ("yaml.load", "yaml.load(text)"),
        ("torch.load", "torch.load(path)"),
        ("torch.load", "torch.load(path, weights_only=False)"),
        ("allow_pickle", "np.load(path, allow_pickle=True)"),
        ("trust_remote_code", "from_pretrained(x, trust_remote_code=True)"),
        ("shell", "subprocess.run(x, shell=True)"),
    ],
)
def test_the_gate_would_notice(name: str, line: str) -> None:
    assert UNSAFE[name].search(line)


def test_the_environment_is_read_in_one_place() -> None:
    reading = re.compile(r"os\.environ|os\.getenv|getenv\(")
    found = [
        f"{path}:{number}"
        for path, number, line in product_lines()
        if reading.search(line) and path not in ENVIRONMENT_READERS
    ]
    assert found == []


def test_no_tracked_file_names_a_machine_or_a_package_registry() -> None:
    private = re.compile(
        rb"(?<![\w.])/(?:root|home/\w+|work/(?:main|shared))/|/opt/(?:wheels|pypi)"
        rb"|pypi\.org/simple|files\.pythonhosted\.org|registry\.(?:npmjs|yarnpkg|npmmirror)\."
        rb"|^--(?:extra-)?index-url",
        re.MULTILINE,
    )
    here = Path(__file__).resolve()
    found = {
        str(path.relative_to(ROOT)): match.group(0)
        for path in tracked()
        if path != here and (match := private.search(path.read_bytes()))
    }
    assert found == {}


def test_every_base_package_is_locked_with_a_hash() -> None:
    for name in ("base.txt", "dev.txt", "node.txt"):
        lock = (ROOT / "requirements" / name).read_text()
        pins = re.split(r"\n(?=[a-zA-Z0-9][\w.-]*==)", lock)[1:]
        assert pins
        assert [pin.split("\n")[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_what_pyproject_asks_for_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements" / "base.txt").read_text()
    locked = {normal(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    asked = {normal(re.split(r"[\[<>=!~ ]", line)[0]) for line in project["dependencies"]}
    assert asked - locked == set(), "run make lock"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("page", ["settings.md", "cli.md", "http.md"])
def test_every_setting_command_and_route_is_documented(
    page: str, reference_pages: dict[str, str]
) -> None:
    written = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert written == reference_pages[page], "run make docs"


@pytest.fixture(scope="module")
def reference_pages() -> dict[str, str]:
    place = ROOT / "docs" / "reference" / "generate.py"
    spec = importlib.util.spec_from_file_location("reference_pages", place)
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    pages: dict[str, str] = generate.pages()
    return pages


def test_links_between_the_papers_lead_somewhere() -> None:
    link = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
    dead = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in tracked("*.md")
        for target in link.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def test_no_module_is_longer_than_the_wall() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 600} == {}


@pytest.mark.filterwarnings("ignore:A test tried to use:UserWarning")  # what we provoke
def test_tests_reach_nothing_but_this_machine() -> None:
    with (
        socket.socket() as connection,
        pytest.raises(pytest_socket.SocketConnectBlockedError),
    ):
        connection.connect(("192.0.2.1", 9))
