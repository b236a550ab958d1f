"""What all shapes of the REST interface stand on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Base of all shapes: unknown fields in requests are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CollectionRef(Shape):
    """A collection by name."""

    id: int
    name: str


class StageError(Shape):
    """Why a stage failed, for people."""

    stage: str
    code: str
    message: str
    retryable: bool
