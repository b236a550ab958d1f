"""Training: kb train classifier | summariser, and what runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from kb.cli.output import Invocation, table
from kb.domain.errors import error_of
from kb.domain.models import ModelTask, TrainingMethod, TrainingPlan
from kb.storage import models, trainings
from kb.storage.trainings import Training

Base = Annotated[str, typer.Option("--base", help="Language model: its name, or a folder.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Labelled JSONL (.gz): learned from besides what people said."),
]
Epochs = Annotated[float, typer.Option(min=0.01, help="Rounds over the training set.")]
Rate = Annotated[float, typer.Option("--lr", min=0, help="Learning rate.")]
Batch = Annotated[int, typer.Option("--batch-size", min=1, help="Examples of one step.")]
Longest = Annotated[int, typer.Option("--max-tokens", min=16, help="Longest window in tokens.")]
Search = Annotated[bool, typer.Option("--search", help="Try a few rates, keep the best.")]
Rank = Annotated[int, typer.Option(min=1, help="Of the adapters.")]
Seed = Annotated[int, typer.Option(help="Of splits and initial weights.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the result.")]
Taxonomy = Annotated[str | None, typer.Option("--taxonomy", help="Its name; the default one.")]
Estimate = Annotated[bool, typer.Option("--estimate", help="Only say what it would take.")]
Precision = Annotated[
    float,
    typer.Option("--precision", min=0.5, max=1, help="Accepted labels are right this often."),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="Train a model on what people said.", no_args_is_help=True)
    group.command()(classifier)
    group.command()(summariser)
    group.command("list")(list_trainings)
    group.command()(cancel)
    group.command()(retry)
    app.add_typer(group, name="train")


def classifier(  # noqa: PLR0913  (one for each option)
    context: typer.Context,
    *,
    base: Base = "",
    method: Annotated[TrainingMethod, typer.Option()] = TrainingMethod.HEAD,
    data: Data = None,
    taxonomy: Taxonomy = None,
    epochs: Epochs = 2.0,
    learning_rate: Rate = 3e-5,
    batch_size: Batch = 8,
    max_tokens: Longest = 512,
    rank: Rank = 16,
    search: Search = False,
    precision: Precision = 0.98,
    seed: Seed = 0,
    estimate: Estimate = False,
    wait: Wait = True,
) -> None:
    """Train a classifier of documents; a candidate that its gate judges."""
    kb: Invocation = context.obj
    if data is not None:
        taxonomy = _take_in(kb, data, taxonomy)
    plan = TrainingPlan(
        ModelTask.CLASSIFIER,
        method,
        taxonomy=taxonomy or "",
        base=base,
        epochs=epochs,
        learning_rate=learning_rate,
        search=search,
        rank=rank,
        batch_size=batch_size,
        max_tokens=max_tokens,
        wanted_precision=precision,
        seed=seed,
    )
    _train(kb, plan, wait=wait, only_estimate=estimate)


def summariser(  # noqa: PLR0913  (one for each option)
    context: typer.Context,
    *,
    base: Base = "",
    method: Annotated[TrainingMethod, typer.Option()] = TrainingMethod.LORA,
    data: Data = None,
    epochs: Epochs = 2.0,
    learning_rate: Rate = 3e-5,
    batch_size: Batch = 8,
    max_tokens: Longest = 512,
    rank: Rank = 16,
    search: Search = False,
    seed: Seed = 0,
    estimate: Estimate = False,
    wait: Wait = True,
) -> None:
    """Train a summariser on edited and confirmed summaries."""
    kb: Invocation = context.obj
    if data is not None:
        _take_in(kb, data, None, labels=False)
    plan = TrainingPlan(
        ModelTask.SUMMARISER,
        method,
        base=base,
        epochs=epochs,
        learning_rate=learning_rate,
        search=search,
        rank=rank,
        batch_size=batch_size,
        max_tokens=max_tokens,
        seed=seed,
    )
    _train(kb, plan, wait=wait, only_estimate=estimate)


def _take_in(
    kb: Invocation, data: Path, taxonomy: str | None, *, labels: bool = True
) -> str | None:
    importer, who = kb.application.importer, kb.ready()
    if labels and taxonomy is None:
        taxonomy = importer.new_taxonomy(data, who)
    found = importer.file(data, who, taxonomy=taxonomy)
    kb.tell(
        f"{found.taxonomy}: 新增 new {found.new}, 已有 same {found.same}, "
        f"更改 changed {found.changed}, 拒绝 refused {found.refused}"
    )
    for row in found.rows[:5]:
        kb.tell(f"  {row.row}: {row.reason_zh} {row.reason}")
    return taxonomy


def _train(kb: Invocation, plan: TrainingPlan, *, wait: bool, only_estimate: bool) -> None:
    who, loop = kb.ready(), kb.application.loop
    if only_estimate or plan.method is not TrainingMethod.HEAD:
        cost = loop.estimate(plan, who)
        told = f"约 about {cost['seconds']:.0f} s, {cost['memory_mb']} MB: {cost['basis']}"
        if only_estimate:
            kb.emit(cost, told)
            return
        kb.tell(told)
    training_id = loop.start(plan, who)
    if wait:
        _follow(kb, training_id)
    _answer(kb, training_id)


def _follow(kb: Invocation, training_id: int) -> None:
    """Show progress until it ends; without a worker, do the work here."""
    application = kb.application
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        console=Console(stderr=True),
        disable=kb.quiet or kb.as_json,
    ) as progress:
        bar = progress.add_task(f"训练 training {training_id}", total=None, figures="")
        while True:
            with application.database.read() as tx:
                training = trainings.get(tx, training_id)
            progress.update(
                bar,
                completed=training.done,
                total=training.total or None,
                figures=" ".join(f"{name} {value:.4g}" for name, value in training.figures.items()),
            )
            if training.state not in trainings.UNFINISHED:
                return
            if application.workers_alive():
                time.sleep(0.5)
            else:
                application.take_back()
                application.loop.advance(training.job_id or 0)
                time.sleep(0.2)


def _answer(kb: Invocation, training_id: int) -> None:
    with kb.application.database.read() as tx:
        training = trainings.get(tx, training_id)
        model = None if training.model is None else models.get(tx, training.model)
        gate = None if model is None else models.gate_of(tx, model.name)
    if training.error_code is not None:
        raise error_of(training.error_code, training.error_facts)
    if model is None:
        kb.emit(
            {"training": training.id, "state": training.state}, f"{training.id}: {training.state}"
        )
        return
    metrics = dict(model.metrics)
    document: dict[str, Any] = {
        "model": model.name,
        "training": training.id,
        "taxonomy": model.taxonomy,
        "metrics": {
            name: value
            for name, value in metrics.items()
            if name not in ("train_seconds", "trainable_share")
        },
        "baselines": {name: dict(figures) for name, figures in model.baselines.items()},
        "train_seconds": metrics.get("train_seconds"),
        "trainable_share": metrics.get("trainable_share"),
        "examples": training.counts.get("splits", {}),
        "gate": gate,
    }
    kb.emit(document, table(("figure", "", *model.baselines), _figures(document)))
    if gate is not None and not kb.as_json:
        for reason in gate["reasons"]:
            kb.tell(f"{reason['zh']}\n{reason['en']}")
        verdict = "通过 passed" if gate["passed"] else "未通过 refused"
        kb.tell(f"{model.name}: {verdict}; kb models promote {model.name}")


def _figures(document: dict[str, Any]) -> list[list[object]]:
    baselines = document["baselines"].values()
    return [
        [name, value, *(found.get(name) for found in baselines)]
        for name, value in document["metrics"].items()
    ]


def list_trainings(context: typer.Context) -> None:
    """Trainings, newest first."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        found = trainings.newest(tx)
    rows = [_row(training) for training in found]
    columns = ("id", "state", "task", "method", "taxonomy", "done", "total", "model", "error")
    kb.emit({"trainings": rows}, table(columns, ([row[c] for c in columns] for row in rows)))


