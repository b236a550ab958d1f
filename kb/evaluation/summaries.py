"""Summaries against references: the product's, the beginning of the text, and TextRank."""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from kb.chunking.passages import split_passages
from kb.chunking.sentences import sentence_spans
from kb.chunking.windows import make_windows
from kb.domain.errors import InvalidInput, NotFound
from kb.domain.passages import Passage
from kb.domain.understanding import Summary, SummaryStyle
from kb.enrichment.plain import PlainText
from kb.enrichment.protocol import Summariser
from kb.enrichment.summary_words import words_of
from kb.evaluation.rouge import Rouge, best_rouge
from kb.parsing.logical import lay_out
from kb.parsing.text import text_pieces

_MOST_PAGES = 100_000
CountTokens = Callable[[Sequence[str]], list[int]]
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reference:
    """A text and how people summarised it."""

    id: str
    text: str
    summaries: tuple[str, ...]
    language: str
    title: str = ""


def evaluate_summaries(
    folder: Path,
    summariser: Summariser,
    count_tokens: CountTokens,
    *,
    most: int | None = None,
    told: Told = lambda done, total: None,
) -> dict[str, Any]:
    """Mean ROUGE F1 over words beside two baselines of the same length.

    Every system is asked for as many words as the references of the set have on average. Lead-k
    takes whole sentences from the beginning up to the nearest number of words, "lead_words" just
    that many words, and TextRank (sumy, where it is installed) the best of its sentences.

    Args:
        folder: holds ``docs.jsonl[.gz]``: id, text, summary (or a list of them), lang.
        summariser: the product's.
        count_tokens: for passages and windows.
        most: documents, evenly spread; None takes all.
        told: (documents done, documents in all).

    Returns:
        Figures by system, and of ours: coverage (windows read), share of sentences with sources,
        seconds a document (CPU).
    """
    references = load_references(folder, most)
    wanted = [[words_of(text) for text in reference.summaries] for reference in references]
    budget = max(round(fmean(len(words) for texts in wanted for words in texts)), 1)
    style = SummaryStyle(words=budget)
    ranked = textrank if importlib.util.find_spec("sumy") else None
    rows: dict[str, list[Rouge]] = {"ours": [], "lead_k": [], "lead_words": [], "textrank": []}
    made: list[Summary] = []
    begun = time.process_time()
    spent = 0.0
    for at, (reference, truth) in enumerate(zip(references, wanted, strict=True), 1):
        begun = time.process_time()
        text = as_text(reference, count_tokens)
        summary = summariser.summarise(text, _silent, style=style)
        spent += time.process_time() - begun
        made.append(summary)
        rows["ours"].append(best_rouge(words_of(summary.text), truth))
        rows["lead_k"].append(best_rouge(lead(text.passages, budget), truth))
        rows["lead_words"].append(best_rouge(words_of(reference.text)[:budget], truth))
        if ranked:
            rows["textrank"].append(best_rouge(ranked(text.passages, budget), truth))
        told(at, len(references))
    sentences = [sentence for summary in made for sentence in summary.sentences]
    return {
        "documents": len(references),
        "words": budget,
        **{name: _means(scores) for name, scores in rows.items() if scores},
        "coverage": round(
            sum(s.windows_read for s in made) / max(sum(s.windows_total for s in made), 1), 4
        ),
        "with_sources": round(sum(bool(s.passages) for s in sentences) / max(len(sentences), 1), 4),
        "without_summary": sum(not summary.sentences for summary in made),
        "seconds_a_document": round(spent / len(references), 3),
    }


