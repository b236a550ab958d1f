"""Who is asking. Every retrieval takes a Principal; there is no default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do beyond reading what is granted."""

    MEMBER = "member"
    ENGINEER = "engineer"
    """Also trains models and puts them into service; sees documents only as granted."""
    ADMIN = "admin"


class Level(StrEnum):
    """What a grant gives on a collection; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Grant:
    """A right on one collection."""

    collection_id: int
    level: Level


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller with what it was granted, as loaded for this request."""

    user_id: int
    name: str
    role: Role
    grants: tuple[Grant, ...] = ()
    epoch: int = 0
    """Grows with every change of grants; part of every cache key."""
