"""From people's labels to a model in service and back, as an engineer does it on the page."""

from __future__ import annotations

import json
import random
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

TRAINED_MS = 120_000
ROW = 'ul[aria-label="Training"] > li'
"""A training in the list."""


WORDS = {
    "contract": "party agrees obligation clause signed term liability breach governing law lessee "
    "tenant warranty notice termination consent covenant arbitration 合同 甲方 乙方 违约 条款 签订",
    "invoice": "total amount due payment tax number quantity price bank account discount receipt "
    "remittance balance currency unit subtotal billing 发票 金额 付款 税额 单价 开票",
}


def _texts(count: int) -> list[tuple[str, str]]:
    """Documents of two kinds in turn, none nearly the same as another."""
    draw = random.Random(7)
    labels = [list(WORDS)[number % 2] for number in range(count)]
    return [(label, " ".join(draw.choices(WORDS[label].split(), k=25))) for label in labels]


@pytest.fixture(scope="module")
def labelled(client: httpx2.Client, instance: Instance) -> int:
    """Contracts and invoices with their labels, and a another invoice that has none."""
    named = [("contract", "合同", "Contract"), ("invoice", "发票", "Invoice")]
    labels = [{"name": name, "name_zh": zh, "name_en": en} for name, zh, en in named]
    shape = {"name": "papers", "labels": labels}
    assert client.put("/api/v1/taxonomies/papers", json=shape).status_code == 200
    rows = [{"text": text, "label": label} for label, text in _texts(60)]
    sent = client.post(
        "/api/v1/labels/import",
        params={"taxonomy": "papers"},
        content="\n".join(map(json.dumps, rows)),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert sent.json()["new"] == 60, sent.text
    collection = client.get("/api/v1/collections").json()["items"][0]["id"]
    wanted = {"taxonomy": "papers"}
    assert client.put(f"/api/v1/collections/{collection}/models", json=wanted).status_code == 200
    file = ("bill.txt", _texts(62)[-1][1].encode(), "text/plain")
    sent = client.post("/api/v1/documents", files=[("files", file)])
    document = int(sent.json()["documents"][0]["id"])
    wait_for_status(client, document, {"ready"}, 120)
    return document


@pytest.fixture(scope="module")
def trained(client: httpx2.Client, labelled: int) -> str:
    """Name of a head that was trained by the interface."""
    started = client.post("/api/v1/trainings", json={"taxonomy": "papers"}).json()["id"]
    url = f"/api/v1/trainings/{started}"
    wait_until(
        lambda: client.get(url).json()["state"] not in ("queued", "running"), "it ended", 120
    )
    found = client.get(url).json()
    assert found["state"] == "done", found["error"]
    assert found["estimate"]["seconds"] > 0
    return str(found["model"])


def test_a_head_is_estimated_trained_promoted_and_rolled_back(
    visit: Visit, client: httpx2.Client, labelled: int
) -> None:
    # given the form of a new training
    page = visit("/trainings")
    page.get_by_role("link", name="New training").click()
    page.get_by_label("Taxonomy").select_option("papers")
    expect(page.get_by_role("region", name="Examples").first).to_contain_text("60 examples")
    # when its cost is asked for
    page.get_by_role("button", name="Estimate the cost").click()
    cost = page.get_by_role("region", name="Estimated cost")
    expect(cost).to_contain_text("Fits on this machine", timeout=60_000)
    # and it is started
    page.get_by_role("button", name="Start training").click()
    expect(page).to_have_url(re.compile(r"/trainings/\d+$"))
    # then without a reload it ends with a model
    opened = page.get_by_role("link", name=re.compile("^Open model"))
    opened.click(timeout=TRAINED_MS)
    expect(page.get_by_text("Passed its gate and may serve")).to_be_visible()
    for part in ("By category", "Confusion matrix", "Accepting without a person", "Model card"):
        expect(page.get_by_role("heading", name=part)).to_be_visible()
    # when it is put into service
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Put into service").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Put into service").click()
    expect(dialog).to_be_hidden(timeout=60_000)
    expect(page.get_by_text("In service", exact=True).first).to_be_visible()
    # then the document's category is stale, and is redone in bulk
    page.get_by_role("link", name="Models", exact=True).click()
    stale = page.get_by_role("region", name="Stale categories")
    expect(stale).to_contain_text("1 of 1 documents")
    stale.get_by_role("button", name="Redo them all").click()
    expect(stale).to_contain_text("Every category comes from the model in service", timeout=60_000)
    category = client.get(f"/api/v1/documents/{labelled}").json()["category"]
    assert (category["name"], category["stale"]) == ("invoice", False)
    # when it is rolled back
    page.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("the built-in model")
    dialog.get_by_role("button", name="Roll back").click()
    # then it says who went and what came back
    expect(page.get_by_text(f"“{name}” is out of service")).to_contain_text(
        re.compile(r"[01] documents have")
    )
    expect(page.get_by_text("The built-in model serves")).to_be_visible()


