"""Pure permission rules: who may see and do what. No input or output here."""

from __future__ import annotations

import ipaddress

from kb.domain.access import Level, Principal, Role
from kb.domain.errors import Forbidden, PasswordNeeded

_RANK = {Level.READ: 0, Level.WRITE: 1, Level.MANAGE: 2}


def visible_collections(principal: Principal) -> frozenset[int] | None:
    """Return the collections whose documents ``principal`` may see; None means all of them."""
    if principal.role is Role.ADMIN:
        return None
    return frozenset(grant.collection_id for grant in principal.grants)


def may(principal: Principal, level: Level, collection_id: int) -> bool:
    """Say whether ``principal`` holds at least ``level`` on the collection."""
    if principal.role is Role.ADMIN:
        return True
    return any(
        grant.collection_id == collection_id and _RANK[grant.level] >= _RANK[level]
        for grant in principal.grants
    )


def require(principal: Principal, level: Level, collection_id: int) -> None:
    """Raise Forbidden unless ``principal`` holds at least ``level`` on the collection."""
    if not may(principal, level, collection_id):
        raise Forbidden


def require_admin(principal: Principal) -> None:
    """Raise Forbidden unless ``principal`` is an administrator."""
    if principal.role is not Role.ADMIN:
        raise Forbidden


def require_engineer(principal: Principal) -> None:
    """Raise Forbidden unless ``principal`` may train models and put them into service."""
    if principal.role not in (Role.ENGINEER, Role.ADMIN):
        raise Forbidden


def require_curator(principal: Principal) -> None:
    """Raise Forbidden unless ``principal`` may change what everybody's documents are called.

    Those are administrators and who manages a collection.
    """
    managing = any(grant.level is Level.MANAGE for grant in principal.grants)
    if principal.role is not Role.ADMIN and not managing:
        raise Forbidden


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_safe_address(host: str, *, secured: bool) -> None:
    """Keep strangers out of a server that nobody has secured yet.

    Args:
        host: address to listen on.
        secured: an administrator has a password, or something else guards the address.

    Raises:
        PasswordNeeded: others could reach it.
    """
    if not secured and not is_loopback(host):
        raise PasswordNeeded(host=host)
