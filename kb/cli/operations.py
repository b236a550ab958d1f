"""Running and looking after the product: up, serve, parse, config, fsck, doctor, migrate."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.output import SOME_FAILED, Invocation, table
from kb.domain.errors import KbError, NotFound
from kb.settings import Settings, origins

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(up)
    app.command()(serve)
    app.command()(migrate)
    app.command()(parse)
    app.command()(fsck)
    app.command()(doctor)
    config = typer.Typer(help="Settings.", no_args_is_help=True)
    config.command("show")(config_show)
    app.add_typer(config, name="config")


def up(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    workers: Annotated[int | None, typer.Option(help="Reading processes.", min=1)] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Print a one-time sign-in link in any case.")
    ] = False,
) -> None:
    """Run everything on this machine: web, workers, scheduler and a private Redis."""
    _become("workers.supervisor", context.obj, host=host, port=port, workers=workers, link=link)


def serve(context: typer.Context, host: Host = None, port: Port = None) -> None:
    """Run the web server alone, beside workers that run elsewhere."""
    context.obj.ready()
    _become("web.server", context.obj, host=host, port=port)


def _become(module: str, kb: Invocation, **given: object) -> None:
    """Replace this process, so that signals go straight to it."""
    environment = {
        f"KB_{name.upper()}": str(v)
        for name, v in given.items()
        if v is not None and v is not False
    }
    environment["KB_DATA"] = str(kb.application.settings.data.resolve())
    sys.stdout.flush()
    os.execve(  # noqa: S606  (our own interpreter and module, no shell)
        sys.executable,
        [sys.executable, "-m", module],
        Settings.child_environment(environment),
    )


def migrate(context: typer.Context) -> None:
    """Bring the schema up to date and make the first account and collection."""
    kb: Invocation = context.obj
    kb.application.prepare()
    kb.emit({"migrated": True}, "数据库已是最新 the schema is up to date")


def parse(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A document; nothing is stored.")],
) -> None:
    """Show what the parser sees in a file."""
    from kb.parsing.report import parse_file, report_json  # noqa: PLC0415  (needed only here)

    kb: Invocation = context.obj
    if not file.is_file():
        raise NotFound(kind="file", id=str(file))
    report = parse_file(file, kb.application.reader)
    kb.emit(report_json(report), report.text)


def fsck(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be.")] = False,
) -> None:
    """Compare SQL, originals, passages, lexical and vector index in both directions."""
    kb: Invocation = context.obj
    kb.ready()
    checker = kb.application.checker
    findings = checker.repair() if repair else checker.check()
    kb.emit(
        {
            "findings": [
                {"code": f.code, "id": f.id, "message": f.message, "remedy": f.remedy}
                for f in findings
            ]
        },
        table(
            ("code", "id", "message", "remedy"),
            ((f.code, f.id, f.message, f.remedy) for f in findings),
        )
        if findings
        else "一切正常 all is well",
    )
    if findings and not repair:
        raise typer.Exit(SOME_FAILED)


def doctor(context: typer.Context) -> None:
    """Look at this machine: what is here, what is missing, what to do."""
    kb: Invocation = context.obj
    application = kb.application
    checks = [
        ("tesseract", shutil.which("tesseract") is not None, "apt-get install tesseract-ocr"),
        ("redis-server", shutil.which("redis-server") is not None, "the bundled one is used"),
        ("libreoffice", shutil.which("soffice") is not None, "only for DOC and PPT"),
    ]
    try:
        kb.ready()
        checks.append(("database", True, ""))
        checks.append(("workers", application.workers_alive(), "start “kb up”"))
    except KbError as error:
        checks.append(("database", False, error.sentence()))
    kb.emit(
        {"checks": [{"name": n, "ok": ok, "remedy": "" if ok else r} for n, ok, r in checks]},
        table(
            ("", "check", "remedy"),
            (("✓" if ok else "–", n, "" if ok else r) for n, ok, r in checks),
        ),
    )


def config_show(context: typer.Context) -> None:
    """Every setting with its value, origin and meaning."""
    kb: Invocation = context.obj
    settings = kb.application.settings
    where = origins(settings)
    rows = [
        {
            "name": f"KB_{name.upper()}",
            "value": "***"
            if not field.repr and getattr(settings, name)
            else getattr(settings, name),
            "origin": where[name],
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]
    kb.emit(
        {"settings": rows},
        table(("setting", "value", "origin", "meaning"), (list(row.values()) for row in rows)),
    )
