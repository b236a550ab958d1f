"""What keeps labels tidy over HTTP: files of categories, removing one, taking a word back."""

from __future__ import annotations

import pytest

from kb.domain.access import Level
from kb.domain.understanding import Classification
from kb.storage import documents, understanding

A = "/api/v1"
DEFAULT = f"{A}/taxonomies/default"
FILE = """
name: papers
labels:
  - name: deed
    name_zh: 契据
    name_en: Deed
    examples: [This deed is made between two parties.]
    children:
      - name: lease
  - name: memo
"""


@pytest.fixture
def place(collection) -> int:
    return collection("papers")


@pytest.fixture
def finished(admin, upload, fill, place) -> int:
    document = upload(admin.client, "Both sides agree.", collection=place)
    fill(document, "Both sides agree.")
    return document


def take_in(client, text: str, **query):
    headers = {"Content-Type": "application/yaml"}
    return client.post(
        f"{A}/taxonomies/import", params=query, content=text.encode(), headers=headers
    )


def names(client, taxonomy: str) -> list[str]:
    items = client.get(f"{A}/taxonomies").json()["items"]
    return [label["name"] for each in items if each["name"] == taxonomy for label in each["labels"]]


def test_a_file_is_previewed_taken_in_and_given_out_as_it_was(admin, member) -> None:
    # given a file of categories with a tree and examples
    found = take_in(admin.client, FILE, preview=True).json()
    assert (found["exists"], found["added"]) == (False, ["deed", "lease", "memo"])
    assert names(admin.client, "papers") == []
    # when it is taken in
    assert take_in(admin.client, FILE).status_code == 200
    # then what comes out reads as the same
    for kind in ("yaml", "json"):
        given = member.client.get(f"{A}/taxonomies/papers/export", params={"format": kind})
        assert "papers" in given.headers["content-disposition"]
        again = take_in(admin.client, given.text, preview=True).json()
        assert (again["exists"], again["added"], again["changed"], again["gone"]) == (
            True,
            [],
            [],
            [],
        )
    # and only administrators may
    assert take_in(member.client, FILE).status_code == 403


@pytest.mark.parametrize(
    ("text", "code"),
    [("labels: [", 422), ("labels: [one]", 422), ("labels: ['a,b', c]\nname: ' '", 422)],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(admin, text, code) -> None:
    answer = take_in(admin.client, text)
    assert (answer.status_code, answer.json()["code"]) == (code, "invalid_input")


def test_an_import_tells_what_stands_under_labels_that_go(admin, finished) -> None:
    # given a document whose category a file no longer has
    text = "name: default\nlabels: [invoice, memo]"
    found = take_in(admin.client, text, preview=True).json()
    gone = {one["label"]: one["documents_by_model"] for one in found["gone"]}
    assert gone["contract"] == 1
    # when it is taken in, then the document is asked about anew, and undo brings all back
    take_in(admin.client, text)
    assert admin.client.get(f"{A}/documents/{finished}").json()["category"]["stale"]
    admin.client.post(f"{DEFAULT}/undo")
    assert not admin.client.get(f"{A}/documents/{finished}").json()["category"]["stale"]
    assert "contract" in names(admin.client, "default")


def test_removing_a_label_is_previewed_done_and_undone(admin, member, finished) -> None:
    given = {"label": "contract", "preview": True}
    assert admin.client.post(f"{DEFAULT}/remove", json=given).json()["documents_by_model"] == 1
    assert member.client.post(f"{DEFAULT}/remove", json=given).status_code == 403
    assert "contract" in names(admin.client, "default")

    done = admin.client.post(f"{DEFAULT}/remove", json={"label": "contract"}).json()
    assert done["number"] is not None
    assert "contract" not in names(admin.client, "default")
    assert admin.client.get(f"{A}/documents/{finished}").json()["category"]["stale"]

    assert admin.client.post(f"{DEFAULT}/undo").json()["action"] == "remove"
    assert "contract" in names(admin.client, "default")
    assert admin.client.post(f"{DEFAULT}/remove", json={"label": "no such"}).status_code == 422


def test_documents_are_counted_in_the_taxonomy_of_their_collection(admin, place, finished) -> None:
    # given two taxonomies with a label of the same name
    take_in(admin.client, "name: other\nlabels: [contract, memo]")

    def counts() -> dict[str, int]:
        items = admin.client.get(f"{A}/taxonomies").json()["items"]
        return {
            each["name"]: label["documents"]
            for each in items
            for label in each["labels"]
            if label["name"] == "contract"
        }

    assert counts() == {"default": 1, "other": 0}
    # when the collection uses the other one
    admin.client.put(f"{A}/collections/{place}/models", json={"taxonomy": "other"})
    # then the document counts there, and the taxonomy names the collection
    assert counts() == {"default": 0, "other": 1}
    category = admin.client.get(f"{A}/documents/{finished}").json()["category"]
    assert (category["name"], category["name_en"]) == ("contract", "contract")
    [other] = [
        each
        for each in admin.client.get(f"{A}/taxonomies").json()["items"]
        if each["name"] == "other"
    ]
    assert other["collections"] == [{"id": place, "name": "papers"}]


def test_a_word_taken_back_leaves_the_models(admin, kb, sign_in, allow, place, finished) -> None:
    # given a document that waits, and a person's word about it
    with kb.database.write() as tx:
        view = documents.get(tx, finished, None)
        unsure = Classification(None, 0.4, (("contract", 0.4), ("invoice", 0.3)), "m")
        understanding.put_classification(tx, view.version_id, unsure)
    writer, reader = sign_in("wang"), sign_in("zhao")
    allow(writer, place, Level.WRITE)
    allow(reader, place, Level.READ)
    url = f"{A}/documents/{finished}"
    writer.client.patch(url, json={"category": "invoice"})
    assert writer.client.get(f"{A}/review").json()["total"] == 0
    assert reader.client.delete(f"{url}/category").status_code == 403
    # when it is taken back
    assert writer.client.delete(f"{url}/category").json()["category"]["source"] == "model"
    # then it waits again, and nothing is learned from it
    assert writer.client.get(f"{A}/review").json()["total"] == 1
    assert writer.client.get(f"{A}/labels").json()["items"] == []
    assert writer.client.delete(f"{url}/category").status_code == 409


def test_evidence_needs_a_label_that_exists_and_a_document_one_may_see(
    admin, member, finished
) -> None:
    url = f"{A}/documents/{finished}/evidence"
    found = admin.client.get(url, params={"label": "contract"}).json()
    assert (found["label"], found["total"], found["passages"]) == ("contract", 1, [])
    assert admin.client.get(url, params={"label": "no such"}).status_code == 422
    assert member.client.get(url, params={"label": "contract"}).status_code == 404


def test_a_row_with_a_line_separator_inside_its_text_is_one_row(admin) -> None:
    # given what an export writes of a text with U+2028
    row = '{"text": "First line\u2028second line", "label": "contract"}\n'
    headers = {"Content-Type": "application/x-ndjson"}
    # when it is taken in again
    sent = admin.client.post(f"{A}/labels/import", content=row.encode(), headers=headers)
    # then it is one example
    assert (sent.json()["new"], sent.json()["refused"]) == (1, 0)
