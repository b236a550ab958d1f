"""The model loop over HTTP: what people say, what engineers do, what others may not."""

from __future__ import annotations

import json

import pytest

from kb.domain.access import Level, Role
from kb.domain.models import ModelTask, TrainingMethod
from kb.domain.understanding import Classification
from kb.storage import documents, models, understanding
from kb.storage.models import NewModel

A = "/api/v1"


@pytest.fixture
def place(collection) -> int:
    return collection("papers")


@pytest.fixture
def finished(admin, upload, fill, place) -> int:
    document = upload(admin.client, "Both sides agree.", collection=place)
    fill(document, "Both sides agree.")
    return document


@pytest.fixture
def engineer(sign_in):
    return sign_in("lin", Role.ENGINEER)


@pytest.fixture
def writer(sign_in, allow, place):
    person = sign_in("wang")
    allow(person, place, Level.WRITE)
    return person


def say(kb, document: int, label: str | None, confidence: float, second: float) -> None:
    with kb.database.write() as tx:
        view = documents.get(tx, document, None)
        shares = (("contract", confidence), ("invoice", second))
        found = Classification(label, confidence, shares, "m")
        understanding.put_classification(tx, view.version_id, found)


def test_a_confirmed_category_is_a_persons_word_and_an_example(admin, writer, finished) -> None:
    answer = writer.client.post(f"{A}/documents/{finished}/confirm", json={"category": True})

    assert answer.status_code == 200
    assert answer.json()["category"]["source"] == "person"
    [example] = writer.client.get(f"{A}/labels").json()["items"]
    assert example["label"] == "contract"
    assert (example["origin"], example["by"], example["model_said"]) == (
        "confirmation",
        "wang",
        "contract",
    )
    counts = admin.client.get(f"{A}/labels/counts").json()
    assert (counts["total"], counts["since_last_training"]) == (1, 1)


