"""The cheap answer where it is sure enough, the dearer one elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.domain.passages import Passage, Window
from kb.domain.understanding import Classification, Taxonomy
from kb.embedding.protocol import Vectors
from kb.enrichment.protocol import Classifier, DocumentText

OPENING_PASSAGES = 2
"""What the cheap step reads: where a document says what it is."""


@dataclass(frozen=True, slots=True)
class OpeningOf:
    """A document as its first passages alone."""

    whole: DocumentText
    most: int = OPENING_PASSAGES

    @property
    def name(self) -> str:
        """File name."""
        return self.whole.name

    @property
    def title(self) -> str:
        """Title, or empty."""
        return self.whole.title

    @property
    def language(self) -> str:
        """BCP 47 tag."""
        return self.whole.language

    @property
    def passages(self) -> Sequence[Passage]:
        """The first ones."""
        return self.whole.passages[: self.most]

    @property
    def windows(self) -> Sequence[Window]:
        """None: they hold more than the opening."""
        return ()

    @property
    def vectors(self) -> Vectors | None:
        """Of the first passages, when they are there."""
        found = self.whole.vectors
        return None if found is None else found[: self.most]


class CascadeClassifier:
    """Asks a cheap classifier about the opening and, unless it is sure, a dear one about it all.

    Each answer says which path gave it, the tokens that path read and the seconds it took.
    """

    def __init__(
        self,
        opening: Classifier,
        document: Classifier,
        *,
        sure: float,
        count_tokens: Callable[[Sequence[str]], list[int]],
    ) -> None:
        """Take the parts and do nothing.

        Args:
            opening: reads the first passages only.
            document: reads everything.
            sure: confidence from which on the first answer stands; ``choose_sure`` finds it.
            count_tokens: of the model whose cost counts.
        """
        self._opening = opening
        self._document = document
        self._sure = sure
        self._count_tokens = count_tokens

    def classify(self, text: DocumentText, taxonomy: Taxonomy) -> Classification:
        """Return the answer of the cheapest path whose confidence suffices.

        Raises:
            NoTextFound: the document has no text.
        """
        started = time.perf_counter()
        part = OpeningOf(text)
        found = self._opening.classify(part, taxonomy)
        read, path = self._tokens(part.passages), "opening"
        if found.confidence < self._sure and len(text.passages) > len(part.passages):
            found = self._document.classify(text, taxonomy)
            read, path = read + self._tokens(text.passages), "document"
        seconds = round(time.perf_counter() - started, 4)
        return replace(found, path=path, tokens=read, seconds=seconds)

    def _tokens(self, passages: Sequence[Passage]) -> int:
        return sum(self._count_tokens([p.embedded_text for p in passages]))


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold of the cascade would do on validation documents."""

    sure: float
    opening_share: float
    """Answered by the cheap step."""
    macro_f1: float
    cost: float
    """In units of asking the dear step about every document."""


def operating_curve(
    cheap: NDArray[np.float64],
    dear: NDArray[np.float64],
    costs: tuple[NDArray[np.float64], NDArray[np.float64]],
    judge: Callable[[NDArray[np.float64]], float],
) -> list[OperatingPoint]:
    """Go through thresholds from "always cheap" to "always dear".

    Args:
        cheap: (n, labels) probabilities of the cheap step, of documents it was not trained on.
        dear: (n, labels) of the dear step.
        costs: (n,) of the cheap step, and what the dear one adds to it, in any unit.
        judge: macro-F1 of probabilities.
    """
    confidence = cheap.max(axis=1)
    levels = np.unique(np.quantile(confidence, np.linspace(0, 1, 41)))
    always = float(costs[0].sum() + costs[1].sum())
    points = []
    for sure in [*levels.tolist(), float("inf")]:
        stays = confidence >= sure
        spent = float(costs[0].sum() + costs[1][~stays].sum())
        shares = np.where(stays[:, None], cheap, dear)
        share = float(stays.mean())
        points.append(OperatingPoint(sure, share, judge(shares), spent / always))
    return points


def choose_sure(points: Sequence[OperatingPoint]) -> OperatingPoint:
    """The cheapest point that is at least as good as the dear step alone (the last point)."""
    alone = points[-1].macro_f1
    return min((p for p in points if p.macro_f1 >= alone), key=lambda point: point.cost)
