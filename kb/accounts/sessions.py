"""Signing in and out. Each method is one use case of the web door and opens its transactions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kb.accounts import passwords
from kb.accounts.scopes import narrowed
from kb.accounts.throttle import Throttle, rate
from kb.domain.access import Principal
from kb.domain.errors import BadCredentials, NotFound
from kb.storage import audit, people
from kb.storage.database import Database, Session

IDLE = dt.timedelta(days=7)
"""A session that nobody used for so long ends."""
LIFETIME = dt.timedelta(days=30)
"""Every session ends after so long."""
_NOTE_USE_AFTER = dt.timedelta(minutes=5)
"""Use is written down this often at most: a search must not wait for a write."""
_PAIR = rate("account-address", "5 per minute")
_ADDRESS = rate("address", "30 per minute")
_ACCOUNT = rate("account", "100 per hour")
"""Against guessing from many addresses; a one-time link still opens the account."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that has just begun."""

    session_id: str
    """For the cookie; nobody else may see it."""
    csrf_token: str
    principal: Principal


class Accounts:
    """Sign-in use cases over the system of record. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._throttle = Throttle()

    def sign_in(self, name: str, password: str, *, address: str) -> OpenedSession:
        """Begin a session with a name and a password.

        Raises:
            BadCredentials: no such account, no password, wrong password, or disabled.
            TooManyRequests: too many tries for this account or from this address.
        """
        folded = name.casefold()
        self._throttle.count(_ADDRESS, address)
        self._throttle.count(_PAIR, folded, address)
        self._throttle.count(_ACCOUNT, folded)
        user = self._user_named(name)
        right, renewed = passwords.verify(password, user.password_hash if user else None)
        if user is None or not right or user.disabled:
            self._note_failure(name, address)
            raise BadCredentials
        self._throttle.forget(_PAIR, folded, address)
        with self._database.write() as tx:
            if renewed is not None:
                people.set_password_hash(tx, user.id, renewed)
            return _open(tx, user, action="session.opened", address=address)

    def sign_in_by_link(self, token: str, *, address: str) -> OpenedSession:
        """Begin a session with a one-time link, which is spent by it.

        Raises:
            BadCredentials: unknown, spent or expired.
            TooManyRequests: too many tries from this address.
        """
        self._throttle.count(_ADDRESS, address)
        with self._database.write() as tx:
            user = people.use_link(tx, token)
            if user.disabled:
                raise BadCredentials
            return _open(tx, user, action="session.opened_by_link", address=address)

    def sign_out(self, session_id: str) -> None:
        """End a session; harmless when it ended already."""
        with self._database.write() as tx:
            people.close_session(tx, session_id)

    def session(self, session_id: str) -> people.SignedIn | None:
        """Who is behind a session cookie, with the rights of this moment."""
        with self._database.read() as tx:
            found = people.session_of(tx, session_id, idle=IDLE)
        if found is not None and found.unused_for > _NOTE_USE_AFTER:
            with self._database.write() as tx:
                people.seen(tx, session_id)
        return found

    def by_token(self, token: str) -> Principal | None:
        """Who is behind an API token, cut down to its scopes."""
        with self._database.read() as tx:
            found = people.token_principal(tx, token)
            return None if found is None else narrowed(tx, *found)

    def change_password(
        self, principal: Principal, *, current: str | None, new: str, session_id: str
    ) -> None:
        """Set the caller's password; all the person's other sessions end.

        The first password needs no ``current``: the one-time link was the proof.

        Raises:
            BadCredentials: ``current`` is wrong.
            WeakPassword: ``new`` is not good enough.
            TooManyRequests: too many wrong tries.
        """
        self._throttle.count(_PAIR, principal.name.casefold(), "change")
        with self._database.read() as tx:
            user = people.user_with_id(tx, principal.user_id)
        if user.password_hash is not None:
            right, _ = passwords.verify(current or "", user.password_hash)
            if not right:
                raise BadCredentials
        hashed = passwords.hash_password(new, name=user.name)
        with self._database.write() as tx:
            people.set_password_hash(tx, user.id, hashed)
            people.close_sessions_of(tx, user.id, except_id=session_id)
            audit.record(tx, actor=user.name, action="password.set", subject=f"user:{user.id}")

    def has_password(self, user_id: int) -> bool:
        """Whether the person can sign in by password."""
        with self._database.read() as tx:
            return people.user_with_id(tx, user_id).password_hash is not None

    def needs_setup(self) -> bool:
        """Whether no administrator has a password yet."""
        with self._database.read() as tx:
            return not people.administrator_has_password(tx)

    def _user_named(self, name: str) -> people.User | None:
        with self._database.read() as tx:
            try:
                return people.user_named(tx, name)
            except NotFound:
                return None

    def _note_failure(self, name: str, address: str) -> None:
        with self._database.write() as tx:
            audit.record(
                tx,
                actor=name[:120],
                action="session.refused",
                subject="session",
                address=address,
            )


def _open(tx: Session, user: people.User, *, action: str, address: str) -> OpenedSession:
    people.forget_ended_sessions(tx, idle=IDLE)
    session_id, csrf_token = people.open_session(tx, user.id, lifetime=LIFETIME)
    audit.record(tx, actor=user.name, action=action, subject=f"user:{user.id}", address=address)
    return OpenedSession(session_id, csrf_token, people.principal(tx, user))
