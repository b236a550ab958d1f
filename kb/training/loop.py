"""The model loop: what people said becomes a model, measured before it serves.

start     the words that count -> a training set with frozen held-out examples -> a job
advance   a process of its own trains and measures -> the registry -> the gate's verdict
promote   the aliases flip in one transaction; older answers show as stale
roll_back the aliases flip back, and every document has the label it had
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from kb.access import require_engineer
from kb.domain.access import Principal
from kb.domain.documents import ClaimedJob
from kb.domain.errors import (
    Conflict,
    InvalidInput,
    KbError,
    LeaseLost,
    PromotionRefused,
    TrainingDied,
)
from kb.domain.models import (
    Example,
    ModelAlias,
    ModelTask,
    ModelVersion,
    Split,
    TrainingMethod,
    TrainingPlan,
)
from kb.ingestion.dispatch import ring_outbox
from kb.jobs.holder import this_holder
from kb.jobs.protocol import TRAIN, Doorbell, Queue
from kb.storage import audit, examples, jobs, models, taxonomies, trainings, understanding
from kb.storage.database import Database, Session
from kb.training.dataset import Dataset, gather, lineage, read_examples, write_examples
from kb.training.gate import Margins, Verdict, decide
from kb.training.leftovers import sweep
from kb.training.registry import LINEAGE, Origin, Registry
from kb.training.runner import EXAMPLES, MODEL, PLAN, Runner

_log = structlog.get_logger(__name__)

BUILT_IN = "built-in"
"""Name of what comes with the product, in verdicts."""
SCHEDULE = "schedule"
"""Who asked for a training that nobody asked for; it promotes what passes its gate."""
_LEASE_SECONDS = 60
_ATTEMPTS = 3
_RETRY_SECONDS = 5.0
_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Loop:
    """Starts, does, stops and judges trainings; puts models into service and takes them out."""

    database: Database
    doorbell: Doorbell
    registry: Registry
    work: Path
    """Folder of trainings under way."""
    runner: Runner
    margins: Margins

    # Starting --------------------------------------------------------------------------------

    def estimate(self, plan: TrainingPlan, principal: Principal) -> dict[str, Any]:
        """What a training would take: seconds and memory, examples, what is left out.

        Raises:
            Forbidden: not an engineer.
            InvalidInput: too few examples or labels.
            ModelFailure: the base cannot be used.
        """
        require_engineer(principal)
        with self.database.read() as tx:
            plan = _complete(tx, plan)
            dataset = gather(tx, plan)
        return self._cost(plan, dataset) | dataset.counts()

    def start(self, plan: TrainingPlan, principal: Principal) -> int:
        """Freeze the training set and have it trained; return the training's id.

        Raises:
            Forbidden: not an engineer.
            InvalidInput: too few examples or labels, or a base that is needed is not named.
            Conflict: the same is being trained already.
        """
        require_engineer(principal)
        with self.database.write() as tx:
            plan = _complete(tx, plan)
            _require_free(tx, plan)
            dataset = gather(tx, plan)
            examples.keep_splits(tx, dataset.examples)
            training_id = trainings.add(
                tx, plan, counts=dataset.counts(), estimate={}, by=principal.name
            )
            folder = self._folder(training_id)
            _hand_over(folder, plan, dataset.examples)
            self._enqueue(tx, training_id)
            _note(tx, principal, "training.started", f"training:{training_id}", plan.method)
        ring_outbox(self.database, self.doorbell)
        return training_id

    def retrain(self, principal: Principal) -> int:
        """Train the head of each taxonomy whose labels changed since its last training.

        What passes its gate goes into service by itself: see ``advance``.

        Returns:
            How many trainings were started.

        Raises:
            Forbidden: not an engineer.
        """
        require_engineer(principal)
        started = 0
        with self.database.read() as tx:
            names = [one.name for one in taxonomies.taxonomies(tx) if _changed(tx, one.name)]
        for name in names:
            plan = TrainingPlan(ModelTask.CLASSIFIER, TrainingMethod.HEAD, name)
            try:
                self.start(plan, replace(principal, name=SCHEDULE))
            except (Conflict, InvalidInput) as error:  # too few yet, or one is under way
                _log.info("retraining_skipped", taxonomy=name, detail=str(error))
            else:
                started += 1
        return started

    def cancel(self, training_id: int, principal: Principal) -> None:
        """Stop a training; its process ends within seconds.

        Raises:
            Forbidden: not an engineer.
            Conflict: it has ended.
        """
        require_engineer(principal)
        with self.database.write() as tx:
            training = trainings.get(tx, training_id)
            if training.state not in trainings.UNFINISHED:
                raise Conflict(
                    detail=f"training {training_id} is {training.state}",
                    detail_zh=f"训练任务 {training_id} 已结束（{training.state}）",
                )
            jobs.stop(tx, training.job_id or 0)
            trainings.cancelled(tx, training_id)
            _note(tx, principal, "training.cancelled", f"training:{training_id}")

    def retry(self, training_id: int, principal: Principal) -> None:
        """Go on with a training that failed or was cancelled, from its last checkpoint.

        Raises:
            Forbidden: not an engineer.
            Conflict: it has not ended, or its folder is gone.
        """
        require_engineer(principal)
        with self.database.write() as tx:
            training = trainings.get(tx, training_id)
            ended = training.state in (trainings.FAILED, trainings.CANCELLED)
            if not ended or not (self._folder(training_id) / EXAMPLES).is_file():
                raise Conflict(
                    detail=f"training {training_id} is {training.state} and cannot go on",
                    detail_zh=f"训练任务 {training_id}（{training.state}）无法继续",
                )
            _require_free(tx, training.plan)
            self._enqueue(tx, training_id)
            _note(tx, principal, "training.retried", f"training:{training_id}")
        ring_outbox(self.database, self.doorbell)

    def _enqueue(self, tx: Session, training_id: int) -> None:
        job_id = jobs.enqueue(tx, stage=TRAIN, queue=Queue.TRAIN)
        trainings.set_job(tx, training_id, job_id)
        jobs.ring_later(tx, Queue.TRAIN, job_id)

    def _cost(self, plan: TrainingPlan, dataset: Dataset) -> dict[str, Any]:
        folder = self.work / f"estimate-{time.time_ns()}"
        try:
            _hand_over(folder, plan, dataset.examples)
            return self.runner.run("estimate", folder, heard=_unheard, beat=_no_beat)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # Doing -----------------------------------------------------------------------------------

    def advance(self, job_id: int) -> None:
        """Do a training to its end, if it is due and nobody else has it."""
        with self.database.write() as tx:
            job = jobs.claim(tx, job_id, holder=this_holder(), lease_seconds=_LEASE_SECONDS)
            training = trainings.of_job(tx, job_id) if job else None
            if job is not None and training is None:
                jobs.finish(tx, job)
            elif training is not None:
                trainings.started(tx, training.id)
        if job is None or training is None:
            return
        log = _log.bind(job=job.id, training=training.id)
        try:
            if job.attempt > _ATTEMPTS:
                raise TrainingDied(training=training.id, detail=f"{job.attempt - 1} attempts")
            sweep(self.work, self._unfinished())
            self._prepare_serving(training)
            self._note_cost(job, training)
            result = self._run(job, training)
            self._publish(job, training, result)
        except LeaseLost:
            log.info("training_stopped")
        except KbError as error:
            log.warning("training_failed", code=error.code, detail=str(error))
            self._failed(job, training, error)

    def _prepare_serving(self, training: trainings.Training) -> None:
        """Tell the process who serves now, to be measured on the same held-out examples."""
        plan = training.plan
        with self.database.read() as tx:
            champion = models.with_alias(tx, plan.task, plan.taxonomy, ModelAlias.CHAMPION)
            labels = []
            if plan.task is ModelTask.CLASSIFIER:
                known = taxonomies.taxonomy(tx, plan.taxonomy).labels
                labels = [asdict(label) for label in known]
        path = self._folder(training.id) / PLAN
        tree = json.loads(path.read_bytes())
        tree["labels"] = labels
        tree["serving"] = None if champion is None else _told(champion, self.registry)
        path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")

    def _unfinished(self) -> frozenset[int]:
        with self.database.read() as tx:
            return frozenset(one.id for one in trainings.unfinished(tx))

    def _beat(self, job: ClaimedJob) -> None:
        with self.database.write() as tx:
            jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)

    def _note_cost(self, job: ClaimedJob, training: trainings.Training) -> None:
        """Write down what it will take, before it begins. Resumed ones have it."""
        if training.estimate:
            return
        folder = self._folder(training.id)
        try:
            cost = self.runner.run("estimate", folder, heard=_unheard, beat=lambda: self._beat(job))
        except LeaseLost:
            raise
        except KbError as error:  # the training itself will say what is wrong
            _log.info("estimate_failed", training=training.id, code=error.code)
            return
        with self.database.write() as tx:
            trainings.estimated(tx, training.id, cost)

    def _run(self, job: ClaimedJob, training: trainings.Training) -> dict[str, Any]:
        written = 0.0

        def heard(done: int, total: int, figures: Mapping[str, float]) -> None:
            nonlocal written
            if not figures and time.monotonic() - written < _PROGRESS_SECONDS:
                return
            written = time.monotonic()
            with self.database.write() as tx:
                jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS, done=done, total=total)
                trainings.progress(tx, training.id, done, total, figures)

        folder = self._folder(training.id)
        return self.runner.run("train", folder, heard=heard, beat=lambda: self._beat(job))

    def _publish(
        self, job: ClaimedJob, training: trainings.Training, result: Mapping[str, Any]
    ) -> None:
        folder = self._folder(training.id)
        made = folder / MODEL
        told = lineage(list(read_examples(folder / EXAMPLES)))
        (made / LINEAGE).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        for temporary in ("logs", "checkpoints"):
            if (made / temporary).is_dir():
                shutil.rmtree(folder / temporary, ignore_errors=True)
                shutil.move(made / temporary, folder / temporary)
        figures = result["metrics"] | {
            "train_seconds": round(result["train_seconds"], 2),
            "trainable_share": result["trainable_share"],
        }
        origin = Origin(training.created_by, training.id, figures, result["baselines"])
        with self.database.write() as tx:
            jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)
            model = self.registry.take_in(tx, made, origin)
            verdict = self._judge(tx, model)
            if verdict.passed and training.created_by == SCHEDULE:
                models.promote(tx, model)
            trainings.finished(tx, training.id, model.id)
            jobs.finish(tx, job)
            subject = f"model:{model.name}"
            audit.record(
                tx, actor=training.created_by or "", action="model.trained", subject=subject
            )
        (folder / EXAMPLES).unlink(missing_ok=True)
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)

    def _failed(self, job: ClaimedJob, training: trainings.Training, error: KbError) -> None:
        with self.database.write() as tx:
            try:
                jobs.hold(tx, job, lease_seconds=_LEASE_SECONDS)
            except LeaseLost:
                return
            if error.retryable and job.attempt < _ATTEMPTS:
                jobs.postpone(tx, job, seconds=_RETRY_SECONDS, error=error)
                return
            jobs.fail(tx, job, error)
            trainings.failed(tx, training.id, error)

    # Judging and serving -----------------------------------------------------------------------

    def judge(self, name: str, principal: Principal) -> Verdict:
        """Hold a model against the one in service on the same held-out examples.

        What was measured after the training counts while the same model serves; otherwise both
        are measured again.

        Raises:
            Forbidden: not an engineer.
            InvalidInput: nothing is held out that both could be measured on.
        """
        require_engineer(principal)
        with self.database.read() as tx:
            model = models.get(tx, name)
            champion = models.with_alias(tx, model.task, model.taxonomy, ModelAlias.CHAMPION)
        known = self.registry.against(model)
        serving = BUILT_IN if champion is None else champion.name
        fresh = known is not None and known.get("model") == serving
        if not fresh and champion != model:
            return self._measured_again(model, champion, principal)
        with self.database.write() as tx:
            verdict = self._judge(tx, model)
            _note(tx, principal, "model.judged", f"model:{model.name}", verdict=verdict.passed)
        return verdict

    def promote(self, name: str, principal: Principal) -> ModelVersion:
        """Put a model into service, if its gate lets it pass.

        Raises:
            Forbidden: not an engineer.
            PromotionRefused: it is worse than the one in service.
        """
        verdict = self.judge(name, principal)
        if not verdict.passed:
            raise PromotionRefused(model=name, **verdict.detail())
        with self.database.write() as tx:
            model = models.get(tx, name)
            models.promote(tx, model)
            _note(tx, principal, "model.promoted", f"model:{name}", against=verdict.against)
            return models.get(tx, name)

    def roll_back(
        self, task: ModelTask, taxonomy: str, principal: Principal
    ) -> tuple[models.RolledBack, int]:
        """Put the model before back into service, and with it the labels it had given.

        Returns:
            Who went and who serves now, and how many documents have their label of before.

        Raises:
            Forbidden: not an engineer.
            NotFound: nobody served before.
        """
        require_engineer(principal)
        with self.database.write() as tx:
            taxonomy = _named(tx, task, taxonomy)
            found = models.roll_back(tx, task, taxonomy)
            restored = 0
            if task is ModelTask.CLASSIFIER:
                restored = understanding.take_back(tx, found.gone.id)
            subject = f"model:{found.gone.name}"
            _note(tx, principal, "model.rolled_back", subject, restored=restored)
        return found, restored

    def import_model(self, source: Path, principal: Principal) -> ModelVersion:
        """Take a model of ours that was trained elsewhere into the registry, as a candidate.

        Raises:
            Forbidden: not an engineer.
            CheckpointRefused, InvalidInput: its files are not what they should be.
        """
        require_engineer(principal)
        with self.database.write() as tx:
            model = self.registry.import_folder(tx, source, principal.name)
            _note(tx, principal, "model.imported", f"model:{model.name}")
        return model

    def _judge(self, tx: Session, model: ModelVersion) -> Verdict:
        against = self.registry.against(model)
        verdict = decide(
            self.registry.report(model),
            against,
            self.margins,
            against="" if against is None else str(against["model"]),
        )
        models.note_gate(
            tx, model, verdict.as_json(), models.CANDIDATE if verdict.passed else models.REFUSED
        )
        return verdict

    def _measured_again(
        self, model: ModelVersion, champion: ModelVersion | None, principal: Principal
    ) -> Verdict:
        if model.task is not ModelTask.CLASSIFIER:  # both were measured on frozen examples
            serving = None if champion is None else self.registry.report(champion)
            challenger = self.registry.report(model)
        else:
            challenger, serving = self._both(model, champion)
        verdict = decide(
            challenger | {"baselines": dict(model.baselines)},
            serving,
            self.margins,
            against=BUILT_IN if champion is None else champion.name,
        )
        state = models.CANDIDATE if verdict.passed else models.REFUSED
        with self.database.write() as tx:
            models.note_gate(tx, model, verdict.as_json(), state)
            _note(tx, principal, "model.judged", f"model:{model.name}", verdict=verdict.passed)
        return verdict

    def _both(
        self, model: ModelVersion, champion: ModelVersion | None
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        plan = TrainingPlan(model.task, model.method, model.taxonomy, model.base)
        with self.database.read() as tx:
            held = [e for e in gather(tx, plan).examples if e.split is Split.TEST]
            labels = [asdict(label) for label in taxonomies.taxonomy(tx, plan.taxonomy).labels]
        if not held:
            raise InvalidInput(
                field="examples",
                detail="nothing is held out to measure on; train once, or import a test set",
                detail_zh="没有留出的测试样本；请先训练一次，或导入测试集",
            )
        folder = self.work / f"measure-{time.time_ns()}"
        try:
            _hand_over(folder, plan, held)
            tree = json.loads((folder / PLAN).read_bytes()) | {
                "labels": labels,
                "model": _told(model, self.registry),
                "serving": None if champion is None else _told(champion, self.registry),
            }
            (folder / PLAN).write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
            found = self.runner.run("measure", folder, heard=_unheard, beat=_no_beat)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return found["challenger"], found["serving"]

    def _folder(self, training_id: int) -> Path:
        return self.work / str(training_id)


def _complete(tx: Session, plan: TrainingPlan) -> TrainingPlan:
    """Fill in the taxonomy in force; a language model must be named where one is trained."""
    if plan.method is TrainingMethod.HEAD and plan.task is ModelTask.SUMMARISER:
        raise InvalidInput(
            field="method",
            detail="a head classifies; a summariser is trained by lora, qlora or full",
            detail_zh="head 只用于分类；摘要模型请用 lora、qlora 或 full 训练",
        )
    if plan.method is not TrainingMethod.HEAD and not plan.base:
        raise InvalidInput(
            field="base",
            detail=f"{plan.method} needs a language model; name one of “kb models list”",
            detail_zh=f"{plan.method} 需要指定语言模型，见“kb models list”",
        )
    return replace(plan, taxonomy=_named(tx, plan.task, plan.taxonomy))


def _named(tx: Session, task: ModelTask, taxonomy: str) -> str:
    if task is not ModelTask.CLASSIFIER:
        return ""
    return taxonomies.taxonomy(tx, taxonomy or None).name


def _changed(tx: Session, taxonomy: str) -> bool:
    last = trainings.last_of(tx, ModelTask.CLASSIFIER, taxonomy)
    since = None if last is None else last.created_at
    return examples.changed_since(tx, taxonomy, since) > 0


def _require_free(tx: Session, plan: TrainingPlan) -> None:
    for other in trainings.unfinished(tx):
        if (other.plan.task, other.plan.taxonomy) == (plan.task, plan.taxonomy):
            raise Conflict(
                detail=f"training {other.id} of the same is under way; wait, cancel it, or go on "
                f"with it by “kb train retry {other.id}”",
                detail_zh=f"同类训练任务 {other.id} 正在进行；请等待、取消，"
                f"或用“kb train retry {other.id}”继续",
            )


def _hand_over(folder: Path, plan: TrainingPlan, found: Sequence[Example]) -> None:
    (folder / MODEL).mkdir(parents=True, exist_ok=True)
    tree = {"plan": asdict(plan)}
    (folder / PLAN).write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    write_examples(folder / EXAMPLES, found)


def _told(model: ModelVersion, registry: Registry) -> dict[str, Any]:
    folder = registry.checked(model)
    return {
        "name": model.name,
        "folder": str(folder),
        "method": model.method,
        "base": model.base,
        "created_at": model.created_at.isoformat(),
    }


def _unheard(done: int, total: int, figures: Mapping[str, float]) -> None:
    """Nobody watches."""


def _no_beat() -> None:
    """No lease is held."""


def _note(
    tx: Session,
    principal: Principal,
    action: str,
    subject: str,
    method: str | None = None,
    **details: str | int | None,
) -> None:
    if method is not None:
        details["method"] = str(method)
    audit.record(tx, actor=principal.name, action=action, subject=subject, **details)
