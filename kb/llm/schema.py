"""Shapes of structured answers, and a check that an answer keeps to one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kb.domain.errors import ModelOutputInvalid
from kb.llm.protocol import Schema

_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def choice_schema(labels: Sequence[str], *, key: str = "label") -> dict[str, Any]:
    """One of ``labels``: ``{"label": "…"}``."""
    return _object({key: {"type": "string", "enum": list(labels)}})


def points_schema(*, most: int, longest: int = 200, key: str = "points") -> dict[str, Any]:
    """One to ``most`` texts of at most ``longest`` characters: ``{"points": ["…", …]}``."""
    text = {"type": "string", "minLength": 1, "maxLength": longest}
    return _object({key: {"type": "array", "items": text, "minItems": 1, "maxItems": most}})


def parsed(answer: str, schema: Schema, model: str) -> Any:  # noqa: ANN401 - JSON
    """Read JSON out of an answer and hold it against ``schema``.

    Raises:
        ModelOutputInvalid: it is no JSON, or not of this shape.
    """
    start = min((at for at in (answer.find("{"), answer.find("[")) if at >= 0), default=0)
    try:
        value, _ = json.JSONDecoder().raw_decode(answer[start:].strip())
    except ValueError as error:
        raise ModelOutputInvalid(model=model, detail="unfinished or no JSON") from error
    if fault := _fault(value, schema, "answer"):
        raise ModelOutputInvalid(model=model, detail=fault)
    return value


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _fault(value: Any, schema: Schema, where: str) -> str:  # noqa: ANN401 - JSON
    """What is wrong, or nothing."""
    kind = schema.get("type")
    wrong = kind in _KINDS and (
        not isinstance(value, _KINDS[kind])
        or (isinstance(value, bool) and kind in {"integer", "number"})
    )
    if wrong:
        return f"{where} is no {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of the choices"
    if isinstance(value, dict):
        return _object_fault(value, schema, where)
    if isinstance(value, list):
        return _array_fault(value, schema, where)
    longest = schema.get("maxLength")
    return f"{where} is too long" if longest and len(str(value)) > int(longest) else ""


def _object_fault(value: dict[str, Any], schema: Schema, where: str) -> str:
    properties = schema.get("properties") or {}
    for key in schema.get("required") or ():
        if key not in value:
            return f"{where}.{key} is missing"
    for key, part in value.items():
        if key in properties:
            if fault := _fault(part, properties[key], f"{where}.{key}"):
                return fault
        elif schema.get("additionalProperties") is False:
            return f"{where}.{key} is not asked for"
    return ""


def _array_fault(value: list[Any], schema: Schema, where: str) -> str:
    if len(value) < int(schema.get("minItems") or 0):
        return f"{where} has too few entries"
    if "maxItems" in schema and len(value) > int(schema["maxItems"]):
        return f"{where} has too many entries"
    inner = schema.get("items") or {}
    faults = (_fault(part, inner, f"{where}[{at}]") for at, part in enumerate(value))
    return next((fault for fault in faults if fault), "")
