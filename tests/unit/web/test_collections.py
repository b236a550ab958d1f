"""Collections and taxonomies over HTTP."""

from __future__ import annotations

import pytest

from kb.domain.access import Level

C = "/api/v1/collections"
LABELS = [
    {"name": "a", "name_zh": "甲", "name_en": "A"},
    {"name": "b", "name_zh": "乙", "name_en": "B", "parent": "a"},
]


def test_a_collection_lives_and_ends(admin) -> None:
    made = admin.client.post(C, json={"name": " Contracts "})
    assert made.status_code == 201
    number = made.json()["id"]
    assert made.json() == {
        "id": number,
        "name": "Contracts",
        "documents": 0,
        "may_write": True,
        "may_manage": True,
    }
    assert admin.client.post(C, json={"name": "Contracts"}).status_code == 409
    renamed = admin.client.patch(f"{C}/{number}", json={"name": "合同"})
    assert renamed.json()["name"] == "合同"
    assert admin.client.delete(f"{C}/{number}").status_code == 204
    assert admin.client.delete(f"{C}/{number}").status_code == 404


def test_a_collection_with_documents_even_in_the_trash_stays(admin, collection, upload) -> None:
    place = collection("full")
    document = upload(admin.client, "text", collection=place)
    assert admin.client.delete(f"{C}/{place}").status_code == 409
    admin.client.delete(f"/api/v1/documents/{document}")
    assert admin.client.delete(f"{C}/{place}").status_code == 409


def test_members_see_what_is_granted_with_their_rights(member, allow, collection) -> None:
    collection("hidden")
    for level in Level:
        allow(member, collection(level.value), level)
    items = member.client.get(C).json()["items"]
    assert [(c["name"], c["may_write"], c["may_manage"]) for c in items] == [
        ("read", False, False),
        ("write", True, False),
        ("manage", True, True),
    ]


def test_who_manages_a_collection_may_rename_it(member, allow, collection) -> None:
    place, other = collection("mine"), collection("hidden")
    allow(member, place, Level.MANAGE)
    assert member.client.patch(f"{C}/{place}", json={"name": "ours"}).status_code == 200
    assert member.client.patch(f"{C}/{other}", json={"name": "ours"}).status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_collection_needs_a_name(admin, name) -> None:
    assert admin.client.post(C, json={"name": name}).status_code == 422


# Taxonomies -----------------------------------------------------------------------------------


def test_the_default_taxonomy_has_names_in_both_languages(member) -> None:
    items = member.client.get("/api/v1/taxonomies").json()["items"]
    labels = items[0]["labels"]
    assert len(labels) >= 12
    assert all(label["name_zh"] and label["name_en"] for label in labels)


def test_a_taxonomy_is_replaced_and_counted(admin, upload, fill) -> None:
    fill(upload(admin.client, "text"), "text")
    path = "/api/v1/taxonomies/default"
    labels = [*LABELS, {"name": "contract", "name_zh": "合同", "name_en": "contract"}]
    answer = admin.client.put(path, json={"name": "default", "labels": labels})
    assert answer.status_code == 200
    shown = {label["name"]: label for label in answer.json()["labels"]}
    assert shown["contract"]["documents"] == 1
    assert shown["b"]["parent"] == "a"


@pytest.mark.parametrize(
    "labels",
    [
        [LABELS[0], LABELS[0]],
        [LABELS[0]],
        [LABELS[0], {**LABELS[1], "parent": "nobody"}],
        [{**LABELS[0], "parent": "b"}, LABELS[1]],
        [{**LABELS[0], "name": "has space"}, LABELS[1]],
    ],
)
def test_a_taxonomy_that_cannot_be_is_refused(admin, labels) -> None:
    path = "/api/v1/taxonomies/default"
    answer = admin.client.put(path, json={"name": "default", "labels": labels})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
