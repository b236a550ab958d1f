"""Which examples are learned from and which are held out: whole groups, frozen once and for all."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kb.domain.models import Example, Split

_TEST_SHARE, _VALIDATION_SHARE = 0.2, 0.1
_SHINGLE = 5
"""Characters, white space left out: works for Chinese and for words."""
_PERMUTATIONS, _ROWS = 128, 4
"""32 bands of 4 rows catch a pair of Jaccard .7 in 99.99 %, of .5 in 87 % (Leskovec et al.)."""
_NEAR = 0.5
"""Jaccard similarity of shingles, as estimated, from which on texts are near-duplicates."""
_FEWEST_OF_LABEL = 5
"""A label with this many groups gets one into the test split whatever their hashes say."""
_SPACE = re.compile(r"\s+")
_LONGEST = 200_000
_MOST_SHINGLES = 4_000
"""Those with the smallest hashes stand for the text: a bottom-k sketch."""


def assign_splits(examples: Sequence[Example], *, seed: int) -> list[Example]:
    """Give every example its group and split; near-duplicates never cross.

    A group's split follows from a hash of the smallest key in it, so that adding examples moves
    none of the others. A group in which an example is TEST already is TEST altogether. Labels with
    at least five groups get at least one into TEST. Examples with neither label nor summary are
    TRAIN: nothing can be tested on them.

    Args:
        examples: those that had a split keep TEST; other splits are kept as far as their group
            allows. ``group`` values that are given already stay together.
        seed: another seed gives another division.

    Returns:
        The examples in their order, with ``group`` and ``split`` set.
    """
    groups = near_duplicates([e.text for e in examples], [e.group for e in examples])
    members: dict[int, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group].append(at)
    split_of = {
        group: _split([examples[at] for at in found], seed) for group, found in members.items()
    }
    _cover_labels(examples, members, split_of, seed)
    names = {group: min(examples[at].key for at in found) for group, found in members.items()}
    return [
        replace(example, group=example.group or names[group], split=split_of[group])
        for example, group in zip(examples, groups, strict=True)
    ]


def near_duplicates(texts: Sequence[str], given: Sequence[str] = ()) -> list[int]:
    """Group texts that are copies or versions of each other.

    MinHash over character 5-grams with banding, then the estimated Jaccard similarity
    (Broder 1997).

    Args:
        texts: whole texts.
        given: names of groups known already, "" for none; texts that share one stay together.

    Returns:
        Number of the group of each text.
    """
    parent = list(range(len(texts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[str, int] = {}
    for at, name in enumerate(given):
        if name:
            parent[root(at)] = root(first.setdefault(name, at))
    signatures = _signatures(texts)
    for one, other in _candidate_pairs(signatures):
        near = root(one) != root(other) and (signatures[one] == signatures[other]).mean() >= _NEAR
        if near:
            parent[root(other)] = root(one)
    return [root(at) for at in range(len(texts))]


def _split(group: Sequence[Example], seed: int) -> Split:
    kept = {example.split for example in group}
    if Split.TEST in kept:
        return Split.TEST
    if all(example.label is None and example.summary is None for example in group):
        return Split.TRAIN
    for split in (Split.VALIDATION, Split.TRAIN):
        if split in kept:
            return split
    place = _place(min(example.key for example in group), seed)
    if place < _TEST_SHARE:
        return Split.TEST
    return Split.VALIDATION if place < _TEST_SHARE + _VALIDATION_SHARE else Split.TRAIN


def _place(key: str, seed: int) -> float:
    """Where a key stands in 0..1, the same on every machine."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _cover_labels(
    examples: Sequence[Example],
    members: dict[int, list[int]],
    split_of: dict[int, Split],
    seed: int,
) -> None:
    """See that labels with enough groups are tested and learned, by groups that are new."""
    of_label: dict[str, list[int]] = defaultdict(list)
    for group, found in members.items():
        for label in {examples[at].label for at in found} - {None}:
            of_label[str(label)].append(group)
    for groups in of_label.values():
        new = [g for g in groups if all(examples[at].split is None for at in members[g])]
        new.sort(key=lambda g: _place(min(examples[at].key for at in members[g]), seed))
        splits = {split_of[group] for group in groups}
        if new and len(groups) >= _FEWEST_OF_LABEL and Split.TEST not in splits:
            split_of[new[0]] = Split.TEST
        elif new and Split.TRAIN not in splits:
            split_of[new[-1]] = Split.TRAIN


def _signatures(texts: Sequence[str]) -> NDArray[np.uint64]:
    """(n, permutations); texts too short for a shingle have a signature of their own text."""
    draw = np.random.default_rng(1)  # the same permutations everywhere
    factors = draw.integers(0, 1 << 63, _PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    rows = np.empty((len(texts), _PERMUTATIONS), np.uint64)
    for at, text in enumerate(texts):
        hashed = _shingles(text)[:, None] * factors[None, :]  # modulo 2^64; the high bits are mixed
        rows[at] = (hashed >> np.uint64(32)).min(axis=0)
    return rows


def _shingles(text: str) -> NDArray[np.uint64]:
    """Hashes of the distinct character 5-grams."""
    points = np.frombuffer(
        _SPACE.sub("", text[:_LONGEST].lower()).encode("utf-32-le", "replace"), np.uint32
    ).astype(np.uint64)
    count = max(len(points) - _SHINGLE + 1, 1)
    points = np.pad(points, (0, max(_SHINGLE - len(points), 0)))
    mixed = np.zeros(count, np.uint64)
    for place in range(_SHINGLE):
        mixed = (mixed * np.uint64(0x100000001B3)) ^ points[place : place + count]
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    distinct: NDArray[np.uint64] = np.unique(mixed ^ (mixed >> np.uint64(29)))
    return distinct[:_MOST_SHINGLES]


def _candidate_pairs(signatures: NDArray[np.uint64]) -> Iterable[tuple[int, int]]:
    """Pairs that agree in a whole band; each with the first of its bucket."""
    for start in range(0, _PERMUTATIONS, _ROWS):
        buckets: dict[bytes, int] = {}
        for at in range(len(signatures)):
            band = signatures[at, start : start + _ROWS].tobytes()
            first = buckets.setdefault(band, at)
            if first != at:
                yield first, at
