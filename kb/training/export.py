"""A trained model to what serves: adapters merged, classifiers as INT8 ONNX, both checked.

``merge`` leaves a plain checkpoint; ``export_int8`` leaves ``model.onnx`` (input ``input_ids``
(1, tokens), output ``logits`` (1, labels)), the tokenizer, ``model.json`` and ``export.json``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import (
    CheckpointRefused,
    InvalidInput,
    ModelOutputInvalid,
    PromotionRefused,
)
from kb.domain.models import Example, ModelTask
from kb.evaluation.calibration import softmax
from kb.evaluation.classification import confusion_matrix, macro_f1
from kb.training.export_graph import INPUT, Floats, Recipe, Shape, classifier_graph
from kb.training.finetune_base import MemoryTold, load_tokenizer, require
from kb.training.finetune_texts import text_windows
from kb.training.trained_files import MODEL_JSON, read_model_json

GRAPH = "model.onnx"
REPORT = "export.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
LEAST_AGREEMENT = 0.95
"""Share of texts that must get the same label as from fp32."""
MOST_F1_LOST = 0.005
"""Macro-F1 that INT8 may cost: half a point."""
_ADAPTER = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The exported graph beside the fp32 network it was made from, on the same texts."""

    texts: int
    agreement: float
    """Share of texts with the same label."""
    f1_fp32: float
    f1_int8: float
    largest_shift: float
    """Of any probability."""
    bytes_fp32: int
    bytes_int8: int
    seconds_fp32: float
    """For all texts, on one thread."""
    seconds_int8: float

    @property
    def size_share(self) -> float:
        """INT8 in fp32."""
        return self.bytes_int8 / self.bytes_fp32

    @property
    def speed_up(self) -> float:
        """fp32 seconds a second of INT8."""
        return self.seconds_fp32 / max(self.seconds_int8, 1e-9)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self) | {
            "size_share": round(self.size_share, 4),
            "speed_up": round(self.speed_up, 3),
        }


def load_trained(folder: Path, base: Path | None) -> Any:  # noqa: ANN401 - transformers is untyped
    """Load what fine-tuning left, in fp32 on the CPU, adapters merged into the base.

    Args:
        folder: with ``model.json`` and either adapters or a whole checkpoint.
        base: folder of the base model; needed for adapters.

    Raises:
        InvalidInput: adapters without a base.
        CheckpointRefused: files that cannot be read.
    """
    require(folder.name, "torch", "transformers", "peft", "safetensors")
    import torch  # noqa: PLC0415 - heavy, owned by this adapter
    from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
    from transformers import (  # noqa: PLC0415 - as above
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
    )

    facts = read_model_json(folder)
    adapted = (folder / _ADAPTER).is_file()
    if adapted and base is None:
        raise InvalidInput(field="base", detail=f"{folder.name} needs its base {facts['base']}")
    classifier = facts["task"] == ModelTask.CLASSIFIER
    kind = AutoModelForSequenceClassification if classifier else AutoModelForCausalLM
    options: dict[str, Any] = {}
    if classifier:
        options["id2label"] = dict(enumerate(facts["labels"]))
        options["label2id"] = {label: at for at, label in enumerate(facts["labels"])}
        options["num_labels"] = len(facts["labels"])
    try:
        with MemoryTold(folder.name):
            network = kind.from_pretrained(
                base if adapted else folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                **options,
            )
            if adapted:
                from peft import PeftModel  # noqa: PLC0415 - heavy, owned by this adapter

                network = PeftModel.from_pretrained(network, folder).merge_and_unload()
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise CheckpointRefused(model=folder.name, detail=str(error)) from error
    network.config.pad_token_id = load_tokenizer(folder).pad_token_id
    return network.eval()


def merge(folder: Path, out: Path, *, base: Path | None) -> Path:
    """Write adapters and base as one checkpoint of plain transformers, in fp32.

    Raises:
        CheckpointRefused: files that cannot be read.
    """
    network = load_trained(folder, base)
    out.mkdir(parents=True, exist_ok=True)
    network.save_pretrained(out, safe_serialization=True)
    _copy(folder, out, "merged")
    return out


def export_int8(
    folder: Path,
    out: Path,
    held: Sequence[Example],
    *,
    base: Path | None,
    recipe: Recipe | None = None,
    least_agreement: float = LEAST_AGREEMENT,
) -> ExportReport:
    """Write a classifier as INT8 ONNX and let it serve only if it answers like fp32.

    Args:
        folder: what fine-tuning left.
        out: folder of the export; on refusal it holds ``export.json`` and no graph.
        held: held-out examples with labels, that were not trained on.
        base: folder of the base model; needed for adapters.
        recipe: numbers and scales; INT8 with one activation scale a token unless told.
        least_agreement: share of texts that must get the same label.

    Raises:
        PromotionRefused: too many labels differ, or F1 fell by more than half a point.
        CheckpointRefused: a class that the export is not written for.
        InvalidInput: no held-out examples, or not a classifier.
    """
    facts = read_model_json(folder)
    if facts["task"] != ModelTask.CLASSIFIER or not held:
        raise InvalidInput(
            field="held", detail=f"{facts['task']}, {len(held)} held-out examples; wants 1 or more"
        )
    network = load_trained(folder, base)
    content = _graph_bytes(network, facts, recipe or Recipe())
    tokenizer = load_tokenizer(folder)
    windows = [text_windows(tokenizer, e.text, int(facts["max_tokens"])) for e in held]
    report = _compared(network, content, windows, _truth(held, facts["labels"]))
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT).write_text(json.dumps(report.as_json(), indent=1), encoding="utf-8")
    reason = _refusal(report, least_agreement)
    if reason:
        (out / GRAPH).unlink(missing_ok=True)
        raise PromotionRefused(model=f"{folder.name} INT8", detail=reason[0], detail_zh=reason[1])
    (out / GRAPH).write_bytes(content)
    _copy(folder, out, "onnx-int8")
    return report


