"""Around every request: known host, size limit, security headers, and the last catch-all."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Collection
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.access import is_loopback
from kb.domain.errors import FileTooLarge, UnknownHost
from kb.settings import Settings
from web import problems

CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_HSTS = "max-age=31536000"
SMALL_BODY = 4 * 1024 * 1024
"""Bytes of a request that is not an upload; a large taxonomy fits."""
_MB = 1024 * 1024

Observe = Callable[[Scope, int, float], None]
"""Takes (scope, status, seconds) of a finished request."""


def known_hosts(settings: Settings) -> frozenset[str]:
    """Names this server answers to; what a rebinding attacker's name is not among."""
    named = {name.strip().lower() for name in settings.allowed_hosts.split(",")}
    names = {"localhost", "127.0.0.1", "[::1]", settings.host.lower()} | (named - {""})
    if not is_loopback(settings.host):
        names.add(socket.gethostname().lower())
    return frozenset(names)


def answers_to(host: str, known: Collection[str], *, listens_wide: bool) -> bool:
    """Whether a Host header names this server.

    An address in figures cannot be rebound, since a page under it was served by it.
    """
    name = host.lower()
    if not name.endswith("]"):
        name = name.rpartition(":")[0] or name
    if name in known:
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return listens_wide


class Door:
    """The outermost layer of the application, as plain ASGI so that streams pass untouched."""

    def __init__(self, app: ASGIApp, *, settings: Settings, observe: Observe) -> None:
        self._app = app
        self._known = known_hosts(settings)
        self._wide = not is_loopback(settings.host)
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = HTTPStatus.INTERNAL_SERVER_ERROR.value, time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self._serve(scope, receive, send_with_headers)
        finally:
            self._observe(scope, status, time.perf_counter() - began)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        host = request.headers.get("host", "")
        if not answers_to(host, self._known, listens_wide=self._wide):
            await problems.failure(request, UnknownHost(host=host))(scope, receive, send)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            if request.headers.get("content-type", "").startswith("multipart/"):
                await self._app(scope, receive, note_start)  # the upload counts for itself
            else:
                limited = Limited(request, receive, SMALL_BODY)
                limited.check_declared()
                await self._app(scope, limited, note_start)
        except FileTooLarge as error:
            if started:
                raise
            await problems.failure(request, error)(scope, receive, send)
        except Exception as error:
            if started:
                raise
            await problems.unknown_failure(request, error)(scope, receive, send)


def _add_headers(headers: MutableHeaders, scope: Scope) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _HSTS


class Limited:
    """A request's body that refuses to grow beyond a limit."""

    def __init__(
        self, request: Request, receive: Receive, limit: int, *, limit_mb: int | None = None
    ) -> None:
        self._receive, self._limit, self._read = receive, limit, 0
        self._limit_mb = limit // _MB if limit_mb is None else limit_mb
        declared = request.headers.get("content-length", "0")
        self._declared = int(declared) if declared.isdigit() else 0
        self.ended = False
        """Whether the last piece has come."""

    async def __call__(self) -> Message:
        """Give the next piece.

        Raises:
            FileTooLarge: the body is larger than the limit.
        """
        message = await self._receive()
        self.ended = self.ended or not message.get("more_body", False)
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise self._too_large()
        return message

    def check_declared(self) -> None:
        """Raise FileTooLarge when the request itself says that it is too large."""
        if self._declared > self._limit:
            raise self._too_large()

    def _too_large(self) -> FileTooLarge:
        return FileTooLarge(name="request", limit_mb=self._limit_mb)
