"""Checkpoints in the company's own store: checked when taken in, described, never executed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb.domain.errors import CheckpointRefused, Conflict, NotFound
from kb.llm.architectures import ARCHITECTURES, EXECUTABLE, PICKLES, TOKENIZER_FILE
from kb.llm.catalogue import known
from kb.llm.memory import WEIGHT_BYTES, MemoryNeed, Shape, memory_need, require_room, shape_of
from kb.llm.safetensors_header import TensorCount, count_tensors

MANIFEST = "manifest.json"
FORMAT = 1
_KEPT = (".safetensors", ".json", ".jinja", ".model", ".txt", ".md")
_LEFT_OUT = frozenset({MANIFEST, ".gitattributes"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CHUNK = 4 << 20
_SUMS = ("SHA256SUMS", "sha256sums.txt", "checksums.sha256")

Bytes = Callable[[int, int], None]
"""Told (bytes done, bytes in all)."""


@dataclass(frozen=True, slots=True)
class CheckpointManifest:
    """What the store knows of a checkpoint; ``manifest.json`` beside its files."""

    name: str
    """Its folder in the store."""
    folder: Path
    architecture: str
    """Class in transformers."""
    parameters: int
    """Counted in the weight files."""
    licence: str
    """From the catalogue or the card's front matter; "unknown" otherwise."""
    context_tokens: int
    tokenizer: str
    """Class named by the checkpoint; its tokens are read from ``tokenizer.json``."""
    precision: str
    """Number format of the weights: "BF16", "F32", "F8_E4M3"…"""
    memory: Mapping[str, int]
    """Bytes needed at each precision for one conversation of 4,096 tokens."""
    files: Mapping[str, str]
    """sha256 by file name."""
    source: str
    """Folder name, or hub id and commit: "deepseek-ai/x@0123…"."""
    notes: tuple[str, ...] = ()
    """What was left out and why."""


def import_checkpoint(
    source: Path, store: Path, *, name: str | None = None, progress: Bytes | None = None
) -> CheckpointManifest:
    """Copy a checkpoint into the store after checking it; nothing of it is executed.

    Weights must be whole safetensors files of a class that ships with transformers. A
    ``manifest.json`` or SHA256SUMS in the source is held against the files. Code that comes with a
    known class (DeepSeek publishes some) is left behind, and its ``auto_map`` with it; a folder
    that holds pickles is refused.

    Args:
        source: folder in the layout of the hub.
        store: folder of all checkpoints.
        name: in the store; by default the source's own.
        progress: told how many bytes are copied.

    Raises:
        NotFound: no such folder.
        CheckpointRefused: it may not be taken in; says why.
        Conflict: another checkpoint has this name.
    """
    if not source.is_dir():
        raise NotFound(kind="folder", id=str(source))
    name = name or source.resolve().name
    return take_in(source, store, name=name, origin=source.resolve().name, progress=progress)


def list_checkpoints(store: Path) -> list[CheckpointManifest]:
    """Every checkpoint in the store by name; folders without a readable manifest are left out."""
    found = []
    for manifest in sorted(store.glob(f"*/{MANIFEST}")):
        try:
            found.append(read_manifest(manifest.parent))
        except CheckpointRefused:
            continue
    return found


def find_checkpoint(store: Path, name: str) -> CheckpointManifest:
    """Return one by its name.

    Raises:
        NotFound: the store has none of this name.
    """
    if not _NAME.fullmatch(name) or not (store / name / MANIFEST).is_file():
        raise NotFound(kind="checkpoint", id=name)
    return read_manifest(store / name)


