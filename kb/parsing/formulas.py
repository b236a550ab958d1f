"""Office equations (OMML) as one line of text a person can read and search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.parsing.limits import MAX_DEPTH
from kb.parsing.ooxml import attribute, child, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SKIPPED = frozenset(
    (
        "rPr", "ctrlPr", "fPr", "sSupPr", "sSubPr", "sSubSupPr", "sPrePr", "radPr", "naryPr",
        "dPr", "funcPr", "mPr", "accPr", "barPr", "boxPr", "limLowPr", "limUppPr", "groupChrPr",
        "eqArrPr", "borderBoxPr", "phantPr", "oMathParaPr", "del", "moveFrom",
    )
)  # fmt: skip


def formula_text(element: Element, depth: int = 0) -> str:
    """Return an equation as text: ``(a + b)/c``, ``x^2``, ``∑_(i=1)^n i``."""
    if depth > MAX_DEPTH:
        return ""
    write = _WRITERS.get(local(element))
    if write is not None:
        return write(element, depth + 1)
    return "".join(formula_text(part, depth + 1) for part in element if local(part) not in _SKIPPED)


def _part(element: Element, name: str, depth: int) -> str:
    found = child(element, name)
    return formula_text(found, depth).strip() if found is not None else ""


def _grouped(text: str) -> str:
    plain = len(text) <= 1 or text.replace(".", "").isalnum()
    return text if plain or (text[0] == "(" and text[-1] == ")") else f"({text})"


def _character(element: Element, properties: str, name: str, default: str) -> str:
    found = child(child(element, properties), name)
    return attribute(found, "val") if found is not None else default


def _text(element: Element, _: int) -> str:
    return element.text or ""


def _fraction(element: Element, depth: int) -> str:
    above, below = _part(element, "num", depth), _part(element, "den", depth)
    return f"{_grouped(above)}/{_grouped(below)}"


def _scripts(element: Element, depth: int) -> str:
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    text = _grouped(_part(element, "e", depth))
    text += f"_{_grouped(below)}" if below else ""
    return text + (f"^{_grouped(above)}" if above else "")


def _root(element: Element, depth: int) -> str:
    degree = _part(element, "deg", depth)
    body = _grouped(_part(element, "e", depth))
    return f"root_{_grouped(degree)} {body}" if degree else f"√{body}"


def _sum(element: Element, depth: int) -> str:
    sign = _character(element, "naryPr", "chr", "∫")
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    sign += f"_{_grouped(below)}" if below else ""
    sign += f"^{_grouped(above)}" if above else ""
    return f"{sign} {_part(element, 'e', depth)}"


def _delimited(element: Element, depth: int) -> str:
    begin = _character(element, "dPr", "begChr", "(")
    end = _character(element, "dPr", "endChr", ")")
    between = _character(element, "dPr", "sepChr", "|")
    parts = [formula_text(part, depth) for part in element if local(part) == "e"]
    return begin + between.join(parts) + end


def _function(element: Element, depth: int) -> str:
    return f"{_part(element, 'fName', depth)} {_grouped(_part(element, 'e', depth))}"


def _matrix(element: Element, depth: int) -> str:
    rows = [
        ", ".join(formula_text(cell, depth) for cell in row if local(cell) == "e")
        for row in element
        if local(row) == "mr"
    ]
    return "[" + "; ".join(rows) + "]"


def _lines(element: Element, depth: int) -> str:
    return "; ".join(formula_text(part, depth) for part in element if local(part) == "e")


def _limit(element: Element, depth: int) -> str:
    mark = "_" if local(element) == "limLow" else "^"
    return f"{_part(element, 'e', depth)}{mark}{_grouped(_part(element, 'lim', depth))}"


_WRITERS = {
    "t": _text,
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts,
    "rad": _root,
    "nary": _sum,
    "d": _delimited,
    "func": _function,
    "m": _matrix,
    "eqArr": _lines,
    "limLow": _limit,
    "limUpp": _limit,
}
