"""The index as an operator sees it: build, checks, comparison, rollback, schedules."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.support.instance import wait_for_status

pytestmark = pytest.mark.timeout(240)

Visit = Callable[..., Page]
BUILT_MS = 60_000


@pytest.fixture(scope="module")
def filled(client: httpx2.Client) -> list[int]:
    """Two documents that can be found."""
    texts = {
        "pumps.txt": "Centrifugal pumps move water by a spinning impeller.",
        "休假.txt": "员工每年享有十五天带薪年休假，须提前两周申请。",
    }
    made = []
    for name, text in texts.items():
        sent = client.post("/api/v1/documents", files=[("files", (name, text.encode()))])
        made.append(int(sent.json()["documents"][0]["id"]))
    for document in made:
        wait_for_status(client, document, {"ready"}, 120)
    return made


def test_an_operator_builds_compares_and_rolls_back(
    visit: Visit, filled: list[int], accessibility: Callable[[Page], list[str]]
) -> None:
    page = visit("/settings/index")
    # a golden query, kept by choosing the document that answers it
    page.get_by_role("button", name="Add a query").click()
    page.get_by_label("The query, as a person types it").fill("how do pumps move water")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("checkbox", name="pumps.txt").check()
    page.get_by_role("button", name="Keep").click()
    golden = page.get_by_role("list", name="Golden queries")
    expect(golden).to_contain_text("how do pumps move water")
    # a build of everything that goes into service by itself
    page.get_by_role("button", name="Rebuild index").click()
    page.get_by_role("button", name="Start").click()
    rows = page.get_by_role("list", name="Index", exact=True).locator("> li")
    expect(rows).to_have_count(2)
    newest = rows.first
    expect(newest).to_contain_text("In service", timeout=BUILT_MS)
    checks = newest.get_by_role("list", name="Checks")
    for name in ("Complete", "Recall", "Golden queries", "Speed"):
        expect(checks).to_contain_text(name)
    expect(checks).not_to_contain_text("failed")
    assert accessibility(page) == []
    # its answers beside those of the one before
    newest.get_by_role("button", name="Compare answers").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("row", name="how do pumps move water")).to_contain_text("1 pumps.txt")
    assert accessibility(page) == []
    page.keyboard.press("Escape")
    # and back
    before = rows.nth(1)
    expect(before).to_contain_text("Previous")
    before.get_by_role("button", name="Roll back").click()
    expect(before).to_contain_text("In service")
    expect(newest).to_contain_text("Previous")


def test_a_build_waits_for_the_operator_when_told_to(visit: Visit, filled: list[int]) -> None:
    page = visit("/settings/index", language="zh-CN")
    page.get_by_role("button", name="重建索引").click()
    page.get_by_label("通过检查后").select_option("manual")
    page.get_by_role("button", name="开始").click()
    newest = page.get_by_role("list", name="索引", exact=True).locator("> li").first
    expect(newest).to_contain_text("待上线", timeout=BUILT_MS)
    newest.get_by_role("button", name="上线").click()
    expect(newest).to_contain_text("服务中")


def test_a_schedule_tells_its_next_run_in_its_own_zone(visit: Visit) -> None:
    page = visit("/settings/index")
    page.get_by_role("button", name="New schedule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Time (minute hour day month weekday)").fill("every day")
    dialog.get_by_label("Time zone").fill("Asia/Shanghai")
    dialog.get_by_role("button", name="New schedule").click()
    expect(page.get_by_text("is not minute hour day month weekday")).to_be_visible()
    dialog.get_by_label("Time (minute hour day month weekday)").fill("0 2 * * *")
    dialog.get_by_role("button", name="New schedule").click()
    rows = page.get_by_role("list", name="Schedules")
    expect(rows).to_contain_text("2:00")
    expect(rows).to_contain_text("(Asia/Shanghai)")
    page.get_by_role("button", name="Remove schedule").click()
    expect(page.get_by_text("There are no schedules yet")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_page_fits_a_phone(
    visit: Visit,
    filled: list[int],
    accessibility: Callable[[Page], list[str]],
    language: str,
    scheme: str,
) -> None:
    page = visit("/settings/index", language=language, scheme=scheme, width=390)
    page.locator("main ul > li").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessibility(page) == []
