"""Serves an application on a socket: uvicorn, with connections of our own."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from exporter.access import Access, AccessSource
from exporter.listener.connection import Connection
from exporter.listener.crowd import Crowd, Limits
from exporter.listener.parts import in_parts

_PAGE_GRACE = 1  # seconds for readers of a page when the process stops; a stalled one would block it for ever
_SWEEP = 1.0  # seconds
_LARGEST_HEAD = 16_384  # bytes of a request line and its headers


class CannotListenError(Exception):
    """The address cannot be had; the text says why, and the way out."""


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; CannotListenError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        # Python adds the address to what the system says.
        reason = os.strerror(error.errno) if error.errno else error.strerror
        raise CannotListenError(f"cannot listen on {host}:{port}: {reason}; choose another port") from None
    with listener:
        yield listener


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling, which would end the process with a signal's exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(
    app: ASGIApp,
    listener: socket.socket,
    *,
    grace: int = _PAGE_GRACE,
    access: AccessSource | None = None,
    limits: Limits | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Crowd]:
    """Serve an application on a socket while the block runs; its readers have ``grace`` seconds at the end.

    Connections are secured as ``access`` says, whose files are followed meanwhile; what the application itself has to
    do with it (passwords, headers) is not done here.
    """
    crowd = Crowd(limits or Limits(), monotonic)
    source = access or AccessSource(Access())
    config = uvicorn.Config(
        in_parts(app),
        http=cast("type[asyncio.Protocol]", partial(Connection, crowd=crowd, access=source)),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is who is connected, whatever they say
        lifespan="off",
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        timeout_graceful_shutdown=grace + 1,
        timeout_keep_alive=crowd.limits.idle,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    watching = [asyncio.create_task(source.follow()), asyncio.create_task(_sweeping(crowd))]
    try:
        yield crowd
    finally:
        server.should_exit = True
        # Uvicorn would call off the work and log errors: without their connections, readers are done by themselves.
        await asyncio.wait([serving], timeout=grace)
        crowd.dismiss()
        await serving
        for task in watching:
            task.cancel()


async def _sweeping(crowd: Crowd) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        crowd.sweep()
