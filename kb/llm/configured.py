"""Settings to a language model."""

from __future__ import annotations

from pathlib import Path

from kb.domain.errors import InvalidInput
from kb.llm.checkpoints import MANIFEST
from kb.llm.openai_http import OpenAiModel
from kb.llm.protocol import LanguageModel
from kb.llm.transformers_runtime import Precision, TransformersModel


def language_model(
    llm: str,
    *,
    model: str = "",
    api_key: str = "",
    context_tokens: int = 32_768,
    precision: Precision = "auto",
    store: Path | None = None,
) -> LanguageModel | None:
    """Choose the runtime for what the operator configured; loads and connects to nothing.

    Args:
        llm: empty for none (the embedded default does the work), the base URL of an
            OpenAI-compatible server, or a folder with a checkpoint.
        model: name to ask a server for.
        api_key: for a server.
        context_tokens: most tokens of one call.
        precision: of a local checkpoint.
        store: folder of imported checkpoints; ``llm`` may be the name of one.

    Raises:
        InvalidInput: a server without a model name.
        ModelNotInstalled: the folder holds no checkpoint that may be loaded.
    """
    if not llm:
        return None
    if llm.startswith(("http://", "https://")):
        if not model:
            raise InvalidInput(
                field="KB_LLM_MODEL", detail="needed with a server / 使用服务器时必填"
            )
        return OpenAiModel(llm, model=model, api_key=api_key, context_tokens=context_tokens)
    folder = Path(llm)
    if store is not None and not folder.is_dir() and (store / llm / MANIFEST).is_file():
        folder = store / llm
    return TransformersModel(folder, context_tokens=context_tokens, precision=precision)
