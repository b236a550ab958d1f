"""A hub on loopback: the part of the Hugging Face API that fetching a model uses."""

from __future__ import annotations

import hashlib
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_LARGE = (".safetensors", ".bin")


class HubServer:
    """Serves ``folder`` as ``model_id`` until ``close``; ``damaged`` arrives with other bytes."""

    def __init__(self, folder: Path, model_id: str, *, damaged: str = "") -> None:
        self.folder, self.model_id, self.damaged = folder, model_id, damaged
        self.fetched: list[str] = []
        base = f"/{model_id}"
        routes = [
            Route(f"/api/models{base}", self._listing),
            Route(f"/api/models{base}/revision/{{revision}}", self._listing),
            Route(f"{base}/resolve/{{revision}}/{{name:path}}", self._file),
        ]
        config = uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    async def _listing(self, request: Request) -> Response:
        if request.path_params.get("revision", "main") not in {"main", "v1", COMMIT}:
            return JSONResponse(
                {"error": "Invalid rev id"}, 404, headers={"X-Error-Code": "RevisionNotFound"}
            )
        files = [self._entry(path) for path in sorted(self.folder.iterdir()) if path.is_file()]
        return JSONResponse(
            {"id": self.model_id, "modelId": self.model_id, "sha": COMMIT, "siblings": files}
        )

    def _entry(self, path: Path) -> dict[str, object]:
        content = path.read_bytes()
        git = f"blob {len(content)}\0".encode() + content
        blob = hashlib.sha1(git, usedforsecurity=False).hexdigest()
        entry: dict[str, object] = {"rfilename": path.name, "size": len(content), "blobId": blob}
        if path.name.endswith(_LARGE):
            sha256 = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
        return entry

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        path = self.folder / name
        if not path.is_file():
            return JSONResponse(
                {"error": "no such file"}, 404, headers={"X-Error-Code": "EntryNotFound"}
            )
        content = path.read_bytes()
        headers = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        if request.method == "HEAD":
            return Response(headers={**headers, "Content-Length": str(len(content))})
        self.fetched.append(name)
        if name == self.damaged:
            return Response(content[:-1] + b"!", headers=headers)
        return FileResponse(path, headers=headers)
