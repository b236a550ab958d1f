"""Who comes in, and how: passwords, one-time links, sessions, tokens. Shared by web and CLI."""

from kb.accounts.passwords import hash_password, set_password
from kb.accounts.scopes import Scope, checked_scopes, narrowed
from kb.accounts.sessions import Accounts, OpenedSession
from kb.accounts.throttle import Throttle

__all__ = [
    "Accounts",
    "OpenedSession",
    "Scope",
    "Throttle",
    "checked_scopes",
    "hash_password",
    "narrowed",
    "set_password",
]
