"""Keeps decoding inside a JSON schema, token by token (llguidance: Earley parser over a trie)."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.domain.errors import InvalidInput, ModelNotInstalled
from kb.llm.protocol import Schema

if TYPE_CHECKING:
    from llguidance import LLTokenizer


class Constraints:
    """Makes constraints for one tokenizer; its trie is built once."""

    def __init__(self, tokenizer_json: str, *, vocabulary: int, end: int, model: str) -> None:
        """Build the trie.

        Args:
            tokenizer_json: the tokenizer as ``tokenizers`` serialises it.
            vocabulary: width of the network's logits.
            end: token that ends an answer.
            model: named in errors.

        Raises:
            ModelNotInstalled: llguidance is missing.
        """
        if importlib.util.find_spec("llguidance") is None:
            raise ModelNotInstalled(model=model, detail="llguidance is not installed")
        from llguidance import LLTokenizer  # noqa: PLC0415 - loaded when structure is asked for

        self._vocabulary = vocabulary
        self._trie: LLTokenizer = LLTokenizer(tokenizer_json, n_vocab=vocabulary, eos_token=end)

    def start(self, schema: Schema) -> Constraint:
        """Begin an answer.

        Raises:
            InvalidInput: the schema is not understood.
        """
        return Constraint(self._trie, schema, self._vocabulary)


class Constraint:
    """One answer that keeps to a schema."""

    def __init__(self, trie: LLTokenizer, schema: Schema, vocabulary: int) -> None:
        from llguidance import LLMatcher  # noqa: PLC0415 - loaded when structure is asked for

        grammar = LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        if fault := LLMatcher.validate_grammar(grammar, trie):
            raise InvalidInput(field="schema", detail=str(fault)[:200])
        self._matcher = LLMatcher(trie, grammar)
        self._vocabulary = vocabulary

    def steer(self, logits: Any) -> Any:  # noqa: ANN401 - a torch tensor
        """Take away the tokens that cannot follow."""
        import torch  # noqa: PLC0415 - heavy, owned by this room

        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.unpackbits(bits, bitorder="little")[: self._vocabulary].astype(bool)
        mask = torch.from_numpy(allowed).to(logits.device)
        return logits.masked_fill(~mask, -torch.inf)

    def take(self, token: int) -> bool:
        """Go on with ``token``; says whether the answer is complete."""
        self._matcher.consume_token(token)
        return bool(self._matcher.is_stopped())
