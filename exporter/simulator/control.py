"""The way to drive the simulated clouds while they run: everything under /_sim, unsigned."""

import dataclasses
import json
import math
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from exporter.simulator.fault_kinds import KINDS
from exporter.simulator.faults import Fault
from exporter.simulator.gateway import Clouds
from exporter.simulator.logins.words import KEY_ORDERS, LOGINS, keys_shown
from exporter.simulator.quirks import Quirks
from exporter.simulator.world import SCENARIOS, UnknownScenarioError

Json = dict[str, object]


def is_number(value: object) -> bool:
    """Whether JSON gave a number, 0 or more."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


_FAULT_FIELDS: dict[str, Callable[[object], bool]] = {
    "fault": lambda value: isinstance(value, str),
    "operation": lambda value: isinstance(value, str),
    "seconds": is_number,
    "times": lambda value: type(value) is int and value > 0,
    "delay": is_number,
    "retry_after": lambda value: type(value) is int,
    "field": lambda value: isinstance(value, str),
    "match": lambda value: isinstance(value, dict) and all(isinstance(item, str) for item in value.values()),
}


def control_routes(clouds: Clouds, operations: Sequence[str]) -> list[BaseRoute]:
    """The routes under /_sim; a mistake is answered with 400 (404 for an unknown scenario) and its reason."""

    async def overview(_: Request) -> Response:
        return JSONResponse(_overview(clouds, operations))

    async def calls(_: Request) -> Response:
        return JSONResponse(dict(clouds.calls))

    async def scenario(request: Request) -> Response:
        try:
            clouds.world.start(request.path_params["name"])
        except UnknownScenarioError as mistake:
            return JSONResponse({"error": str(mistake), "scenarios": list(SCENARIOS)}, status_code=404)
        return JSONResponse({"scenario": clouds.world.scenario, "timeline": SCENARIOS[clouds.world.scenario].timeline})

    async def add_fault(request: Request) -> Response:
        clouds.faults.add(_fault(await order_of(request), operations))
        return JSONResponse(_faults(clouds))

    async def clear_faults(_: Request) -> Response:
        clouds.faults.clear()
        return JSONResponse(_faults(clouds))

    async def quirks(request: Request) -> Response:
        clouds.quirks = clouds.quirks.changed(await order_of(request))
        return JSONResponse(dataclasses.asdict(clouds.quirks))

    async def clock(request: Request) -> Response:
        return JSONResponse(_set_clock(clouds, await order_of(request)))

    return [
        Route("/_sim", overview, methods=["GET"]),
        Route("/_sim/calls", calls, methods=["GET"]),
        Route("/_sim/scenario/{name}", scenario, methods=["POST"]),
        Route("/_sim/faults", explained(add_fault), methods=["POST"]),
        Route("/_sim/faults", clear_faults, methods=["DELETE"]),
        Route("/_sim/quirks", explained(quirks), methods=["POST"]),
        Route("/_sim/clock", explained(clock), methods=["POST"]),
    ]


def explained(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint with its mistakes, which are ValueErrors, answered as 400 with their text."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ValueError as mistake:
            return JSONResponse({"error": str(mistake)}, status_code=400)

    return answer


async def order_of(request: Request) -> Json:
    """The JSON object that was sent; raises ValueError for anything else."""
    try:
        order = json.loads(await request.body())
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(order, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004 - one policy for every mistake
    return order


def check_names(order: Json, known: Sequence[str]) -> None:
    """Raise ValueError for a name that no part of an order has."""
    unknown = ", ".join(sorted(set(order) - set(known)))
    if unknown:
        raise ValueError(f"unknown key: {unknown}; there are {', '.join(known)}")


def _fault(order: Json, operations: Sequence[str]) -> Fault:
    check_names(order, tuple(_FAULT_FIELDS))
    if "fault" not in order:
        raise ValueError(f"fault is missing; there are {', '.join(KINDS)}")
    for name, value in order.items():
        if not _FAULT_FIELDS[name](value):
            raise ValueError(f"{name} cannot be {json.dumps(value)}")
    if order.get("operation", "*") not in {"*", *operations}:
        raise ValueError(f"no such operation: {order['operation']}; there are *, {', '.join(operations)}")
    return Fault(**order)  # type: ignore[arg-type]  # every value was held against its field's check above


def _set_clock(clouds: Clouds, order: Json) -> Json:
    check_names(order, ("speed", "advance"))
    clock = clouds.world.clock
    speed, advance = order.get("speed"), order.get("advance")
    for name, value in order.items():
        if not is_number(value):
            raise ValueError(f"{name} is a number, 0 or more")
    if isinstance(speed, int | float):
        clock.speed = float(speed)
    if isinstance(advance, int | float):
        clock.advance(float(advance))
    clouds.world.advance()
    return {"now": clouds.world.now, "speed": clock.speed}


def _faults(clouds: Clouds) -> Json:
    return {"faults": [dataclasses.asdict(fault) for fault in clouds.faults.in_force()]}


def _overview(clouds: Clouds, operations: Sequence[str]) -> Json:
    """What there is to drive, and what is the case."""
    return {
        "operations": list(operations),
        "scenarios": {name: scenario.timeline for name, scenario in SCENARIOS.items()},
        "faults": {"known": dict(KINDS), "in_force": _faults(clouds)["faults"]},
        "quirks": {"known": dict(Quirks.choices()), "in_force": dataclasses.asdict(clouds.quirks)},
        "clock": {"now": clouds.world.clock.now(), "speed": clouds.world.clock.speed},
        "orders": {
            "GET /_sim/calls": "calls by operation since the start",
            "POST /_sim/scenario/{name}": "start a scenario",
            "POST /_sim/faults": {
                "operation": "ListCluster or *",
                "fault": "throttled",
                "seconds": 60,
                "times": 3,
                "match": {"AppId": "5601"},
            },
            "DELETE /_sim/faults": "take all faults away",
            "POST /_sim/quirks": {"env_type": "one_two"},
            "POST /_sim/clock": {"speed": 60, "advance": 3600},
            **KEY_ORDERS,
        },
        "keys": keys_shown(clouds.keys),
        "logins": LOGINS,
        "truth": clouds.world.truth(),
    }
