"""Fine-tuning tiny networks of every class: what it leaves, how it stops and goes on."""

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.domain.errors import CheckpointRefused, InvalidInput, ModelNotInstalled, TrainingCancelled
from kb.domain.models import ModelTask, Split, TrainingMethod, TrainingPlan
from kb.training.finetune import FineTuner, GradientCheckpointing
from kb.training.finetune_process import write_order
from tests.support.labelled_texts import labelled_texts
from tests.support.tiny_checkpoints import KINDS, make_checkpoint

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    root = tmp_path_factory.mktemp("bases")
    return {kind: make_checkpoint(root / kind, kind, hidden=64) for kind in KINDS}


def plan_for(base, **more):
    fields = {
        "task": ModelTask.CLASSIFIER,
        "method": TrainingMethod.LORA,
        "base": str(base),
        "epochs": 3.0,
        "learning_rate": 1e-2,
        "rank": 4,
        "batch_size": 4,
        "max_tokens": 96,
    }
    return TrainingPlan(**(fields | more))


def unwatched(done, total, figures):
    """Nobody looks."""


@pytest.mark.parametrize("kind", KINDS)
def test_lora_learns_labels_with_every_class_of_network(checkpoints, tmp_path, kind):
    model = FineTuner().train(plan_for(checkpoints[kind]), labelled_texts(), tmp_path, unwatched)

    assert model.metrics["macro_f1"] == 1.0
    assert model.trainable_share < 0.15
    config = json.loads((tmp_path / "adapter_config.json").read_bytes())
    assert not {"gate", "gate_proj", "experts", "up_proj"} & set(config["target_modules"])
    assert config["base_model_name_or_path"] == str(checkpoints[kind])


def test_every_weight_can_be_trained(checkpoints, tmp_path):
    plan = plan_for(checkpoints["llama"], method=TrainingMethod.FULL, learning_rate=1e-3)

    model = FineTuner().train(plan, labelled_texts(), tmp_path, unwatched)

    assert model.metrics["macro_f1"] == 1.0
    assert model.trainable_share == 1.0
    assert (tmp_path / "model.safetensors").is_file()


def test_four_bits_are_trained_on_or_the_missing_package_is_named(checkpoints, tmp_path):
    plan = plan_for(checkpoints["llama"], method=TrainingMethod.QLORA, search=True)
    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(ModelNotInstalled, match="bitsandbytes is not installed"):
            FineTuner().train(plan, labelled_texts(), tmp_path, unwatched)
        return

    model = FineTuner().train(plan, labelled_texts(), tmp_path, unwatched)

    assert model.metrics["macro_f1"] == 1.0


def test_the_folder_holds_what_people_and_runtimes_need_and_no_pickle(checkpoints, tmp_path):
    FineTuner().train(plan_for(checkpoints["llama"]), labelled_texts(), tmp_path, unwatched)

    facts = json.loads((tmp_path / "model.json").read_bytes())
    report = json.loads((tmp_path / "report.json").read_bytes())
    card = (tmp_path / "README.md").read_text("utf-8")
    assert facts["labels"] == ["contract", "invoice"]
    assert {"format", "task", "method", "base", "temperature", "threshold"} < set(facts)
    assert report["training"]["curve"][-1]["loss"] < report["training"]["curve"][0]["loss"]
    assert "| test | 8 | 8 |" in card
    assert "40 correction; 1 people; 20 differ" in card
    assert list(tmp_path.glob("logs/events.out.tfevents.*"))
    suffixes = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert not suffixes & {".bin", ".pt", ".pth", ".pkl"}


def test_summaries_are_learned_and_scored(checkpoints, tmp_path):
    plan = plan_for(
        checkpoints["qwen2"],
        task=ModelTask.SUMMARISER,
        method=TrainingMethod.FULL,
        learning_rate=3e-3,
        epochs=8.0,
    )

    model = FineTuner(checkpointing=GradientCheckpointing.ON).train(
        plan, labelled_texts(), tmp_path, unwatched
    )

    assert model.metrics["rouge_l"] > 0.3
    assert set(model.baselines["lead"]) == {"rouge_1", "rouge_l", "coverage"}


