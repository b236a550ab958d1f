"""How well page images are read: character and word errors on a folder with known texts.

``manifest.jsonl`` has a line a page: ``image`` and ``text`` (paths in the folder), ``lang``,
``kind`` and ``reading_order`` (true when left out; false where the order of the known text means
nothing, as on forms).

Before two texts are compared both go through NFKC; runs of white space become one space, and
none in Chinese and Japanese; a known text without any lower-case letter was upper-cased by its
annotators, so case does not count there. Errors are summed over the pages of a group and divided
by the length of their known texts (jiwer's definition). Pages without reading order take part in
the position-independent figures only.
"""

from __future__ import annotations

import json
import re
import resource
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer

from kb.domain.errors import InvalidInput, KbError, NotFound
from kb.domain.parsed import NOT_CONTENT, ParsedDocument
from kb.parsing.reader import read_whole

_SPACELESS = {"zh", "ja"}
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]|[^\W_\u3400-\u9fff\u3040-\u30ff]+")

ReadText = Callable[[Path], str]
"""What is measured: a page image to its text."""


@dataclass(frozen=True, slots=True)
class KnownPage:
    """One line of the manifest."""

    image: Path
    text: str
    language: str
    kind: str
    ordered: bool
    """Whether the order of ``text`` is the order in which people read the page."""


@dataclass(frozen=True, slots=True)
class PageScore:
    """Errors on one page, as counts, so that groups can be summed."""

    page: KnownPage
    characters: int
    """Length of the known text."""
    character_errors: int
    """Insertions, deletions and substitutions (Levenshtein)."""
    stray_characters: int
    """The same as if order did not matter: max(missing, additional)."""
    words: int
    word_errors: int
    words_found: int
    """Size of the common bag of words."""
    words_read: int
    seconds: float
    cpu_seconds: float


def evaluate_ocr(folder: Path, read: ReadText | None = None) -> dict[str, Any]:
    """Return the figures of a folder of page images.

    Args:
        folder: with ``manifest.jsonl``.
        read: what reads a page; the product's own reader by default.

    Raises:
        NotFound: there is no manifest.
        InvalidInput: a line of it cannot be used.
    """
    pages = load_pages(folder)
    read = read or read_page
    scores, failed = [], []
    for page in pages:
        try:
            scores.append(score_page(page, read))
        except KbError as problem:
            failed.append({"image": page.image.name, "code": problem.code})
            scores.append(compare(page, "", 0.0, 0.0))
    return {
        "files": len(pages),
        **figures(scores),
        "languages": _grouped(scores, lambda page: page.language),
        "kinds": _grouped(scores, lambda page: page.kind),
        "failed": failed,
    }


