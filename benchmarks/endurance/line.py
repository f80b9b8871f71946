"""An ASGI application at the end of a line, as a network has it: answers come piece by piece, and may break off.

httpx' own transport reads an answer to its end before it hands it over: one that never ends would never come.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope


class AsgiLine(httpx.AsyncBaseTransport):
    """Calls ``app`` in a task of its own for each request; what it raises is a connection that broke."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def app_of(self, _: httpx.Request) -> ASGIApp:
        """The application for a request, for those who want to look at what passes."""
        return self._app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, of which the body is still to come."""
        body = await request.aread()
        pieces: asyncio.Queue[Message | Exception | None] = asyncio.Queue(maxsize=1)
        task = asyncio.create_task(_call(self.app_of(request), _scope(request), body, pieces), name="simulated cloud")
        stream = _Body(pieces, task)
        try:
            started = await pieces.get()
        except BaseException:
            await stream.aclose()
            raise
        if not isinstance(started, dict):
            await stream.aclose()
            raise httpx.RemoteProtocolError("the connection broke before the answer", request=request)
        return httpx.Response(started["status"], headers=started["headers"], stream=stream)


class _Body(httpx.AsyncByteStream):
    def __init__(self, pieces: "asyncio.Queue[Message | Exception | None]", task: "asyncio.Task[None]") -> None:
        self._pieces = pieces
        self._task = task

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            piece = await self._pieces.get()
            if isinstance(piece, Exception):
                raise httpx.ReadError("the connection broke in the middle of the answer")
            if piece is None:
                return
            yield piece.get("body", b"")
            if not piece.get("more_body"):
                return

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def _call(app: ASGIApp, scope: Scope, body: bytes, pieces: "asyncio.Queue[Message | Exception | None]") -> None:
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # nobody hangs up but by ending this task
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        await pieces.put(dict(message))

    try:
        await app(scope, receive, send)
    except Exception as broken:  # noqa: BLE001 -- whatever it was, the caller sees a broken connection
        await pieces.put(broken)
    else:
        await pieces.put(None)


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }
