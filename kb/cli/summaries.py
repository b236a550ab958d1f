"""Summarising a file without storing it: ``kb summarise``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kb.cli.output import Invocation
from kb.domain.errors import NotFound
from kb.domain.understanding import SummaryKind, SummaryLanguage, SummaryLength, SummaryStyle


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(summarise)


def summarise(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A document; nothing is stored.")],
    style: Annotated[SummaryLength, typer.Option(help="How much to say.")] = SummaryLength.ABSTRACT,
    language: Annotated[
        SummaryLanguage, typer.Option(help="What to write in; extracts stay as they are.")
    ] = SummaryLanguage.DOCUMENT,
) -> None:
    """Say what stands in a file, each sentence with the passages and pages it rests on."""
    from kb.chunking.passages import split_passages  # noqa: PLC0415  (needed only here)
    from kb.chunking.windows import make_windows  # noqa: PLC0415  (needed only here)
    from kb.enrichment.plain import PlainText  # noqa: PLC0415  (needed only here)
    from kb.llm.tokens import token_counter  # noqa: PLC0415  (needed only here)
    from kb.parsing.report import parse_file  # noqa: PLC0415  (needed only here)

    kb: Invocation = context.obj
    if not file.is_file():
        raise NotFound(kind="file", id=str(file))
    document = parse_file(file, kb.application.reader).document
    count = token_counter("")
    passages = split_passages(document.pages, count_tokens=count)
    windows = make_windows(passages, count_tokens=count)
    text = PlainText(file.name, document.title, document.language, tuple(passages), tuple(windows))
    wanted = SummaryStyle(style, language)
    summary = kb.application.summariser.summarise(text, lambda _done, _total: None, style=wanted)
    sentences = [
        {
            "text": sentence.text,
            "sources": [{"passage": at, "page": passages[at].page} for at in sentence.passages],
        }
        for sentence in summary.sentences
    ]
    shown = {
        "name": file.name,
        "language": document.language,
        "kind": summary.kind.value,
        "text": summary.text,
        "sentences": sentences,
        "model": summary.model,
        "windows_read": summary.windows_read,
        "windows_total": summary.windows_total,
        "seconds": summary.seconds,
    }
    lines = []
    for sentence in summary.sentences:
        pages = sorted({passages[at].page for at in sentence.passages})
        where = ", ".join(map(str, pages)) or "无来源 no source"
        lines.append(f"- {sentence.text} [{where}]")
    if summary.kind is SummaryKind.EXTRACTIVE:
        lines.append("(摘自原文 taken from the document)")
    kb.emit(shown, "\n".join(lines))