def test_too_few_examples_are_told_in_plain_words(visit: Visit, labelled: int) -> None:
    # given a taxonomy nobody has labelled for
    page = visit("/trainings/new")
    page.get_by_label("Taxonomy").select_option("default")
    # when the cost is asked for
    page.get_by_role("button", name="Estimate the cost").click()
    # then the page says how many are missing, and nothing can be started
    expect(page.get_by_role("alert")).to_contain_text("at least 10 are needed")
    expect(page.get_by_role("button", name="Start training")).to_have_count(0)


def test_a_fine_tuning_needs_a_base_that_is_here(visit: Visit, labelled: int) -> None:
    # given no language model in the store
    page = visit("/trainings/new")
    # when LoRA is chosen
    page.get_by_text("LoRA", exact=True).click()
    # then the page tells how to get one
    expect(page.get_by_text("There is no base model yet")).to_be_visible()
    expect(page.get_by_text("kb models pull")).to_be_visible()
    expect(page.get_by_role("button", name="Estimate the cost")).to_be_disabled()


def test_a_training_that_waits_can_be_cancelled(
    visit: Visit, client: httpx2.Client, trained: str
) -> None:
    # given a training under way
    started = client.post("/api/v1/trainings", json={"taxonomy": "papers"}).json()["id"]
    page = visit(f"/trainings/{started}")
    # when it is cancelled
    page.get_by_role("button", name="Cancel training").click()
    # then it shows as cancelled, here and in the list
    expect(page.get_by_role("status").first).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Go on with it")).to_be_visible()
    page.goto("/trainings")
    expect(page.locator(ROW, has_text=f"Training {started}")).to_contain_text("Cancelled")


def test_a_refusal_names_its_reasons(
    visit: Visit, client: httpx2.Client, instance: Instance, trained: str
) -> None:
    # given a model whose evaluation says that it is much worse than who serves
    folder = instance.data / "registry" / trained
    report = (folder / "report.json").read_bytes()
    worse = json.loads(report) | {"macro_f1": 0.2, "accuracy": 0.2}
    (folder / "report.json").write_text(json.dumps(worse), encoding="utf-8")
    try:
        # when somebody wants it in service
        page = visit(f"/models/{trained}")
        page.get_by_role("button", name="Put into service").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Put into service").click()
        # then the reason is shown, in the dialog and on the page, and nothing was changed
        expect(dialog.get_by_role("alert")).to_contain_text("0.200")
        dialog.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Did not pass its gate")).to_be_visible()
        assert client.get(f"/api/v1/models/{trained}").json()["aliases"] != ["champion"]
    finally:
        (folder / "report.json").write_bytes(report)


def test_a_member_sees_models_but_changes_nothing(
    browser: Browser,
    instance: Instance,
    operator: Operator,
    new_link: Callable[[str], str],
    trained: str,
) -> None:
    # given somebody who is no engineer
    operator("user", "add", "reader")
    context = browser.new_context(locale="en", base_url=instance.url)
    page = context.new_page()
    page.goto(new_link("reader"))
    page.get_by_role("button", name="Not now").click()
    page.get_by_role("combobox", name="Search documents").wait_for()
    # when the models are looked at
    page.goto(f"/models/{trained}")
    # then figures show, but neither buttons nor the errors' documents
    expect(page.get_by_role("heading", name="By category")).to_be_visible()
    expect(page.get_by_text("only administrators see them")).to_be_visible()
    expect(page.get_by_role("button", name="Put into service")).to_have_count(0)
    # and the trainings are not there for them
    page.goto("/trainings")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    context.close()


SCREENS = ("/models", "/models/{model}", "/trainings", "/trainings/new", "/trainings/{training}")


LOOKS = [
    ("en", "light", 1440),
    ("zh-CN", "dark", 1440),
    ("zh-CN", "light", 390),
    ("en", "dark", 390),
]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_screens_are_accessible_and_fit(
    visit: Visit,
    client: httpx2.Client,
    accessibility: Callable[[Page], list[str]],
    trained: str,
    look: tuple[str, str, int],
) -> None:
    # given each screen in a language, a colour scheme and a width
    language, scheme, width = look
    training = client.get(f"/api/v1/models/{trained}").json()["training"]
    page = visit("/models", language=language, scheme=scheme, width=width)
    found: dict[str, list[str]] = {}
    for path in SCREENS:
        # when it is open
        page.goto(path.format(model=trained, training=training))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        # then axe has nothing to say, and nothing is wider than the window
        if problems := accessibility(page):
            found[path] = problems
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert found == {}
