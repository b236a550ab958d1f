"""The registry of models: list, show, pull, import, promote, roll back, redo, export, bench."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from kb.cli.output import Invocation, table
from kb.domain.errors import InvalidInput, NotFound
from kb.domain.models import ModelTask, ModelVersion
from kb.storage import models, redos, understanding
from kb.storage.documents import collection_named
from kb.storage.redos import Redo, Wanted
from kb.training.trained_files import MODEL_JSON

Name = Annotated[str, typer.Argument(help="Name or id of a model.")]
Taxonomy = Annotated[str | None, typer.Option("--taxonomy", help="Its name; the default one.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="Models: those we trained and those they stand on.")
    group.command("list")(list_models)
    group.command()(show)
    group.command()(pull)
    group.command("import")(import_folder)
    group.command()(gate)
    group.command()(promote)
    group.command()(rollback)
    group.command("export-onnx")(export_onnx)
    group.command()(bench)
    group.command()(usage)
    redo_group = typer.Typer(help="Have stale documents classified again.")
    redo_group.callback(invoke_without_command=True)(redo)
    redo_group.command("pause")(redo_pause)
    redo_group.command("resume")(redo_resume)
    redo_group.command("cancel")(redo_cancel)
    redo_group.command("list")(redo_list)
    group.add_typer(redo_group, name="redo")
    app.add_typer(group, name="models")


def list_models(context: typer.Context) -> None:
    """Trained models, newest first, and the language models in the store."""
    from kb.llm.checkpoints import list_checkpoints  # noqa: PLC0415  (needed only here)

    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        found = models.versions(tx)
    bases = list_checkpoints(kb.application.settings.base_models_path)
    rows = [model_json(model) for model in found]
    columns = ("name", "task", "method", "taxonomy", "state", "aliases", "macro_f1")
    shown = [
        [
            *(row[c] for c in columns[:5]),
            ", ".join(row["aliases"]),
            row["metrics"].get("macro_f1", row["metrics"].get("rouge_l")),
        ]
        for row in rows
    ]
    shown += [[base.name, "base", "", "", "", "", ""] for base in bases]
    kb.emit(
        {"models": rows, "bases": [{"name": b.name, "source": b.source} for b in bases]},
        table(columns, shown),
    )


def model_json(model: ModelVersion) -> dict[str, Any]:
    """A version as lists show it."""
    return {
        "id": model.id,
        "name": model.name,
        "task": model.task.value,
        "method": model.method.value,
        "taxonomy": model.taxonomy,
        "base": model.base,
        "state": model.state,
        "aliases": [alias.value for alias in model.aliases],
        "metrics": dict(model.metrics),
        "baselines": {name: dict(figures) for name, figures in model.baselines.items()},
        "created_at": model.created_at.isoformat(),
        "created_by": model.created_by,
        "training": model.training,
    }


def show(context: typer.Context, name: Name) -> None:
    """One model: figures, verdict of its gate, files, evaluation and card."""
    kb: Invocation = context.obj
    kb.ready()
    registry = kb.application.registry
    with kb.application.database.read() as tx:
        model = models.get(tx, name)
        verdict = models.gate_of(tx, model.name)
    document = model_json(model) | {
        "folder": str(registry.folder(model)),
        "files": dict(model.files),
        "gate": verdict,
        "report": registry.report(model),
        "card": registry.card(model),
    }
    kb.emit(document, registry.card(model) or model.name)


def pull(
    context: typer.Context,
    model_id: Annotated[str, typer.Argument(metavar="ID", help="deepseek-ai/…")],
    revision: Annotated[str | None, typer.Option(help="Commit, tag or branch.")] = None,
    name: Annotated[str | None, typer.Option(help="In the store.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Address of a hub or mirror.")] = None,
) -> None:
    """Fetch a language model from a hub; safetensors only, every file checked."""
    from kb.llm.hub import pull_checkpoint  # noqa: PLC0415  (needed only here)

    kb: Invocation = context.obj
    kb.ready()
    store = kb.application.settings.base_models_path
    found = pull_checkpoint(model_id, store, revision=revision, name=name, endpoint=endpoint)
    kb.emit({"name": found.name, "source": found.source}, f"{found.name} ← {found.source}")


def import_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A model, or a checkpoint.")],
    name: Annotated[str | None, typer.Option(help="Of a checkpoint in the store.")] = None,
) -> None:
    """Take a folder in: a model trained elsewhere becomes a candidate, a checkpoint a base."""
    kb: Invocation = context.obj
    who = kb.ready()
    if not folder.is_dir():
        raise NotFound(kind="folder", id=str(folder))
    if (folder / MODEL_JSON).is_file():
        model = kb.application.loop.import_model(folder, who)
        kb.emit(model_json(model), f"{model.name}: {model.state}")
        return
    from kb.llm.checkpoints import import_checkpoint  # noqa: PLC0415  (needed only here)

    store = kb.application.settings.base_models_path
    found = import_checkpoint(folder, store, name=name)
    kb.emit({"name": found.name, "source": found.source}, f"{found.name} ← {found.source}")


def gate(context: typer.Context, name: Name) -> None:
    """Hold a model against the one in service on the same held-out examples."""
    kb: Invocation = context.obj
    verdict = kb.application.loop.judge(name, kb.ready())
    shown = [(c.label, c.support, c.serving, c.challenger, c.difference) for c in verdict.classes]
    kb.emit(
        {"model": name} | verdict.as_json(),
        table(("class", "held out", verdict.against or "–", name, "difference"), shown),
    )
    for zh, en in verdict.reasons:
        kb.tell(f"{zh}\n{en}")


def promote(context: typer.Context, name: Name) -> None:
    """Put a model into service, unless it is worse than the one that serves."""
    kb: Invocation = context.obj
    model = kb.application.loop.promote(name, kb.ready())
    kb.emit(model_json(model), f"{model.name}: 已上线 in service")


def rollback(
    context: typer.Context,
    taxonomy: Taxonomy = None,
    task: Annotated[ModelTask, typer.Option()] = ModelTask.CLASSIFIER,
) -> None:
    """Put the model before back into service, and with it the labels it had given."""
    kb: Invocation = context.obj
    found, restored = kb.application.loop.roll_back(task, taxonomy or "", kb.ready())
    now = found.now.name if found.now else None
    kb.emit(
        {"gone": found.gone.name, "now": now, "restored": restored},
        f"{found.gone.name} → {now or '内置 built-in'}; 恢复 restored {restored}",
    )


def export_onnx(
    context: typer.Context,
    name: Name,
    int8: Annotated[bool, typer.Option("--int8/--no-int8", help="8-bit weights.")] = True,
) -> None:
    """Write a fine-tuned classifier as ONNX INT8: a candidate of its own, gated on agreement."""
    kb: Invocation = context.obj
    if not int8:
        raise InvalidInput(
            field="--no-int8",
            detail="only INT8 is exported; in full precision the model runs as it is",
            detail_zh="仅支持导出 INT8；全精度模型可直接运行",
        )
    model, compared = kb.application.exporter.export_onnx(name, kb.ready())
    kb.emit(
        {"model": model.name, "from": name} | compared,
        f"{model.name} ← {name}: 一致率 agreement {compared['agreement']:.3f}",
    )


def bench(context: typer.Context, name: Name) -> None:
    """Latency, size, memory and agreement of every runtime, side by side."""
    kb: Invocation = context.obj
    rows = kb.application.exporter.bench(name, kb.ready())
    columns = ("runtime", "milliseconds", "size_mb", "memory_mb", "agreement", "tokens")
    kb.emit(
        {"model": name, "runtimes": rows}, table(columns, ([r[c] for c in columns] for r in rows))
    )


def usage(context: typer.Context) -> None:
    """Which path answered how many documents, at what cost."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        found = understanding.usage(tx)
    totals: dict[str, int] = {}
    for one in found:
        totals[one.stage] = totals.get(one.stage, 0) + one.documents
    columns = ("stage", "model", "path", "documents", "share", "tokens", "seconds")
    rows = [
        (
            one.stage,
            one.model,
            one.path,
            one.documents,
            round(one.documents / totals[one.stage], 4),
            one.tokens,
            one.seconds,
        )
        for one in found
    ]
    kb.emit({"usage": [dict(zip(columns, r, strict=True)) for r in rows]}, table(columns, rows))


