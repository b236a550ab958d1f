"""What a person does on the web page, from the one-time link to a place on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit
from tests.support.instance import Instance, wait_for_status
from tests.support.pdf_files import Text, write_pdf

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

WORD = "centrifugal"
LINE = Text(72, 300, "The supplier delivers twenty centrifugal pumps within sixty days.", 12)


@pytest.fixture(scope="module")
def client(instance: Instance, new_link: Callable[[str], str]) -> Iterator[httpx2.Client]:
    """A signed-in client that leaves the instance's own link alone."""
    with httpx2.Client(base_url=instance.url, timeout=30.0, trust_env=False) as signed:
        signed.headers["Origin"] = instance.url
        signed.headers["X-CSRF-Token"] = signed.get("/api/v1/session").json()["csrf_token"]
        token = new_link("admin").partition("token=")[2]
        answer = signed.post("/api/v1/session", json={"link_token": token}).json()
        signed.headers["X-CSRF-Token"] = answer["csrf_token"]
        yield signed


@pytest.fixture(scope="module")
def contract(client: httpx2.Client, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Id of a two-page contract that is ready."""
    path = tmp_path_factory.mktemp("files") / "pump contract.pdf"
    heading = Text(72, 90, "Purchase contract", 18, bold=True)
    terms = Text(72, 140, "The buyer pays within thirty days after acceptance of the goods.", 12)
    write_pdf(path, [[heading, terms], [LINE]], title="Purchase contract")
    with path.open("rb") as file:
        sent = client.post("/api/v1/documents", files=[("files", (path.name, file))])
    document = int(sent.json()["documents"][0]["id"])
    wait_for_status(client, document, {"ready", "failed"}, 120)
    return document


def test_a_link_signs_in_once_and_a_password_the_next_time(
    browser: Browser,
    instance: Instance,
    operator: Callable[..., dict[str, object]],
    new_link: Callable[[str], str],
) -> None:
    # given a one-time link of somebody new
    operator("user", "add", "lin")
    link = new_link("lin")
    page = browser.new_context(locale="en").new_page()
    # when it is opened and a password is set as offered
    page.goto(link)
    page.get_by_label("New password").fill("correct horse 42")
    page.get_by_label("Repeat it").fill("correct horse 42")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("combobox", name="Search documents")).to_be_focused()
    # then the link is used up
    stranger = browser.new_context(locale="en").new_page()
    stranger.goto(link)
    expect(stranger.get_by_text("This link does not sign you in")).to_be_visible()
    # and the password signs in, back to where the person wanted to go
    stranger.goto(f"{instance.url}/documents?sort=name")
    stranger.get_by_label("Name").fill("lin")
    stranger.get_by_label("Password", exact=True).fill("correct horse 42")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger).to_have_url(re.compile(r"/documents\?sort=name$"))
    page.context.close()
    stranger.context.close()


def test_an_upload_is_followed_live_until_it_is_ready(visit: Visit, tmp_path: Path) -> None:
    # given the list of documents
    page = visit("/documents")
    good = write_pdf(tmp_path / "minutes.pdf", [[Text(72, 90, "Minutes of the meeting in May.")]])
    empty = tmp_path / "empty.pdf"
    empty.touch()
    # when a good and an empty file are uploaded
    page.get_by_role("button", name="Upload").first.click()
    page.get_by_test_id("upload-files").last.set_input_files([good, empty])
    # then the panel tells which was taken and why the other was not
    panel = page.get_by_role("region", name="Uploads")
    expect(panel).to_contain_text("1 new · 0 duplicates · 1 rejected")
    expect(panel).to_contain_text("is empty (0 bytes)")
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download list of rejects").click()
    assert "empty_file" in download.value.path().read_text("utf-8-sig")
    # and the row becomes ready without a reload
    expect(page.locator("tbody tr", has_text="minutes.pdf")).to_contain_text(
        "Ready", timeout=90_000
    )


def test_a_hit_leads_by_keyboard_to_its_place_on_the_page(visit: Visit, contract: int) -> None:
    # given a search for a word on page 2
    page = visit("/")
    expect(page.get_by_role("combobox", name="Search documents")).to_be_focused()
    page.keyboard.type(WORD)
    page.keyboard.press("Enter")
    hit = page.get_by_role("list", name="Search results").get_by_role("listitem").first
    expect(hit).to_contain_text("Purchase contract")
    expect(hit.locator("mark").first).to_have_text(re.compile(WORD, re.IGNORECASE))
    expect(page.get_by_text(re.compile(r"^\d+ results?$"))).to_be_visible()
    # when the first hit is chosen and opened by keys
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    # then the page shows, and the word's line is marked where it is printed
    expect(page).to_have_url(re.compile(rf"/documents/{contract}\?"))
    sheet = page.locator('[data-page="2"]')
    box, image = sheet.locator('[data-box="hit"]').first, sheet.locator("img")
    expect(image).to_be_visible()
    marked, whole = box.bounding_box(), image.bounding_box()
    assert marked is not None
    assert whole is not None
    top = (marked["y"] - whole["y"]) / whole["height"] * 842
    assert LINE.y - LINE.size - 6 < top < LINE.y
    left = (marked["x"] - whole["x"]) / whole["width"] * 595
    assert LINE.x - 6 < left < LINE.x + 200


def test_nothing_fires_while_an_input_method_composes(visit: Visit, contract: int) -> None:
    # given a composition that is open in the search box
    page = visit("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    composing = page.context.new_cdp_session(page)
    page.get_by_role("combobox", name="Search documents").focus()
    composing.send(
        "Input.imeSetComposition", {"text": "hetong", "selectionStart": 6, "selectionEnd": 6}
    )
    page.wait_for_timeout(400)
    # then neither suggestions nor a search were asked for
    assert [url for url in asked if "/suggest" in url or "/search" in url] == []
    # and once it is committed, Enter searches
    composing.send("Input.insertText", {"text": "合同"})
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q="))


def test_deleted_is_gone_from_search_and_can_be_restored(
    visit: Visit, client: httpx2.Client, tmp_path: Path
) -> None:
    # given a document that can be found
    path = write_pdf(tmp_path / "obsolete.pdf", [[Text(72, 90, "Quixotic zeppelin schedule.")]])
    with path.open("rb") as file:
        sent = client.post("/api/v1/documents", files=[("files", (path.name, file))])
    wait_for_status(client, sent.json()["documents"][0]["id"], {"ready", "failed"}, 120)
    # when it is selected and deleted
    page = visit("/documents")
    page.get_by_label("Select obsolete.pdf").check()
    page.get_by_role("region", name="1 selected").get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr", has_text="obsolete.pdf")).to_have_count(0)
    # then no search by words finds it
    page.goto("/?q=zeppelin&mode=lexical")
    expect(page.get_by_text("Nothing found for")).to_be_visible()
    # and from the trash it comes back
    page.goto("/documents?trash=true")
    page.get_by_role("button", name=re.compile("^Restore.*obsolete.pdf")).click()
    expect(page.locator("tbody tr", has_text="obsolete.pdf")).to_have_count(0)
    page.goto("/?q=zeppelin&mode=lexical")
    expect(page.get_by_role("list", name="Search results")).to_contain_text("zeppelin")


def test_a_person_corrects_the_category(visit: Visit, contract: int) -> None:
    # given a document
    page = visit(f"/documents/{contract}")
    picker = page.get_by_title("Change category")
    # when another category is chosen
    picker.click()
    page.get_by_label("Find a category").fill("policy")
    page.get_by_role("button", name=re.compile("policy")).click()
    # then it is shown as a person's
    expect(picker).to_contain_text("policy")
    expect(page.get_by_text("Set by a person")).to_be_visible()


def test_palette_shortcuts_and_language(visit: Visit) -> None:
    # given any screen
    page = visit("/settings/general")
    page.get_by_role("heading", name="Settings").wait_for()
    # when the palette is asked to change the language
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("中文")
    page.keyboard.press("Enter")
    # then the page is in Chinese, and ? lists the shortcuts
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()


SCREENS = {
    "home": "/",
    "results": f"/?q={WORD}&format=pdf",
    "nothing found": "/?q=xyzzyplugh&mode=lexical",
    "documents": "/documents",
    "trash": "/documents?trash=true",
    "summary": "/documents/{contract}?page=2&q=" + WORD,
    "text": "/documents/{contract}?tab=text",
    "details": "/documents/{contract}?tab=details",
    "general": "/settings/general",
    "account": "/settings/account",
    "collections": "/settings/collections",
    "taxonomy": "/settings/taxonomy",
    "index": "/settings/index",
    "jobs": "/jobs",
    "pages": "/pages",
    "not found": "/nowhere",
}


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 1440), ("zh-CN", "dark", 1440), ("zh-CN", "light", 390), ("en", "dark", 390)],
)
def test_every_screen_is_accessible_and_fits(
    visit: Visit,
    accessibility: Callable[[Page], list[str]],
    contract: int,
    language: str,
    scheme: str,
    width: int,
) -> None:
    # given each screen in a language, a colour scheme and a width
    page = visit("/", language=language, scheme=scheme, width=width)
    found: dict[str, list[str]] = {}
    for name, path in SCREENS.items():
        # when it is open
        page.goto(path.format(contract=contract))
        page.locator("#main").wait_for()
        page.wait_for_load_state("load")
        page.wait_for_timeout(500)
        # then axe has nothing to say, and nothing is wider than the window
        if problems := accessibility(page):
            found[name] = problems
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert found == {}
