"""The way of a call through a simulated gateway: counted, perhaps spoiled by a fault, verified, answered."""

import asyncio
import json
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse, Response, StreamingResponse

from exporter.simulator.answers import blanked, restyled
from exporter.simulator.errors import HUAWEI, ApiError, BusinessError, error_response
from exporter.simulator.faults import Fault, Faults
from exporter.simulator.operations import Answer, Call, Parameters
from exporter.simulator.quirks import Quirks
from exporter.simulator.signatures import Keys, Nonces
from exporter.simulator.world import World

UNKNOWN = "unknown"
"""The name under which calls of operations that do not exist are counted."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call at the gate: which operation of which gateway, what was sent, and how its signature is verified."""

    operation: str
    answer: Answer | None
    family: str
    host: str
    verify: Callable[[], None]
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    error_text: str = "ErrorMsg"


class Clouds:
    """Everything the simulated clouds know while they run."""

    def __init__(self, world: World, keys: Keys, project_id: str, quirks: Quirks) -> None:
        self.world = world
        self.keys = keys
        self.project_id = project_id
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
            arrival.verify()
            body = self._body(arrival, request_id, fault)
        except ApiError as error:
            return error_response(error, arrival.family, request_id, arrival.host)
        return self._response(body, arrival.family, request_id, fault)

    async def _spoil(self, fault: Fault, family: str) -> Response | None:
        refusal = fault.refusal(family)
        if refusal is not None:
            raise refusal
        if fault.fault == "slow":
            await asyncio.sleep(fault.delay)
        if fault.fault == "html":
            return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", status_code=502)
        if fault.fault == "endless_body":
            return StreamingResponse(_endless(), media_type="application/json")
        if fault.fault == "reset":
            return StreamingResponse(_broken(), media_type="application/json", headers={"content-length": "100000"})
        return None

    def _body(self, arrival: Arrival, request_id: str, fault: Fault | None) -> object:
        if arrival.answer is None:
            raise ApiError(404, "InvalidAction.NotFound", "The specified action is not found: check name and version.")
        self.world.advance()
        call = Call(
            world=self.world,
            quirks=self.quirks,
            now=self.world.now,
            request_id=request_id,
            query=Parameters(arrival.query),
            form=Parameters(arrival.form),
            headers=arrival.headers,
        )
        if fault is not None and fault.fault == "business_error":
            told = BusinessError(100500, "The simulated cloud was told to refuse this call")
            return self._refusal(told, arrival, request_id)
        try:
            return arrival.answer(call)
        except BusinessError as error:
            return self._refusal(error, arrival, request_id)

    def _refusal(self, error: BusinessError, arrival: Arrival, request_id: str) -> dict[str, object]:
        name = arrival.error_text if self.quirks.error_text == "documented" else self.quirks.error_text
        return {"Code": error.code, name: error.message, "RequestId": request_id, "Success": False}

    def _response(self, body: object, family: str, request_id: str, fault: Fault | None) -> Response:
        kind = fault.fault if fault else ""
        if kind == "wrong_types":
            body = blanked(body, {"unexpected": True})
        elif kind == "nulls":
            body = blanked(body, None)
        elif kind == "empty_object":
            body = {}
        content = json.dumps(restyled(body, self.quirks), ensure_ascii=False).encode()
        if kind == "truncated_json":
            content = content[: len(content) // 2]
        header = "X-Request-Id" if family == HUAWEI else "x-acs-request-id"
        return Response(content, media_type="application/json;charset=utf-8", headers={header: request_id})


async def _endless() -> AsyncIterator[bytes]:
    yield b'{"Data": ['
    while True:
        yield b'{"InstanceId": "endless"}, ' * 2048
        await asyncio.sleep(0.001)


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"Data": ['
    raise ConnectionResetError("the simulated cloud was told to break the connection")
