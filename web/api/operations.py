"""For those who run the server: is it alive, can it serve, how much does it do."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from kb.access import is_loopback, require_admin
from kb.bootstrap import Application
from kb.domain.errors import KbError, SignInRequired
from kb.storage import generations
from kb.storage.search_store import generation_path
from web import metrics
from web.api.models import ProblemFound, Readiness
from web.security import Kb, Language, MaybeCaller

router = APIRouter(tags=["operations"])

_TEXTS = {
    "database": {
        "en": (
            "The database does not answer.",
            "Check that it runs, that KB_DATABASE_URL is right and that the disk has room.",
        ),
        "zh": (
            "数据库没有响应。",
            "请检查数据库是否运行、KB_DATABASE_URL 是否正确、磁盘是否有空间。",
        ),
    },
    "broker": {
        "en": (
            "Redis does not answer; uploads are kept and wait.",
            "Start “kb up” again, or check the server named in KB_REDIS_URL.",
        ),
        "zh": (
            "Redis 没有响应；上传的文件已保存，正在等待处理。",
            "请重新执行“kb up”，或检查 KB_REDIS_URL 指向的服务。",
        ),
    },
    "workers": {
        "en": (
            "No worker is alive; uploads are kept and wait.",
            "Start “kb up”, or look into the log of the scheduler.",
        ),
        "zh": (
            "没有工作进程在运行；上传的文件已保存，正在等待处理。",
            "请启动“kb up”，或查看调度进程日志。",
        ),
    },
    "index": {
        "en": (
            "The files of the search index are missing.",
            "They are rebuilt by the index worker; if this stays, run “kb fsck --repair”.",
        ),
        "zh": ("搜索索引文件缺失。", "索引进程会自动重建；若持续存在，请执行“kb fsck --repair”。"),
    },
    "web_page": {
        "en": (
            "The web page has not been built.",
            "Run “make run”, or install the wheel, which holds it.",
        ),
        "zh": ("网页尚未构建。", "请执行“make run”，或安装已包含网页的 wheel。"),
    },
}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"model": Readiness}})
def readyz(request: Request, kb: Kb, language: Language) -> Readiness:
    """Whether searches and uploads can be served, and if not, what to do about it."""
    found = [_told(code, language) for code in _wrong(kb, request.app.state.static)]
    readiness = Readiness(ready=not found, problems=found)
    if found:
        return JSONResponse(  # type: ignore[return-value]  # the same shape with another status
            readiness.model_dump(), status_code=HTTPStatus.SERVICE_UNAVAILABLE
        )
    return readiness


@router.get("/metrics", response_class=PlainTextResponse)
def get_metrics(request: Request, kb: Kb, caller: MaybeCaller) -> Response:
    """Figures for Prometheus: to this machine, or to an administrator's token."""
    if caller is not None:
        require_admin(caller.principal)
    elif not is_loopback(request.client.host if request.client else ""):
        raise SignInRequired
    figures: metrics.Figures = request.app.state.figures
    return Response(figures.text(kb.database), media_type=metrics.CONTENT_TYPE)


@router.get("/api/openapi.json", include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    """This interface (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


def _wrong(kb: Application, static: Path) -> Iterator[str]:
    try:
        with kb.database.read() as tx:
            live = generations.live(tx)
        alive = kb.workers_alive()
    except KbError:
        yield "database"
        return
    if not _broker_answers(kb):
        yield "broker"
    if not alive:
        yield "workers"
    if live is not None and live.snapshot:
        folder = generation_path(kb.settings.index_path, live.id)
        if not folder.is_dir():
            yield "index"
    if not (static / "index.html").is_file():
        yield "web_page"


def _broker_answers(kb: Application) -> bool:
    if not kb.settings.redis_url:
        return True
    from kb.jobs.broker import BrokerProbe  # noqa: PLC0415  (loads the client; asked rarely)

    try:
        BrokerProbe(kb.settings.redis_url).check()
    except KbError:
        return False
    return True


def _told(code: str, language: str) -> ProblemFound:
    message, remedy = _TEXTS[code][language]
    return ProblemFound(code=code, message=message, remedy=remedy)
