"""How people keep categories in order: the review queue by keys, the tree, the document's page."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.instance import Instance, wait_for_status
from tests.support.services import wait_until

pytestmark = pytest.mark.timeout(240)

Visit = Callable[..., Page]
Operator = Callable[..., dict[str, object]]

QUEUE = 'section[aria-label="Waiting documents"] li'
TEXTS = [
    "The weather turned and the river rose over the lower meadows during the night.",
    "Seven lanterns hung along the quay while the ferry waited for the last travellers.",
    "A choir sang in the old market hall, and the bakers opened their doors early.",
    "Snow fell on the pass; the herd came down two weeks before anybody expected it.",
    "The clockmaker counted teeth of a brass wheel and wrote their number on the wall.",
    "Gulls followed the trawler into the harbour, where crates of mackerel were stacked.",
]


@pytest.fixture(scope="module")
def files(client: httpx2.Client) -> list[int]:
    """Six documents that fit no category well, so that they wait for a person."""
    labels = [
        {"name": name, "name_zh": zh, "name_en": en, "description_en": f"Documents that are {en}."}
        for name, zh, en in [
            ("lease", "租约", "Lease"),
            ("memo", "备忘", "Memo"),
            ("recipe", "菜谱", "Recipe"),
            ("manual", "手册", "Manual"),
        ]
    ]
    shape = {"name": "desk", "labels": labels}
    assert client.put("/api/v1/taxonomies/desk", json=shape).status_code == 200
    collection = client.get("/api/v1/collections").json()["items"][0]["id"]
    wanted = {"taxonomy": "desk"}
    assert client.put(f"/api/v1/collections/{collection}/models", json=wanted).status_code == 200
    sent = client.post(
        "/api/v1/documents",
        files=[
            ("files", (f"note {at}.txt", text.encode(), "text/plain"))
            for at, text in enumerate(TEXTS)
        ],
    )
    ids = [int(each["id"]) for each in sent.json()["documents"]]
    for document in ids:
        wait_for_status(client, document, {"ready"}, 120)
    return ids


@pytest.fixture
def queue(client: httpx2.Client, files: list[int]) -> list[int]:
    """Ids in the queue, at least four; what tests before decided is taken back."""
    for document in files:
        client.delete(f"/api/v1/documents/{document}/category")
    found = client.get("/api/v1/review").json()["items"]
    ids = [int(each["document"]["id"]) for each in found]
    assert len(ids) >= 4, "the built-in model must be unsure of most of these"
    return ids


def category(client: httpx2.Client, document: int) -> dict[str, object]:
    """The category of a document."""
    return dict(client.get(f"/api/v1/documents/{document}").json()["category"])


def test_the_queue_is_decided_by_keys_and_taken_back(
    visit: Visit, client: httpx2.Client, queue: list[int]
) -> None:
    # given the queue, the most uncertain document first
    page = visit("/review")
    rows = page.locator(QUEUE)
    expect(rows).to_have_count(len(queue))
    expect(page.get_by_text(f"0 decided, {len(queue)} left")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Passages that speak for"))).to_be_visible()
    proposed = page.get_by_role("button", name=re.compile("^Accept")).first.inner_text()
    # when the suggestion is accepted, the second candidate chosen, and the third skipped
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"1 decided, {len(queue) - 1} left")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_text(f"2 decided, {len(queue) - 2} left")).to_be_visible()
    page.keyboard.press("s")
    expect(rows.nth(1)).to_have_attribute("data-current", "true")
    # then the server has a person's word, and the queue got shorter
    wait_until(
        lambda: client.get("/api/v1/review").json()["total"] == len(queue) - 2, "both arrived", 20
    )
    first = category(client, queue[0])
    assert first["source"] == "person"
    assert str(first["name_en"]) in proposed
    assert category(client, queue[1])["source"] == "person"
    # when the last decision is undone
    page.keyboard.press("u")
    # then that document waits again, as the model had left it
    expect(page.get_by_text(f"1 decided, {len(queue) - 1} left")).to_be_visible()
    assert category(client, queue[1])["name"] is None
    assert category(client, queue[1])["source"] == "model"


def test_any_category_can_be_typed(visit: Visit, client: httpx2.Client, queue: list[int]) -> None:
    # given a document that waits
    page = visit("/review")
    page.get_by_role("heading", name=re.compile("^Passages that speak for")).wait_for()
    # when a part of a category's name is typed, in either language
    page.keyboard.press("c")
    page.keyboard.type("手")
    page.keyboard.press("Enter")
    # then it has that category, and the keys go on with the next document
    expect(page.get_by_text("is now “Manual”")).to_be_visible()
    page.keyboard.press("0")
    expect(page.get_by_text("no category fits")).to_be_visible()
    wait_until(
        lambda: client.get("/api/v1/review").json()["total"] == len(queue) - 2, "both arrived", 20
    )
    assert category(client, queue[0])["name"] == "manual"
    assert category(client, queue[1]) | {"confidence": 0} == {
        "name": None,
        "name_zh": None,
        "name_en": None,
        "confidence": 0,
        "source": "person",
        "stale": False,
    }


def test_many_are_accepted_at_once_and_undone_at_once(
    visit: Visit, client: httpx2.Client, queue: list[int]
) -> None:
    # given some that are selected
    page = visit("/review")
    expect(page.locator(QUEUE)).to_have_count(len(queue))
    page.get_by_label(f"Select all {len(queue)} listed").check()
    # when all suggestions are accepted
    page.get_by_role("button", name=f"Accept {len(queue)} suggestions").click()
    # then the queue is empty here and there
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    expect(page.get_by_text(f"You went through {len(queue)} documents")).to_be_visible()
    wait_until(lambda: client.get("/api/v1/review").json()["total"] == 0, "all are stored", 20)
    # and one undo brings all back
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(QUEUE)).to_have_count(len(queue))
    expect(page.get_by_text(f"{len(queue)} decisions taken back")).to_be_visible()
    assert client.get("/api/v1/review").json()["total"] == len(queue)


def ask(page: Page, label: str, action: str) -> None:
    """Choose from the menu of a label."""
    page.get_by_role("button", name=f"Actions for “{label}”").click()
    page.get_by_role("menuitem", name=action).click()


def test_labels_are_added_merged_with_a_preview_and_undone(
    visit: Visit, client: httpx2.Client, files: list[int]
) -> None:
    # given a document under a label
    client.patch(f"/api/v1/documents/{files[0]}", json={"category": "memo"})
    page = visit("/labels?taxonomy=desk")
    tree = page.get_by_role("list", name="Categories of “desk”")
    # when a label is added
    page.get_by_role("button", name="Add a category").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Chinese name").fill("信函")
    dialog.get_by_label("English name").fill("Business letter")
    dialog.get_by_label("Below").select_option("memo")
    dialog.get_by_role("button", name="Add a sample text").click()
    dialog.get_by_label("Sample text 1", exact=True).fill("Dear Sir or Madam")
    dialog.get_by_role("button", name="Save").click()
    # then it stands below its parent
    expect(tree.locator("li li").first).to_contain_text("Business letter")
    # when another is merged into it
    ask(page, "Memo", "Merge into…")
    dialog.get_by_label("Into", exact=True).select_option("business_letter")
    # then what it concerns is told before it is done
    expect(dialog.get_by_role("status")).to_contain_text("1 document filed by a person")
    assert category(client, files[0])["name"] == "memo"
    dialog.get_by_role("button", name="Merge").click()
    expect(tree.get_by_text("Memo", exact=True)).to_have_count(0)
    assert category(client, files[0])["name"] == "business_letter"
    # and it can be undone
    page.get_by_role("button", name="Undo last change").click()
    expect(tree.get_by_text("Memo", exact=True)).to_be_visible()
    assert category(client, files[0])["name"] == "memo"


def test_a_label_is_renamed_split_and_deleted(
    visit: Visit, client: httpx2.Client, files: list[int]
) -> None:
    page = visit("/labels?taxonomy=desk")
    tree = page.get_by_role("list", name="Categories of “desk”")
    dialog = page.get_by_role("dialog")
    # when a label gets another name and key
    ask(page, "Recipe", "Rename…")
    dialog.get_by_label("English name").fill("Cookery")
    dialog.get_by_label("Key").fill("cookery")
    dialog.get_by_role("button", name="Rename").click()
    expect(tree).to_contain_text("cookery")
    # when it is split
    ask(page, "Cookery", "Split…")
    for number, (zh, en) in enumerate([("汤", "Soups"), ("甜点", "Desserts")], start=1):
        part = dialog.get_by_role("group", name=f"New category {number}")
        part.get_by_label("Chinese name").fill(zh)
        part.get_by_label("English name").fill(en)
    dialog.get_by_role("button", name="Split").click()
    expect(tree).to_contain_text("Desserts")
    # when one of them is deleted
    ask(page, "Soups", "Delete…")
    expect(dialog.get_by_role("status")).to_contain_text(re.compile("No document|Concerns"))
    dialog.get_by_role("button", name="Delete").click()
    expect(tree.get_by_text("Soups", exact=True)).to_have_count(0)
    # then all of it stands in the list of changes
    changes = page.get_by_role("list", name="Changes")
    for sentence in ("soups deleted", "split into", "recipe renamed to cookery"):
        expect(changes).to_contain_text(sentence)


def test_a_file_is_previewed_and_taken_in_and_a_collection_uses_it(
    visit: Visit, client: httpx2.Client, files: list[int]
) -> None:
    # given a file of categories
    page = visit("/labels?taxonomy=desk")
    page.get_by_role("button", name="File").click()
    page.get_by_role("menuitem", name="Import…").click()
    dialog = page.get_by_role("dialog")
    text = b"name: archive\nlabels:\n  - name: deed\n    children: [lease]\n  - name: minutes\n"
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files([{"name": "a.yaml", "mimeType": "text/yaml", "buffer": text}])
    # then what it brings is told first
    expect(dialog.get_by_role("status")).to_contain_text("New taxonomy “archive”")
    expect(dialog.get_by_role("status")).to_contain_text("3 categories are added")
    dialog.get_by_role("button", name="Import").click()
    # when it is taken in, then it shows as a tree and comes out as a file
    tree = page.get_by_role("list", name="Categories of “archive”")
    expect(tree.locator("li li")).to_contain_text("lease")
    page.get_by_role("button", name="File").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export as YAML").click()
    assert "minutes" in download.value.path().read_text("utf-8")
    # when a collection shall use it
    select = page.get_by_label(re.compile("^Taxonomy of "))
    select.first.select_option("archive")
    dialog.get_by_role("button", name="Change it").click()
    # then the taxonomy says so
    expect(page.get_by_text(re.compile("Used by "))).to_be_visible()
    select.first.select_option("desk")
    dialog.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("No collection uses it now")).to_be_visible()


def test_category_and_summary_are_confirmed_and_edited_on_the_documents_page(
    visit: Visit, client: httpx2.Client, files: list[int]
) -> None:
    document = files[5]
    client.patch(f"/api/v1/documents/{document}", json={"category": "manual"})
    page = visit(f"/documents/{document}")
    # when the person's category is taken back, the model's answer shows
    page.get_by_role("button", name="Take back what was set").click()
    expect(page.get_by_text("The model’s answer counts again")).to_be_visible()
    assert category(client, document)["source"] == "model"
    # when the summary is edited
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("Gulls follow a trawler home.")
    dialog.get_by_role("button", name="Save").click()
    # then it is a person's, and an example to learn from
    expect(page.get_by_text("By a person", exact=True)).to_be_visible()
    page.goto("/labels?show=examples&taxonomy=desk")
    page.get_by_label("Kind").select_option("summary")
    expect(page.get_by_role("list", name="Examples")).to_contain_text("Gulls follow a trawler home")


def test_a_reader_sees_categories_but_changes_nothing(
    browser: Browser,
    instance: Instance,
    operator: Operator,
    new_link: Callable[[str], str],
    files: list[int],
) -> None:
    # given somebody without any right to write
    operator("user", "add", "reader")
    context = browser.new_context(locale="en", base_url=instance.url)
    page = context.new_page()
    page.goto(new_link("reader"))
    page.get_by_role("button", name="Not now").click()
    page.get_by_role("combobox", name="Search documents").wait_for()
    expect(page.get_by_role("link", name="Review")).to_have_count(0)
    # then the review says who may, and categories have no buttons
    page.goto("/review")
    expect(page.get_by_text("There is no collection you may write to")).to_be_visible()
    page.goto("/labels?taxonomy=desk")
    expect(page.get_by_role("list", name="Categories of “desk”")).to_contain_text("Manual")
    for name in ("Add a category", "Undo last change", "Actions for “Manual”"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    context.close()


LOOKS = [
    ("en", "light", 1440),
    ("zh-CN", "dark", 1440),
    ("zh-CN", "light", 390),
    ("en", "dark", 390),
]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_screens_are_accessible_and_fit(
    visit: Visit,
    accessibility: Callable[[Page], list[str]],
    queue: list[int],
    look: tuple[str, str, int],
) -> None:
    # given each screen in a language, a colour scheme and a width
    language, scheme, width = look
    page = visit("/review", language=language, scheme=scheme, width=width)
    found: dict[str, list[str]] = {}
    screens = (
        "/review",
        "/labels?taxonomy=desk",
        "/labels?show=examples",
        f"/documents/{queue[0]}",
    )
    for path in screens:
        # when it is open
        page.goto(path)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        # then axe has nothing to say, and nothing is wider than the window
        if problems := accessibility(page):
            found[path] = problems
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert found == {}
