"""The documents that the first start offers: written by us, Chinese and English, one scanned."""

from __future__ import annotations

import io
from importlib import resources

from kb.access import require_admin
from kb.domain.access import Principal, Role
from kb.ingestion.receive import Received, Receiver
from kb.storage import documents


def wanted(receiver: Receiver, principal: Principal) -> bool:
    """Whether an administrator stands before an empty knowledge base, the trash included."""
    if principal.role is not Role.ADMIN:
        return False
    with receiver.database.read() as tx:
        return not documents.any_document(tx)


def receive_samples(receiver: Receiver, collection_id: int, principal: Principal) -> list[Received]:
    """Take the sample documents in.

    Raises:
        Forbidden: not an administrator.
        StorageFailure: a file could not be stored.
    """
    require_admin(principal)
    received: list[Received] = []
    folder = resources.files("kb").joinpath("samples")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        source = io.BytesIO(file.read_bytes())
        received += receiver.receive(
            source, name=file.name, collection_id=collection_id, principal=principal
        )
    return received
