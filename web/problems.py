"""Failures as RFC 9457 problem documents: one table from error class to HTTP status."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kb.domain import errors

_log = structlog.get_logger(__name__)

STATUS: dict[type[errors.KbError], HTTPStatus] = {
    errors.KbError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.RejectedAtDoor: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedFormat: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CannotRead: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ModelFailure: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.IndexFailure: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.GateRefused: HTTPStatus.CONFLICT,
    errors.PromotionRefused: HTTPStatus.CONFLICT,
    errors.StorageFailure: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.DiskFull: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.LeaseLost: HTTPStatus.CONFLICT,
    errors.ServiceUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.SignInRequired: HTTPStatus.UNAUTHORIZED,
    errors.BadCredentials: HTTPStatus.UNAUTHORIZED,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UnknownHost: HTTPStatus.MISDIRECTED_REQUEST,
    errors.WrongRequest: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.ChangedMeanwhile: HTTPStatus.PRECONDITION_FAILED,
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""A class that is not named here has the status of the nearest class above it."""

_PROBLEM = "application/problem+json"
_DETAIL = {
    "zh": "服务器内部出错，已记录（编号 {id}）。请稍后重试，或把编号告诉管理员。",
    "en": "Something went wrong inside the server; it was logged under {id}. "
    "Try again later, or give that number to the operator.",
}
_INVALID = {"zh": "请求中有不正确的内容：{what}。", "en": "The request is not valid: {what}."}


def language_of(accept_language: str) -> str:
    """Return "zh" or "en" from an Accept-Language header: whichever it prefers, else "en"."""
    best, weight = "en", -1.0
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted = float(quality) if quality else 1.0
        except ValueError:
            continue
        primary = tag.strip().lower().split("-")[0]
        if primary in ("zh", "en") and wanted > max(weight, 0.0):
            best, weight = primary, wanted
    return best


def status_of(error: errors.KbError) -> HTTPStatus:
    """The HTTP status of a failure."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(
    request: Request, status: int, *, code: str, detail: str, **more: object
) -> JSONResponse:
    """A problem document."""
    title = HTTPStatus(status).phrase
    content: dict[str, Any] = {
        "type": f"urn:kb:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.url.path,
        **more,
    }
    return JSONResponse(content, status_code=status, media_type=_PROBLEM)


def failure(request: Request, error: errors.KbError, **more: object) -> JSONResponse:
    """A KbError as a problem document, in the reader's language."""
    language = language_of(request.headers.get("accept-language", ""))
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request_failed", code=error.code, path=request.url.path, detail=str(error))
    response = problem(request, status, code=error.code, detail=error.sentence(language), **more)
    if isinstance(error, errors.TooManyRequests):
        response.headers["Retry-After"] = str(error.facts.get("seconds", 1))
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kb"'
    return response


def unknown_failure(request: Request, error: Exception) -> JSONResponse:
    """A bug: logged with its trace under a number, told without any detail."""
    number = secrets.token_hex(6)
    _log.error("unexpected_error", id=number, path=request.url.path, exc_info=error)
    language = language_of(request.headers.get("accept-language", ""))
    detail = _DETAIL[language].format(id=number)
    return problem(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, code="internal", detail=detail, id=number
    )


def install(app: FastAPI) -> None:
    """Answer every declared failure with a problem document."""

    @app.exception_handler(errors.KbError)
    def _declared(request: Request, error: errors.KbError) -> JSONResponse:
        return failure(request, error)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [
            {"field": ".".join(str(part) for part in each["loc"][1:]), "detail": each["msg"]}
            for each in error.errors()
        ]
        language = language_of(request.headers.get("accept-language", ""))
        what = "; ".join(f"{each['field']}: {each['detail']}" for each in found)
        detail = _INVALID[language].format(what=what)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(request, status, code="invalid_input", detail=detail, errors=found)

    @app.exception_handler(HTTPException)
    def _plain(request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        response = problem(request, error.status_code, code=code, detail=str(error.detail))
        response.headers.update(error.headers or {})
        return response
