"""Training sets survive every format they go through."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.errors import InvalidInput
from kb.domain.models import Example, Lineage, ModelTask, Split
from kb.training import formats
from tests.support.labelled_texts import labelled_texts

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
_EXAMPLES = st.lists(
    st.builds(
        Example,
        key=st.uuids().map(str),
        text=_TEXT,
        label=st.none() | _TEXT,
        summary=st.none() | _TEXT,
        title=st.just("") | _TEXT,
        language=st.sampled_from(["zh", "en"]),
        group=st.just("") | _TEXT,
        split=st.none() | st.sampled_from(Split),
        lineage=st.builds(
            Lineage,
            origin=st.sampled_from(["correction", "import"]),
            by=st.none() | _TEXT,
            at=st.none() | st.datetimes(),
            model=st.none() | _TEXT,
            model_said=st.none() | _TEXT,
            document=st.none() | st.integers(1, 9),
        ),
    ),
    max_size=4,
)


@given(_EXAMPLES)
def test_our_own_lines_come_back_as_they_were(tmp_path_factory, examples):
    path = tmp_path_factory.mktemp("set") / "examples.jsonl.gz"

    formats.write_examples(path, examples)

    assert formats.read_examples(path) == examples


@given(_EXAMPLES)
def test_label_studio_brings_texts_and_answers_back(tmp_path_factory, examples):
    path = tmp_path_factory.mktemp("set") / "tasks.json"

    formats.write_label_studio(path, examples)
    back = formats.read_examples(path)

    kept = ("key", "text", "label", "summary", "title", "language", "group", "split")
    assert [[getattr(e, f) for f in kept] for e in back] == [
        [getattr(e, f) for f in kept] for e in examples
    ]


@pytest.mark.parametrize("task", list(ModelTask))
def test_chats_hold_question_and_answer_and_come_back(tmp_path, task):
    examples = labelled_texts(6)
    formats.write_chat(tmp_path / "chat.jsonl", examples, task)

    first = json.loads((tmp_path / "chat.jsonl").read_text("utf-8").split("\n")[0])
    back = formats.read_examples(tmp_path / "chat.jsonl")

    field = "label" if task is ModelTask.CLASSIFIER else "summary"
    assert [turn["role"] for turn in first["messages"]] == ["user", "assistant"]
    assert first["messages"][1]["content"] == getattr(examples[0], field)
    assert [(e.text, getattr(e, field), e.split) for e in back] == [
        (e.text, getattr(e, field), e.split) for e in examples
    ]


def test_the_newest_annotation_that_stands_counts():
    def annotation(label, at, *, cancelled=False):
        choice = {"type": "choices", "value": {"choices": [label]}}
        return {
            "result": [choice],
            "updated_at": at,
            "was_cancelled": cancelled,
            "completed_by": {"email": "li@example.com"},
        }

    task = {
        "id": 7,
        "data": {"text": "…"},
        "annotations": [
            annotation("old", "2026-01-01T00:00:00Z"),
            annotation("new", "2026-02-01T00:00:00Z"),
            annotation("wrong", "2026-03-01T00:00:00Z", cancelled=True),
        ],
    }

    (example,) = formats.read_label_studio(json.dumps([task]))

    assert (example.key, example.label) == ("7", "new")
    assert example.lineage is not None
    assert example.lineage.by == "li@example.com"


def test_llama_factory_finds_its_files(tmp_path):
    names = formats.write_llama_factory(tmp_path, labelled_texts(), ModelTask.CLASSIFIER)

    listed = json.loads((tmp_path / "dataset_info.json").read_bytes())
    assert names == list(listed) == [f"zhiku_classifier_{s}" for s in Split]
    assert all((tmp_path / one["file_name"]).is_file() for one in listed.values())


def test_folders_of_the_collections_are_read_as_they_are(tmp_path):
    row = {"id": 3, "text": "t", "summary": ["one", "two"], "lang": "zh"}
    (tmp_path / "docs.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))

    (example,) = formats.read_examples(tmp_path)

    assert (example.key, example.summary, example.language) == ("3", "one", "zh")


def test_texts_may_be_files_or_documents(tmp_path):
    (tmp_path / "a.txt").write_text("from a file")
    (tmp_path / "set.jsonl").write_text('{"path": "a.txt"}\n\n{"document": 5}\n')

    found = formats.read_examples(
        tmp_path / "set.jsonl", read_document=lambda number: f"document {number}"
    )

    assert [example.text for example in found] == ["from a file", "document 5"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "set.jsonl:2"),
        ("[1]", "set.jsonl:2"),
        ('{"label": "x"}', "wants text, path or document"),
        ('{"text": "x", "split": "dev"}', "set.jsonl:2"),
        ('{"path": "gone.txt"}', "gone.txt"),
        ('{"document": 1}', "document 1"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "messages"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, told):
    (tmp_path / "set.jsonl").write_text('{"text": "fine"}\n' + line)

    with pytest.raises(InvalidInput, match=told):
        formats.read_examples(tmp_path / "set.jsonl")
