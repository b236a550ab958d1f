"""Training sets in and out: our JSONL, chat JSONL, Label Studio, LLaMA-Factory.

Every reader says which line is wrong; every writer leaves nothing out that its format can hold.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kb.domain.errors import InvalidInput
from kb.domain.models import Example, Lineage, ModelTask, Split

Json = Mapping[str, Any]
_CLASSIFY = "Which of these labels fits the text? Answer with the label only.\n{labels}\n\n"
_SUMMARISE = "Summarise the following text.\n\n"
_SET_FILES = ("docs.jsonl.gz", "docs.jsonl", "clauses.jsonl.gz")


def plain_text(path: Path) -> str:
    """Read a text file; the reader of ``path`` fields unless another is given.

    Raises:
        InvalidInput: it is missing or not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(field="path", detail=f"{path}: {error}") from error


def no_document(number: int) -> str:
    """The reader of ``document`` fields unless another is given: there are no documents here.

    Raises:
        InvalidInput: always.
    """
    raise InvalidInput(
        field="document",
        detail=f"document {number}: documents cannot be read here; give “text”",
        detail_zh=f"文档 {number}：此处无法读取文档，请提供“text”",
    )


def read_examples(
    path: Path,
    *,
    read_path: Callable[[Path], str] = plain_text,
    read_document: Callable[[int], str] = no_document,
) -> list[Example]:
    """Read JSONL or Label Studio JSON, gzipped or not, or a folder with ``docs.jsonl.gz``.

    A line is {"text" or "path" or "document", "label"?, "summary"?, "split"?, "key" or "id"?,
    "title"?, "language" or "lang"?, "group"?, "lineage"?} or {"messages": […]}. A ``path`` is
    relative to the file; a list of summaries counts by its first.

    Args:
        path: file or folder.
        read_path: a file's text (parsing, where the whole product is there).
        read_document: the text of a document in the product.

    Raises:
        InvalidInput: naming the line and what is wrong with it.
    """
    source = _file_in(path)
    text = _read(source)
    if text.lstrip().startswith("["):
        return read_label_studio(text)

    def text_of(row: Json) -> str:
        if row.get("text") is not None:
            return str(row["text"])
        if row.get("path"):
            return read_path(source.parent / str(row["path"]))
        if row.get("document") is not None:
            return read_document(int(row["document"]))
        raise ValueError("wants text, path or document")

    examples = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError("not an object")  # noqa: TRY301 - told below with the line
            examples.append(_from_chat(row) if "messages" in row else _example(row, text_of))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise InvalidInput(field=f"{source.name}:{number}", detail=str(error)) from error
    return examples


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write our own JSONL (gzipped when the name ends so), which ``read_examples`` reads back."""
    return _write_lines(path, (_row(example) for example in examples))


def write_chat(path: Path, examples: Sequence[Example], task: ModelTask) -> int:
    """Write chat JSONL: {"messages": [user, assistant], "key", "split"} a line.

    Returns:
        How many examples had an answer and were written.
    """
    labels = sorted({e.label for e in examples if e.label})
    request = _CLASSIFY.format(labels=", ".join(labels))
    request = request if task is ModelTask.CLASSIFIER else _SUMMARISE
    return _write_lines(path, _chats(examples, task, request))


def write_llama_factory(folder: Path, examples: Sequence[Example], task: ModelTask) -> list[str]:
    """Write a dataset folder of LLaMA-Factory: ``dataset_info.json`` and a file for each split.

    Returns:
        Names to put into its ``dataset`` and ``eval_dataset``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    info = {}
    for split in (None, *Split):
        part = [example for example in examples if example.split is split]
        if not part:
            continue
        name = f"zhiku_{task.value}_{split.value if split else 'all'}"
        write_chat(folder / f"{name}.jsonl", part, task)
        info[name] = {
            "file_name": f"{name}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
            },
        }
    (folder / "dataset_info.json").write_text(json.dumps(info, indent=1), encoding="utf-8")
    return list(info)


def write_label_studio(path: Path, examples: Iterable[Example]) -> int:
    """Write tasks for Label Studio, answers as annotations, what a model had said as predictions.

    Its labelling interface names the fields: ``<Text name="text" value="$text"/>``,
    ``<Choices name="label" toName="text">`` and ``<TextArea name="summary" toName="text">``.
    """
    tasks = [_task(number, example) for number, example in enumerate(examples, start=1)]
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    return len(tasks)


def read_label_studio(text: str) -> list[Example]:
    """Read Label Studio's JSON export; the newest annotation that was not cancelled counts.

    Raises:
        InvalidInput: not such an export, naming the task.
    """
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise InvalidInput(field="label studio", detail=str(error)) from error
    examples = []
    for task in tasks:
        try:
            examples.append(_from_task(task))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            number = task.get("id", "?") if isinstance(task, dict) else "?"
            raise InvalidInput(field=f"task {number}", detail=repr(error)) from error
    return examples