def load_pages(folder: Path) -> list[KnownPage]:
    """Read the manifest of ``folder``.

    Raises:
        NotFound: there is none.
        InvalidInput: a line of it cannot be used.
    """
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        raise NotFound(kind="file", id=str(manifest))
    rows = [row for row in manifest.read_text("utf-8").splitlines() if row.strip()]
    try:
        return [_known(folder, json.loads(row)) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InvalidInput(field="manifest.jsonl", detail=str(problem)) from problem


def _known(folder: Path, row: dict[str, Any]) -> KnownPage:
    return KnownPage(
        folder / row["image"],
        (folder / row["text"]).read_text("utf-8-sig"),
        str(row.get("lang", "und")),
        str(row.get("kind", "page")),
        ordered=bool(row.get("reading_order", True)),
    )


def read_page(image: Path) -> str:
    """Return the text of an image file by the product's reader.

    Raises:
        KbError: it cannot be read.
    """
    return plain_text(read_whole(image, name=image.name))


def plain_text(document: ParsedDocument) -> str:
    """Return a document's text without the marks we put between table cells."""
    parts = []
    for page in document.pages:
        for block in page.blocks:
            if block.kind in NOT_CONTENT:
                continue
            rows = block.rows
            parts.append(block.text if rows is None else "\n".join(map(" ".join, rows)))
    return "\n".join(parts)


def score_page(page: KnownPage, read: ReadText) -> PageScore:
    """Read one page and count its errors.

    Raises:
        KbError: it cannot be read.
    """
    begun, cpu = time.perf_counter(), cpu_seconds()
    text = read(page.image)
    return compare(page, text, time.perf_counter() - begun, cpu_seconds() - cpu)


def compare(page: KnownPage, text: str, seconds: float, cpu: float) -> PageScore:
    """Count the errors of ``text`` against what is known."""
    known = normalised(page.text, page.language)
    read = normalised(text, page.language)
    if known == known.upper():
        read = read.upper()
    letters, found = Counter(known), Counter(read)
    words, read_words = _words(known), _words(read)
    edits = jiwer.process_characters(known, read) if known and read else None
    by_word = jiwer.process_words(known, read) if known and read else None
    return PageScore(
        page,
        len(known),
        _errors(edits) if edits else max(len(known), len(read)),
        max((letters - found).total(), (found - letters).total()),
        len(known.split()),
        _errors(by_word) if by_word else max(len(known.split()), len(read.split())),
        (words & read_words).total(),
        read_words.total(),
        seconds,
        cpu,
    )


def _errors(edits: jiwer.CharacterOutput | jiwer.WordOutput) -> int:
    return edits.substitutions + edits.deletions + edits.insertions


def normalised(text: str, language: str) -> str:
    """Return the text as it is compared: NFKC, white space as the language needs it."""
    text = unicodedata.normalize("NFKC", text)
    return _SPACES.sub("" if language[:2] in _SPACELESS else " ", text).strip()


def _words(text: str) -> Counter[str]:
    """Bag of words, an ideograph being one, punctuation none."""
    return Counter(_WORD.findall(text.casefold()))


def figures(scores: Sequence[PageScore]) -> dict[str, float | int | None]:
    """Return the figures of a group of pages; None where none of them can be judged that way.

    Keys: ``cer`` and ``wer`` (pages with reading order; no words in Chinese and Japanese),
    ``cer_unordered`` (position-independent error rate of characters), ``word_recall`` and
    ``word_precision`` (bags of words), ``seconds_per_page``, ``cpu_seconds_per_page``.
    """
    ordered = [score for score in scores if score.page.ordered]
    spaced = [score for score in ordered if score.page.language[:2] not in _SPACELESS]
    found = sum(score.words_found for score in scores)
    known = sum(_words(normalised(s.page.text, s.page.language)).total() for s in scores)
    return {
        "pages": len(scores),
        "cer": _share((s.character_errors, s.characters) for s in ordered),
        "wer": _share((s.word_errors, s.words) for s in spaced),
        "cer_unordered": _share((s.stray_characters, s.characters) for s in scores),
        "word_recall": _share([(found, known)]),
        "word_precision": _share([(found, sum(score.words_read for score in scores))]),
        "seconds_per_page": round(sum(s.seconds for s in scores) / max(1, len(scores)), 3),
        "cpu_seconds_per_page": round(sum(s.cpu_seconds for s in scores) / max(1, len(scores)), 3),
    }


def _share(counts: Iterable[tuple[int, int]]) -> float | None:
    parts, wholes = 0, 0
    for part, whole in counts:
        parts, wholes = parts + part, wholes + whole
    return round(parts / wholes, 5) if wholes else None


def _grouped(
    scores: Sequence[PageScore], of: Callable[[KnownPage], str]
) -> dict[str, dict[str, float | int | None]]:
    names = sorted({of(score.page) for score in scores})
    return {name: figures([s for s in scores if of(s.page) == name]) for name in names}


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the programs it has waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    programs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + programs.ru_utime + programs.ru_stime


_COLUMNS = ("pages", "cer", "wer", "cer_unordered", "word_recall", "cpu_seconds_per_page")


def ocr_table(result: dict[str, Any]) -> str:
    """Return the figures of ``evaluate_ocr`` for people."""
    rows = [("all", result), *result["languages"].items(), *result["kinds"].items()]
    lines = ["".join(f"{column.removesuffix('_per_page'):>14}" for column in _COLUMNS)]
    for name, group in rows:
        cells = ("-" if group[column] is None else str(group[column]) for column in _COLUMNS)
        lines.append("".join(f"{cell:>14}" for cell in cells) + f"  {name}")
    lines += [f"failed: {one['image']} ({one['code']})" for one in result["failed"]]
    return "\n".join(lines)
