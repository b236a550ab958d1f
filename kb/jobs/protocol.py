"""What the rest of the product knows about the broker."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

REINDEX = "reindex"
"""Stage of the job that builds a generation."""
TRAIN = "train"
"""Stage of the job that trains a model."""
REDO = "redo"
"""Stage of the job that classifies stale documents again."""


class Queue(StrEnum):
    """Queues, by the kind of worker that listens."""

    PARSE = "parse"
    """Reading and cutting: the CPU workers."""
    EMBED = "embed"
    """Vectors: the model worker, served first."""
    LLM = "llm"
    """Categories and summaries: the model worker."""
    INDEX = "index"
    """Folding changes into the live index, and index builds in between: the index worker."""
    TRAIN = "train"
    """Training: the training worker, which starts a process for each."""


class Doorbell(Protocol):
    """Rings at workers. Losing a ring costs seconds: the reconciler rings again."""

    def ring(self, queue: str, job_id: int) -> None:
        """Say "look at this job".

        Raises:
            ServiceUnavailable: the broker does not answer.
        """
        ...

    def ring_indexer(self) -> None:
        """Say "there are changes to fold into the index".

        Raises:
            ServiceUnavailable: the broker does not answer.
        """
        ...