def onnx_session(content: bytes | str, threads: int = 1) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    """An ONNX Runtime session on the CPU."""
    import onnxruntime  # noqa: PLC0415 - heavy, owned by this adapter

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except RuntimeError as error:  # every failure of ONNX Runtime derives from it
        raise ModelOutputInvalid(model=GRAPH, detail=str(error)) from error


def _graph_bytes(network: Any, facts: dict[str, Any], recipe: Recipe) -> bytes:  # noqa: ANN401 - torch is untyped here
    config = network.config.to_dict()
    shape = Shape.of(config, int(facts["max_tokens"]))
    state = network.state_dict()

    def weights(name: str) -> Floats | None:
        found = state.get(name)
        return None if found is None else found.detach().float().numpy()

    model = classifier_graph(weights, shape, len(facts["labels"]), recipe)
    content: bytes = model.SerializeToString()
    return content


def _compared(
    network: Any,  # noqa: ANN401 - torch is untyped here
    content: bytes,
    documents: Sequence[Sequence[tuple[int, ...]]],
    truth: NDArray[np.int64],
) -> ExportReport:
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    threads = torch.get_num_threads()
    session = onnx_session(content)

    def exact(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            numbers = torch.from_numpy(ids)
            logits = network(numbers, attention_mask=torch.ones_like(numbers)).logits
        found: NDArray[np.float32] = logits.numpy()
        return found

    def rounded(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = session.run(None, {INPUT: ids})[0]
        return found

    torch.set_num_threads(1)
    try:
        fp32, seconds_fp32 = _scored(exact, documents)
        int8, seconds_int8 = _scored(rounded, documents)
    finally:
        torch.set_num_threads(threads)
    parameters = {p.data_ptr(): p.numel() for p in network.parameters()}
    return ExportReport(
        texts=len(documents),
        agreement=float(np.mean(fp32.argmax(axis=1) == int8.argmax(axis=1))),
        f1_fp32=_f1(fp32, truth),
        f1_int8=_f1(int8, truth),
        largest_shift=float(np.abs(fp32 - int8).max()),
        bytes_fp32=4 * sum(parameters.values()),
        bytes_int8=len(content),
        seconds_fp32=seconds_fp32,
        seconds_int8=seconds_int8,
    )


def _scored(
    run: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    documents: Sequence[Sequence[tuple[int, ...]]],
) -> tuple[NDArray[np.float64], float]:
    """(n, k) probabilities, mean log-probability over each document's windows, and seconds."""
    rows = []
    start = time.perf_counter()
    for windows in documents:
        logs = [np.log(softmax(run(np.array([ids], np.int64))[0])) for ids in windows]
        rows.append(softmax(np.mean(logs, axis=0)))
    return np.stack(rows), time.perf_counter() - start


def _truth(held: Sequence[Example], labels: Sequence[str]) -> NDArray[np.int64]:
    number = {label: at for at, label in enumerate(labels)}
    return np.array([number.get(str(e.label), len(labels)) for e in held], np.int64)


def _f1(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    classes = max(probabilities.shape[1], int(truth.max()) + 1)
    return macro_f1(confusion_matrix(truth, probabilities.argmax(axis=1), classes))


def _refusal(report: ExportReport, least_agreement: float) -> tuple[str, str] | None:
    if report.agreement < least_agreement:
        share = f"{report.agreement:.3f} < {least_agreement}"
        return (
            f"labels agree with fp32 on {share} of {report.texts} texts",
            f"与 fp32 一致率 {share}",
        )
    lost = report.f1_fp32 - report.f1_int8
    if lost > MOST_F1_LOST:
        told = f"{report.f1_fp32:.3f} -> {report.f1_int8:.3f}"
        return f"macro-F1 fell {told}", f"宏平均 F1 下降 {told}"
    return None


def _copy(folder: Path, out: Path, runtime: str) -> None:
    """The tokenizer, and ``model.json`` with the runtime and where it came from."""
    for name in TOKENIZER_FILES:
        if (folder / name).is_file():
            copyfile(folder / name, out / name)
    facts = read_model_json(folder) | {"runtime": runtime, "exported_from": folder.name}
    (out / MODEL_JSON).write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