def test_a_search_keeps_the_rate_with_the_least_validation_loss(checkpoints, tmp_path):
    seen = []
    plan = plan_for(checkpoints["llama"], learning_rate=1e-6, search=True)

    FineTuner().train(
        plan, labelled_texts(), tmp_path, lambda done, total, _: seen.append((done, total))
    )

    training = json.loads((tmp_path / "report.json").read_bytes())["training"]
    losses = {trial["rate"]: trial["validation_loss"] for trial in training["search"]}
    assert set(losses) == {1e-6, 2e-4, 1e-3}
    assert training["rate"] == min(losses, key=losses.__getitem__) == 1e-3
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]


def test_a_cancelled_training_leaves_a_checkpoint_and_goes_on_from_it(checkpoints, tmp_path):
    def stop_at_five(done, total, figures):
        if done == 5:
            raise TrainingCancelled(training="t")

    steps = []
    plan = plan_for(checkpoints["llama"])
    with pytest.raises(TrainingCancelled):
        FineTuner().train(plan, labelled_texts(), tmp_path, stop_at_five)
    left = {path.name for path in (tmp_path / "checkpoints").glob("checkpoint-*")}

    FineTuner().train(plan, labelled_texts(), tmp_path, lambda done, *_: steps.append(done))

    assert "checkpoint-5" in left
    assert min(step for step in steps if step) == 6
    assert not (tmp_path / "checkpoints").exists()


def test_checkpoints_of_another_plan_are_not_used(checkpoints, tmp_path):
    def stop_at_five(done, total, figures):
        if done == 5:
            raise TrainingCancelled(training="t")

    plan = plan_for(checkpoints["llama"])
    with pytest.raises(TrainingCancelled):
        FineTuner().train(plan, labelled_texts(), tmp_path, stop_at_five)
    steps = []

    FineTuner().train(
        dataclasses.replace(plan, seed=1),
        labelled_texts(),
        tmp_path,
        lambda done, *_: steps.append(done),
    )

    assert min(step for step in steps if step) == 1


def test_after_kill_9_the_steps_go_on(checkpoints, tmp_path):
    plan = plan_for(checkpoints["llama"], epochs=30.0)
    write_order(tmp_path, plan, labelled_texts())
    command = [sys.executable, "-m", "kb.training.finetune_process", str(tmp_path)]
    first = started(command)
    while not list(tmp_path.glob("checkpoints/checkpoint-*/whole")):
        assert first.poll() is None, first.stderr.read()
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    killed, _ = first.communicate()
    assert last_step(killed) < 180

    second = started(command)
    output, errors = second.communicate()

    steps = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert second.returncode == 0, errors
    assert min(step["done"] for step in steps if step.get("done")) > 15
    assert last_step(output) == 180
    assert steps[-1]["metrics"]["macro_f1"] == 1.0


@pytest.mark.slow
def test_two_processes_train_one_model(checkpoints, tmp_path):
    write_order(tmp_path, plan_for(checkpoints["llama"]), labelled_texts())

    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
            *("-m", "kb.training.finetune_process", str(tmp_path)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["metrics"]["macro_f1"] == 1.0


def test_the_cost_is_told_before_the_start(checkpoints):
    examples = labelled_texts()
    short = FineTuner().estimate(plan_for(checkpoints["llama"]), examples)
    long = FineTuner().estimate(plan_for(checkpoints["llama"], epochs=6.0), examples)

    assert short.windows == 24
    assert short.steps == 18
    assert long.tokens == 2 * short.tokens
    assert short.seconds > 0
    assert short.fits


def test_too_little_to_learn_from_is_said_with_numbers(checkpoints, tmp_path):
    examples = [e for e in labelled_texts() if e.split is not Split.TEST]

    with pytest.raises(InvalidInput, match="24 to train on and 0 to test on"):
        FineTuner().train(plan_for(checkpoints["llama"]), examples, tmp_path, unwatched)


def test_bases_that_cannot_be_used_are_refused(checkpoints, tmp_path):
    with pytest.raises(ModelNotInstalled):
        FineTuner().train(plan_for(tmp_path / "no"), labelled_texts(), tmp_path, unwatched)
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(CheckpointRefused):
        FineTuner().train(plan_for(tmp_path), labelled_texts(), tmp_path, unwatched)


def started(command):
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def last_step(output):
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return max(line.get("done", 0) for line in lines)
