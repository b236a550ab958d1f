"""Users, sessions, one-time links, tokens and grants. Secrets are kept as hashes only."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.errors import BadCredentials, Conflict, NotFound
from kb.storage.tables import (
    ApiTokenRow,
    GrantRow,
    SessionRow,
    SigninLinkRow,
    UserRow,
    utc_now,
)

LOCAL_ADMINISTRATOR = "admin"
"""The account that the first start makes; it has no password until a person sets one."""


@dataclass(frozen=True, slots=True)
class User:
    """A person's account."""

    id: int
    name: str
    role: Role
    password_hash: str | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A valid session."""

    principal: Principal
    csrf_token: str
    unused_for: dt.timedelta
    """Since its use was last written down."""
    has_password: bool


def hash_secret(secret: str) -> str:
    """What is kept of a random 128-bit secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def ensure_administrator(tx: Session) -> User:
    """The local administrator, made when there is none."""
    row = tx.scalar(select(UserRow).where(UserRow.role == Role.ADMIN).order_by(UserRow.id).limit(1))
    if row is None:
        row = UserRow(name=LOCAL_ADMINISTRATOR, role=Role.ADMIN)
        tx.add(row)
        tx.flush()
    return _user(row)


def add_user(tx: Session, name: str, role: Role) -> User:
    """Make an account without a password.

    Raises:
        Conflict: the name is taken.
    """
    if tx.scalar(select(UserRow.id).where(UserRow.name == name)) is not None:
        raise Conflict(detail=f"user “{name}” exists")
    row = UserRow(name=name, role=role)
    tx.add(row)
    tx.flush()
    return _user(row)


def users(tx: Session) -> list[User]:
    """All accounts."""
    return [_user(row) for row in tx.scalars(select(UserRow).order_by(UserRow.id))]


def user_named(tx: Session, name: str) -> User:
    """The account with this name.

    Raises:
        NotFound: there is none.
    """
    row = tx.scalar(select(UserRow).where(UserRow.name == name))
    if row is None:
        raise NotFound(kind="user", id=name)
    return _user(row)


def user_with_id(tx: Session, user_id: int) -> User:
    """The account with this id.

    Raises:
        NotFound: there is none.
    """
    row = tx.get(UserRow, user_id)
    if row is None:
        raise NotFound(kind="user", id=user_id)
    return _user(row)


def set_password_hash(tx: Session, user_id: int, password_hash: str) -> None:
    """Store a password's hash."""
    tx.execute(update(UserRow).where(UserRow.id == user_id).values(password_hash=password_hash))


def disable(tx: Session, user_id: int) -> None:
    """Shut an account: its sessions end and its tokens stop at once."""
    tx.execute(update(UserRow).where(UserRow.id == user_id).values(disabled_at=utc_now()))
    close_sessions_of(tx, user_id)


def administrator_has_password(tx: Session) -> bool:
    """Whether any administrator can sign in by password."""
    query = select(UserRow.id).where(UserRow.role == Role.ADMIN, UserRow.password_hash.is_not(None))
    return tx.scalar(query.limit(1)) is not None


def grant(tx: Session, user_id: int, collection_id: int, level: Level) -> None:
    """Give a right on a collection, in place of the one before."""
    revoke(tx, user_id, collection_id)
    tx.add(GrantRow(user_id=user_id, collection_id=collection_id, level=level))
    tx.flush()


def revoke(tx: Session, user_id: int, collection_id: int) -> None:
    """Take a right back; it counts from the next request on."""
    tx.execute(
        delete(GrantRow).where(GrantRow.user_id == user_id, GrantRow.collection_id == collection_id)
    )


def principal(tx: Session, user: User) -> Principal:
    """The caller with what it was granted, as of now."""
    rows = tx.scalars(select(GrantRow).where(GrantRow.user_id == user.id))
    return Principal(
        user_id=user.id,
        name=user.name,
        role=user.role,
        grants=tuple(Grant(row.collection_id, Level(row.level)) for row in rows),
    )


# Links, sessions, tokens ------------------------------------------------------------------


