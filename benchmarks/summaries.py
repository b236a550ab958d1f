"""Extractive summaries beside the beginning of the text and TextRank (sumy), set by set.

python -m benchmarks.summaries DATA                 every set under DATA that has summaries
python -m benchmarks.summaries DATA --documents 100 a part of each
python -m benchmarks.summaries DATA --fit           the weights of kb.enrichment.sentence_merit

pip install sumy

``--fit`` computes the linear weights by ridge regression: the target of a sentence is the share
of its words, pairs and subsequence that its document's reference has (at most 150 documents a set,
every set with the same weight), for written and spoken documents apart. It prints ROUGE-L in
two-fold cross-validation, and with the set left out altogether, which is how far the weights carry
to kinds of documents that nobody saw.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from kb.domain.understanding import SummaryStyle
from kb.enrichment.candidates import candidates, prose, turns
from kb.enrichment.sentence_merit import FEATURES, Register, Sentences, register_of, study
from kb.enrichment.summarise import ExtractiveSummariser, choose
from kb.enrichment.summary_words import words_of
from kb.evaluation.rouge import best_rouge
from kb.evaluation.summaries import as_text, evaluate_summaries, load_references
from kb.llm.tokens import token_counter

_FIT_DOCUMENTS = 150
_RIDGE = 0.02
_PAIRS = 3
"""A shared pair counts as much as three shared words: it is rarely there by chance."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Studied:
    sentences: Sentences
    target: Floats
    references: tuple[list[str], ...]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--documents", type=int)
    arguments.add_argument("--fit", action="store_true")
    given = arguments.parse_args()
    folders = sorted(
        folder
        for folder in given.data.iterdir()
        if folder.name.startswith("sum_") or "_sum_" in folder.name
    )
    if given.fit:
        fit(folders)
    else:
        measure(folders, given.documents)


def measure(folders: Sequence[Path], most: int | None) -> None:
    count = token_counter("")
    print("| set | documents | words | ours R-1/R-2/R-L | lead-k R-L | lead words R-L |", end="")
    print(" TextRank R-L | with sources | coverage | CPU-s a document |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for folder in folders:
        found = evaluate_summaries(folder, ExtractiveSummariser(), count, most=most)
        ours = found["ours"]
        ranked = found.get("textrank", {}).get("rouge_l", "-")
        print(
            f"| {folder.name} | {found['documents']} | {found['words']} | {ours['rouge_1']:.3f} / "
            f"{ours['rouge_2']:.3f} / **{ours['rouge_l']:.3f}** | {found['lead_k']['rouge_l']:.3f}"
            f" | {found['lead_words']['rouge_l']:.3f} | {ranked} | {found['with_sources']:.0%} | "
            f"{found['coverage']:.0%} | {found['seconds_a_document']} |",
            flush=True,
        )


def fit(folders: Sequence[Path]) -> None:
    sets = {folder.name: studied(folder) for folder in folders}
    kinds = {name: _register(documents) for name, documents in sets.items()}
    for name, documents in sets.items():
        words = round(fmean(len(r) for d in documents for r in d.references))
        others = [sets[o] for o in sets if o != name and kinds[o] is kinds[name]]
        halves = documents[::2], documents[1::2]
        crossed = fmean(
            score(test, weights([*others, train]), words) for test, train in (halves, halves[::-1])
        )
        away = [sets[o] for o in sets if o != name]
        left_out = score(documents, weights(others), words) if others else float("nan")
        anywhere = score(documents, weights(away), words)
        print(
            f"{name}: {kinds[name]}, two-fold {crossed:.4f}, left out: same register "
            f"{left_out:.4f}, all others {anywhere:.4f}"
        )
    grouped: dict[Register, list[list[Studied]]] = defaultdict(list)
    for name, documents in sets.items():
        grouped[kinds[name]].append(documents)
    for register, parts in grouped.items():
        print(register, dict(zip(FEATURES, weights(parts).round(3).tolist(), strict=True)))


def studied(folder: Path) -> list[Studied]:
    count = token_counter("")
    found = []
    for reference in load_references(folder, _FIT_DOCUMENTS):
        text = as_text(reference, count)
        body = prose(text.passages)
        sentences = candidates(body, len(text.passages))
        if sentences:
            register = register_of(sentences, body, turns(body))
            seen = study(sentences, body, text.title, register)
            wanted = tuple(words_of(summary) for summary in reference.summaries)
            found.append(Studied(seen, _target(seen, wanted), wanted))
    return found


def weights(parts: Sequence[Sequence[Studied]]) -> Floats:
    """Ridge regression, each set and each document with the same weight."""
    many = len(FEATURES)
    left, right = np.zeros((many, many)), np.zeros(many)
    for documents in parts:
        for document in documents:
            features, target = document.sentences.features, document.target
            scaled = (target - target.mean()) / (target.std() + 1e-6)
            share = len(target) * len(documents) * len(parts)
            left += features.T @ features / share
            right += features.T @ scaled / share
    solved: Floats = np.linalg.solve(left + _RIDGE * np.eye(many), right)
    return solved


def score(documents: Sequence[Studied], weight: Floats, words: int) -> float:
    """Mean ROUGE-L."""
    scores = []
    for document in documents:
        seen = document.sentences
        chosen = choose(seen, seen.features @ weight, SummaryStyle(words=words))
        written = [word for at in chosen for word in seen.words[at]]
        scores.append(best_rouge(written, document.references).rouge_l)
    return fmean(scores)


def _target(seen: Sentences, references: Sequence[list[str]]) -> Floats:
    best = np.zeros(len(seen.words))
    for wanted in references:
        single, pairs = Counter(wanted), Counter(pairwise(wanted))
        shares = [
            (
                sum((Counter(own) & single).values())
                + _PAIRS * sum((Counter(pairwise(own)) & pairs).values())
                + LCSseq.similarity(own, wanted)
            )
            / max(len(own), 1)
            for own in seen.words
        ]
        best = np.maximum(best, shares)
    return best


def _register(documents: Sequence[Studied]) -> Register:
    spoken = sum(document.sentences.register is Register.SPOKEN for document in documents)
    return Register.SPOKEN if 2 * spoken > len(documents) else Register.WRITTEN


if __name__ == "__main__":
    main()
