"""Writes a Llama-class classifier as a fused INT8 ONNX graph straight from its weights.

One window at a time, without padding: (1, tokens) token numbers to (1, labels) logits. No keys
and values and no vocabulary logits leave the graph, and in the last layer only the last token is
followed further: queries, output projection and feed-forward of the others would be thrown away.

What is quantised, and how:

- the embedding table: signed 8 bits, one scale a row;
- every matrix product with weights: signed 8 bits, one scale an output channel; activations
  unsigned, scaled as they run (DynamicQuantizeMatMul). Each row is first divided by its largest
  value, so that one token with massive activations (Sun et al. 2024, arXiv:2402.17762) does not
  take the precision of all others: on the stand-in the error of the logits fell from .50 of their
  spread to .08, for a tenth of the time (:class:`Rows`; benchmarks/onnx_int8.py measures all ways);
- attention, RMSNorm and SiLU stay fp32 in fused operators; the head (hidden x labels) stays fp32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kb.domain.errors import CheckpointRefused

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

INPUT, OUTPUT = "input_ids", "logits"
_MICROSOFT = "com.microsoft"
_OPSET, _IR_VERSION = 21, 10
_INT8_MAX = 127
_TINY = 1e-20
_HEAD_STEP = 16
"""ONNX Runtime rotates heads of multiples of it."""
EXPORTED = frozenset({"llama", "qwen2"})
"""Classes this graph is written for; multi-head latent attention and experts are not."""

Floats = NDArray[np.float32]


class Rows(StrEnum):
    """Where activations get one scale a token instead of one a text."""

    NOWHERE = "nowhere"
    DOWN = "down"
    """Before the down projection, where the massive activations of Llama-class networks arise."""
    EVERYWHERE = "everywhere"


class Numbers(StrEnum):
    """What matrix products compute in."""

    FP32 = "fp32"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes from ``config.json``."""

    hidden: int
    layers: int
    heads: int
    groups: int
    """Heads of keys and values."""
    head: int
    """Width of one."""
    epsilon: float
    theta: float
    positions: int

    @classmethod
    def of(cls, config: Mapping[str, Any], positions: int) -> Shape:
        """Read the sizes.

        Raises:
            CheckpointRefused: a class or a kind of positions that the graph does not know.
        """
        rope = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
        kind = rope.get("rope_type", "default")
        if config.get("model_type") not in EXPORTED or kind != "default":
            raise CheckpointRefused(
                model=str(config.get("model_type")),
                detail=f"no INT8 export for {config.get('model_type')}, positions {kind}",
                detail_zh=f"{config.get('model_type')}（位置编码 {kind}）暂不支持导出 INT8",
            )
        hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        head = int(config.get("head_dim") or hidden // heads)
        if head % _HEAD_STEP:
            raise CheckpointRefused(
                model=str(config["model_type"]), detail=f"attention heads of {head}"
            )
        return cls(
            hidden=hidden,
            layers=int(config["num_hidden_layers"]),
            heads=heads,
            groups=int(config.get("num_key_value_heads") or heads),
            head=head,
            epsilon=float(config["rms_norm_eps"]),
            theta=float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0),
            positions=positions,
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the graph is written."""

    numbers: Numbers = Numbers.INT8
    rows: Rows = Rows.EVERYWHERE


def classifier_graph(
    weights: Callable[[str], Floats | None], shape: Shape, labels: int, recipe: Recipe
) -> ModelProto:
    """Build the model.

    Args:
        weights: name as in the checkpoint ("model.norm.weight") to array; None: not there.
        shape: sizes.
        labels: outputs of the head.
        recipe: numbers and scales.
    """
    from onnx import TensorProto, helper  # noqa: PLC0415 - heavy, needed once an export

    graph = _Graph(weights, shape, recipe)
    normed, residual = graph.embedded()
    for layer in range(shape.layers):
        normed, residual = graph.layer(layer, normed, residual)
    head = graph.constant("score", graph.needed("score.weight").T)
    token = graph.standard("Squeeze", (normed, graph.constant("token", np.array([1]))), "token_in")
    graph.standard("MatMul", (token, head), OUTPUT)
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "classifier",
            [helper.make_tensor_value_info(INPUT, TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, labels])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=_IR_VERSION,
        producer_name="zhiku",
    )


class _Graph:
    """Collects nodes and constants; each method returns the names of what it added."""

    def __init__(
        self, weights: Callable[[str], Floats | None], shape: Shape, recipe: Recipe
    ) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._weights, self._shape, self._recipe = weights, shape, recipe
        self._positions()

    def needed(self, name: str) -> Floats:
        found = self._weights(name)
        if found is None:
            raise CheckpointRefused(model="?", detail=f"{name} is missing")
        return found

    def standard(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:  # noqa: ANN401 - ONNX attributes are of any type
        return self._node("", op, inputs, (output,), attributes)

    def fused(
        self,
        op: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **attributes: Any,  # noqa: ANN401 - as above
    ) -> str:
        return self._node(_MICROSOFT, op, inputs, outputs, attributes)

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper  # noqa: PLC0415 - heavy, needed once an export

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def embedded(self) -> tuple[str, str]:
        """Token numbers to (normalised, residual)."""
        from onnx import TensorProto  # noqa: PLC0415 - as above

        table = self.needed("model.embed_tokens.weight")
        if self._recipe.numbers is Numbers.FP32:
            words = self.standard("Gather", (self.constant("words", table), INPUT), "embedded")
        else:
            rounded, scales = _rounded(table)
            rows = self.standard("Gather", (self.constant("words", rounded), INPUT), "words_int8")
            wide = self.standard("Cast", (rows,), "words_fp32", to=TensorProto.FLOAT)
            column = self.constant("word_scales", scales[:, None])
            scale = self.standard("Gather", (column, INPUT), "word_scale")
            words = self.standard("Mul", (wide, scale), "embedded")
        gain = self.constant("n0", self.needed("model.layers.0.input_layernorm.weight"))
        normed = self.standard(
            "SimplifiedLayerNormalization",
            (words, gain),
            "normed0",
            axis=-1,
            epsilon=self._shape.epsilon,
        )
        return normed, words

    def layer(self, number: int, normed: str, residual: str) -> tuple[str, str]:
        """One decoder layer: (normalised input, residual) to the same of the next layer."""
        at, last = f"l{number}.", number + 1 == self._shape.layers
        attended = self._attention(number, normed)
        if last:
            attended, residual = (self._last_token(name) for name in (attended, residual))
        own = f"model.layers.{number}."
        mixed = self._product(attended, self.needed(f"{own}self_attn.o_proj.weight"), f"{at}o")
        after, residual = self._norm(
            mixed, residual, f"{own}post_attention_layernorm.weight", f"{at}post"
        )
        both = np.concatenate(
            [self.needed(f"{own}mlp.{part}_proj.weight") for part in ("gate", "up")]
        )
        wide = self._product(after, both, f"{at}gate_up")
        self._node("", "Split", (wide,), (f"{at}gate", f"{at}up"), {"axis": -1, "num_outputs": 2})
        silu = self.fused("QuickGelu", (f"{at}gate",), (f"{at}silu",), alpha=1.0)
        inner = self.standard("Mul", (silu, f"{at}up"), f"{at}inner")
        narrow = self._product(
            inner, self.needed(f"{own}mlp.down_proj.weight"), f"{at}down", massive=True
        )
        following = (
            "model.norm.weight" if last else f"model.layers.{number + 1}.input_layernorm.weight"
        )
        return self._norm(narrow, residual, following, f"{at}out")

    def _attention(self, number: int, normed: str) -> str:
        shape, at = self._shape, f"l{number}."
        own = f"model.layers.{number}.self_attn."
        projections = np.concatenate([self.needed(f"{own}{p}_proj.weight") for p in "qkv"])
        biases = [self._weights(f"{own}{p}_proj.bias") for p in "qkv"]
        bias = (
            np.concatenate([b for b in biases if b is not None]) if biases[0] is not None else None
        )
        together = self._product(normed, projections, f"{at}qkv", bias=bias)
        return self.fused(
            "GroupQueryAttention",
            (together, "", "", "no_past", "no_past", "last_place", "length", "cosines", "sines"),
            (f"{at}attended", f"{at}keys", f"{at}values"),
            num_heads=shape.heads,
            kv_num_heads=shape.groups,
            do_rotary=1,
            rotary_interleaved=0,
        )

    def _positions(self) -> None:
        """Rotation tables (Su et al. 2021, arXiv:2104.09864) and the lengths attention asks for."""
        from onnx import TensorProto  # noqa: PLC0415 - as above

        shape = self._shape
        steps = np.arange(0, shape.head, 2) / shape.head
        angles = np.outer(np.arange(shape.positions), 1 / shape.theta**steps)
        self.constant("cosines", np.cos(angles).astype(np.float32))
        self.constant("sines", np.sin(angles).astype(np.float32))
        self.constant("no_past", np.zeros((1, shape.groups, 0, shape.head), np.float32))
        long = self.standard("Shape", (INPUT,), "length_int64", start=1, end=2)
        whole = self.standard("Cast", (long,), "length_row", to=TensorProto.INT32)
        one = self.constant("one", np.array([1], np.int32))
        self.standard("Sub", (whole, one), "last_place")
        self.standard("Squeeze", (whole,), "length")
        self.constant("end", np.array([-1], np.int64))

    def _last_token(self, source: str) -> str:
        return self.standard("Gather", (source, "end"), f"{source}.end", axis=1)

    def _norm(self, added: str, residual: str, gain: str, name: str) -> tuple[str, str]:
        normed, summed = f"{name}.normed", f"{name}.sum"
        self.fused(
            "SkipSimplifiedLayerNormalization",
            (
                added,
                residual,
                self.constant(f"{name}.gain", self.needed(gain)),
            ),
            (normed, "", "", summed),
            epsilon=self._shape.epsilon,
        )
        return normed, summed

    def _product(
        self,
        source: str,
        matrix: Floats,
        name: str,
        *,
        bias: Floats | None = None,
        massive: bool = False,
    ) -> str:
        """``source`` times the transposed (outputs, inputs) ``matrix``."""
        recipe = self._recipe
        if recipe.numbers is Numbers.FP32:
            plain = self.standard(
                "MatMul", (source, self.constant(f"{name}.fp32", matrix.T)), f"{name}.product"
            )
            return self._shifted(plain, bias, name)
        by_row = recipe.rows is Rows.EVERYWHERE or (recipe.rows is Rows.DOWN and massive)
        scale = ""
        if by_row:
            least = self._once("least", np.array([_TINY], np.float32))
            size = self.standard("Abs", (source,), f"{name}.sizes")
            axis = self._once("last_axis", np.array([-1], np.int64))
            largest = self.standard("ReduceMax", (size, axis), f"{name}.largest", keepdims=1)
            scale = self.standard("Max", (largest, least), f"{name}.row_scale")
            source = self.standard("Div", (source, scale), f"{name}.scaled")
        rounded, scales = _rounded(matrix)
        inputs = [
            source,
            self.constant(f"{name}.int8", rounded.T),
            self.constant(f"{name}.scales", scales),
        ]
        found = self.fused("DynamicQuantizeMatMul", inputs, (f"{name}.product",))
        if scale:
            found = self.standard("Mul", (found, scale), f"{name}.restored")
        return self._shifted(found, bias, name)

    def _shifted(self, source: str, bias: Floats | None, name: str) -> str:
        if bias is None:
            return source
        return self.standard(
            "Add", (source, self.constant(f"{name}.bias", bias)), f"{name}.shifted"
        )

    def _once(self, name: str, values: NDArray[Any]) -> str:
        known = any(constant.name == name for constant in self.constants)
        return name if known else self.constant(name, values)

    def _node(
        self,
        domain: str,
        op: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        attributes: dict[str, Any],
    ) -> str:
        from onnx import helper  # noqa: PLC0415 - as above

        self.nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
        return outputs[0]


def _rounded(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """(rows, inputs) to signed 8 bits and one scale a row."""
    scales = np.abs(matrix).max(axis=1) / _INT8_MAX
    scales[scales == 0] = 1
    rounded = np.clip(np.rint(matrix / scales[:, None]), -_INT8_MAX, _INT8_MAX).astype(np.int8)
    return rounded, scales.astype(np.float32)
