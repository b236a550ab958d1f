"""What Word, PowerPoint and Excel files share: names, relationships, properties, drawings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from kb.parsing.clean import inline
from kb.parsing.containers import Container
from kb.parsing.facts import DocumentFacts

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CORE = {
    "creator": "author",
    "created": "created",
    "modified": "modified",
    "subject": "subject",
    "keywords": "keywords",
    "description": "description",
    "lastModifiedBy": "last_modified_by",
    "category": "category",
    "language": "language",
}


@lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def local(element: Element) -> str:
    """Return the tag without namespace: Transitional and Strict files differ only there."""
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


def attribute(element: Element | None, name: str) -> str:
    """Return the attribute of that local name in whatever namespace, or empty."""
    if element is None:
        return ""
    for key, value in element.attrib.items():
        if _local(str(key)) == name:
            return str(value)
    return ""


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of that local name."""
    if element is not None:
        for candidate in element:
            if local(candidate) == name:
                return candidate
    return None


def path_to(element: Element | None, *names: str) -> Element | None:
    """Return the element that is reached by first children of these local names."""
    for name in names:
        element = child(element, name)
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """Yield all elements below of these local names, in document order."""
    wanted = frozenset(names)
    for candidate in element.iter():
        if local(candidate) in wanted:
            yield candidate


def is_on(element: Element | None) -> bool:
    """Say whether an on/off property is present and not switched off."""
    return element is not None and attribute(element, "val") not in {"0", "false", "off", "none"}


def relationships(container: Container, part: str) -> dict[str, tuple[str, str]]:
    """Return id -> (kind, target part) of ``part``; targets outside the file are left out."""
    folder, file = posixpath.split(part)
    root = container.xml(f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels")
    found: dict[str, tuple[str, str]] = {}
    for relation in root if root is not None else ():
        if relation.get("TargetMode") == "External":
            continue
        target = (relation.get("Target") or "").replace("\\", "/")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        kind = (relation.get("Type") or "").rpartition("/")[2]
        found[relation.get("Id") or ""] = (kind, posixpath.normpath(whole))
    return found


def main_part(container: Container, default: str) -> str:
    """Return the part that holds the document itself."""
    for kind, target in relationships(container, "").values():
        if kind == "officeDocument" and target in container:
            return target
    return default


def office_facts(container: Container) -> DocumentFacts:
    """Return title and metadata as docProps/core.xml states them."""
    core = "docProps/core.xml"
    for kind, target in relationships(container, "").values():
        if kind == "core-properties":
            core = target
    root = container.xml(core)
    title, metadata = "", {}
    for field in root if root is not None else ():
        value = inline(field.text or "")
        name = local(field)
        if name == "title":
            title = value
        elif name in _CORE and value:
            metadata[_CORE[name]] = value
    return DocumentFacts(title=title, metadata=metadata)
