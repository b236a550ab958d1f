"""Search and suggestions over HTTP."""

from __future__ import annotations

import pytest

S = "/api/v1/search"


@pytest.fixture
def two(admin, upload, fill, collection):
    """Two finished documents in two collections."""
    place = collection("minutes")
    fill(
        upload(admin.client, "Budget of Acme for May", name="budget.txt"), "Budget of Acme for May"
    )
    text = "Minutes: Acme was discussed"
    fill(upload(admin.client, text, name="minutes.txt", collection=place), text)
    return place


def ask(person, **params):
    answer = person.client.get(S, params={"mode": "lexical", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_hit_says_what_where_and_why(admin, two) -> None:
    found = ask(admin, q="budget")
    hit = found["hits"][0]
    assert found["total"] == 1
    assert hit["name"] == "budget.txt"
    assert hit["collection"] == {"id": 1, "name": "默认 Default"}
    assert hit["category"]["name_en"] == "contract, agreement"
    assert hit["page"] == 1
    assert hit["boxes"] == [{"page": 1, "box": [72.0, 72.0, 523.0, 90.0]}]
    assert hit["found_by"] == "words"
    start, end = hit["highlights"][0]
    assert hit["snippet"][start:end].lower() == "budget"
    assert hit["heading_path"] == ["Chapter 1"]


def test_facets_count_and_filters_narrow(admin, two) -> None:
    found = ask(admin, q="acme")
    assert found["total"] == 2
    assert {(each["value"], each["count"]) for each in found["facets"]["collection"]} == {
        ("1", 1),
        (str(two), 1),
    }
    assert ask(admin, q="acme", collection=two)["total"] == 1
    assert ask(admin, q="acme", collection=f"1,{two}")["total"] == 2
    assert ask(admin, q="acme", collection=[1, two])["total"] == 2
    assert ask(admin, q="acme", format="pdf")["total"] == 0
    assert ask(admin, q="acme", category="contract")["total"] == 2


def test_hits_come_in_pages(admin, two) -> None:
    first, second = ask(admin, q="acme", k=1), ask(admin, q="acme", k=1, offset=1)
    assert first["total"] == second["total"] == 2
    assert first["hits"][0]["document"] != second["hits"][0]["document"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        '"',
        "((",
        "AND",
        "a:b",
        "-",
        "*",
        "\\",
        "\x00",
        "名" * 2000,
        "{}[]^~?/|&!",
        "title:",
    ],
)
def test_no_query_breaks_the_server(admin, two, query) -> None:
    ask(admin, q=query)


@pytest.mark.parametrize(
    "params", [{"collection": "x"}, {"k": 0}, {"k": 1000}, {"mode": "magic"}, {"q": "x" * 2001}]
)
def test_a_wrong_question_is_explained(admin, params) -> None:
    answer = admin.client.get(S, params={"q": "a", **params})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_suggestions_begin_with_what_begins_so(admin, two) -> None:
    def suggest(text: str) -> list[str]:
        items = admin.client.get("/api/v1/suggest", params={"q": text}).json()["items"]
        return [item["text"] for item in items]

    assert suggest("budget") == ["Budget of Acme for M"]
    assert suggest("m")[0].startswith("Minutes")
    assert suggest("") == []
    assert suggest("%") == []
