"""What a lexical search asks for, in terms of the analyser: a bag to rank by, clauses to obey."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from kb.index.analyser import UNSPACED, Stream, tokens


class Field(StrEnum):
    """Where a clause looks."""

    ANYWHERE = "units"
    TITLE = "title"
    HEADING = "heading"
    NAME = "name"


class Ending(StrEnum):
    """Whether the last term of a phrase must end where it ends."""

    WHOLE = "whole"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Unit terms that stand side by side; one term alone is a word."""

    terms: tuple[str, ...]
    """At least one."""
    field: Field = Field.ANYWHERE
    ending: Ending = Ending.WHOLE


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every clause must hold."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one clause must hold."""

    clauses: tuple[Clause, ...]


Clause = Phrase | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class BagTerm:
    """A term that adds to the score wherever it occurs."""

    term: str
    stream: Stream


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """Passages that obey the clauses, ranked by BM25 over the bag.

    Without required clauses, a passage must contain at least one term of the bag.
    """

    bag: tuple[BagTerm, ...]
    required: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()

    @property
    def restricts(self) -> bool:
        """Whether there are clauses to obey besides the bag."""
        return bool(self.required or self.excluded)


_MAX_BAG = 128
"""Terms of a query beyond this do not change the ranking, they only cost time."""


@lru_cache(maxsize=1024)
def bag_of(text: str) -> tuple[BagTerm, ...]:
    """Return the distinct terms of ``text`` to rank by.

    The lone last character of an unspaced run is in the index for prefixes and phrases; as
    evidence it is noise unless the run is nothing else.
    """
    found: dict[BagTerm, None] = {}
    bigram_end = -1
    for token in tokens(text):
        if token.stream is Stream.UNITS:
            tail = len(token.term) == 1 and not token.term.isascii() and token.end == bigram_end
            bigram_end = token.end
            if tail:
                continue
        found.setdefault(BagTerm(token.term, token.stream))
    return tuple(found)[:_MAX_BAG]


def phrase_of(
    text: str, field: Field = Field.ANYWHERE, ending: Ending = Ending.WHOLE
) -> Phrase | None:
    """Return the phrase that ``text`` is; None when it has no terms (punctuation only)."""
    units = [token for token in tokens(text) if token.stream is Stream.UNITS]
    if not units:
        return None
    last = units[-1]
    if len(last.term) == 1 and is_unspaced(last.term):
        if len(units) > 1 and units[-2].end == last.end:
            units.pop()  # the run's end is covered by its last bigram
        else:
            ending = Ending.PREFIX  # a lone character begins the bigram that follows it
    elif is_unspaced(last.term[-1]):
        ending = Ending.WHOLE  # a bigram is complete; what follows is free anyway
    return Phrase(tuple(unit.term for unit in units), field, ending)


def is_unspaced(char: str) -> bool:
    """Say whether ``char`` belongs to a script written without spaces."""
    return UNSPACED.fullmatch(char) is not None
