"""Fine-tuning a language model on a company's own labels and summaries: the whole story.

The folder while it runs: ``checkpoints/`` (HF Trainer's, ours, removed at the end; what PyTorch
pickles in them, the state of the optimiser, is read with ``weights_only``) and ``logs/``
(TensorBoard). What stays: see :class:`kb.training.protocol.TrainedModel`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from kb.domain.errors import InvalidInput
from kb.domain.models import Example, ModelTask, TrainingMethod, TrainingPlan
from kb.evaluation.calibration import choose_threshold, fit_temperature, softmax
from kb.evaluation.classification import classification_report
from kb.training import finetune_scores as scores
from kb.training.cards import Card, write_card
from kb.training.finetune_base import (
    Base,
    Precision,
    Size,
    load_base,
    size,
    weight_bytes,
    with_adapters,
)
from kb.training.finetune_cost import CostEstimate, estimate, needs_checkpointing
from kb.training.finetune_steps import (
    Pulse,
    Run,
    is_main_process,
    run_steps,
    snapshot,
    steps_of,
    wait_for_others,
)
from kb.training.finetune_texts import (
    IGNORED,
    Parts,
    Window,
    label_windows,
    parts_of,
    summary_windows,
)
from kb.training.head_baselines import Texts, words_and_regression
from kb.training.process_memory import peak_bytes
from kb.training.protocol import TrainedModel, Watch
from kb.training.trained_files import write_model_json

RATES = (2e-4, 1e-3)
"""Tried by a search beside the plan's own: small adapters on small models want more."""
_TRIAL_STEPS = 40
_TRIAL_SHARE = 4
"""A trial takes at most a quarter of the steps of the training itself."""
_LEAST_TRIAL = 10
_CHECKPOINTS, _LOGS = "checkpoints", "logs"


class GradientCheckpointing(StrEnum):
    """Whether activations are kept or computed again."""

    AUTO = "auto"
    """When keeping them would take more than half of the free memory."""
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class FineTuner:
    """Trainer for LORA, QLORA and FULL, of classifiers and of summarisers."""

    resolve: Callable[[str], Path] = Path
    """The plan's base (folder or registry name) to a folder with a checkpoint."""
    precision: Precision = Precision.AUTO
    checkpointing: GradientCheckpointing = GradientCheckpointing.AUTO
    summaries_judged: int = 40
    """Most held-out texts that are summarised for the report; generating is slow on a CPU."""

    def estimate(self, plan: TrainingPlan, examples: Sequence[Example]) -> CostEstimate:
        """What :meth:`train` would cost here, after timing one layer of the base for a moment.

        Raises:
            InvalidInput: too few examples or labels.
            ModelFailure: the base cannot be used.
        """
        return estimate(plan, self.resolve(plan.base), parts_of(plan, examples), self.precision)

    def train(
        self, plan: TrainingPlan, examples: Sequence[Example], folder: Path, watch: Watch
    ) -> TrainedModel:
        """See :class:`kb.training.protocol.Trainer`."""
        if plan.method is TrainingMethod.HEAD:
            raise InvalidInput(field="method", detail="head is trained by HeadTrainer")
        started = time.monotonic()
        parts = parts_of(plan, examples)
        pulse = Pulse(watch)
        pulse.tell(0, {})
        pulse.check()
        base = self.resolve(plan.base)
        loaded = load_base(plan, base, parts.labels, self.precision)
        network = with_adapters(plan, loaded)
        training = _Training(plan, parts, base, folder, loaded, network, pulse)
        result = training.run(self._recompute(plan, base, parts))
        seconds = time.monotonic() - started
        if not is_main_process():
            return TrainedModel(folder, {}, {}, seconds, result.size.share)
        return training.leave(result, seconds, self.summaries_judged)

    def _recompute(self, plan: TrainingPlan, base: Path, parts: Parts) -> bool:
        if self.checkpointing is GradientCheckpointing.AUTO:
            return needs_checkpointing(plan, base, parts)
        return self.checkpointing is GradientCheckpointing.ON


@dataclass(frozen=True, slots=True)
class _Result:
    """What the steps came to."""

    rate: float
    trials: Sequence[Mapping[str, float]]
    curve: Sequence[Mapping[str, float]]
    size: Size
    recompute: bool


