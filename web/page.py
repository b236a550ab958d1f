"""The single page and its files; the page itself holds no documents."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from kb.domain.errors import NotFound
from web.security import Language

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).parent / "static"
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"

for _type, _suffix in (("text/javascript", ".mjs"), ("application/wasm", ".wasm")):
    mimetypes.add_type(_type, _suffix)


@router.get("/{path:path}")
def page(request: Request, language: Language, path: str) -> Response:
    """A file of the built page, or the page itself for any of its own addresses."""
    if path == "api" or path.startswith("api/"):
        raise NotFound(kind="address", id=f"/{path}")
    static: Path = request.app.state.static
    wanted = (static / path).resolve()
    if path and wanted.is_file() and wanted.is_relative_to(static.resolve()):
        hashed = path.startswith("assets/")
        return FileResponse(
            wanted, headers={"Cache-Control": _IMMUTABLE if hashed else _REVALIDATE}
        )
    if Path(path).suffix and path.startswith("assets/"):
        raise NotFound(kind="file", id=path)
    index = static / "index.html"
    if index.is_file():
        return FileResponse(index, headers={"Cache-Control": _REVALIDATE})
    templates = request.app.state.templates
    return Response(
        templates.get_template("missing.html").render(language=language),
        status_code=503,
        media_type="text/html; charset=utf-8",
    )
