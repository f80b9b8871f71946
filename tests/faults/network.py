"""A network with faults of its own, before the simulated clouds: nobody answers, or not to the end, or not in time."""

import asyncio
import json
import socket
import ssl
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

_FOR_EVER = 1e6  # seconds
_NAMES = {
    "/clusters": "BatchCompute.ListClusters",
    "/v3/auth/tokens": "Iam.CreateToken",
    "/v3/projects": "Iam.ListProjects",
    "/latest/api/token": "Metadata.Token",
    "/latest/meta-data/ram/security-credentials/": "Metadata.Role",
    "/latest/meta-data/ram/security-credentials/simulated-role": "Metadata.Credentials",
    "/openstack/latest/securitykey": "HuaweiMetadata.Credentials",
    "/credentials": "Credentials.Uri",
}
_EMR = "2021-03-20"  # the version whose operations the simulated cloud calls Emr.…


def operation_of(request: httpx.Request) -> str:
    """The name under which the simulated clouds know what is asked for."""
    action = request.headers.get("x-acs-action", "")
    if action:
        return f"Emr.{action}" if request.headers["x-acs-version"] == _EMR else action
    path = request.url.path
    if path.startswith("/v1/"):
        return "ModelArts.ListClusters"
    return "ModelArts.ListPools" if path.startswith("/v2/") else _NAMES.get(path, request.url.params.get("Action", ""))


def parameters_of(request: httpx.Request) -> dict[str, str]:
    """What stands in the query and in a form."""
    return dict(urllib.parse.parse_qsl(request.url.query.decode() + "&" + request.content.decode()))


@dataclass(frozen=True, slots=True)
class Target:
    """The calls that are meant: of an operation (``*``: of any), with these parameters."""

    operation: str
    match: Mapping[str, str] = field(default_factory=dict)

    def is_meant(self, request: httpx.Request) -> bool:
        """Whether a request is one of them."""
        if self.operation not in {"*", operation_of(request)}:
            return False
        sent = parameters_of(request) if self.match else {}
        return all(sent.get(name) == value for name, value in self.match.items())


class _Body(httpx.AsyncByteStream):
    def __init__(self, chunks: Callable[[], AsyncIterator[bytes]]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks()


Fail = Callable[[httpx.Request], Awaitable[httpx.Response]]


def _raising(make: Callable[[], Exception], cause: Callable[[], Exception] | None = None) -> Fail:
    async def fail(_: httpx.Request) -> httpx.Response:
        raise make() from (cause() if cause else None)

    return fail


def _answering(chunks: Callable[[], AsyncIterator[bytes]], **headers: str) -> Fail:
    async def fail(_: httpx.Request) -> httpx.Response:
        sent = {"content-type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return httpx.Response(200, headers=sent, stream=_Body(chunks))

    return fail


async def _silent(_: httpx.Request) -> httpx.Response:
    await asyncio.sleep(_FOR_EVER)
    raise AssertionError("nobody waits so long")


async def _stalling() -> AsyncIterator[bytes]:
    yield b'{"Data": ['
    await asyncio.sleep(_FOR_EVER)


async def _trickling() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(1.0)


async def _breaking() -> AsyncIterator[bytes]:
    yield b'{"Data": ['
    raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


async def _endless() -> AsyncIterator[bytes]:
    megabyte = b" " * 2**20
    while True:
        yield megabyte


async def _garbage() -> AsyncIterator[bytes]:
    yield b"this is not compressed"


def _self_signed() -> Exception:
    """As a handshake raises it."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 18, "self-signed certificate"
    return error


FAILURES: Mapping[str, Fail] = {
    "refused": _raising(lambda: httpx.ConnectError("refused"), lambda: ConnectionRefusedError(111, "refused")),
    "unresolved": _raising(
        lambda: httpx.ConnectError("unresolved"), lambda: socket.gaierror(socket.EAI_NONAME, "not known")
    ),
    "untrusted": _raising(lambda: httpx.ConnectError("untrusted"), _self_signed),
    "reset": _raising(lambda: httpx.ReadError("reset"), lambda: ConnectionResetError(104, "reset")),
    "reset_in_body": _answering(_breaking),
    "connect_timeout": _raising(lambda: httpx.ConnectTimeout("timed out")),
    "pool_timeout": _raising(lambda: httpx.PoolTimeout("timed out")),
    "write_timeout": _raising(lambda: httpx.WriteTimeout("timed out")),
    "silence": _silent,
    "stall": _answering(_stalling),
    "trickle": _answering(_trickling),
    "endless_body": _answering(_endless),
    "broken_gzip": _answering(_garbage, content_encoding="gzip"),
}


Alter = Callable[[str, Mapping[str, str], object], object]
"""Makes another body of that of an answer, by operation and parameters."""


class Network(httpx.AsyncBaseTransport):
    """Leads to the application of a request's host; calls that are meant by ``target`` are counted, and may fail.

    ``spoiled_hosts`` are those where a target is looked for: the others have nothing to fear. ``alter`` changes every
    answer.
    """

    def __init__(self, applications: Mapping[str, httpx.AsyncBaseTransport], spoiled_hosts: frozenset[str]) -> None:
        self._applications = applications
        self._spoiled_hosts = spoiled_hosts
        self.target: Target | None = None
        self.failure: Fail | None = None
        self.alter: Alter | None = None
        self.met = 0

    def aim(self, target: Target | None, failure: Fail | None = None) -> None:
        """Count, and let fail, the calls that are meant from now on."""
        self.target, self.failure, self.met = target, failure, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or what comes in its place."""
        host = request.url.host
        if self.target is not None and host in self._spoiled_hosts and self.target.is_meant(request):
            self.met += 1
            if self.failure is not None:
                return await self.failure(request)
        response = await self._applications[host].handle_async_request(request)
        return response if self.alter is None else await _altered(request, response, self.alter)


async def _altered(request: httpx.Request, response: httpx.Response, alter: Alter) -> httpx.Response:
    body = alter(operation_of(request), parameters_of(request), json.loads(await response.aread()))
    return httpx.Response(response.status_code, content=json.dumps(body))
