"""Run the web door: ``python -m web.server``."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path
from types import FrameType

import structlog
import uvicorn

from kb import access
from kb.access import is_loopback
from kb.bootstrap import Application, build
from kb.domain.errors import KbError
from kb.settings import Settings
from kb.telemetry import configure_logging
from web.app import create_app
from web.events import Hub

_log = structlog.get_logger(__name__)

_GRACE_SECONDS = 4
"""For requests in flight; open streams are told to end at once."""
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Ends open streams when it is asked to stop, so that stopping takes a moment only."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Remember the loop the streams live in."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking requests and end the streams."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._hub.close)


def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; the port in use is written to ``run/web.port``.

    Raises:
        PasswordNeeded: the address is open to others and no administrator has a password.
        OSError: the address cannot be listened on.
    """
    settings = settings.model_copy(
        update={"host": host or settings.host, "port": settings.port if port is None else port}
    )
    application = build(settings)
    application.prepare()
    require_safe_address(application)
    app = create_app(application)
    listening = _listen(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    settings.run_path.mkdir(parents=True, exist_ok=True)
    note = settings.run_path / "web.port"
    note.write_text(str(listening.getsockname()[1]))
    try:
        _Server(config, app.state.hub).run(sockets=[listening])
    finally:
        note.unlink(missing_ok=True)
        listening.close()


def require_safe_address(application: Application) -> None:
    """Keep strangers out of a server that nobody has secured yet.

    Raises:
        PasswordNeeded: others could reach it, and no administrator has a password.
    """
    settings = application.settings
    if is_loopback(settings.host):
        return
    secured = settings.allow_plain_http or application.administrator_has_password()
    access.require_safe_address(settings.host, secured=secured)
    _log.warning(
        "listening_beyond_this_machine",
        host=settings.host,
        advice="plain HTTP: put a reverse proxy with TLS in front",
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named: 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(_BACKLOG)
    listening.set_inheritable(True)
    return listening


def main() -> int:
    """Settings from the environment; ``--data``, ``--host`` and ``--port`` win over them."""
    parser = argparse.ArgumentParser(prog="python -m web.server")
    parser.add_argument("--data", type=Path, help="folder where everything is stored")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on; 0 takes a free one")
    given = parser.parse_args()
    settings = Settings(data=given.data) if given.data else Settings()
    configure_logging(settings.log_level)
    try:
        serve(settings, host=given.host, port=given.port)
    except KbError as error:
        sys.stderr.write(f"{error.sentence('zh')}\n{error.sentence('en')}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{settings.host}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
