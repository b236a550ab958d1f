"""Categories: the taxonomy's import, export and list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kb.cli.output import Invocation, table
from kb.domain.errors import NotFound
from kb.enrichment.taxonomy import parse_taxonomy, to_json, to_yaml
from kb.storage import audit
from kb.storage import understanding as store


def register(app: typer.Typer) -> None:
    """Add these commands."""
    taxonomy = typer.Typer(help="The categories documents are put into.", no_args_is_help=True)
    taxonomy.command("list")(list_labels)
    taxonomy.command("import")(import_file)
    taxonomy.command("export")(export)
    app.add_typer(taxonomy, name="taxonomy")
    app.command()(classify)


def list_labels(context: typer.Context) -> None:
    """Taxonomies and their labels."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        found = store.taxonomies(tx)
    rows = [
        (taxonomy.name, label.name, label.name_zh, label.name_en, label.parent)
        for taxonomy in found
        for label in taxonomy.labels
    ]
    columns = ("taxonomy", "name", "name_zh", "name_en", "parent")
    kb.emit(
        {"labels": [dict(zip(columns, row, strict=True)) for row in rows]}, table(columns, rows)
    )


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="YAML or JSON tree {name, description, children}.")],
) -> None:
    """Put a taxonomy in place of the one with its name."""
    kb: Invocation = context.obj
    who = kb.ready()
    if not file.is_file():
        raise NotFound(kind="file", id=str(file))
    taxonomy = parse_taxonomy(file.read_text(encoding="utf-8"))
    with kb.application.database.write() as tx:
        store.put_taxonomy(tx, taxonomy)
        subject = f"taxonomy:{taxonomy.name}"
        audit.record(
            tx,
            actor=who.name,
            action="taxonomy.imported",
            subject=subject,
            labels=len(taxonomy.labels),
        )
    kb.emit(
        {"taxonomy": taxonomy.name, "labels": len(taxonomy.labels)},
        f"{taxonomy.name}: {len(taxonomy.labels)}",
    )


def export(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Its name; the one in force.")] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="YAML instead of JSON.")] = False,
) -> None:
    """Print a taxonomy as a file that import reads."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        taxonomy = store.taxonomy(tx, name)
    typer.echo(to_yaml(taxonomy) if as_yaml and not kb.as_json else to_json(taxonomy))


def classify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A document; nothing is stored.")],
    taxonomy: Annotated[str | None, typer.Option(help="Its name; the one in force.")] = None,
) -> None:
    """Say which category a file belongs to, by the classifier in service."""
    from kb.chunking.passages import split_passages  # noqa: PLC0415  (needed only here)
    from kb.enrichment.plain import PlainText  # noqa: PLC0415  (needed only here)
    from kb.parsing.report import parse_file  # noqa: PLC0415  (needed only here)

    kb: Invocation = context.obj
    kb.ready()
    if not file.is_file():
        raise NotFound(kind="file", id=str(file))
    with kb.application.database.read() as tx:
        wanted = store.taxonomy(tx, taxonomy)
    document = parse_file(file, kb.application.reader).document
    passages = split_passages(document.pages, count_tokens=kb.application.embedder.count_tokens)
    text = PlainText(file.name, document.title, document.language, tuple(passages))
    found = kb.application.classifier.classify(text, wanted)
    shown = {
        "name": file.name,
        "taxonomy": wanted.name,
        "label": found.label,
        "confidence": found.confidence,
        "probabilities": dict(found.probabilities),
        "model": found.model,
        "path": found.path,
        "tokens": found.tokens,
        "seconds": found.seconds,
    }
    best = ", ".join(f"{name} {share:.3f}" for name, share in found.probabilities[:5])
    kb.emit(shown, f"{found.label or '待定 unsure'} ({best})")
