"""The way of a call through a simulated gateway: counted, perhaps spoiled by a fault, verified, allowed, answered."""

import asyncio
import json
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse, Response, StreamingResponse

from exporter.simulator.answers import restyled
from exporter.simulator.errors import HUAWEI, IAM, METADATA, ApiError, BusinessError, error_response
from exporter.simulator.faults import Fault, Faults
from exporter.simulator.keys import Key, KeyRing
from exporter.simulator.logins.projects import projects_of
from exporter.simulator.logins.tokens import Tokens
from exporter.simulator.operations import Answer, Call, Parameters, Reply
from exporter.simulator.permissions import check_membership, check_permission
from exporter.simulator.quirks import Quirks
from exporter.simulator.signatures import Nonces
from exporter.simulator.spoiling import parameters_of, quirks_of, spoiled
from exporter.simulator.world import World

UNKNOWN = "unknown"
"""The name under which calls of operations that do not exist are counted."""
_PAGES = {
    "html": (502, "502 Bad Gateway"),
    "html_success": (200, "Welcome to the network of this hotel"),
    "too_many_requests": (429, "429 Too Many Requests"),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call at the gate: which operation of which gateway, what was sent, and how its signature is verified.

    ``verify`` gives the key that signed, or None where no access key is behind the call; ``version`` is that of an RPC
    product; ``inhabited`` is False where the call is for a project that has nothing in it.
    """

    operation: str
    answer: Answer | None
    family: str
    host: str
    verify: Callable[[], Key | None]
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error_text: str = "ErrorMsg"
    version: str = ""
    inhabited: bool = True


class Clouds:
    """Everything the simulated clouds know while they run."""

    def __init__(self, world: World, keys: KeyRing, project_id: str, quirks: Quirks) -> None:
        self.world = world
        self.keys = keys
        self.tokens = Tokens(world.clock.now, world.seed)
        self.project_id = project_id
        self.projects = projects_of(project_id)
        self.quirks = quirks
        self.faults = Faults(world.clock.real)
        self.calls: Counter[str] = Counter()
        self.nonces = Nonces()
        self._dice = random.Random(world.seed)  # noqa: S311 - request ids are no secret

    async def answer(self, arrival: Arrival) -> Response:
        """Answer one call; a fault comes before the signature, as a broken network does."""
        self.calls[arrival.operation] += 1
        request_id = str(uuid.UUID(int=self._dice.getrandbits(128), version=4)).upper()
        fault = self.faults.take(arrival.operation, {**arrival.query, **arrival.form})
        try:
            if fault is not None:
                spoiled = await self._spoil(fault, arrival.family)
                if spoiled is not None:
                    return spoiled
            caller = arrival.verify()
            if caller is not None:
                check_permission(caller, arrival.operation, arrival.family, arrival.version)
            body = self._body(arrival, caller, request_id, fault)
        except ApiError as error:
            return error_response(error, arrival.family, request_id, arrival.host)
        return self._response(body, arrival.family, request_id, fault)

    async def _spoil(self, fault: Fault, family: str) -> Response | None:
        refusal = fault.refusal(family)
        if refusal is not None:
            raise refusal
        if fault.fault == "slow":
            await asyncio.sleep(fault.delay)
        if fault.fault in _PAGES:
            status, title = _PAGES[fault.fault]
            return HTMLResponse(f"<html><body><h1>{title}</h1></body></html>", status_code=status)
        if fault.fault == "endless_body":
            return StreamingResponse(_endless(), media_type="application/json")
        if fault.fault == "reset":
            return StreamingResponse(_broken(), media_type="application/json", headers={"content-length": "100000"})
        return None

    def _body(self, arrival: Arrival, caller: Key | None, request_id: str, fault: Fault | None) -> object:
        if arrival.answer is None:
            raise ApiError(404, "InvalidAction.NotFound", "The specified action is not found: check name and version.")
        self.world.advance()
        query, form, quirks = arrival.query, arrival.form, self.quirks
        if fault is not None:
            query, form, quirks = parameters_of(fault, query), parameters_of(fault, form), quirks_of(fault, quirks)
        call = Call(
            world=self.world,
            quirks=quirks,
            now=self.world.now,
            request_id=request_id,
            query=Parameters(query),
            form=Parameters(form),
            headers=arrival.headers,
            body=arrival.body,
            member_of_no_app=caller is not None and caller.lacks.member_of_no_app,
            inhabited=arrival.inhabited,
        )
        if fault is not None and fault.fault == "business_error":
            told = BusinessError(100500, "The simulated cloud was told to refuse this call")
            return self._refusal(told, arrival, request_id)
        try:
            if caller is not None:
                check_membership(caller, arrival.operation)
            return arrival.answer(call)
        except BusinessError as error:
            return self._refusal(error, arrival, request_id)

    def _refusal(self, error: BusinessError, arrival: Arrival, request_id: str) -> dict[str, object]:
        name = arrival.error_text if self.quirks.error_text == "documented" else self.quirks.error_text
        return {"Code": error.code, name: error.message, "RequestId": request_id, "Success": False}

    def _response(self, answered: object, family: str, request_id: str, fault: Fault | None) -> Response:
        reply = answered if isinstance(answered, Reply) else Reply(answered)
        kind = fault.fault if fault else ""
        body = spoiled(reply.body, fault, self.calls.total()) if fault else reply.body
        if isinstance(body, str):
            content = body.encode()
        else:
            # Half a surrogate pair has no UTF-8: it is written as JSON's escape, and only where it was asked for.
            content = json.dumps(restyled(body, self.quirks), ensure_ascii=kind == "odd_strings").encode()
        if kind == "truncated_json":
            content = content[: len(content) // 2]
        media_type = "text/plain" if isinstance(body, str) else "application/json;charset=utf-8"
        headers = {} if family == METADATA else {_request_id_header(family): request_id}
        return Response(content, reply.status, {**headers, **reply.headers}, media_type)


def _request_id_header(family: str) -> str:
    return "X-Request-Id" if family in {HUAWEI, IAM} else "x-acs-request-id"


async def _endless() -> AsyncIterator[bytes]:
    yield b'{"Data": ['
    while True:
        yield b'{"InstanceId": "endless"}, ' * 2048
        await asyncio.sleep(0.001)


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"Data": ['
    raise ConnectionResetError("the simulated cloud was told to break the connection")