def _file_in(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in _SET_FILES:
        if (path / name).is_file():
            return path / name
    raise InvalidInput(field="data", detail=f"{path} holds none of {', '.join(_SET_FILES)}")


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
        unpacked = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        return unpacked.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InvalidInput(field="data", detail=f"{path}: {error}") from error


def _write_lines(path: Path, rows: Iterable[Json]) -> int:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    content = "".join(line + "\n" for line in lines).encode("utf-8", "replace")
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return len(lines)


def _example(row: Json, text_of: Callable[[Json], str]) -> Example:
    text = text_of(row)
    summary = row.get("summary")
    if isinstance(summary, list):
        summary = summary[0] if summary else None
    key = row.get("key", row.get("id"))
    lineage = row.get("lineage")
    return Example(
        key=str(key) if key is not None else _key(text),
        text=text,
        label=_text_or_none(row.get("label")),
        summary=_text_or_none(summary),
        title=str(row.get("title") or ""),
        language=str(row.get("language") or row.get("lang") or "und"),
        group=str(row.get("group") or ""),
        split=Split(row["split"]) if row.get("split") else None,
        lineage=_lineage(lineage) if lineage else Lineage("import"),
    )


def _lineage(row: Json) -> Lineage:
    at = row.get("at")
    return Lineage(
        origin=str(row.get("origin") or "import"),
        by=_text_or_none(row.get("by")),
        at=dt.datetime.fromisoformat(str(at)) if at else None,
        model=_text_or_none(row.get("model")),
        model_said=_text_or_none(row.get("model_said")),
        document=int(row["document"]) if row.get("document") is not None else None,
    )


def _row(example: Example) -> dict[str, Any]:
    row: dict[str, Any] = {"key": example.key, "text": example.text}
    for name in ("label", "summary", "title", "group"):
        value = getattr(example, name)
        if value:
            row[name] = value
    row["language"] = example.language
    if example.split:
        row["split"] = example.split.value
    line = example.lineage
    if line:
        kept = {
            "origin": line.origin,
            "by": line.by,
            "at": line.at.isoformat() if line.at else None,
            "model": line.model,
            "model_said": line.model_said,
            "document": line.document,
        }
        row["lineage"] = {name: value for name, value in kept.items() if value is not None}
    return row


def _chats(examples: Iterable[Example], task: ModelTask, request: str) -> Iterator[Json]:
    for example in examples:
        answer = example.label if task is ModelTask.CLASSIFIER else example.summary
        if not answer:
            continue
        yield {
            "messages": [
                {"role": "user", "content": request + example.text},
                {"role": "assistant", "content": answer},
            ],
            "task": task.value,
            "request": len(request),
            "key": example.key,
            "language": example.language,
            "split": example.split.value if example.split else None,
            "group": example.group,
        }


def _from_chat(row: Json) -> Example:
    """A chat as an example: the last user turn is the text, the answer after it what was said."""
    turns = [(str(turn["role"]), str(turn["content"])) for turn in row["messages"]]
    if len(turns) < 2 or turns[-1][0] != "assistant" or turns[-2][0] != "user":  # noqa: PLR2004 - a question and its answer
        raise ValueError("messages want a user's and then the assistant's turn at the end")
    text = turns[-2][1][int(row.get("request") or 0) :]
    classifier = row.get("task") == ModelTask.CLASSIFIER
    answer = turns[-1][1]
    return _example(
        dict(row) | {"text": text, ("label" if classifier else "summary"): answer},
        lambda given: str(given["text"]),
    )


def _task(number: int, example: Example) -> dict[str, Any]:
    line = example.lineage
    result = _results(example.label, example.summary)
    task: dict[str, Any] = {
        "id": number,
        "data": {
            "text": example.text,
            "title": example.title,
            "key": example.key,
            "language": example.language,
            "group": example.group,
            "split": example.split.value if example.split else None,
        },
        "annotations": [],
        "predictions": [],
    }
    if result:
        annotation: dict[str, Any] = {"id": number, "was_cancelled": False, "result": result}
        if line and line.by:
            annotation["completed_by"] = {"email": line.by}
        if line and line.at:
            annotation["updated_at"] = line.at.isoformat()
        task["annotations"] = [annotation]
    if line and line.model_said:
        said = (line.model_said, None) if example.label else (None, line.model_said)
        task["predictions"] = [{"model_version": line.model or "", "result": _results(*said)}]
    return task


def _results(label: str | None, summary: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if label:
        found.append(
            {
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": [label]},
            }
        )
    if summary:
        found.append(
            {
                "from_name": "summary",
                "to_name": "text",
                "type": "textarea",
                "value": {"text": [summary]},
            }
        )
    return found


def _from_task(task: Json) -> Example:
    fields: Json = task["data"]
    done = [a for a in task.get("annotations") or [] if not a.get("was_cancelled")]
    newest: Json = max(done, key=lambda a: str(a.get("updated_at") or ""), default={})
    label, summary = _answers(newest.get("result") or [])
    predicted = (task.get("predictions") or [{}])[0]
    said = next((s for s in _answers(predicted.get("result") or []) if s), None)
    person = newest.get("completed_by")
    lineage = {
        "origin": "import",
        "by": person.get("email") if isinstance(person, dict) else person,
        "at": newest.get("updated_at"),
        "model": predicted.get("model_version") if said else None,
        "model_said": said,
    }
    row = dict(fields) | {"label": label, "summary": summary, "lineage": lineage}
    row.setdefault("key", task.get("id"))
    return _example(row, lambda given: str(given["text"]))


def _answers(results: Iterable[Json]) -> tuple[str | None, str | None]:
    label = summary = None
    for result in results:
        value = result["value"]
        if value.get("choices"):
            label = str(value["choices"][0])
        elif value.get("text"):
            written = value["text"]
            summary = str(written[0] if isinstance(written, list) else written)
    return label, summary


def _text_or_none(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