def read_manifest(folder: Path) -> CheckpointManifest:
    """Read ``manifest.json``.

    Raises:
        CheckpointRefused: it is missing or unreadable.
    """
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        fields.pop("format")
        fields["notes"] = tuple(fields.get("notes", ()))
        return CheckpointManifest(folder=folder, **fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointRefused(model=folder.name, detail=f"{MANIFEST}: {error}") from error


def verify(manifest: CheckpointManifest, progress: Bytes | None = None) -> None:
    """Hash every file again.

    Raises:
        CheckpointRefused: a file is missing, changed, or not in the manifest.
    """
    present = {path.name for path in manifest.folder.iterdir()} - _LEFT_OUT
    if extra := sorted(present - set(manifest.files)):
        raise CheckpointRefused(model=manifest.name, detail=f"unlisted file {extra[0]}")
    if missing := sorted(set(manifest.files) - present):
        raise CheckpointRefused(model=manifest.name, detail=f"{missing[0]} is missing")
    total = sum((manifest.folder / file).stat().st_size for file in manifest.files)
    done = 0
    for file, expected in manifest.files.items():
        path = manifest.folder / file
        if _sha256(path) != expected:
            raise CheckpointRefused(model=manifest.name, detail=f"sha256 of {file} differs")
        done += path.stat().st_size
        if progress:
            progress(done, total)


def fits(manifest: CheckpointManifest, precision: str, available_bytes: int) -> bool:
    """Say whether it runs in ``available_bytes`` at ``precision`` (4,096 tokens of context)."""
    return manifest.memory[precision] <= available_bytes


def require_fit(
    manifest: CheckpointManifest, precision: str, available_bytes: int, *, context: int = 4_096
) -> MemoryNeed:
    """Return the memory it needs.

    Raises:
        ModelDoesNotFit: more than ``available_bytes``; the error shows the arithmetic.
    """
    config = json.loads((manifest.folder / "config.json").read_bytes())
    need = memory_need(shape_of(config), precision, context=context)
    require_room(manifest.name, need, available_bytes)
    return need


def take_in(
    source: Path,
    store: Path,
    *,
    name: str,
    origin: str,
    progress: Bytes | None = None,
) -> CheckpointManifest:
    """Check, copy beside, describe, then rename into place (see ``import_checkpoint``)."""
    if not _NAME.fullmatch(name):
        raise CheckpointRefused(model=name, detail=f"name must match {_NAME.pattern}")
    checked = inspect(source, name)
    kept = sorted(p.name for p in source.iterdir() if p.is_file() and _is_kept(p.name))
    expected = _expected_sums(source, name)
    store.mkdir(parents=True, exist_ok=True)
    beside = store / f".{name}.{secrets.token_hex(4)}"
    beside.mkdir()
    try:
        files = _copied(source, beside, kept, expected, progress)
        manifest = _described(store / name, source, files, origin, checked)
        _write_manifest(manifest, beside)
        if (store / name).exists():
            return _same_or_conflict(manifest, store / name)
        beside.rename(store / name)
        _sync_folder(store)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def inspect(source: Path, name: str) -> tuple[dict[str, Any], TensorCount, tuple[str, ...]]:
    """Check a folder without copying: its configuration, its weights, what will be left out.

    Raises:
        CheckpointRefused: pickles, remote code, an unknown class, missing or damaged files.
    """
    files = [path for path in source.rglob("*") if path.is_file()]
    if pickled := sorted(p.name for p in files if p.suffix.lower() in PICKLES):
        raise CheckpointRefused(
            model=name,
            detail=f"pickled file {pickled[0]}: may run code / 含有可执行代码风险的 pickle 文件",
        )
    config = _json(source / "config.json", name)
    classes = [str(c) for c in config.get("architectures") or []]
    if not ARCHITECTURES.intersection(classes):
        code = " (auto_map: remote code / 远程代码)" if config.get("auto_map") else ""
        raise CheckpointRefused(model=name, detail=f"class {', '.join(classes) or '?'}{code}")
    if not (source / TOKENIZER_FILE).is_file():
        raise CheckpointRefused(model=name, detail=f"{TOKENIZER_FILE} is missing / 缺少分词器")
    code_files = sorted(p.name for p in files if p.suffix.lower() in EXECUTABLE)
    notes = tuple(f"left out: {file} (code is never run)" for file in code_files)
    return config, count_tensors(source, name), notes


def _described(
    folder: Path,
    source: Path,
    files: Mapping[str, str],
    origin: str,
    checked: tuple[dict[str, Any], TensorCount, tuple[str, ...]],
) -> CheckpointManifest:
    config, counted, notes = checked
    shape = shape_of(config)
    listed = known(origin.partition("@")[0])
    context = min(listed.context, shape.context) if listed else shape.context
    exact = Shape(
        max(counted.parameters - shape.rest, 0), shape.rest, shape.cache_values, shape.context
    )
    need = {p: memory_need(exact, p).total for p in WEIGHT_BYTES}
    classes = config["architectures"]
    return CheckpointManifest(
        name=folder.name,
        folder=folder,
        architecture=next(c for c in classes if c in ARCHITECTURES),
        parameters=counted.parameters,
        licence=listed.licence if listed else _licence(source),
        context_tokens=context,
        tokenizer=str(config.get("tokenizer_class") or "PreTrainedTokenizerFast"),
        precision=counted.precision,
        memory=need,
        files=files,
        source=origin,
        notes=notes,
    )


def _licence(source: Path) -> str:
    """From the front matter of its card."""
    card = source / "README.md"
    if not card.is_file():
        return "unknown"
    head = card.read_text(encoding="utf-8", errors="replace")[:4_000]
    found = re.search(r"^license(?:_name)?:\s*['\"]?([\w.+-]+)", head, re.MULTILINE)
    return found[1] if found else "unknown"


def _is_kept(name: str) -> bool:
    if name in _LEFT_OUT or name.startswith("."):
        return False
    return name.endswith(_KEPT) or name.upper().startswith("LICENSE")


def _copied(
    source: Path,
    target: Path,
    kept: Sequence[str],
    expected: Mapping[str, str],
    progress: Bytes | None,
) -> dict[str, str]:
    total = sum((source / file).stat().st_size for file in kept)
    done = 0
    files = {}
    for file in kept:
        digest = _copy_and_hash(source / file, target / file)
        if file in expected and expected[file] != digest:
            raise CheckpointRefused(model=target.name, detail=f"sha256 of {file} differs")
        if file.endswith(".json") and _without_code(target / file):
            digest = _sha256(target / file)
        files[file] = digest
        done += (source / file).stat().st_size
        if progress:
            progress(done, total)
    return files


def _copy_and_hash(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_CHUNK):
            digest.update(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def _without_code(path: Path) -> bool:
    """Drop ``auto_map`` from a JSON file: the class that ships with transformers is used."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return False
    if not isinstance(content, dict) or "auto_map" not in content:
        return False
    del content["auto_map"]
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
    return True


def _expected_sums(source: Path, name: str) -> dict[str, str]:
    """Hashes that came with the source."""
    if (source / MANIFEST).is_file():
        files = _json(source / MANIFEST, name).get("files")
        if isinstance(files, dict):
            return {str(file): str(digest) for file, digest in files.items()}
    for listing in _SUMS:
        if (source / listing).is_file():
            lines = (source / listing).read_text(encoding="utf-8", errors="replace").splitlines()
            pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
            return {pair[1].strip().lstrip("*./"): pair[0].lower() for pair in pairs if pair[1:]}
    return {}


def _same_or_conflict(manifest: CheckpointManifest, folder: Path) -> CheckpointManifest:
    there = read_manifest(folder)
    if dict(there.files) != dict(manifest.files):
        raise Conflict(detail=f"checkpoint {manifest.name} exists with other files")
    return there


def _write_manifest(manifest: CheckpointManifest, folder: Path) -> None:
    fields = {"format": FORMAT, **asdict(manifest)}
    del fields["folder"]
    with (folder / MANIFEST).open("w", encoding="utf-8") as writer:
        json.dump(fields, writer, ensure_ascii=False, indent=2)
        writer.flush()
        os.fsync(writer.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def _json(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CheckpointRefused(model=name, detail=f"{path.name}: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointRefused(model=name, detail=f"{path.name} is no object")
    return content
