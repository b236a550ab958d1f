"""The built page in Chromium, on a running instance."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from tests.support.instance import Instance
from tests.support.services import missing

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web/ui/node_modules/axe-core/axe.min.js"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page is there, and so is axe."""
    if not (ROOT / "web/static/index.html").is_file() or not AXE.is_file():
        missing("the built web page", "python deploy/setup/build_ui.py")


@pytest.fixture(scope="module")
def browser(chromium: str, built_page: None) -> Iterator[Browser]:
    """One Chromium for the module's tests."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def operator(instance: Instance) -> Callable[..., dict[str, object]]:
    """Run ``kb`` on the instance's data, as an operator does at the terminal."""

    def run(*arguments: str) -> dict[str, object]:
        command = [sys.executable, "-m", "kb.cli", "--data", str(instance.data), "--json"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    return run


@pytest.fixture(scope="module")
def new_link(
    instance: Instance, operator: Callable[..., dict[str, object]]
) -> Callable[[str], str]:
    """Make a fresh one-time link for a person."""
    return lambda name: instance.url + str(operator("user", "link", name)["path"])


@pytest.fixture(scope="module")
def signed_in(browser: Browser, new_link: Callable[[str], str]) -> StorageState:
    """Cookies of somebody who signed in by a link."""
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(new_link("admin"))
    page.get_by_role("button", name="Not now").click()
    page.get_by_role("combobox", name="Search documents").wait_for()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def visit(browser: Browser, instance: Instance, signed_in: StorageState) -> Iterator[Visit]:
    """Open an address as the signed-in person; a script error on the page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def go(path: str, *, language: str = "en", scheme: str = "light", width: int = 1440) -> Page:
        context = browser.new_context(
            base_url=instance.url,
            locale=language,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 900},
            storage_state=signed_in,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def accessibility() -> Callable[[Page], list[str]]:
    """What axe finds against WCAG 2.2 AA: rule and first element of each violation."""

    def check(page: Page) -> list[str]:
        page.evaluate(AXE.read_text())
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]

    return check
