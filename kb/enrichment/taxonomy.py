"""Taxonomies as files: the default one, import and export as YAML or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import yaml

from kb.domain.errors import InvalidInput
from kb.domain.understanding import Label, Taxonomy

_TEXTS = ("name_zh", "name_en", "description_zh", "description_en")
_MOST_LABELS = 2_000
_NOT_KEY = re.compile(r"[^\w]+")


def default_taxonomy() -> Taxonomy:
    """The kinds of documents every company has, in Chinese and English."""
    source = resources.files("kb.enrichment").joinpath("taxonomy_default.yaml")
    return parse_taxonomy(source.read_text(encoding="utf-8"))


def parse_taxonomy(source: str) -> Taxonomy:
    """Read a taxonomy from YAML or JSON.

    Accepted: ``{name, labels: [label…]}``, a tree ``{name, description, children: [label…]}``
    whose root is the taxonomy itself, or a bare list of labels. A label has ``name`` and
    optionally ``name_zh``, ``name_en``, ``description`` (or ``description_zh``,
    ``description_en``), ``examples`` (texts) and ``children``; what is given in one language
    only serves for both.

    Raises:
        InvalidInput: not YAML, no labels, a label without a name, or a name given twice.
    """
    try:
        tree = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise InvalidInput(field="taxonomy", detail=str(error).replace("\n", " ")) from error
    name, children = _root(tree)
    labels = tuple(_labels(children, None))
    if not labels:
        raise InvalidInput(field="taxonomy", detail="no labels / 没有任何类别")
    if len(labels) > _MOST_LABELS:
        raise InvalidInput(field="taxonomy", detail=f"{len(labels)} > {_MOST_LABELS}")
    seen: set[str] = set()
    for label in labels:
        if label.name in seen:
            raise InvalidInput(field=label.name, detail="given twice / 名称重复")
        seen.add(label.name)
    return Taxonomy(name, labels)


def to_yaml(taxonomy: Taxonomy) -> str:
    """Write a taxonomy so that ``parse_taxonomy`` reads the same one."""
    return yaml.safe_dump(_tree(taxonomy), allow_unicode=True, sort_keys=False, width=100)


def to_json(taxonomy: Taxonomy) -> str:
    """As ``to_yaml``, as JSON."""
    return json.dumps(_tree(taxonomy), ensure_ascii=False, indent=2)


def _root(tree: object) -> tuple[str, object]:
    if isinstance(tree, list):
        return "default", tree
    if not isinstance(tree, Mapping):
        raise InvalidInput(field="taxonomy", detail="neither a list nor a tree of labels")
    return str(tree.get("name") or "default"), tree.get("labels") or tree.get("children") or []


def _labels(children: object, parent: str | None) -> Iterator[Label]:
    if not isinstance(children, list):
        raise InvalidInput(field=parent or "taxonomy", detail="children must be a list of labels")
    for child in children:
        entry = {"name": child} if isinstance(child, str) else child
        if not isinstance(entry, Mapping):
            raise InvalidInput(field=parent or "taxonomy", detail=f"not a label: {child!r}")
        label = _label(entry, parent)
        yield label
        yield from _labels(entry.get("children") or [], label.name)


def _label(entry: Mapping[str, Any], parent: str | None) -> Label:
    shown = _text(entry, "name") or _text(entry, "name_en") or _text(entry, "name_zh")
    key = _NOT_KEY.sub("_", shown.strip().lower()).strip("_")
    if not key:
        raise InvalidInput(
            field=parent or "taxonomy", detail="a label without a name / 类别缺少名称"
        )
    plain = _text(entry, "description")
    return Label(
        name=key,
        name_zh=_text(entry, "name_zh") or shown,
        name_en=_text(entry, "name_en") or shown,
        description_zh=_text(entry, "description_zh") or plain or _text(entry, "description_en"),
        description_en=_text(entry, "description_en") or plain or _text(entry, "description_zh"),
        parent=parent,
        examples=_examples(entry),
    )


def _examples(entry: Mapping[str, Any]) -> tuple[str, ...]:
    found = entry.get("examples") or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InvalidInput(field="examples", detail="must be a list of texts / 应为文本列表")
    return tuple(" ".join(one.split()) for one in found if one.strip())


def _text(entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise InvalidInput(field=field, detail=f"must be text: {value!r}")
    return " ".join(str(value).split())


def _tree(taxonomy: Taxonomy) -> dict[str, object]:
    below: dict[str | None, list[Label]] = {}
    for label in taxonomy.labels:
        below.setdefault(label.parent, []).append(label)

    def branch(label: Label) -> dict[str, object]:
        entry: dict[str, object] = {"name": label.name}
        entry |= {field: getattr(label, field) for field in _TEXTS if getattr(label, field)}
        if label.examples:
            entry["examples"] = list(label.examples)
        if label.name in below:
            entry["children"] = [branch(child) for child in below[label.name]]
        return entry

    return {"name": taxonomy.name, "labels": [branch(label) for label in below.get(None, [])]}
