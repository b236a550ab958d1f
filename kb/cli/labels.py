"""Examples: what people said about documents, in and out of files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kb.access import visible_collections
from kb.cli.output import SOME_FAILED, Invocation, table
from kb.storage import examples, taxonomies
from kb.storage.examples import Wanted
from kb.training.imports import Imported

Taxonomy = Annotated[str | None, typer.Option("--taxonomy", help="Its name; the default one.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    labels = typer.Typer(help="What people said: the examples models learn from.")
    labels.command("import")(import_file)
    labels.command("export")(export)
    labels.command("list")(list_labels)
    app.add_typer(labels, name="labels")


def import_file(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="JSONL {text or path or document, label, summary?, split?}; .gz too."),
    ],
    taxonomy: Taxonomy = None,
) -> None:
    """Take labelled examples in; rows that cannot be used are named with the reason."""
    kb: Invocation = context.obj
    found = kb.application.importer.file(file, kb.ready(), taxonomy=taxonomy)
    kb.emit(imported_json(found), _told(found))
    if found.refused:
        raise typer.Exit(SOME_FAILED if found.new + found.same + found.changed else 1)


def imported_json(found: Imported) -> dict[str, Any]:
    """What became of a file."""
    return {
        "taxonomy": found.taxonomy,
        "new": found.new,
        "same": found.same,
        "changed": found.changed,
        "refused": found.refused,
        "rows": [{"row": r.row, "reason": r.reason, "reason_zh": r.reason_zh} for r in found.rows],
        "labels": dict(found.labels),
    }


def _told(found: Imported) -> str:
    lines = [
        f"{found.taxonomy}: 新增 new {found.new}, 已有 same {found.same}, "
        f"更改 changed {found.changed}, 拒绝 refused {found.refused}"
    ]
    lines += [f"  {row.row}: {row.reason_zh} {row.reason}" for row in found.rows]
    return "\n".join(lines)


def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output.")] = None,
    taxonomy: Taxonomy = None,
) -> None:
    """Write examples with their lineage as JSONL that import reads."""
    kb: Invocation = context.obj
    visible = visible_collections(kb.ready())
    with kb.application.database.read() as tx:
        rows = list(examples.everything(tx, Wanted(taxonomy=taxonomy), visible))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if file is None:
        typer.echo(lines, nl=False)
        return
    content = lines.encode()
    file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)
    kb.emit({"file": str(file), "examples": len(rows)}, f"{file}: {len(rows)}")


def list_labels(context: typer.Context, taxonomy: Taxonomy = None) -> None:
    """How many examples each label has, by split."""
    kb: Invocation = context.obj
    visible = visible_collections(kb.ready())
    with kb.application.database.read() as tx:
        name = taxonomies.taxonomy(tx, taxonomy).name
        counts = examples.counts(tx, name, visible)
    splits = ("train", "validation", "test", "unassigned")
    order = sorted(counts, key=lambda label: (-sum(counts[label].values()), label))
    rows = [(label, *(counts[label].get(split, 0) for split in splits)) for label in order]
    columns = ("label", *splits)
    kb.emit(
        {"taxonomy": name, "labels": [dict(zip(columns, row, strict=True)) for row in rows]},
        table(columns, rows),
    )
