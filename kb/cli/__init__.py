"""``kb``: the command line. Imports are late on purpose: ``kb search`` must start fast."""

from __future__ import annotations


def main() -> None:
    """Entry point of the ``kb`` script."""
    from kb.cli.app import run  # noqa: PLC0415  (keeps ``import kb.cli`` free of typer)

    run()


__all__ = ["main"]
