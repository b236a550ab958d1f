"""What a token may do: never more than the person it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.errors import InvalidInput
from kb.storage import documents
from kb.storage.database import Session

_COLLECTION = "collection:"


class Scope(StrEnum):
    """Actions a token is for; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes without doubles; ``collection:3`` limits a token to that collection.

    Raises:
        InvalidInput: one is not a scope, or none says what the token is for.
    """
    found = tuple(dict.fromkeys(scopes))
    for scope in found:
        number = scope.removeprefix(_COLLECTION)
        if scope not in set(Scope) and (number == scope or not number.isdigit()):
            raise InvalidInput(
                field="scope", detail=f"“{scope}” is not one of read, write, admin, collection:ID"
            )
    if not set(found) & set(Scope):
        raise InvalidInput(field="scope", detail="needs one of read, write, admin")
    return found


def narrowed(tx: Session, principal: Principal, scopes: Iterable[str]) -> Principal:
    """The person's rights cut down to the token's scopes."""
    wanted = set(scopes)
    only = {int(s.removeprefix(_COLLECTION)) for s in wanted if s.startswith(_COLLECTION)}
    if Scope.ADMIN in wanted and not only:
        return principal
    held = principal.grants
    if principal.role is Role.ADMIN:
        held = tuple(Grant(c.id, Level.MANAGE) for c in documents.collections(tx, None))
    may_write = bool(wanted & {Scope.WRITE, Scope.ADMIN})
    return Principal(
        user_id=principal.user_id,
        name=principal.name,
        role=Role.MEMBER,
        grants=tuple(
            Grant(g.collection_id, _cut(g.level, may_write=may_write))
            for g in held
            if not only or g.collection_id in only
        ),
        epoch=principal.epoch,
    )


def _cut(level: Level, *, may_write: bool) -> Level:
    if not may_write:
        return Level.READ
    return Level.WRITE if level is Level.MANAGE else level