def _row(training: Training) -> dict[str, Any]:
    error = None
    if training.error_code is not None:
        error = error_of(training.error_code, training.error_facts).sentence("en")
    return {
        "id": training.id,
        "state": training.state,
        "task": training.plan.task.value,
        "method": training.plan.method.value,
        "taxonomy": training.plan.taxonomy,
        "base": training.plan.base,
        "done": training.done,
        "total": training.total,
        "figures": dict(training.figures),
        "model": training.model,
        "error": error,
        "created_at": training.created_at.isoformat(),
        "created_by": training.created_by,
    }


def cancel(
    context: typer.Context, training: Annotated[int, typer.Argument(help="Its id.")]
) -> None:
    """Stop a training within seconds."""
    kb: Invocation = context.obj
    kb.application.loop.cancel(training, kb.ready())
    kb.emit({"training": training, "state": "cancelled"}, f"{training}: cancelled")


def retry(
    context: typer.Context,
    training: Annotated[int, typer.Argument(help="Its id.")],
    wait: Wait = True,
) -> None:
    """Go on with a training that failed, was cancelled or was killed, from its last checkpoint."""
    kb: Invocation = context.obj
    who = kb.ready()
    with kb.application.database.read() as tx:
        ended = trainings.get(tx, training).state not in trainings.UNFINISHED
    if ended:
        kb.application.loop.retry(training, who)
    if wait:
        _follow(kb, training)
    _answer(kb, training)
