"""Passwords: which are good enough, and how they are kept (argon2id, RFC 9106)."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from kb.accounts.common import COMMON
from kb.domain.errors import WeakPassword
from kb.storage import audit, people
from kb.storage.database import Session

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST = 8
LONGEST = 256
"""Passphrases are welcome; the end only keeps hashing cheap."""


def check_password(password: str, *, name: str) -> None:
    """Raise WeakPassword unless ``password`` may be used by the account ``name``.

    Length and commonness only, no composition rules (NIST SP 800-63B, 5.1.1.2).
    """
    plain = _plain(password)
    if len(password) < SHORTEST:
        raise _weak(f"shorter than {SHORTEST} characters", f"少于 {SHORTEST} 个字符")
    if len(password) > LONGEST:
        raise _weak(f"longer than {LONGEST} characters", f"超过 {LONGEST} 个字符")
    if len(set(plain)) <= 2:  # noqa: PLR2004  (aaaaaaaa, abababab)
        raise _weak("one or two characters repeated", "只由一两个字符重复组成")
    if plain in COMMON or plain.rstrip("0123456789!@#.") in COMMON:
        raise _weak("among the most common ones", "属于最常见的密码")
    owner = _plain(name)
    if owner and plain.replace(owner, "", 1).strip("0123456789!@#._-") == "":
        raise _weak("made from the account's name", "由用户名组成")


def hash_password(password: str, *, name: str) -> str:
    """What is kept of a new password.

    Raises:
        WeakPassword: it is not good enough.
    """
    check_password(password, name=name)
    return hasher().hash(_stored_form(password))


def set_password(tx: Session, user: people.User, new: str) -> None:
    """Give ``user`` a password and end the person's sessions.

    Raises:
        WeakPassword: it is not good enough.
    """
    people.set_password_hash(tx, user.id, hash_password(new, name=user.name))
    people.close_sessions_of(tx, user.id)
    audit.record(tx, actor=user.name, action="password.set", subject=f"user:{user.id}")


def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Compare; return (right?, a new hash where the parameters have moved on).

    Takes the same time when there is no account or no password.
    """
    if len(password) > LONGEST:
        password = password[:LONGEST] + "\0"  # wrong in any case, and cheap
    right, renewed = hasher().verify_and_update(_stored_form(password), kept or _nobody())
    return (right, renewed) if kept is not None else (False, None)


@cache
def hasher() -> PasswordHash:
    """argon2id with the parameters the library recommends today."""
    from pwdlib import PasswordHash  # noqa: PLC0415  (loads a C library; only sign-in needs it)

    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return hasher().hash("nobody's password")


def _stored_form(password: str) -> str:
    """NFKC, so that the same keys on another keyboard layout give the same password."""
    return unicodedata.normalize("NFKC", password)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")


def _weak(detail: str, detail_zh: str) -> WeakPassword:
    return WeakPassword(field="password", detail=detail, detail_zh=detail_zh)
