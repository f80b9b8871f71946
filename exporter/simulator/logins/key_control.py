"""The way to drive the keys while the simulated clouds run: /_sim/keys and /_sim/expire."""

import json
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from exporter.simulator.control import check_names, explained, is_number, order_of
from exporter.simulator.gateway import Clouds
from exporter.simulator.keys import NOTHING, Key, Lacks
from exporter.simulator.logins.words import keys_shown
from exporter.simulator.operations import Json


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


_FIELDS: dict[str, Callable[[object], bool]] = {
    "access_key_id": _is_text,
    "access_key_secret": _is_text,
    "denied": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "member_of_no_app": lambda value: isinstance(value, bool),
    "inactive": lambda value: isinstance(value, bool),
    "security_token": _is_text,
    "seconds": is_number,
}
_SECRETS = {"access_key_secret", "security_token"}


def key_routes(clouds: Clouds, operations: Sequence[str]) -> list[BaseRoute]:
    """The routes of the keys; a mistake is answered with 400 (404 for an unknown key) and its reason."""

    async def keys(_: Request) -> Response:
        return _shown(clouds)

    async def add(request: Request) -> Response:
        clouds.keys.add(_key(clouds, await order_of(request), operations))
        return _shown(clouds)

    async def remove(request: Request) -> Response:
        if not clouds.keys.remove(request.path_params["id"]):
            return JSONResponse({"error": "no such key", **_listed(clouds)}, status_code=404)
        return _shown(clouds)

    async def expire(_: Request) -> Response:
        clouds.keys.expire()
        clouds.tokens.expire()
        return _shown(clouds)

    return [
        Route("/_sim/keys", keys, methods=["GET"]),
        Route("/_sim/keys", explained(add), methods=["POST"]),
        Route("/_sim/keys/{id}", remove, methods=["DELETE"]),
        Route("/_sim/expire", expire, methods=["POST"]),
    ]


def _shown(clouds: Clouds) -> Response:
    return JSONResponse(_listed(clouds))


def _listed(clouds: Clouds) -> Json:
    return {"keys": keys_shown(clouds.keys)}


def _key(clouds: Clouds, order: Json, operations: Sequence[str]) -> Key:
    """The key that is ordered; what is left out stays as it was where a key of this id is there already."""
    _check(order, operations)
    before = clouds.keys.find(str(order["access_key_id"]))
    secret = order.get("access_key_secret", before.secret if before else None)
    if secret is None:
        raise ValueError("access_key_secret is missing")
    token = order.get("security_token", before.security_token if before else None)
    if "seconds" in order and token is None:
        raise ValueError("seconds are for temporary keys: security_token is missing")
    return Key(
        id=str(order["access_key_id"]),
        secret=str(secret),
        lacks=_lacks(order, before.lacks if before else NOTHING),
        inactive=bool(order.get("inactive", before.inactive if before else False)),
        security_token=None if token is None else str(token),
        expires=_expires(clouds, order, before),
    )


def _check(order: Json, operations: Sequence[str]) -> None:
    check_names(order, tuple(_FIELDS))
    if "access_key_id" not in order:
        raise ValueError("access_key_id is missing")
    for name, value in order.items():
        if not _FIELDS[name](value):
            raise ValueError(f"{name} cannot be {'that' if name in _SECRETS else json.dumps(value)}")
    denied = order.get("denied")
    unknown = ", ".join(sorted(set(denied) - set(operations))) if isinstance(denied, list) else ""
    if unknown:
        raise ValueError(f"no such operation: {unknown}; there are {', '.join(operations)}")


def _lacks(order: Json, before: Lacks) -> Lacks:
    denied = order.get("denied")
    return Lacks(
        denied=frozenset(map(str, denied)) if isinstance(denied, list) else before.denied,
        member_of_no_app=bool(order.get("member_of_no_app", before.member_of_no_app)),
    )


def _expires(clouds: Clouds, order: Json, before: Key | None) -> float | None:
    seconds = order.get("seconds")
    if isinstance(seconds, int | float):
        return clouds.world.clock.now() + seconds
    return before.expires if before else None