def load_references(folder: Path, most: int | None = None) -> list[Reference]:
    """Read ``docs.jsonl`` or ``docs.jsonl.gz``; documents without text or summary are left out.

    Raises:
        NotFound: neither file is there.
        InvalidInput: a line is not what the format says, or none is left.
    """
    found = list(_references(folder))
    if not found:
        raise InvalidInput(
            field="docs.jsonl", detail="no document with a summary / 没有带摘要的文档"
        )
    if most is None or most >= len(found):
        return found
    return [found[at * len(found) // most] for at in range(most)]


def as_text(reference: Reference, count_tokens: CountTokens) -> PlainText:
    """Cut a text as the product cuts a text file."""
    pieces = text_pieces(iter(reference.text.split("\n")))
    pages = lay_out(pieces, first_page=1, max_pages=_MOST_PAGES)
    passages = split_passages(pages, count_tokens=count_tokens)
    windows = make_windows(passages, count_tokens=count_tokens)
    return PlainText(reference.id, reference.title, reference.language, passages, windows)


def lead(passages: Sequence[Passage], words: int) -> list[str]:
    """Words of the first sentences, as many as come nearest to ``words``; at least one."""
    taken: list[str] = []
    for passage in passages:
        for start, end in sentence_spans(passage.text):
            following = words_of(passage.text[start:end])
            if taken and abs(len(taken) + len(following) - words) > abs(len(taken) - words):
                return taken
            taken += following
    return taken


def textrank(passages: Sequence[Passage], words: int) -> list[str]:
    """The best sentences by sumy's TextRank (Mihalcea and Tarau 2004), in document order.

    Its sentences and words are those of this product, since its own tokenizer needs a download
    and does not segment Chinese. Sentences are taken by rank while they come nearer to ``words``.
    """
    # A library for comparison only, which nothing else needs: taken where somebody installed it.
    plaintext = importlib.import_module("sumy.parsers.plaintext")
    ranking = importlib.import_module("sumy.summarizers.text_rank")
    text = "\n".join(" ".join(passage.text.split()) for passage in passages)
    parsed = plaintext.PlaintextParser.from_string(text, _Cut()).document
    if len(parsed.sentences) < _FEWEST_TO_RANK:
        return [word for sentence in parsed.sentences for word in words_of(str(sentence))]
    ratings = ranking.TextRankSummarizer().rate_sentences(parsed)
    order = sorted(range(len(parsed.sentences)), key=lambda n: -ratings[parsed.sentences[n]])
    chosen: list[int] = []
    used = 0
    for at in order:
        length = len(words_of(str(parsed.sentences[at])))
        if not chosen or abs(used + length - words) <= abs(used - words):
            chosen.append(at)
            used += length
    return [word for at in sorted(chosen) for word in words_of(str(parsed.sentences[at]))]


_FEWEST_TO_RANK = 2


class _Cut:
    """What sumy asks of a tokenizer."""

    def to_sentences(self, text: str) -> list[str]:
        """Sentences of a paragraph."""
        cut = (text[start:end].strip() for start, end in sentence_spans(text))
        return [sentence for sentence in cut if sentence]

    def to_words(self, text: str) -> tuple[str, ...]:
        """Words of a sentence."""
        return tuple(words_of(text))


def _references(folder: Path) -> Iterator[Reference]:
    path = next(
        (folder / n for n in ("docs.jsonl", "docs.jsonl.gz") if (folder / n).is_file()), None
    )
    if path is None:
        raise NotFound(kind="file", id=str(folder / "docs.jsonl"))
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for number, line in enumerate(raw.decode("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            given = row.get("summary") or []
            summaries = tuple(str(s) for s in ([given] if isinstance(given, str) else given) if s)
            text = str(row["text"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(field=path.name, detail=f"line {number}: {error!r}") from error
        if summaries and text.strip():
            language, title = str(row.get("lang") or "und"), str(row.get("title") or "")
            yield Reference(str(row.get("id", number)), text, summaries, language, title)


def _means(scores: Sequence[Rouge]) -> dict[str, float]:
    return {
        "rouge_1": round(fmean(score.rouge_1 for score in scores), 4),
        "rouge_2": round(fmean(score.rouge_2 for score in scores), 4),
        "rouge_l": round(fmean(score.rouge_l for score in scores), 4),
    }


def _silent(done: int, total: int) -> None:
    """Windows are not told here, documents are."""
