"""Originals: durable, immutable, addressed by content."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from kb.domain.errors import BlobMissing, FileTooLarge
from kb.storage.blobs import BlobStore


def stage(store: BlobStore, content: bytes, limit: int = 1024) -> str:
    staged = store.stage(io.BytesIO(content), name="a.txt", limit_bytes=limit)
    store.keep(staged)
    return staged.sha256


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)

    assert stage(store, b"same") == stage(store, b"same")
    assert len(list(store.hashes())) == 1
    assert list((tmp_path / "incoming").iterdir()) == []


def test_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)

    with pytest.raises(FileTooLarge):
        stage(store, b"x" * 2000)

    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_changed_original_is_noticed(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    sha256 = stage(store, b"truth")
    assert store.intact(sha256)

    store.path(sha256).write_bytes(b"lies!")

    assert not store.intact(sha256)
    store.path(sha256).unlink()
    assert not store.intact(sha256)
    with pytest.raises(BlobMissing, match=r"a\.txt"):
        store.existing(sha256, name="a.txt")


def test_the_sweep_takes_old_orphans_and_leaves_the_rest(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    kept, old, young = stage(store, b"kept"), stage(store, b"old"), stage(store, b"young")
    long_ago = time.time() - 7200
    for sha256 in (kept, old):
        os.utime(store.path(sha256), (long_ago, long_ago))

    assert store.sweep({kept}.__contains__) == 1
    assert set(store.hashes()) == {kept, young}
