"""Examples to token windows: what one training step reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kb.chunking.sentences import sentence_spans
from kb.domain.errors import InvalidInput
from kb.domain.models import Example, ModelTask, Split, TrainingPlan

IGNORED = -100
"""Label of tokens that carry no loss (PyTorch's cross-entropy)."""
WINDOWS_A_DOCUMENT = 8
"""Most windows of one document that a classifier learns from, evenly spread, so that a long
document does not outweigh the others. Evaluation reads every window."""
_SUMMARY_SHARE = 3
"""At most a third of the window is kept free for the answer."""
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens of one window of one example."""

    example: int
    """Its place in the sequence that was encoded."""
    ids: tuple[int, ...]
    target: int | tuple[int, ...]
    """Number of the label, or a label for each token."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Examples by split."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    labels: tuple[str, ...]
    """Sorted names; empty for summarisers."""


def parts_of(plan: TrainingPlan, examples: Sequence[Example]) -> Parts:
    """Sort examples by split and check that something can be learned and measured.

    Raises:
        InvalidInput: an example without split, or too few examples or labels, with the numbers.
    """
    field = "label" if plan.task is ModelTask.CLASSIFIER else "summary"
    usable = [e for e in examples if getattr(e, field) and e.text.strip()]
    unassigned = sum(e.split is None for e in usable)
    if unassigned:
        raise InvalidInput(field="examples", detail=f"{unassigned} examples without a split")
    split = {s: tuple(e for e in usable if e.split is s) for s in Split}
    train, test = split[Split.TRAIN], split[Split.TEST]
    if len(train) < _LEAST or not test:
        raise InvalidInput(
            field="examples",
            detail=f"{len(train)} to train on and {len(test)} to test on; at least 2 and 1",
            detail_zh=f"训练样本 {len(train)} 个、测试样本 {len(test)} 个；至少需要 2 个和 1 个",
        )
    labels = tuple(sorted({str(e.label) for e in train})) if field == "label" else ()
    if field == "label" and len(labels) < _LEAST:
        raise InvalidInput(
            field="label",
            detail=f"{len(labels)} label in the training split; at least 2",
            detail_zh=f"训练集只有 {len(labels)} 个类别，至少需要 2 个",
        )
    return Parts(train, split[Split.VALIDATION], test, labels)


def text_windows(tokenizer: Any, text: str, max_tokens: int) -> list[tuple[int, ...]]:  # noqa: ANN401 - transformers is untyped
    """Token numbers of consecutive windows of at most ``max_tokens``, special tokens included."""
    encoded = tokenizer(
        text.encode("utf-8", "replace").decode("utf-8"),
        truncation=True,
        max_length=max_tokens,
        return_overflowing_tokens=True,
    )
    rows = encoded["input_ids"]
    return [tuple(row) for row in rows if row] or [(tokenizer.pad_token_id,)]


def label_windows(
    tokenizer: Any,  # noqa: ANN401 - transformers is untyped
    examples: Sequence[Example],
    labels: Sequence[str],
    max_tokens: int,
    most: int | None = WINDOWS_A_DOCUMENT,
) -> list[Window]:
    """Windows of classified texts, each with its document's label (unknown labels: IGNORED)."""
    number = {label: index for index, label in enumerate(labels)}
    windows = []
    for place, example in enumerate(examples):
        rows = text_windows(tokenizer, example.text, max_tokens)
        if most is not None and len(rows) > most:
            rows = [rows[round(i * (len(rows) - 1) / (most - 1))] for i in range(most)]
        target = number.get(str(example.label), IGNORED)
        windows += [Window(place, row, target) for row in rows]
    return windows


def summary_windows(
    tokenizer: Any,  # noqa: ANN401 - transformers is untyped
    examples: Sequence[Example],
    max_tokens: int,
) -> list[Window]:
    """Chat-formatted window and answer; only the answer's tokens carry loss.

    A text that needs several windows gives each the sentences of its summary that share most of
    their character pairs with that window, as the map step of summarising asks for; windows that
    no sentence rests on are left out.
    """
    windows = []
    for place, example in enumerate(examples):
        for text, summary in _pairs(tokenizer, example, max_tokens):
            prompt = prompt_ids(tokenizer, text, example.language)
            answer = tokenizer.encode(summary, add_special_tokens=False)
            answer = [*answer[: max_tokens - len(prompt) - 1], tokenizer.eos_token_id]
            target = (IGNORED,) * len(prompt) + tuple(answer)
            windows.append(Window(place, (*prompt, *answer), target))
    return windows


def prompt_ids(tokenizer: Any, text: str, language: str) -> list[int]:  # noqa: ANN401 - as above
    """Tokens of the request to summarise ``text``, up to where the answer begins."""
    request = _REQUEST_ZH if language.startswith("zh") else _REQUEST_EN
    content = request.format(text=text)
    if tokenizer.chat_template:
        turns = [{"role": "user", "content": content}]
        written = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids: list[int] = tokenizer.encode(written, add_special_tokens=False)
        return ids
    plain: list[int] = tokenizer.encode(f"User: {content}\n\nAssistant:")
    return plain


def summary_texts(tokenizer: Any, example: Example, max_tokens: int) -> list[str]:  # noqa: ANN401 - as above
    """Windows of an example's text that leave room for the request and the answer."""
    overhead = len(prompt_ids(tokenizer, "", example.language)) + 2
    room = max(16, max_tokens - overhead - max_tokens // _SUMMARY_SHARE)
    encoded = tokenizer(
        example.text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    offsets = encoded["offset_mapping"]
    return [
        example.text[offsets[at][0] : offsets[min(at + room, len(offsets)) - 1][1]]
        for at in range(0, len(offsets), room)
    ] or [example.text]


def collate(windows: Sequence[Window], pad: int) -> dict[str, Any]:
    """Pad windows on the right to the longest of them."""
    import torch  # noqa: PLC0415 - heavy, owned by this adapter

    longest = max(len(window.ids) for window in windows)
    ids = torch.full((len(windows), longest), pad, dtype=torch.long)
    mask = torch.zeros_like(ids)
    causal = isinstance(windows[0].target, tuple)
    labels = (
        torch.full_like(ids, IGNORED) if causal else torch.zeros(len(windows), dtype=torch.long)
    )
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length] = torch.tensor(window.ids)
        mask[row, :length] = 1
        if causal:
            labels[row, :length] = torch.tensor(window.target)
        else:
            labels[row] = window.target
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


_REQUEST_EN = "Summarise the following text.\n\n{text}"
_REQUEST_ZH = "请概括下面的内容。\n\n{text}"


def _pairs(tokenizer: Any, example: Example, max_tokens: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - as above
    texts = summary_texts(tokenizer, example, max_tokens)
    summary = str(example.summary)
    if len(texts) == 1:
        yield texts[0], summary
        return
    pairs = [_character_pairs(text) for text in texts]
    kept: list[list[str]] = [[] for _ in texts]
    for start, end in sentence_spans(summary):
        sentence = summary[start:end]
        wanted = _character_pairs(sentence)
        shared = [sum((wanted & there).values()) for there in pairs]
        kept[shared.index(max(shared))].append(sentence)
    for text, sentences in zip(texts, kept, strict=True):
        if sentences:
            yield text, "".join(sentences).strip()


def _character_pairs(text: str) -> Counter[str]:
    folded = text.casefold()
    return Counter(folded[at : at + 2] for at in range(len(folded) - 1))
