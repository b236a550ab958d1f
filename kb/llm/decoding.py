"""Reading prompts and choosing tokens on a transformers network; keys and values are reused."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_READ_AT_ONCE = 4_096
"""Tokens of a prompt that go through the network together: bounds the memory of long windows."""
_RETAINED = 4_096
"""Tokens whose keys and values stay after a call; instructions and taxonomies are shorter."""
_WORTH_SHARING = 16
Steer = Callable[[Any], Any]
"""Takes the logits of the next token (vocabulary,), returns them with what may not be removed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch of prompts that was read."""

    logits: Any
    """(rows, vocabulary) after the last token of each."""
    cache: Any
    mask: Any
    """(rows, tokens) 1 where a row has a token; padding stands between a shared prefix and it."""
    lengths: list[int]


class Reader:
    """Feeds prompts to a network and remembers the keys and values of the last one.

    What the next prompt has in common with it from the start (instructions, the taxonomy) is not
    computed again; in a batch the common beginning is computed once for all rows. The result is
    the same as without.
    """

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - transformers is untyped
        self._network = network
        self._ids: list[int] = []
        self._cache: Any = None
        self.tokens_read = 0
        """Prompt tokens computed so far: what reuse saves can be seen from it."""

    def run_on(self, network: Any) -> None:  # noqa: ANN401 - as above
        """Go on with the same network wrapped or unwrapped (adapters)."""
        self._network = network
        self.forget()

    def forget(self) -> None:
        """Drop what is remembered: needed when the weights change."""
        self._ids, self._cache = [], None

    def read(self, rows: Sequence[Sequence[int]]) -> Reading:
        """Read one prompt or several."""
        return self._read_one(list(rows[0])) if len(rows) == 1 else self._read_many(rows)

    def retain(self) -> None:
        """Keep the beginning only, so that a long window does not occupy memory afterwards."""
        if len(self._ids) > _RETAINED:
            self._cache.crop(_RETAINED - len(self._ids))
            self._ids = self._ids[:_RETAINED]
            for layer in self._cache.layers:  # a crop is a view on the whole
                layer.keys, layer.values = layer.keys.clone(), layer.values.clone()

    def continuations(self, read: Reading, answers: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401 - a torch tensor
        """Mean log-likelihood of each answer's tokens after each prompt: (rows, answers).

        All answers lie side by side in one forward pass; a mask lets each see the prompt and
        itself only (tree attention), so that keys and values of the prompt are never copied.
        """
        import torch  # noqa: PLC0415 - heavy, owned by this room

        first = read.logits.float().log_softmax(dim=-1)
        after = self._after(read, answers)
        scores = []
        at = 0
        for answer in answers:
            likelihood = first[:, answer[0]]
            for step, token in enumerate(answer[1:]):
                likelihood = likelihood + after[:, at + step, token]
            scores.append(likelihood / len(answer))
            at += len(answer) - 1
        return torch.stack(scores, dim=1)

    def choose(
        self, read: Reading, *, max_tokens: int, ends: frozenset[int], steer: Steer | None = None
    ) -> Iterator[list[int | None]]:
        """Decode greedily; each step gives a token a row, None for rows that have ended."""
        import torch  # noqa: PLC0415 - heavy, owned by this room

        logits, mask = read.logits, read.mask
        over = [False] * len(read.lengths)
        alone = len(over) == 1 and read.cache is self._cache
        for step in range(max_tokens):
            if steer is not None:
                logits = steer(logits[0])[None]
            tokens = logits.argmax(dim=-1)
            over = [done or int(t) in ends for done, t in zip(over, tokens, strict=True)]
            yield [None if done else int(t) for done, t in zip(over, tokens, strict=True)]
            if all(over) or step + 1 == max_tokens:
                return
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)
            places = torch.tensor([[n + step] for n in read.lengths], device=mask.device)
            if alone:
                self._ids.append(int(tokens[0]))
            logits = self._run(
                tokens[:, None],
                attention_mask=mask,
                position_ids=places,
                past_key_values=read.cache,
            ).logits[:, -1]

    def _run(self, ids: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        import torch  # noqa: PLC0415 - heavy, owned by this room

        with torch.inference_mode():
            return self._network(ids, use_cache=True, **options)

    def _read_one(self, ids: list[int]) -> Reading:
        import torch  # noqa: PLC0415 - heavy, owned by this room

        same = min(_common([self._ids, ids]), len(ids) - 1)
        cache, known = self._cache, len(self._ids)
        self.forget()  # a failure below leaves nothing half read
        if same == 0:
            cache = None
        elif same < known:
            cache.crop(same - known)
        device = self._network.device
        logits = None
        for start in range(same, len(ids), _READ_AT_ONCE):
            end = min(start + _READ_AT_ONCE, len(ids))
            found = self._run(
                torch.tensor([ids[start:end]], device=device),
                attention_mask=torch.ones((1, end), dtype=torch.long, device=device),
                position_ids=torch.arange(start, end, device=device)[None],
                past_key_values=cache,
                logits_to_keep=1,
            )
            cache, logits = found.past_key_values, found.logits[:, -1]
        self.tokens_read += len(ids) - same
        self._ids, self._cache = ids, cache
        mask = torch.ones((1, len(ids)), dtype=torch.long, device=device)
        return Reading(logits, cache, mask, [len(ids)])

    def _read_many(self, rows: Sequence[Sequence[int]]) -> Reading:
        import torch  # noqa: PLC0415 - heavy, owned by this room

        shared = min(_common(rows), min(map(len, rows)) - 1)
        cache = None
        if shared < _WORTH_SHARING:
            shared = 0
        else:
            self._read_one(list(rows[0][:shared]))
            cache = copy.deepcopy(self._cache)
            cache.batch_repeat_interleave(len(rows))
        rests = [list(row[shared:]) for row in rows]
        longest = max(map(len, rests))
        pads = [longest - len(rest) for rest in rests]
        device = self._network.device
        ids = torch.tensor([[0] * p + rest for p, rest in zip(pads, rests, strict=True)])
        mask = torch.tensor([[0] * p + [1] * (longest - p) for p in pads])
        mask = torch.cat([torch.ones((len(rows), shared), dtype=torch.long), mask], dim=1)
        places = torch.arange(longest)[None] - torch.tensor(pads)[:, None]
        found = self._run(
            ids.to(device),
            attention_mask=mask.to(device),
            position_ids=places.clamp(min=0).to(device) + shared,
            past_key_values=cache,
            logits_to_keep=1,
        )
        self.tokens_read += sum(map(len, rests))
        lengths = [len(row) for row in rows]
        return Reading(found.logits[:, -1], found.past_key_values, mask.to(device), lengths)

    def _after(self, read: Reading, answers: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401 - a torch tensor
        """Log-probabilities after every token of each answer but its last: (rows, n, vocab)."""
        import torch  # noqa: PLC0415 - heavy, owned by this room

        flat = [token for answer in answers for token in answer[:-1]]
        if not flat:
            return None
        owner = torch.tensor([n for n, answer in enumerate(answers) for _ in answer[:-1]])
        step = torch.tensor([s for answer in answers for s in range(len(answer) - 1)])
        own = (owner[:, None] == owner[None]) & (step[:, None] >= step[None])
        rows, device = len(read.lengths), self._network.device
        seen = read.mask.bool().cpu()[:, None, :].expand(rows, len(flat), -1)
        allowed = torch.cat([seen, own[None].expand(rows, -1, -1)], dim=2)[:, None]
        dtype = read.logits.dtype
        mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
        places = torch.tensor(read.lengths)[:, None] + step[None]
        logits = self._run(
            torch.tensor([flat] * rows, device=device),
            attention_mask=mask.to(device),
            position_ids=places.to(device),
            past_key_values=read.cache,
        ).logits
        read.cache.crop(-len(flat))
        return logits.float().log_softmax(dim=-1)


def _common(rows: Sequence[Sequence[int]]) -> int:
    """Length of the common beginning."""
    lists = [list(row) for row in rows]
    shortest, longest = min(lists), max(lists)  # in dictionary order: the others lie between
    for at, token in enumerate(shortest):
        if token != longest[at]:
            return at
    return len(shortest)