def make_link(tx: Session, user_id: int, *, lifetime: dt.timedelta) -> str:
    """Make a one-time sign-in token."""
    token = secrets.token_urlsafe(24)
    tx.add(
        SigninLinkRow(
            token_hash=hash_secret(token), user_id=user_id, expires_at=utc_now() + lifetime
        )
    )
    return token


def use_link(tx: Session, token: str) -> User:
    """Spend a one-time token.

    Raises:
        BadCredentials: unknown, spent or expired.
    """
    spent = tx.execute(
        update(SigninLinkRow)
        .where(
            SigninLinkRow.token_hash == hash_secret(token),
            SigninLinkRow.used_at.is_(None),
            SigninLinkRow.expires_at > utc_now(),
        )
        .values(used_at=utc_now())
        .returning(SigninLinkRow.user_id)
    ).scalar_one_or_none()
    if spent is None:
        raise BadCredentials
    return user_with_id(tx, spent)


def open_session(tx: Session, user_id: int, *, lifetime: dt.timedelta) -> tuple[str, str]:
    """Begin a session; return (session id for the cookie, CSRF token)."""
    session_id, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    tx.add(
        SessionRow(
            token_hash=hash_secret(session_id),
            user_id=user_id,
            csrf_token=csrf,
            expires_at=utc_now() + lifetime,
        )
    )
    return session_id, csrf


def session_of(tx: Session, session_id: str, *, idle: dt.timedelta) -> SignedIn | None:
    """The session's caller, unless it ended, idled too long or its user was disabled."""
    row = tx.execute(
        select(SessionRow, UserRow)
        .join(UserRow, SessionRow.user_id == UserRow.id)
        .where(SessionRow.token_hash == hash_secret(session_id))
    ).one_or_none()
    if row is None:
        return None
    session, user = row
    now = utc_now()
    if session.expires_at < now or session.seen_at + idle < now or user.disabled_at is not None:
        return None
    return SignedIn(
        principal(tx, _user(user)),
        session.csrf_token,
        now - session.seen_at,
        user.password_hash is not None,
    )


def seen(tx: Session, session_id: str) -> None:
    """Note that a session was used just now."""
    tx.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == hash_secret(session_id))
        .values(seen_at=utc_now())
    )


def forget_ended_sessions(tx: Session, *, idle: dt.timedelta) -> None:
    """Drop rows of sessions that ended or idled too long."""
    now = utc_now()
    tx.execute(
        delete(SessionRow).where((SessionRow.expires_at < now) | (SessionRow.seen_at < now - idle))
    )


def close_session(tx: Session, session_id: str) -> None:
    """End a session."""
    tx.execute(delete(SessionRow).where(SessionRow.token_hash == hash_secret(session_id)))


def close_sessions_of(tx: Session, user_id: int, *, except_id: str | None = None) -> None:
    """End all of a person's sessions, perhaps but the one in use."""
    query = delete(SessionRow).where(SessionRow.user_id == user_id)
    if except_id is not None:
        query = query.where(SessionRow.token_hash != hash_secret(except_id))
    tx.execute(query)


def make_token(
    tx: Session,
    user_id: int,
    *,
    name: str,
    scopes: tuple[str, ...],
    lifetime: dt.timedelta | None,
) -> str:
    """Make an API token; it is shown once and kept as a hash."""
    token = "kb_" + secrets.token_urlsafe(32)
    tx.add(
        ApiTokenRow(
            token_hash=hash_secret(token),
            user_id=user_id,
            name=name,
            scopes=list(scopes),
            expires_at=None if lifetime is None else utc_now() + lifetime,
        )
    )
    return token


def token_principal(tx: Session, token: str) -> tuple[Principal, tuple[str, ...]] | None:
    """(caller, scopes) of an API token, unless it expired or its user was disabled."""
    row = tx.execute(
        select(ApiTokenRow, UserRow)
        .join(UserRow, ApiTokenRow.user_id == UserRow.id)
        .where(ApiTokenRow.token_hash == hash_secret(token))
    ).one_or_none()
    if row is None:
        return None
    stored, user = row
    expired = stored.expires_at is not None and stored.expires_at < utc_now()
    if expired or user.disabled_at is not None:
        return None
    return principal(tx, _user(user)), tuple(stored.scopes)


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        disabled=row.disabled_at is not None,
    )