@dataclass(frozen=True, slots=True)
class _Training:
    """One training with everything loaded."""

    plan: TrainingPlan
    parts: Parts
    base: Path
    folder: Path
    loaded: Base
    network: Any
    pulse: Pulse

    def run(self, recompute: bool) -> _Result:  # noqa: FBT001 - private
        """Search a rate if asked for, then train."""
        checkpoints = self.folder / _CHECKPOINTS
        windows = self._windows(self.parts.train)
        steps = steps_of(len(windows), self.plan.batch_size, self.plan.epochs)
        self._forget_other_runs(checkpoints)
        self.pulse.total = steps
        rate, trials = self.plan.learning_rate, list[dict[str, float]]()
        if self.plan.search and self.parts.validation:
            rate, trials = self._search(windows, steps, checkpoints, recompute)
        run = Run(
            rate=rate,
            epochs=self.plan.epochs,
            batch_size=self.plan.batch_size,
            seed=self.plan.seed,
            checkpointing=recompute,
            folder=checkpoints,
            logs=self.folder / _LOGS,
        )
        curve = run_steps(self.loaded, self.network, windows, run, self.pulse)
        return _Result(rate, trials, curve, size(self.network), recompute)

    def leave(self, result: _Result, seconds: float, summaries_judged: int) -> TrainedModel:
        """Judge, write the folder, remove what was temporary."""
        classifier = self.plan.task is ModelTask.CLASSIFIER
        facts, report = (
            self._judge_labels() if classifier else self._judge_summaries(summaries_judged)
        )
        length = min(self.plan.max_tokens, 512)
        report["metrics"] |= {
            "latency_ms": round(scores.milliseconds(self.loaded, self.network, length), 2),
            "weights_mb": round(weight_bytes(self.network) / 1e6, 2),
            "peak_memory_mb": round(_peak_bytes() / 1e6, 1),
        }
        report["training"] = {
            "plan": asdict(self.plan),
            "rate": result.rate,
            "search": list(result.trials),
            "curve": list(result.curve),
            "seconds": round(seconds, 1),
            "parameters": result.size.all,
            "trainable_share": result.size.share,
            "precision": self.loaded.precision.value,
            "gradient_checkpointing": result.recompute,
            "device": self.loaded.device,
            "latency_tokens": length,
        }
        self._write_weights()
        write_model_json(self.folder, self.plan, self.parts.labels, facts)
        (self.folder / "report.json").write_text(
            json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        write_card(self.folder, Card(self.plan, self.parts, report, self.base))
        rmtree(self.folder / _CHECKPOINTS, ignore_errors=True)
        return TrainedModel(
            self.folder, report["metrics"], report["baselines"], seconds, result.size.share
        )

    def _windows(self, examples: Sequence[Example]) -> list[Window]:
        tokenizer, limit = self.loaded.tokenizer, self.plan.max_tokens
        if self.plan.task is ModelTask.CLASSIFIER:
            return label_windows(tokenizer, examples, self.parts.labels, limit)
        return summary_windows(tokenizer, examples, limit)

    def _search(
        self,
        windows: Sequence[Window],
        steps: int,
        checkpoints: Path,
        recompute: bool,  # noqa: FBT001 - private
    ) -> tuple[float, list[dict[str, float]]]:
        """Short trials from the same start; the least loss on the validation split wins.

        The choice is written down, so that a resumed training does not search again.
        """
        written = checkpoints / "search.json"
        if written.is_file():
            kept = json.loads(written.read_bytes())
            return float(kept["rate"]), list(kept["trials"])
        rates = sorted({self.plan.learning_rate, *RATES})
        trial_steps = max(_LEAST_TRIAL, min(_TRIAL_STEPS, steps // _TRIAL_SHARE))
        self.pulse.total = steps + len(rates) * trial_steps
        held = [w for w in self._windows(self.parts.validation) if w.target != IGNORED]
        restore = snapshot(self.network)
        trials = []
        for number, rate in enumerate(rates):
            self.pulse.offset = number * trial_steps
            run = Run(
                rate=rate,
                epochs=1000.0,
                batch_size=self.plan.batch_size,
                seed=self.plan.seed,
                checkpointing=recompute,
                folder=checkpoints / "trials",
                most_steps=trial_steps,
                keep=False,
            )
            run_steps(self.loaded, self.network, windows, run, self.pulse)
            loss = scores.validation_loss(self.loaded, self.network, held, self.pulse)
            trials.append({"rate": rate, "validation_loss": round(loss, 5)})
            restore()
        self.pulse.offset = len(rates) * trial_steps
        best = min(trials, key=lambda trial: trial["validation_loss"])
        if is_main_process():
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(json.dumps({"rate": best["rate"], "trials": trials}))
        return best["rate"], trials

    def _forget_other_runs(self, checkpoints: Path) -> None:
        """Checkpoints of another plan or of other examples are of no use."""
        identity = hashlib.sha256(repr(self.plan).encode())
        for example in (*self.parts.train, *self.parts.validation):
            identity.update(repr((example.key, example.label, example.summary)).encode())
            identity.update(example.text.encode("utf-8", "replace"))
        mark = checkpoints / "run.sha256"
        same = mark.is_file() and mark.read_text() == identity.hexdigest()
        wait_for_others()
        if not same and is_main_process():
            rmtree(checkpoints, ignore_errors=True)
            checkpoints.mkdir(parents=True, exist_ok=True)
            mark.write_text(identity.hexdigest())
        wait_for_others()

    def _judge_labels(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Temperature and threshold from the validation split, figures from the test split."""
        held = [e for e in self.parts.validation if e.label in self.parts.labels]
        temperature, threshold = 1.0, self.plan.wanted_precision
        if held:
            logits = self._log_probabilities(held)
            truth = np.array([self.parts.labels.index(str(e.label)) for e in held])
            temperature = fit_temperature(logits, truth)
            calibrated = softmax(logits / temperature)
            threshold = choose_threshold(
                calibrated.max(axis=1),
                calibrated.argmax(axis=1) == truth,
                self.plan.wanted_precision,
            )
        found = softmax(self._log_probabilities(self.parts.test) / temperature)
        report = classification_report(
            self.parts.labels,
            found,
            [str(e.label) for e in self.parts.test],
            wanted_precision=self.plan.wanted_precision,
            threshold=threshold,
            seed=self.plan.seed,
        )
        facts = {"temperature": temperature, "threshold": threshold}
        told = report.as_json() | {"temperature": temperature, "metrics": report.metrics()}
        for error in told["errors"]:
            error["key"] = self.parts.test[error["at"]].key
        return facts, told | {"baselines": self._words()}

    def _words(self) -> dict[str, Mapping[str, float]]:
        """TF-IDF with logistic regression on the same texts: seconds, and often hard to beat."""
        train, test, labels = self.parts.train, self.parts.test, self.parts.labels
        seen, held = (
            Texts([e.text for e in some], np.zeros((len(some), 0), np.float32))
            for some in (train, test)
        )
        truth = np.array([labels.index(str(e.label)) for e in train])
        try:
            found = words_and_regression(seen, truth, held, len(labels))
        except ValueError:  # too few texts share a word
            return {}
        report = classification_report(
            labels,
            found,
            [str(e.label) for e in test],
            wanted_precision=self.plan.wanted_precision,
        )
        return {"tfidf_lr": report.metrics()}

    def _log_probabilities(self, examples: Sequence[Example]) -> scores.Floats:
        return scores.log_probabilities(
            self.loaded,
            self.network,
            examples,
            self.parts.labels,
            self.plan.max_tokens,
            self.pulse,
        )

    def _judge_summaries(self, most: int) -> tuple[dict[str, Any], dict[str, Any]]:
        chosen = sorted(self.parts.test, key=lambda e: hashlib.sha256(e.key.encode()).digest())
        judged = chosen[:most]
        wanted = [str(e.summary) for e in judged]
        written = scores.write_summaries(
            self.loaded, self.network, judged, self.plan.max_tokens, self.pulse
        )
        metrics = scores.summary_metrics(written, wanted) | {"documents": float(len(judged))}
        leads = [scores.lead(e.text, w) for e, w in zip(judged, wanted, strict=True)]
        samples = [
            {"key": e.key, "wanted": w, "written": s}
            for e, w, s in zip(judged[:5], wanted, written, strict=False)
        ]
        report = {
            "metrics": metrics,
            "baselines": {"lead": scores.summary_metrics(leads, wanted)},
            "documents": len(judged),
            "test_documents": len(self.parts.test),
            "samples": samples,
        }
        return {}, report

    def _write_weights(self) -> None:
        self.network.save_pretrained(self.folder, safe_serialization=True)
        (self.folder / "README.md").unlink(missing_ok=True)  # PEFT's empty card
        self.loaded.tokenizer.save_pretrained(self.folder)


def _peak_bytes() -> int:
    """Most memory so far: of the GPU where there is one, else of this process."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return peak_bytes()
