"""The application: routes, the gate in front of all of them, and the door around everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from kb.accounts import Accounts, Throttle
from kb.bootstrap import Application
from web import page, problems
from web.api import (
    collections,
    content,
    documents,
    events,
    feedback,
    generations,
    jobs,
    labels,
    operations,
    pages,
    registry,
    schedules,
    search,
    session,
    taxonomies,
    trainings,
    uploads,
)
from web.api.models import Problem
from web.door import Door
from web.events import Hub
from web.metrics import Figures
from web.page_images import PageImages
from web.pages import search as search_page
from web.searching import Searching
from web.security import gate

_API = (
    session,
    collections,
    uploads,
    documents,
    content,
    search,
    taxonomies,
    feedback,
    labels,
    trainings,
    registry,
    jobs,
    pages,
    generations,
    schedules,
    events,
)


def create_app(application: Application, *, static: Path = page.STATIC) -> FastAPI:
    """Make the web application over a wired product; cheap, nothing is opened yet."""
    figures, hub, searching = Figures(), Hub(application.database), Searching(application)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        searching.warm_up()
        yield
        searching.close()
        hub.close()

    app = FastAPI(
        title="Zhiku 知库",
        version=session.product_version(),
        openapi_url=None,  # served by our own route, through the gate
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(gate)],
        generate_unique_id_function=_operation_id,
        responses={"default": {"model": Problem, "description": "A failure (RFC 9457)."}},
        lifespan=lifespan,
    )
    app.state.kb = application
    app.state.accounts = Accounts(application.database)
    app.state.throttle = Throttle()
    app.state.hub = hub
    app.state.figures = figures
    app.state.static = static
    app.state.templates = search_page.environment()
    app.state.page_images = PageImages(application.settings.data / "cache" / "pages")
    app.state.searching = searching
    app.add_middleware(Door, settings=application.settings, observe=figures.observe)
    problems.install(app)
    for part in _API:
        app.include_router(part.router)
    for router in (operations.router, search_page.router, page.router):  # the page comes last
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    """The function's name: what a generated client calls it."""
    return route.name
