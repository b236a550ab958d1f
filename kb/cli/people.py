"""Accounts, grants, tokens and the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from kb import accounts
from kb.cli.output import Invocation, table
from kb.domain.access import Level, Role
from kb.storage import audit as log
from kb.storage import documents, people

Name = Annotated[str, typer.Argument(help="Name of the person.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    user = typer.Typer(help="Accounts and what they may see.", no_args_is_help=True)
    user.command("add")(add)
    user.command("list")(list_users)
    user.command("password")(password)
    user.command("link")(link)
    user.command("grant")(grant)
    user.command("revoke")(revoke)
    app.add_typer(user, name="user")
    token = typer.Typer(help="Tokens for programs.", no_args_is_help=True)
    token.command("create")(create_token)
    app.add_typer(token, name="token")
    app.command("audit")(audit)


def add(
    context: typer.Context, name: Name, role: Annotated[Role, typer.Option()] = Role.MEMBER
) -> None:
    """Make an account without a password; “kb user link” lets the person in."""
    kb: Invocation = context.obj
    who = kb.ready()
    with kb.application.database.write() as tx:
        user = people.add_user(tx, name, role)
        log.record(tx, actor=who.name, action="user.added", subject=f"user:{user.id}", name=name)
    kb.emit({"id": user.id, "name": name, "role": role.value}, f"{user.id}  {name}")


def list_users(context: typer.Context) -> None:
    """All accounts."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        users = people.users(tx)
    rows = [
        {"id": u.id, "name": u.name, "role": u.role.value, "has_password": bool(u.password_hash)}
        for u in users
    ]
    kb.emit(
        {"users": rows}, table(("id", "name", "role", "password"), (list(r.values()) for r in rows))
    )


def password(context: typer.Context, name: Name) -> None:
    """Set a password; it is asked for, never an argument."""
    kb: Invocation = context.obj
    kb.ready()
    new = typer.prompt("密码 password", hide_input=True, confirmation_prompt=True)
    with kb.application.database.write() as tx:
        accounts.set_password(tx, people.user_named(tx, name), new)
    kb.emit({"name": name}, "已设置 set")


def link(context: typer.Context, name: Name) -> None:
    """Print a one-time sign-in token, valid for a day."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.write() as tx:
        user = people.user_named(tx, name)
        token = people.make_link(tx, user.id, lifetime=dt.timedelta(days=1))
    kb.emit({"path": f"/signin?token={token}"}, f"/signin?token={token}")


def grant(
    context: typer.Context,
    name: Name,
    collection: Annotated[str, typer.Argument(help="Name or id of a collection.")],
    level: Annotated[Level, typer.Option()] = Level.READ,
) -> None:
    """Let a person read, write or manage a collection."""
    kb: Invocation = context.obj
    who = kb.ready()
    with kb.application.database.write() as tx:
        user = people.user_named(tx, name)
        found = documents.collection_named(tx, collection, None)
        people.grant(tx, user.id, found.id, level)
        subject = f"user:{user.id}"
        log.record(
            tx, actor=who.name, action="grant.given", subject=subject, to=found.name, level=level
        )
    kb.emit(
        {"user": name, "collection": found.name, "level": level.value}, f"{name} → {found.name}"
    )


def revoke(
    context: typer.Context,
    name: Name,
    collection: Annotated[str, typer.Argument(help="Name or id of a collection.")],
) -> None:
    """Take a right back; it counts from the next request on."""
    kb: Invocation = context.obj
    who = kb.ready()
    with kb.application.database.write() as tx:
        user = people.user_named(tx, name)
        found = documents.collection_named(tx, collection, None)
        people.revoke(tx, user.id, found.id)
        log.record(
            tx, actor=who.name, action="grant.revoked", subject=f"user:{user.id}", to=found.name
        )
    kb.emit({"user": name, "collection": found.name}, f"{name} ✗ {found.name}")


def create_token(
    context: typer.Context,
    scope: Annotated[list[str], typer.Option(help="read, write or admin; may be repeated.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "token",
    user: Annotated[str | None, typer.Option(help="Whose rights it has.")] = None,
    days: Annotated[int, typer.Option(help="Valid for so many days; 0 for ever.")] = 90,
) -> None:
    """Make a token; it is shown once."""
    kb: Invocation = context.obj
    who = kb.ready(user)
    lifetime = dt.timedelta(days=days) if days else None
    with kb.application.database.write() as tx:
        token = people.make_token(
            tx, who.user_id, name=name, scopes=accounts.checked_scopes(scope), lifetime=lifetime
        )
        log.record(
            tx, actor=who.name, action="token.created", subject=f"user:{who.user_id}", name=name
        )
    kb.emit({"token": token, "name": name, "scopes": scope}, token)


def audit(
    context: typer.Context, limit: Annotated[int, typer.Option(help="Most rows.")] = 50
) -> None:
    """The newest entries of the audit log, and whether its chain is whole."""
    kb: Invocation = context.obj
    kb.ready()
    with kb.application.database.read() as tx:
        entries = log.entries(tx, limit=limit)
        broken = log.first_broken(tx)
    rows = [
        {
            "id": e.id,
            "at": e.at.isoformat(),
            "actor": e.actor,
            "action": e.action,
            "subject": e.subject,
            "details": e.details,
        }
        for e in entries
    ]
    kb.emit(
        {"entries": rows, "chain": "whole" if broken is None else f"broken at {broken}"},
        table(
            ("at", "actor", "action", "subject"),
            ((e.at, e.actor, e.action, e.subject) for e in entries),
        ),
    )
