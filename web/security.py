"""Who is asking, and whether the request comes from our own page. Deny by default."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from kb.access import is_loopback, require_admin, require_engineer
from kb.accounts import Accounts
from kb.accounts.throttle import Throttle, rate
from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.errors import BadCredentials, CrossSite, Forbidden, SignInRequired
from web.problems import language_of
from web.searching import Searching

OPEN_ROUTES = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),  # checks for itself: this machine or an administrator
        ("GET", "/api/openapi.json"),
        ("GET", "/api/v1/session"),
        ("POST", "/api/v1/session"),
        ("GET", "/s"),  # says how to sign in; shows nothing to strangers
        ("GET", "/{path:path}"),  # the files of the web page, which hold no documents
    }
)
"""(method, path) that answer without a principal; everything else answers 401."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PRESESSION = "kb_presession"
SEARCHES = rate("search", "6000 per minute")
SUGGESTIONS = rate("suggest", "6000 per minute")
UPLOADS = rate("upload", "3000 per minute")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent this request."""

    principal: Principal
    session_id: str | None
    """None when a token was used."""
    csrf_token: str
    has_password: bool


def application(request: Request) -> Application:
    """The wired product."""
    wired: Application = request.app.state.kb
    return wired


def accounts(request: Request) -> Accounts:
    """Sign-in use cases."""
    found: Accounts = request.app.state.accounts
    return found


def language(request: Request) -> str:
    """Return "zh" or "en"."""
    return language_of(request.headers.get("accept-language", ""))


Kb = Annotated[Application, Depends(application)]
AccountsOf = Annotated[Accounts, Depends(accounts)]
Language = Annotated[str, Depends(language)]


async def authenticate(request: Request, known: AccountsOf) -> Caller | None:
    """The caller by bearer token or session cookie; None for a stranger.

    Raises:
        BadCredentials: a token was sent that is not, or no longer, good.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        principal = await run_in_threadpool(known.by_token, token.strip())
        if principal is None:
            raise BadCredentials
        return Caller(principal, None, "", has_password=True)
    session_id = request.cookies.get(cookie_name(request))
    if not session_id:
        return None
    found = await run_in_threadpool(known.session, session_id)
    if found is None:
        return None
    return Caller(found.principal, session_id, found.csrf_token, has_password=found.has_password)


MaybeCaller = Annotated[Caller | None, Depends(authenticate)]


async def gate(request: Request, caller: MaybeCaller) -> None:
    """On every route: a principal unless the route is open, and no change for other sites.

    Raises:
        SignInRequired: no valid session or token.
        CrossSite: a change without our page's proof.
    """
    route = (request.method, request.scope["route"].path)
    if caller is None and route not in OPEN_ROUTES:
        raise SignInRequired
    by_token = caller is not None and caller.session_id is None
    if request.method not in _SAFE and not by_token:
        _check_origin(request)
        _check_csrf(request, caller)


async def principal(caller: MaybeCaller) -> Principal:
    """The caller's principal; every route that gives anything away depends on it.

    Raises:
        SignInRequired: no valid session or token.
    """
    if caller is None:
        raise SignInRequired
    return caller.principal


Who = Annotated[Principal, Depends(principal)]


async def administrator(who: Who) -> Principal:
    """The caller, who must be an administrator."""
    require_admin(who)
    return who


Admin = Annotated[Principal, Depends(administrator)]


async def engineer(who: Who) -> Principal:
    """The caller, who must be an engineer or an administrator."""
    require_engineer(who)
    return who


Engineer = Annotated[Principal, Depends(engineer)]


async def in_session(caller: MaybeCaller) -> Caller:
    """A person in a browser; tokens may not change how somebody signs in."""
    if caller is None:
        raise SignInRequired
    if caller.session_id is None:
        raise Forbidden
    return caller


InSession = Annotated[Caller, Depends(in_session)]


# Our own page ------------------------------------------------------------------------------


def _check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise CrossSite(detail="another site asked for it", detail_zh="由其他网站发起")
        return
    ours, theirs = urlsplit(f"//{request.headers.get('host', '')}"), urlsplit(origin)
    both_local = is_loopback(ours.hostname or "") and is_loopback(theirs.hostname or "")
    if not both_local and (theirs.netloc.lower() != ours.netloc.lower()):
        raise CrossSite(detail=f"it came from {origin}", detail_zh=f"来自 {origin}")


def _check_csrf(request: Request, caller: Caller | None) -> None:
    if caller is not None:
        expected = caller.csrf_token
    elif "origin" in request.headers or "cookie" in request.headers:
        expected = _presession_csrf(request.cookies.get(_PRESESSION, ""))
    else:
        return  # not a browser: there is nothing to forge
    given = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise CrossSite(
            detail="the X-CSRF-Token header is missing or old",
            detail_zh="缺少 X-CSRF-Token 请求头或已过期",
        )


def _presession_csrf(value: str) -> str:
    return hashlib.sha256(f"csrf:{value}".encode()).hexdigest() if value else secrets.token_hex()


def stranger_csrf(request: Request, response: Response) -> str:
    """A CSRF token for the sign-in form, bound to a cookie of this browser."""
    value = request.cookies.get(_PRESESSION)
    if not value:
        value = secrets.token_urlsafe(24)
        response.set_cookie(
            _PRESESSION, value, httponly=True, samesite="lax", secure=_under_tls(request)
        )
    return _presession_csrf(value)


# Cookies -----------------------------------------------------------------------------------


def _under_tls(request: Request) -> bool:
    return request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """The session cookie; the browser itself guards the prefix under TLS."""
    return "__Host-kb_session" if _under_tls(request) else "kb_session"


def set_session_cookie(
    request: Request, response: Response, session_id: str, *, seconds: int
) -> None:
    """Hand the session to the browser."""
    response.set_cookie(
        cookie_name(request),
        session_id,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_under_tls(request),
    )


def drop_session_cookie(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, samesite="lax", secure=_under_tls(request)
    )


def throttle(request: Request) -> Throttle:
    """Counts requests of each person."""
    found: Throttle = request.app.state.throttle
    return found


def searching(request: Request) -> Searching:
    """The searcher as the web door uses it."""
    found: Searching = request.app.state.searching
    return found


SearchingOf = Annotated[Searching, Depends(searching)]
ThrottleOf = Annotated[Throttle, Depends(throttle)]
