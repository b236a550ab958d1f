"""Signing in and out, and what the page needs to begin."""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from kb.accounts import Accounts
from kb.accounts.sessions import LIFETIME
from kb.bootstrap import Application
from kb.domain.errors import InvalidInput
from kb.ingestion import samples
from web.api import PREFIX
from web.api.models import PasswordChange, SessionOut, SignIn, UploadLimits, UserOut
from web.security import (
    AccountsOf,
    Caller,
    InSession,
    Kb,
    MaybeCaller,
    drop_session_cookie,
    set_session_cookie,
    stranger_csrf,
)

router = APIRouter(prefix=PREFIX, tags=["session"])


def product_version() -> str:
    """The installed version."""
    try:
        return version("kb")
    except PackageNotFoundError:  # run from a checkout
        return "0+checkout"


@router.get("/session")
def get_session(
    request: Request, response: Response, kb: Kb, accounts: AccountsOf, caller: MaybeCaller
) -> SessionOut:
    """Who is signed in; never 401."""
    if caller is None:
        return _session(kb, accounts, None, stranger_csrf(request, response))
    return _session(kb, accounts, caller, caller.csrf_token)


@router.post("/session")
async def sign_in(
    *,
    request: Request,
    response: Response,
    kb: Kb,
    accounts: AccountsOf,
    caller: MaybeCaller,
    given: SignIn,
) -> SessionOut:
    """Sign in by name and password, or by a one-time link; a session before it ends."""
    address = request.client.host if request.client else "unknown"
    if given.link_token:
        opened = await run_in_threadpool(
            accounts.sign_in_by_link, given.link_token, address=address
        )
    elif given.name and given.password:
        opened = await run_in_threadpool(
            accounts.sign_in, given.name, given.password, address=address
        )
    else:
        raise InvalidInput(
            field="name",
            detail="a name and a password, or a link_token, are needed",
            detail_zh="需要用户名和密码，或一次性链接",
        )
    if caller is not None and caller.session_id is not None:
        await run_in_threadpool(accounts.sign_out, caller.session_id)
    set_session_cookie(request, response, opened.session_id, seconds=int(LIFETIME.total_seconds()))
    has_password = await run_in_threadpool(accounts.has_password, opened.principal.user_id)
    now = Caller(opened.principal, opened.session_id, opened.csrf_token, has_password)
    return await run_in_threadpool(_session, kb, accounts, now, opened.csrf_token)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
def sign_out(request: Request, response: Response, accounts: AccountsOf, caller: InSession) -> None:
    """End this session."""
    accounts.sign_out(caller.session_id or "")
    drop_session_cookie(request, response)


@router.put("/session/password", status_code=HTTPStatus.NO_CONTENT)
def change_password(accounts: AccountsOf, caller: InSession, given: PasswordChange) -> None:
    """Set the caller's password; all the person's other sessions end."""
    accounts.change_password(
        caller.principal,
        current=given.current,
        new=given.new,
        session_id=caller.session_id or "",
    )


def _session(
    kb: Application, accounts: Accounts, caller: Caller | None, csrf_token: str
) -> SessionOut:
    limit = kb.settings.max_upload_mb
    user = caller and UserOut(
        id=caller.principal.user_id,
        name=caller.principal.name,
        role=caller.principal.role.value,
        has_password=caller.has_password,
    )
    return SessionOut(
        user=user,
        csrf_token=csrf_token,
        version=product_version(),
        needs_setup=accounts.needs_setup(),
        samples=caller is not None and samples.wanted(kb.receiver, caller.principal),
        upload=UploadLimits(max_mb=limit, multipart_max_mb=limit),
    )
