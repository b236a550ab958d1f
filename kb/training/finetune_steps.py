"""The training steps themselves: HF Trainer, checkpoints that survive kill -9, live figures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

from kb.domain.errors import KbError, LeaseLost
from kb.training.finetune_base import Base, MemoryTold, Precision
from kb.training.finetune_texts import Window, collate
from kb.training.protocol import Watch

WHOLE = "whole"
"""Marker file: the checkpoint beside it was written to its end."""
_BEAT_SECONDS = 2.0
_MICRO_TOKENS = 4096
"""Most tokens of one pass; a larger batch is accumulated over several."""
_WARM_UP = 0.06
_SAVED_EVERY = 5, 50
"""Fewest and most steps between checkpoints; in between a tenth of the training."""
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One run over the training windows."""

    rate: float
    epochs: float
    batch_size: int
    seed: int
    checkpointing: bool
    """Gradient checkpointing: recompute activations (2.6 for 5.4 GB at 1.4 times the time)."""
    folder: Path
    """For checkpoints."""
    logs: Path | None = None
    """For TensorBoard event files."""
    most_steps: int = 0
    """Stop after so many; 0: as the epochs say."""
    keep: bool = True
    """Write checkpoints."""


@dataclass(slots=True)
class Pulse:
    """Tells ``watch`` how far the whole training is, also in the middle of a long step.

    A request to stop that ``watch`` raises is kept until the step is over and a checkpoint is
    written; a lost lease is obeyed at once, since another process owns the folder then.
    """

    watch: Watch
    total: int = 1
    offset: int = 0
    """Steps of runs before this one."""
    done: int = 0
    stop: KbError | None = None
    _last: float = field(default=0.0)

    def beat(self) -> None:
        """Say that work goes on; cheap to call often."""
        if time.monotonic() - self._last >= _BEAT_SECONDS:
            self.tell(self.done, {})

    def tell(self, done: int, figures: Mapping[str, float]) -> None:
        """Pass on progress."""
        self._last = time.monotonic()
        self.done = done
        try:
            self.watch(min(self.offset + done, self.total), self.total, figures)
        except LeaseLost:
            raise
        except KbError as error:
            self.stop = error

    def check(self) -> None:
        """Raise what asked us to stop."""
        if self.stop is not None:
            raise self.stop


def steps_of(windows: int, batch_size: int, epochs: float) -> int:
    """Optimiser steps of a run."""
    return max(1, math.ceil(windows / batch_size * epochs))


