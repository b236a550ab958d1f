"""Taking files in over HTTP: the body is counted while it comes, each file has its own outcome."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from pathlib import PurePosixPath

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Receive

from kb.access import may
from kb.bootstrap import Application
from kb.domain.access import Level, Principal
from kb.domain.documents import DocumentStatus
from kb.domain.errors import FileTooLarge, Forbidden, InvalidInput, KbError, RejectedAtDoor
from kb.ingestion.receive import Received
from kb.ingestion.samples import receive_samples
from kb.storage import documents
from web import problems
from web.api import PREFIX
from web.api.collections import collection
from web.api.models import UploadedDocument, UploadOut
from web.api.models_base import StageError
from web.door import Limited
from web.security import UPLOADS, Kb, Language, ThrottleOf, Who

router = APIRouter(prefix=PREFIX, tags=["documents"])

_MB = 1024 * 1024
_ENVELOPE = 8 * _MB
"""Room for names, paths and boundaries of a folder around the files themselves."""
_MOST_FILES = 2_000
_DRAIN_SECONDS = 20.0
"""How long the rest of a refused body is read and thrown away, so that the answer arrives."""

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        },
                        "paths": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Relative path of each file, in the same order.",
                        },
                        "collection": {
                            "type": "integer",
                            "description": "Without it, the first one the caller may write to.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/documents",
    status_code=HTTPStatus.CREATED,
    response_model=UploadOut,
    responses={200: {"model": UploadOut}, 413: {}, 422: {}},
    openapi_extra=_BODY,
)
async def upload(
    request: Request, kb: Kb, who: Who, language: Language, throttle: ThrottleOf
) -> JSONResponse:
    """Take files in. 201 when at least one was stored, 200 when all were here already.

    The same content in the same collection gives the document that exists, so repeating a
    request (with or without an Idempotency-Key) never makes a second document.
    """
    throttle.count(UPLOADS, str(who.user_id))
    form = await _read_form(request, kb.settings.max_upload_mb * _MB)
    try:
        files = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        if not files:
            raise InvalidInput(
                field="files", detail="no file in the request", detail_zh="请求中没有文件"
            )
        target = await run_in_threadpool(_target, kb, who, _text(form, "collection"))
        paths = [str(path) for path in form.getlist("paths")]
        paths += [""] * (len(files) - len(paths))
        received: list[Received] = []
        for file, path in zip(files, paths, strict=False):
            received += await run_in_threadpool(_receive, kb, who, target, file, path)
    finally:
        await form.close()
    return _answer(request, received, language)


@router.post(
    "/samples",
    status_code=HTTPStatus.CREATED,
    response_model=UploadOut,
    responses={200: {"model": UploadOut}},
)
def samples(request: Request, kb: Kb, who: Who, language: Language) -> JSONResponse:
    """Take in the sample documents that come with the product; for administrators."""
    received = receive_samples(kb.receiver, _target(kb, who, ""), who)
    return _answer(request, received, language)


def _receive(
    kb: Application, who: Principal, target: int, file: UploadFile, path: str
) -> list[Received]:
    name = file.filename or PurePosixPath(path).name
    folder = str(PurePosixPath(path.replace("\\", "/")).parent) if path else ""
    return kb.receiver.receive(
        file.file,
        name=name,
        path="" if folder == "." else folder,
        collection_id=target,
        principal=who,
    )


def _target(kb: Application, who: Principal, wanted: str) -> int:
    """The collection to put files into.

    Raises:
        NotFound: it is not there, or may not be seen.
        Forbidden: the caller may write nowhere.
    """
    with kb.database.read() as tx:
        if wanted:
            if not wanted.isdigit():
                raise InvalidInput(field="collection", detail="must be the id of a collection")
            return collection(tx, int(wanted), who).id
        for view in documents.collections(tx, None):
            if may(who, Level.WRITE, view.id):
                return view.id
    raise Forbidden


def _answer(request: Request, received: list[Received], language: str) -> JSONResponse:
    outcome = UploadOut(documents=[_outcome(each, language) for each in received])
    content = outcome.model_dump(mode="json")
    errors = [each.error for each in received if each.error is not None]
    if len(errors) == len(received):
        error = errors[0] if len(errors) == 1 else _all_rejected(errors)
        return problems.failure(request, error, documents=content["documents"])
    stored = any(each.error is None and each.duplicate_of is None for each in received)
    return JSONResponse(content, status_code=HTTPStatus.CREATED if stored else HTTPStatus.OK)


def _all_rejected(errors: list[KbError]) -> RejectedAtDoor:
    return RejectedAtDoor(
        name=str(errors[0].facts.get("name", "")),
        detail=f"none of the {len(errors)} files could be taken; see each one's reason",
        detail_zh=f"{len(errors)} 个文件都未能接收，原因见各文件",
    )


def _outcome(received: Received, language: str) -> UploadedDocument:
    error = received.error
    return UploadedDocument(
        id=received.document_id,
        name=received.name,
        status="rejected" if error else DocumentStatus(received.status).value,
        duplicate_of=received.duplicate_of,
        error=error
        and StageError(
            stage="receive",
            code=error.code,
            message=error.sentence(language),
            retryable=error.retryable,
        ),
    )


# The body ------------------------------------------------------------------------------------


async def _read_form(request: Request, limit: int) -> FormData:
    """Parse a multipart body; parts go to temporary files beyond 1 MB.

    Raises:
        FileTooLarge: the body is larger than one file may be.
        InvalidInput: it is not multipart.
    """
    limited = Limited(request, request.receive, limit + _ENVELOPE, limit_mb=limit // _MB)
    counted = Request(request.scope, limited)
    try:
        limited.check_declared()
        return await counted.form(max_files=_MOST_FILES, max_fields=2 * _MOST_FILES)
    except FileTooLarge:
        waits = request.headers.get("expect", "").lower() == "100-continue"
        if not limited.ended and not waits:
            await _drain(request.receive, most=2 * limit)
        raise
    except HTTPException as error:  # what Starlette makes of a broken form
        raise InvalidInput(
            field="body", detail=error.detail, detail_zh="不是有效的 multipart 请求"
        ) from error


async def _drain(receive: Receive, *, most: int) -> None:
    """Throw the rest away: clients that still send would see a reset, not the answer."""
    until, left = time.monotonic() + _DRAIN_SECONDS, most
    while left > 0 and time.monotonic() < until:
        try:
            async with asyncio.timeout(until - time.monotonic()):
                message = await receive()
        except TimeoutError:
            return
        left -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _text(form: FormData, field: str) -> str:
    value = form.get(field)
    return value.strip() if isinstance(value, str) else ""
