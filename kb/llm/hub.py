"""Fetching a checkpoint from a Hugging Face hub or a mirror of one: safetensors only, pinned."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from kb.domain.errors import CheckpointRefused, DiskFull, ModelNotInstalled, ModelUnavailable
from kb.llm.architectures import ARCHITECTURES, TOKENIZER_FILE
from kb.llm.checkpoints import Bytes, CheckpointManifest, take_in

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_SMALL = (".json", ".jinja", ".model", ".txt", ".md")
_CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class _RemoteFile:
    name: str
    size: int
    sha256: str | None
    """Of large files; small ones are known by their git hash."""
    git_hash: str | None


def pull_checkpoint(
    model_id: str,
    store: Path,
    *,
    revision: str | None = None,
    name: str | None = None,
    endpoint: str | None = None,
    progress: Bytes | None = None,
) -> CheckpointManifest:
    """Fetch a checkpoint into the store at one commit, check every file against the hub's hashes.

    Only safetensors, JSON, tokenizer and text files are fetched, and only when the class is one
    that runs here. An interrupted download goes on where it stopped.

    Args:
        model_id: "deepseek-ai/deepseek-llm-7b-chat".
        store: folder of all checkpoints.
        revision: commit, tag or branch; the commit behind it is what the manifest records.
        name: in the store; by default the part of the id after the slash.
        endpoint: address of a hub or mirror; by default HF_ENDPOINT's or the public one.
        progress: told how many bytes are there.

    Raises:
        ModelNotInstalled: no such model or revision, or no permission.
        ModelUnavailable: the hub does not answer.
        CheckpointRefused: it holds nothing that may run here, or a file arrived changed.
        DiskFull: it would not fit on the disk.
        Conflict: another checkpoint has this name.
    """
    from huggingface_hub import HfApi  # noqa: PLC0415 - loaded when something is pulled

    api = HfApi(endpoint=endpoint)
    commit, files = _listing(api, model_id, revision)
    wanted = _wanted(model_id, files)
    name = name or model_id.rpartition("/")[2]
    partial = store / f".pull-{name}-{commit[:12]}"
    total = sum(file.size for file in wanted)
    store.mkdir(parents=True, exist_ok=True)
    _check_disk(store, 2 * total)
    done = 0
    for file in wanted:
        _fetch(api, model_id, commit, file, partial)
        if file.name == "config.json":
            _check_class(model_id, partial / file.name)
        done += file.size
        if progress:
            progress(done, total)
    origin = f"{model_id}@{commit}"
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    manifest = take_in(partial, store, name=name, origin=origin)
    shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _listing(api: HfApi, model_id: str, revision: str | None) -> tuple[str, list[_RemoteFile]]:
    with _Hub(model_id):
        found = api.model_info(model_id, revision=revision, files_metadata=True)
    files = [_remote_file(entry) for entry in found.siblings or []]
    return str(found.sha or secrets.token_hex(20)), files


def _remote_file(entry: Any) -> _RemoteFile:  # noqa: ANN401 - the hub's own type
    large: Mapping[str, Any] = entry.lfs or {}
    return _RemoteFile(entry.rfilename, int(entry.size or 0), large.get("sha256"), entry.blob_id)


def _wanted(model_id: str, files: Sequence[_RemoteFile]) -> list[_RemoteFile]:
    """Weights and small files of the top folder, configuration first."""
    top = [file for file in files if "/" not in file.name]
    weights = [file for file in top if file.name.endswith(".safetensors")]
    if not weights:
        raise CheckpointRefused(
            model=model_id, detail="no safetensors weights / 没有 safetensors 权重"
        )
    names = {file.name for file in top}
    if missing := sorted({"config.json", TOKENIZER_FILE} - names):
        raise CheckpointRefused(model=model_id, detail=f"{missing[0]} is missing")
    small = [
        file
        for file in top
        if file.name.endswith(_SMALL) or file.name.upper().startswith("LICENSE")
    ]
    small.sort(key=lambda file: file.name != "config.json")
    return [*small, *weights]


def _check_class(model_id: str, path: Path) -> None:
    """Refuse before the large files are fetched."""
    classes = json.loads(path.read_bytes()).get("architectures") or []
    if not ARCHITECTURES.intersection(classes):
        raise CheckpointRefused(model=model_id, detail=f"class {', '.join(classes) or '?'}")


def _check_disk(store: Path, needed: int) -> None:
    free = shutil.disk_usage(store).free
    if needed > free:
        raise DiskFull(detail=f"{needed / 1e9:.1f} GB > {free / 1e9:.1f} GB", path=str(store))


def _fetch(api: HfApi, model_id: str, commit: str, file: _RemoteFile, folder: Path) -> None:
    path = folder / file.name
    if not (path.is_file() and _is_intact(path, file)):
        path.unlink(missing_ok=True)
        with _Hub(model_id):
            api.hf_hub_download(model_id, file.name, revision=commit, local_dir=folder)
    if not _is_intact(path, file):
        path.unlink(missing_ok=True)
        raise CheckpointRefused(model=model_id, detail=f"hash of {file.name} differs")


def _is_intact(path: Path, file: _RemoteFile) -> bool:
    if file.sha256:
        with path.open("rb") as reader:
            return hashlib.file_digest(reader, "sha256").hexdigest() == file.sha256
    if file.git_hash:
        content = path.read_bytes()
        header = f"blob {len(content)}\0".encode()
        digest = hashlib.sha1(header + content, usedforsecurity=False)  # git's own
        return digest.hexdigest() == file.git_hash
    return path.stat().st_size == file.size


class _Hub:
    """Tells the hub's failures as ours."""

    def __init__(self, model_id: str) -> None:
        self._model = model_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        from huggingface_hub.errors import (  # noqa: PLC0415 - loaded when something is pulled
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        unknown = (RepositoryNotFoundError, RevisionNotFoundError, GatedRepoError)
        if isinstance(error, (*unknown, HFValidationError)):
            detail = type(error).__name__
            raise ModelNotInstalled(model=self._model, detail=detail) from error
        if isinstance(error, HfHubHTTPError | LocalEntryNotFoundError | httpx2.HTTPError | OSError):
            raise ModelUnavailable(model=self._model, detail=str(error)[:200]) from error
