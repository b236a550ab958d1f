"""The main language of a text: by script where that decides, by py3langid among few otherwise."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
_LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sv", "da", "no", "fi", "hu", "ro",
          "tr", "vi", "id", "lt", "lv", "et", "sk", "sl", "hr")  # fmt: skip
_CYRILLIC = ("ru", "uk", "bg", "sr", "mk", "kk")
_SCRIPTS = (
    ("han", re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")),
    ("kana", re.compile("[\u3041-\u30ff]")),
    ("hangul", re.compile("[\uac00-\ud7a3]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_LETTERS_A_WORD = 5
"""An ideograph carries about as much as half a Latin word; letters are weighed down by this."""
_ENOUGH = 2


def language_of(text: str) -> str:
    """Return the BCP 47 tag of the main language of ``text``, "und" when it has no letters.

    Traditional and Simplified Chinese are both "zh": search folds them together.
    """
    counts = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS}
    weights = {
        script: count / (1 if script in {"han", "kana", "hangul"} else _LETTERS_A_WORD)
        for script, count in counts.items()
    }
    east = weights["han"] + weights["kana"] + weights["hangul"]
    others = {key: value for key, value in weights.items() if key not in {"han", "kana", "hangul"}}
    best = max(others, key=lambda script: others[script])
    if counts[best] + east < _ENOUGH:
        return UNKNOWN
    if east >= others[best]:
        return _east_asian(counts)
    if best == "latin":
        return _identify(text, _LATIN)
    return _identify(text, _CYRILLIC) if best == "cyrillic" else best


def warm_up() -> None:
    """Load what telling languages takes, so that forked readers share it."""
    _identifier()


def _east_asian(counts: dict[str, int]) -> str:
    total = counts["han"] + counts["kana"] + counts["hangul"]
    if counts["hangul"] > total * 0.3:
        return "ko"
    # Japanese prose is half kana; Chinese quotes a Japanese name now and then.
    return "ja" if counts["kana"] > total * 0.1 else "zh"


def _identify(text: str, languages: tuple[str, ...]) -> str:
    """Return the likeliest of ``languages``; the model ranks those of all scripts together."""
    ranking = _identifier().rank(text)
    return next((str(language) for language, _ in ranking if language in languages), UNKNOWN)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import (  # noqa: PLC0415 - loads its model: 77 MB, 1.6 CPU-s
        MODEL_FILE,
        LanguageIdentifier,
    )

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([*_LATIN, *_CYRILLIC])
    return identifier