def test_nothing_to_confirm_is_a_conflict(admin, kb, finished) -> None:
    say(kb, finished, None, 0.4, 0.3)
    answer = admin.client.post(f"{A}/documents/{finished}/confirm", json={"category": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    answer = admin.client.post(f"{A}/documents/{finished}/confirm", json={})
    assert answer.status_code == 422


def test_an_edited_summary_stays_and_can_be_dropped(admin, writer, kb, finished) -> None:
    url = f"{A}/documents/{finished}"
    text = "Both sides agree. 双方签字。"
    assert writer.client.put(f"{url}/summary", json={"text": text}).status_code == 200

    summary = writer.client.get(url).json()["summary"]
    assert (summary["source"], len(summary["sentences"])) == ("person", 2)
    assert summary["sentences"][0]["sources"]
    [example] = writer.client.get(f"{A}/labels", params={"kind": "summary"}).json()["items"]
    assert example["summary"] == text

    assert writer.client.delete(f"{url}/summary").status_code == 202
    assert writer.client.get(url).json()["summary"] is None
    assert writer.client.put(f"{url}/summary", json={"text": "  "}).status_code == 422


def test_the_most_uncertain_wait_first(admin, kb, upload, fill, place, member) -> None:
    ids = []
    for number, second in ((1, 0.1), (2, 0.38)):
        document = upload(admin.client, f"text {number}", collection=place)
        fill(document, f"text {number}")
        say(kb, document, None, 0.4, second)
        ids.append(document)
    found = admin.client.get(f"{A}/review").json()
    assert [item["document"]["id"] for item in found["items"]] == [ids[1], ids[0]]
    assert found["items"][0]["probabilities"][0]["name"] == "contract"
    assert member.client.get(f"{A}/review").json() == {"items": [], "total": 0}


def test_labels_come_and_go_as_lines(admin, engineer) -> None:
    rows = [
        {"text": "pay now", "label": "invoice"},
        {"text": "we agree", "label": "contract", "split": "test"},
        {"text": "x", "label": "unheard of"},
        {"path": "/etc/passwd", "label": "invoice"},
    ]
    body = "\n".join([*map(json.dumps, rows), "not json"])
    headers = {"Content-Type": "application/x-ndjson"}
    answer = engineer.client.post(f"{A}/labels/import", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["new"], found["refused"]) == (2, 3)
    assert [row["row"] for row in found["rows"]] == [3, 4, 5]

    exported = admin.client.get(f"{A}/labels/export").text.splitlines()
    assert [json.loads(line)["label"] for line in exported] == ["invoice", "contract"]
    number = admin.client.get(f"{A}/labels").json()["items"][0]["id"]
    assert engineer.client.get(f"{A}/labels").json()["items"] == []  # belong to no collection
    assert admin.client.delete(f"{A}/labels/{number}").status_code == 204
    assert admin.client.delete(f"{A}/labels/{number}").status_code == 404


def test_merging_is_previewed_done_and_undone(admin, finished) -> None:
    url = f"{A}/taxonomies/default"
    given = {"labels": ["contract"], "into": "invoice", "preview": True}
    found = admin.client.post(f"{url}/merge", json=given).json()
    assert (found["documents_by_model"], found["number"]) == (1, None)
    document = f"{A}/documents/{finished}"
    assert admin.client.get(document).json()["category"]["name"] == "contract"

    assert admin.client.post(f"{url}/merge", json=given | {"preview": False}).json()["number"] == 2
    assert admin.client.get(document).json()["category"]["name"] == "invoice"

    assert admin.client.post(f"{url}/undo").json()["action"] == "merge"
    assert admin.client.get(document).json()["category"]["name"] == "contract"
    assert admin.client.post(f"{url}/undo").status_code == 409
    actions = [each["action"] for each in admin.client.get(f"{url}/versions").json()["items"]]
    assert actions == ["undo", "merge", "change"]


def test_renaming_and_splitting(admin, finished) -> None:
    url, document = f"{A}/taxonomies/default", f"{A}/documents/{finished}"
    answer = admin.client.post(f"{url}/rename", json={"label": "contract", "to": "agreement"})
    assert answer.status_code == 200
    assert admin.client.get(document).json()["category"]["name"] == "agreement"
    into = [{"name": name, "name_zh": name, "name_en": name} for name in ("sale", "lease")]
    answer = admin.client.post(f"{url}/split", json={"label": "agreement", "into": into})
    assert answer.status_code == 200, answer.text
    found = admin.client.get(document).json()["category"]
    assert (found["name"], found["stale"]) == ("sale", True)
    assert admin.client.get(f"{A}/documents", params={"stale": True}).json()["counts"]["total"] == 1
    assert admin.client.get(f"{A}/models/stale").json() == {"stale": 1, "documents": 1}
    assert (
        admin.client.post(f"{url}/rename", json={"label": "sale", "to": "lease"}).status_code == 422
    )


def test_a_collection_chooses_its_taxonomy_and_summaries(admin, writer, place, kb) -> None:
    url = f"{A}/collections/{place}/models"
    assert admin.client.get(url).json() == {
        "taxonomy": None,
        "summary_length": "abstract",
        "summary_language": "document",
    }
    given = {"taxonomy": "default", "summary_length": "points", "summary_language": "zh"}
    assert admin.client.put(url, json=given).json() == given
    assert writer.client.get(url).json() == given
    assert writer.client.put(url, json=given).status_code == 403
    assert admin.client.put(url, json=given | {"taxonomy": "none such"}).status_code == 404


@pytest.fixture
def model(kb) -> str:
    """A model in the registry, with files."""
    with kb.database.write() as tx:
        folder = kb.registry.root / "classifier-0001"
        folder.mkdir(parents=True)
        report = {"metrics": {"macro_f1": 0.9}, "per_class": [], "errors": [{"key": "secret"}]}
        (folder / "report.json").write_text(json.dumps(report))
        (folder / "README.md").write_text("# card")
        (folder / "against.json").write_text(
            json.dumps({"model": "built-in", "metrics": {"macro_f1": 0.95}, "per_class": []})
        )
        new = NewModel(
            name="classifier-0001",
            task=ModelTask.CLASSIFIER,
            method=TrainingMethod.HEAD,
            taxonomy="default",
            base="",
            folder="classifier-0001",
            files={},
            metrics={"macro_f1": 0.9},
            baselines={},
            by=None,
        )
        return models.add(tx, new).name


def test_a_model_is_shown_judged_and_refused(admin, member, engineer, model) -> None:
    [shown] = member.client.get(f"{A}/models").json()["items"]
    assert (shown["name"], shown["state"]) == (model, "candidate")
    detail = member.client.get(f"{A}/models/{model}").json()
    assert detail["card"] == "# card"
    assert "errors" not in detail["report"]
    assert "errors" in admin.client.get(f"{A}/models/{model}").json()["report"]

    verdict = engineer.client.post(f"{A}/models/{model}/gate").json()
    assert not verdict["passed"]
    refused = engineer.client.post(f"{A}/models/{model}/promote", headers={"Accept-Language": "zh"})
    assert (refused.status_code, refused.json()["code"]) == (409, "promotion_refused")
    assert "0.900" in refused.json()["detail"]
    assert "未上线" in refused.json()["detail"]
    answer = engineer.client.post(f"{A}/models/rollback", json={})
    assert answer.status_code == 404


def test_an_error_names_its_document_to_administrators_only(
    admin, engineer, kb, model, finished
) -> None:
    answer = admin.client.post(f"{A}/documents/{finished}/confirm", json={"category": True})
    assert answer.status_code == 200
    [example] = admin.client.get(f"{A}/labels").json()["items"]
    errors = [{"at": 0, "key": str(example["id"])}, {"at": 1, "key": "999"}, {"at": 2}]
    report = kb.registry.root / model / "report.json"
    report.write_text(json.dumps({"threshold": 0.9, "errors": errors}))

    shown = admin.client.get(f"{A}/models/{model}").json()["report"]["errors"]
    assert shown[0]["document"] == finished
    assert shown[0]["name"]
    assert shown[1:] == errors[1:]
    assert engineer.client.get(f"{A}/models/{model}").json()["report"] == {"threshold": 0.9}


def test_bases_in_the_store_are_listed_with_what_they_need(engineer, kb) -> None:
    url = f"{A}/models/bases"
    assert engineer.client.get(url).json()["items"] == []
    folder = kb.settings.base_models_path / "deepseek-llm-7b-base"
    folder.mkdir(parents=True)
    manifest = {
        "format": 1,
        "name": "deepseek-llm-7b-base",
        "architecture": "LlamaForCausalLM",
        "parameters": 6_910_000_000,
        "licence": "deepseek",
        "context_tokens": 4096,
        "tokenizer": "LlamaTokenizerFast",
        "precision": "BF16",
        "memory": {"bfloat16": 17_000_000_000_000_000, "int4": 1},
        "files": {},
        "source": "deepseek-ai/deepseek-llm-7b-base@0123",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))

    found = engineer.client.get(url).json()
    [base] = found["items"]
    assert (base["licence"], base["context_tokens"]) == ("deepseek", 4096)
    assert base["fits"] == {"bfloat16": False, "int4": True}
    assert found["available_mb"] > 0


def test_an_export_names_what_it_was_made_from(engineer, kb, model) -> None:
    assert engineer.client.get(f"{A}/models/{model}").json()["exports"] == []
    with kb.database.write() as tx:
        folder = kb.registry.root / "classifier-0002"
        folder.mkdir()
        (folder / "model.onnx").write_bytes(b"x" * 2_000_000)
        (folder / "model.json").write_text(json.dumps({"exported_from": model}))
        (folder / "export.json").write_text(json.dumps({"agreement": 0.99}))
        new = NewModel(
            name="classifier-0002",
            task=ModelTask.CLASSIFIER,
            method=TrainingMethod.FULL,
            taxonomy="default",
            base="",
            folder="classifier-0002",
            files={"model.onnx": "-"},
            metrics={},
            baselines={},
            by=None,
        )
        models.add(tx, new)

    export = engineer.client.get(f"{A}/models/classifier-0002").json()
    assert (export["exported_from"], export["export"]) == (model, {"agreement": 0.99})
    assert export["size_mb"] == 2.0
    source = engineer.client.get(f"{A}/models/{model}").json()
    assert (source["exports"], source["exported_from"]) == (["classifier-0002"], None)


def test_trainings_say_what_is_missing_and_redos_are_steered(engineer, kb, finished) -> None:
    answer = engineer.client.post(f"{A}/trainings", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "0 usable" in answer.json()["detail"]
    answer = engineer.client.post(f"{A}/trainings", json={"method": "lora"})
    assert answer.status_code == 422
    assert engineer.client.post(f"{A}/trainings", json={"base": "../x"}).status_code == 422
    assert engineer.client.get(f"{A}/trainings").json()["items"] == []
    assert engineer.client.get(f"{A}/trainings/9").status_code == 404

    redo = engineer.client.post(f"{A}/models/redo", json={"per_minute": 5})
    assert redo.status_code == 202
    url = f"{A}/models/redos/{redo.json()['id']}"
    assert engineer.client.post(f"{A}/models/redo", json={}).status_code == 409
    assert engineer.client.post(f"{url}/pause").json()["state"] == "paused"
    assert engineer.client.post(f"{url}/resume").json()["state"] == "running"
    assert engineer.client.post(f"{url}/cancel").json()["state"] == "cancelled"
    assert engineer.client.post(f"{url}/resume").status_code == 409
    assert len(engineer.client.get(f"{A}/models/redos").json()["items"]) == 1
    usage = engineer.client.get(f"{A}/models/usage").json()["items"]
    assert {each["stage"] for each in usage} == {"classify", "summarise"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/trainings", None),
        ("POST", "/trainings", {}),
        ("POST", "/trainings/estimate", {}),
        ("POST", "/trainings/1/cancel", None),
        ("POST", "/trainings/1/retry", None),
        ("POST", "/models/classifier-0001/gate", None),
        ("POST", "/models/classifier-0001/promote", None),
        ("POST", "/models/rollback", {}),
        ("POST", "/models/redo", {}),
        ("GET", "/models/redos", None),
        ("GET", "/models/bases", None),
        ("POST", "/models/redos/1/cancel", None),
        ("GET", "/labels/export", None),
        ("DELETE", "/labels/1", None),
        ("POST", "/taxonomies/default/merge", {"labels": ["contract"], "into": "invoice"}),
        ("POST", "/taxonomies/default/rename", {"label": "contract", "to": "x"}),
        ("POST", "/taxonomies/default/undo", None),
    ],
)
def test_a_writer_neither_trains_nor_changes_taxonomies(writer, method, path, body) -> None:
    assert writer.client.request(method, f"{A}{path}", json=body).status_code == 403


def test_strangers_get_nothing(stranger) -> None:
    for path in ("/labels", "/labels/counts", "/review", "/trainings", "/models", "/models/usage"):
        assert stranger.get(f"{A}{path}").status_code == 401


def test_a_hidden_document_cannot_be_confirmed(member, finished) -> None:
    for method, path, body in (
        ("POST", "/confirm", {"category": True}),
        ("PUT", "/summary", {"text": "mine"}),
        ("DELETE", "/summary", None),
    ):
        url = f"{A}/documents/{finished}{path}"
        assert member.client.request(method, url, json=body).status_code == 404


def test_examples_that_are_nearly_the_held_out_ones_are_no_lesson(engineer) -> None:
    # given documents that differ by a number, and are held out
    texts = [f"Invoice number {number}, total amount due 300 in ten days." for number in range(12)]
    rows = [
        {"text": text, "label": "invoice" if at % 2 else "contract", "split": "test"}
        for at, text in enumerate(texts)
    ]
    body = "\n".join(map(json.dumps, rows))
    answer = engineer.client.post(f"{A}/labels/import", content=body)
    assert answer.json()["new"] == 12, answer.text
    # then nothing is started, and the sentence says why
    answer = engineer.client.post(f"{A}/trainings", json={})
    assert answer.status_code == 422
    assert "nearly the same" in answer.json()["detail"]
