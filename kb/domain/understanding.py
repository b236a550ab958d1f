"""What the models say about a document: labels and summaries, with confidence and sources."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Label:
    """One category of a taxonomy."""

    name: str
    """Stable key, unique in its taxonomy: "contract"."""
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    parent: str | None = None
    """Name of the label above."""
    examples: tuple[str, ...] = ()
    """Short texts of this kind, which help while nothing was learned yet."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A closed set of labels, possibly a tree."""

    name: str
    labels: tuple[Label, ...]


class LabelSource(StrEnum):
    """Who gave the label."""

    MODEL = "model"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Classification:
    """A category with how sure the model is."""

    label: str | None
    """Name of the label, or None for "unsure"."""
    confidence: float
    """Probability of the best label, 0..1."""
    probabilities: tuple[tuple[str, float], ...]
    """(label, probability), best first."""
    model: str
    """Which model and version said so."""
    source: LabelSource = LabelSource.MODEL
    path: str = ""
    """Which step of a cascade answered ("opening", "document", "model"); empty without one."""
    tokens: int = 0
    """Tokens read for the answer by models that charge by the token or second."""
    seconds: float = 0.0
    """Time the answer took, waiting for other work not included."""


class SummaryKind(StrEnum):
    """How the summary came about; shown to people."""

    EXTRACTIVE = "extractive"
    GENERATED = "generated"


class SummaryLength(StrEnum):
    """How much a summary says."""

    LINE = "line"
    """One sentence."""
    ABSTRACT = "abstract"
    """A few sentences that read as a text."""
    POINTS = "points"
    """Key points that stand for the parts of the document."""


class SummaryLanguage(StrEnum):
    """What a summary is written in."""

    DOCUMENT = "document"
    """As the document."""
    CHINESE = "zh"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class SummaryStyle:
    """Length and language of summaries, chosen for a collection."""

    length: SummaryLength = SummaryLength.ABSTRACT
    language: SummaryLanguage = SummaryLanguage.DOCUMENT
    """Extracts stay in the document's language, whatever is asked."""
    words: int | None = None
    """About how many words (Chinese: segmented words); None lets length and document decide."""


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence and the passages it rests on."""

    text: str
    passages: tuple[int, ...]
    """Ordinals of its source passages; empty means unsupported, and is shown as such."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary with its sources and what was read for it."""

    kind: SummaryKind
    sentences: tuple[SummarySentence, ...]
    model: str
    windows_read: int
    windows_total: int
    source: LabelSource = LabelSource.MODEL
    """A person's summary is never replaced by a model's."""
    path: str = ""
    """Which way made it, where there are several."""
    tokens: int = 0
    """Tokens read and written by models that charge by the token or second."""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The sentences joined: with a space unless one ends in Chinese punctuation."""
        joined = ""
        for sentence in self.sentences:
            spaced = joined and ord(joined[-1]) < _CJK_START
            joined += (" " if spaced else "") + sentence.text
        return joined


_CJK_START = 0x2E80
