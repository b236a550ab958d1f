"""Many documents at once: rows in SQL as if they had been read and embedded, and no files."""

from __future__ import annotations

import numpy as np
from sqlalchemy import insert

from kb.storage import generations, passages
from kb.storage.database import Database
from kb.storage.generations import Aspect
from kb.storage.tables import BlobRow, DocumentRow, DocumentVersionRow, PassageRow

FIRST = 1_000
"""Id of the first document, version and passage that is made here."""
_WORDS = [
    "pump",
    "valve",
    "gasket",
    "flange",
    "seal",
    "bearing",
    "motor",
    "水泵",
    "阀门",
    "垫片",
    "轴承",
    "电机",
]


def fill(
    database: Database, sizes: list[int], *, model: str, dimension: int, collection_id: int = 1
) -> list[int]:
    """Make one document of so many passages each; return their ids.

    Texts differ from each other; vectors are random and of length 1.
    """
    chance = np.random.default_rng(len(sizes))
    with database.write() as tx:
        tx.execute(insert(BlobRow), [{"sha256": f"{FIRST:064x}", "size": 1}])
        tx.execute(insert(DocumentRow), [_document(n, collection_id) for n in _ids(sizes)])
        tx.execute(insert(DocumentVersionRow), [_version(n) for n in _ids(sizes)])
        number = FIRST
        for document, size in zip(_ids(sizes), sizes, strict=True):
            rows = [_passage(document, ordinal, number + ordinal) for ordinal in range(size)]
            tx.execute(insert(PassageRow), rows)
            vectors = chance.standard_normal((size, dimension)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            passages.add_embeddings(tx, model, [row["text_hash"] for row in rows], vectors)
            generations.announce(tx, document, Aspect.WORDS)
            number += size
    return _ids(sizes)


def _ids(sizes: list[int]) -> list[int]:
    return list(range(FIRST, FIRST + len(sizes)))


def _document(number: int, collection_id: int) -> dict[str, object]:
    return {
        "id": number,
        "collection_id": collection_id,
        "name": f"record {number}.txt",
        "path": "",
        "sha256": f"{number:064x}",
        "current_version_id": number,
    }


def _version(number: int) -> dict[str, object]:
    return {
        "id": number,
        "document_id": number,
        "number": 1,
        "sha256": f"{FIRST:064x}",
        "size": 1,
        "format": "txt",
        "media_type": "text/plain",
        "status": "ready",
        "language": "en",
    }


def _passage(document: int, ordinal: int, number: int) -> dict[str, object]:
    words = [_WORDS[(number * step) % len(_WORDS)] for step in range(1, 12)]
    return {
        "id": number,
        "version_id": document,
        "ordinal": ordinal,
        "page": 1,
        "text": f"Record R{number:06d}: {' '.join(words)}",
        "heading_path": [],
        "spans": [],
        "text_hash": f"{number:064x}",
    }
