"""Measuring on fixed sets: ``kb eval``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.output import Invocation
from kb.domain.errors import NotFound
from kb.domain.search import SearchMode


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="Measure on a set with known answers.", no_args_is_help=True)
    group.callback()(_group)
    group.command("retrieval")(retrieval)
    group.command("ocr")(ocr)
    group.command("parse")(parse)
    group.command("classify")(classify)
    group.command("summarise")(summarise)
    app.add_typer(group, name="eval")


def _group() -> None:
    """Keep "retrieval" a command of its own while it is the only one."""


def retrieval(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="corpus.jsonl[.gz], queries.jsonl[.gz], qrels.tsv")
    ],
    mode: Annotated[SearchMode, typer.Option(help="Evidence to use.")] = SearchMode.HYBRID,
) -> None:
    """nDCG, recall, MRR and latency, indexed by the product's own code in a temporary place."""
    from kb.evaluation.retrieval import evaluate_retrieval  # noqa: PLC0415  (heavy)

    kb: Invocation = context.obj
    if not folder.is_dir():
        raise NotFound(kind="folder", id=str(folder))
    with tempfile.TemporaryDirectory(prefix="kb-eval-") as workspace:
        figures = evaluate_retrieval(folder, mode, kb.application.embedder, Path(workspace))
    kb.emit(figures, "\n".join(f"{name:<14} {value}" for name, value in figures.items()))


def ocr(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="manifest.jsonl: image, text, lang, kind, …")],
) -> None:
    """Character and word errors of page images, read by the product's own reader."""
    from kb.evaluation.ocr import evaluate_ocr, ocr_table  # noqa: PLC0415  (heavy)

    kb: Invocation = context.obj
    figures = evaluate_ocr(folder)
    kb.emit(figures, ocr_table(figures))


def parse(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Documents with manifest.jsonl, or any folder.")],
    most: Annotated[
        int | None, typer.Option("--files", help="Only this many, evenly spaced.")
    ] = None,
) -> None:
    """Text, order and tables against ground truth, failures and speed, read in the sandbox."""
    from kb.evaluation.parsing import as_text, evaluate_parsing  # noqa: PLC0415  (heavy)

    kb: Invocation = context.obj
    if not folder.is_dir():
        raise NotFound(kind="folder", id=str(folder))
    figures = evaluate_parsing(folder, kb.application.reader, most=most, told=kb.tell)
    kb.emit(figures, as_text(figures))


def classify(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(help="docs.jsonl[.gz] (id, text, label), or its folder.")
    ],
    precision: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="Wanted of answers that need no person.")
    ] = 0.98,
) -> None:
    """Train and test the classification head in 5 folds, beside the customary classifiers."""
    from kb.training.head_evaluation import evaluate_set  # noqa: PLC0415  (heavy)

    kb: Invocation = context.obj
    figures = evaluate_set(
        source, kb.application.embedder, wanted_precision=precision, tell=kb.tell
    )
    kb.emit(figures, "\n".join(f"{name:<22} {value}" for name, value in figures.items()))


def summarise(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="docs.jsonl[.gz]: id, text, summary, lang.")],
    most: Annotated[
        int | None, typer.Option("--documents", help="Only this many, evenly spread.")
    ] = None,
) -> None:
    """ROUGE of the summaries in service, beside the beginning of the text and TextRank."""
    from kb.evaluation.summaries import evaluate_summaries  # noqa: PLC0415  (heavy)
    from kb.llm.tokens import token_counter  # noqa: PLC0415  (heavy)

    kb: Invocation = context.obj
    figures = evaluate_summaries(folder, kb.application.summariser, token_counter(""), most=most)
    kb.emit(figures, "\n".join(f"{name:<20} {value}" for name, value in figures.items()))