def redo(
    context: typer.Context,
    taxonomy: Taxonomy = None,
    collection: Annotated[str | None, typer.Option("--collection", "-C")] = None,
    per_minute: Annotated[int, typer.Option(min=0, help="At most so many; 0: no limit.")] = 0,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end.")] = False,
) -> None:
    """Have documents that an older model classified asked about again."""
    if context.invoked_subcommand is not None:
        return
    kb: Invocation = context.obj
    who = kb.ready()
    collection_id = None
    if collection is not None:
        with kb.application.database.read() as tx:
            collection_id = collection_named(tx, collection, None).id
    redo_id = kb.application.redos.start(Wanted(taxonomy, collection_id, per_minute), who)
    while wait:
        found = _redo(kb, redo_id)
        if found.state not in redos.UNFINISHED:
            break
        if kb.application.workers_alive():
            time.sleep(0.3)
        else:
            kb.application.redos.advance(found.job_id or 0)
    _emit_redo(kb, redo_id)


def redo_pause(
    context: typer.Context, redo_id: Annotated[int, typer.Argument(metavar="ID")]
) -> None:
    """Stop where it is."""
    context.obj.application.redos.pause(redo_id, context.obj.ready())
    _emit_redo(context.obj, redo_id)


def redo_resume(
    context: typer.Context, redo_id: Annotated[int, typer.Argument(metavar="ID")]
) -> None:
    """Go on."""
    context.obj.application.redos.resume(redo_id, context.obj.ready())
    _emit_redo(context.obj, redo_id)


def redo_cancel(
    context: typer.Context, redo_id: Annotated[int, typer.Argument(metavar="ID")]
) -> None:
    """Give it up; what was done stays."""
    context.obj.application.redos.cancel(redo_id, context.obj.ready())
    _emit_redo(context.obj, redo_id)


def redo_list(context: typer.Context) -> None:
    """Those that ran and run."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        rows = [redo_json(found) for found in redos.newest(tx)]
    columns = ("id", "state", "taxonomy", "done", "failed", "total", "per_minute")
    kb.emit({"redos": rows}, table(columns, ([row[c] for c in columns] for row in rows)))


def redo_json(found: Redo) -> dict[str, Any]:
    """One bulk re-classification."""
    return {
        "id": found.id,
        "state": found.state,
        "taxonomy": found.taxonomy,
        "collection": found.collection_id,
        "done": found.done,
        "failed": found.failed,
        "total": found.total,
        "per_minute": found.per_minute,
        "created_by": found.created_by,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def _redo(kb: Invocation, redo_id: int) -> Redo:
    with kb.application.database.read() as tx:
        return redos.get(tx, redo_id)


def _emit_redo(kb: Invocation, redo_id: int) -> None:
    found = redo_json(_redo(kb, redo_id))
    kb.emit(found, f"{redo_id}: {found['state']} {found['done']}/{found['total']}")
