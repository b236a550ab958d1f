"""Categories: the taxonomy's import, export and list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kb.access import require, visible_collections
from kb.cli.output import Invocation, table
from kb.domain.access import Level
from kb.domain.errors import NotFound
from kb.enrichment.taxonomy import parse_taxonomy, to_json, to_yaml
from kb.ingestion.taxonomy_changes import Changed, Names
from kb.storage import audit, documents, taxonomies
from kb.storage import understanding as store

Taxonomy = Annotated[str | None, typer.Option("--taxonomy", help="Its name; the default one.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what it concerns.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    taxonomy = typer.Typer(help="The categories documents are put into.", no_args_is_help=True)
    taxonomy.command("list")(list_labels)
    taxonomy.command("import")(import_file)
    taxonomy.command("export")(export)
    taxonomy.command()(merge)
    taxonomy.command()(rename)
    taxonomy.command()(split)
    taxonomy.command()(undo)
    taxonomy.command()(use)
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
        store.put_taxonomy(tx, taxonomy, action="import", by=who.name)
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


def merge(
    context: typer.Context,
    labels: Annotated[list[str], typer.Argument(help="Labels that go.")],
    into: Annotated[str, typer.Option("--into", help="The label that stays.")],
    taxonomy: Taxonomy = None,
    preview: Preview = False,
) -> None:
    """Make several labels one; documents and examples go with it."""
    kb: Invocation = context.obj
    who = kb.ready()
    found = kb.application.taxonomy_changes.merge(
        _named(kb, taxonomy), labels, into, who, preview=preview
    )
    _emit_change(kb, found)


def rename(  # noqa: PLR0913  (one for each option)
    context: typer.Context,
    label: Annotated[str, typer.Argument()],
    to: Annotated[str, typer.Argument(help="Its new name.")],
    *,
    name_zh: Annotated[
        str | None, typer.Option("--zh", help="What people read in Chinese.")
    ] = None,
    name_en: Annotated[
        str | None, typer.Option("--en", help="What people read in English.")
    ] = None,
    taxonomy: Taxonomy = None,
    preview: Preview = False,
) -> None:
    """Give a label another name; documents and examples go with it."""
    kb: Invocation = context.obj
    who = kb.ready()
    found = kb.application.taxonomy_changes.rename(
        _named(kb, taxonomy), label, Names(to, name_zh, name_en), who, preview=preview
    )
    _emit_change(kb, found)


def split(
    context: typer.Context,
    label: Annotated[str, typer.Argument()],
    file: Annotated[Path, typer.Argument(help="YAML or JSON list of the new labels.")],
    *,
    inherits: Annotated[
        str | None, typer.Option(help="The one that what people said goes to; the first.")
    ] = None,
    taxonomy: Taxonomy = None,
    preview: Preview = False,
) -> None:
    """Make several labels of one; documents that a model labelled become stale."""
    kb: Invocation = context.obj
    who = kb.ready()
    if not file.is_file():
        raise NotFound(kind="file", id=str(file))
    into = parse_taxonomy(file.read_text(encoding="utf-8")).labels
    found = kb.application.taxonomy_changes.split(
        _named(kb, taxonomy), label, into, who, inherits=inherits, preview=preview
    )
    _emit_change(kb, found)


def undo(
    context: typer.Context,
    taxonomy: Annotated[str | None, typer.Argument(help="Its name; the default one.")] = None,
) -> None:
    """Take the newest change back: labels, documents and examples are as before it."""
    kb: Invocation = context.obj
    who = kb.ready()
    found = kb.application.taxonomy_changes.undo(_named(kb, taxonomy), who)
    kb.emit(
        {
            "undone": found.number,
            "action": found.action,
            "documents": found.moved_documents,
            "examples": found.moved_examples,
        },
        f"{found.action} {found.number} ✗",
    )


def use(
    context: typer.Context,
    collection: Annotated[str, typer.Argument(help="Name or id of a collection.")],
    taxonomy: Annotated[str | None, typer.Argument(help="Its name; none for the default.")] = None,
) -> None:
    """Have a collection classified by a taxonomy; its documents become stale."""
    kb: Invocation = context.obj
    who = kb.ready()
    with kb.application.database.write() as tx:
        found = documents.collection_named(tx, collection, visible_collections(who))
        require(who, Level.MANAGE, found.id)
        taxonomies.use(tx, found.id, taxonomy)
        name = taxonomies.of_collection(tx, found.id).name
        audit.record(
            tx,
            actor=who.name,
            action="collection.models_chosen",
            subject=f"collection:{found.id}",
            name=name,
        )
    kb.emit({"collection": found.name, "taxonomy": name}, f"{found.name}: {name}")


def _named(kb: Invocation, name: str | None) -> str:
    with kb.application.database.read() as tx:
        return store.taxonomy(tx, name).name


def _emit_change(kb: Invocation, found: Changed) -> None:
    reach = found.reach
    kb.emit(
        {
            "preview": found.number is None,
            "documents_by_person": reach.documents_by_person,
            "documents_by_model": reach.documents_by_model,
            "examples": reach.examples,
            "labels": [label.name for label in found.taxonomy.labels],
            "number": found.number,
        },
        f"{'预览 preview' if found.number is None else '完成 done'}: "
        f"文档 documents {reach.documents_by_person} + {reach.documents_by_model}, "
        f"样本 examples {reach.examples}",
    )