def run_steps(
    loaded: Base,
    network: Any,  # noqa: ANN401 - transformers is untyped
    windows: Sequence[Window],
    run: Run,
    pulse: Pulse,
) -> list[dict[str, float]]:
    """Train ``network`` in place, from the last whole checkpoint in ``run.folder`` if any.

    Returns:
        What was logged: step, loss, learning_rate, grad_norm, in order.

    Raises:
        KbError: whatever ``watch`` raised, after a checkpoint was written.
        ModelDoesNotFit: memory ran out.
    """
    from transformers import PrinterCallback, Trainer  # noqa: PLC0415 - heavy, owned here

    pad = loaded.tokenizer.pad_token_id
    trainer = Trainer(
        model=network,
        args=_arguments(loaded, windows, run),
        data_collator=lambda some: collate(some, pad),
        train_dataset=list(windows),
        callbacks=_callbacks(run, pulse),
    )
    trainer.remove_callback(PrinterCallback)
    beats = [layer.register_forward_pre_hook(lambda *_: pulse.beat()) for layer in _layers(network)]
    try:
        with MemoryTold(str(network.config.name_or_path or "?")):
            trainer.train(resume_from_checkpoint=last_checkpoint(run.folder))
    finally:
        for beat in beats:
            beat.remove()
    pulse.check()
    kept = ("step", "loss", "learning_rate", "grad_norm")
    return [
        {key: float(entry[key]) for key in kept if key in entry}
        for entry in trainer.state.log_history
        if "loss" in entry
    ]


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end; half-written ones are removed."""
    best: tuple[int, Path] | None = None
    for path in folder.glob("checkpoint-*"):
        if not (path / WHOLE).is_file():
            rmtree(path, ignore_errors=True)
            continue
        step = int(path.name.rsplit("-", 1)[-1])
        if best is None or step > best[0]:
            best = (step, path)
    return str(best[1]) if best else None


def _arguments(loaded: Base, windows: Sequence[Window], run: Run) -> Any:  # noqa: ANN401 - transformers is untyped
    import torch  # noqa: PLC0415 - heavy, owned by this adapter
    from transformers import TrainingArguments  # noqa: PLC0415 - as above

    processes = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    longest = max(len(window.ids) for window in windows)
    share = math.ceil(run.batch_size / processes)
    micro = max(1, min(share, _MICRO_TOKENS // longest))
    steps = steps_of(len(windows), run.batch_size, run.epochs)
    steps = min(steps, run.most_steps) if run.most_steps else steps
    return TrainingArguments(
        output_dir=str(run.folder),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=math.ceil(share / micro),
        max_steps=steps,
        learning_rate=run.rate,
        warmup_steps=math.ceil(_WARM_UP * steps),
        lr_scheduler_type="linear",
        optim="adamw_torch",
        bf16=loaded.precision is Precision.BF16,
        fp16=loaded.precision is Precision.FP16,
        activation_checkpointing=run.checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        logging_steps=max(1, steps // 50),
        save_strategy="steps" if run.keep else "no",
        save_steps=max(_SAVED_EVERY[0], min(_SAVED_EVERY[1], steps // 10)),
        save_total_limit=_KEPT,
        seed=run.seed,
        use_cpu=loaded.device == "cpu",
        ddp_find_unused_parameters=False if processes > 1 else None,
        dataloader_pin_memory=loaded.device != "cpu",
        remove_unused_columns=False,
        disable_tqdm=True,
        log_level="error",
        report_to="none",
    )


def _layers(network: Any) -> list[Any]:  # noqa: ANN401 - torch is untyped here
    return [m for name, m in network.named_modules() if name.rsplit(".", 2)[-2:-1] == ["layers"]]


def _callbacks(run: Run, pulse: Pulse) -> list[Any]:
    told = _progress(pulse)
    if run.logs is None or not is_main_process():
        return [told]
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - heavy, owned here
    from transformers.integrations import TensorBoardCallback  # noqa: PLC0415 - as above

    run.logs.mkdir(parents=True, exist_ok=True)
    return [told, TensorBoardCallback(SummaryWriter(log_dir=str(run.logs)))]


def is_main_process() -> bool:
    """Whether this process writes files: the first of those that torchrun started."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    return not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0


def _anyone_stops(pulse: Pulse) -> bool:
    """All processes stop together, or the others would wait for gradients for ever."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    if not torch.distributed.is_initialized():
        return pulse.stop is not None
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    flag = torch.tensor([float(pulse.stop is not None)], device=device)
    torch.distributed.all_reduce(flag)
    return bool(flag.item())


def wait_for_others() -> None:
    """Meet the other processes that torchrun started."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    if torch.distributed.is_initialized():
        torch.distributed.barrier()


def _progress(pulse: Pulse) -> Any:  # noqa: ANN401 - transformers is untyped
    from transformers import TrainerCallback  # noqa: PLC0415 - heavy, owned by this adapter

    class Progress(TrainerCallback):  # type: ignore[misc]  # transformers is untyped
        """Passes figures on, marks whole checkpoints, obeys a request to stop."""

        figures: dict[str, float]

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401 - the signature is theirs
            self.figures = {}

        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401 - as above
            logs = more.get("logs") or {}
            for key in ("loss", "learning_rate", "grad_norm"):
                if key in logs:
                    self.figures[key] = float(logs[key])
            pulse.tell(state.global_step, self.figures)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401 - as above
            pulse.tell(state.global_step, self.figures)
            if _anyone_stops(pulse):
                control.should_save = args.save_strategy != "no"
                control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401 - as above
            if state.is_world_process_zero:
                (Path(args.output_dir) / f"checkpoint-{state.global_step}" / WHOLE).touch()

    return Progress()


def snapshot(network: Any) -> Callable[[], None]:  # noqa: ANN401 - torch is untyped here
    """Remember the trained weights; the returned function brings them back."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    kept = {n: p.detach().cpu().clone() for n, p in network.named_parameters() if p.requires_grad}

    def restore() -> None:
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if name in kept:
                    parameter.copy_(kept[name])

    return restore
