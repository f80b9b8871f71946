"""STS at the RPC gateway: signed in the headers or, the old way, in the parameters; answered in JSON or XML."""

import json
import urllib.parse
from functools import partial
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from exporter.simulator.errors import RPC, ApiError
from exporter.simulator.gateway import UNKNOWN, Arrival, Clouds
from exporter.simulator.keys import Key
from exporter.simulator.logins.sts import VERSION, assume_role, assume_role_with_oidc
from exporter.simulator.signatures import Received, acs3, rpc

_OPERATIONS = {"AssumeRole": assume_role, "AssumeRoleWithOIDC": assume_role_with_oidc}
STS_NAMES = tuple(_OPERATIONS)


async def sts_answer(clouds: Clouds, request: Request) -> Response | None:
    """The answer to a call of STS; None for a call that names another product."""
    received = Received.of(request, await request.body())
    parameters = dict(received.query_pairs())
    if received.header("content-type").startswith("application/x-www-form-urlencoded"):
        form = urllib.parse.parse_qsl(received.body.decode("utf-8", "replace"), keep_blank_values=True)
        parameters = dict(form) | parameters
    if VERSION not in {received.header("x-acs-version"), parameters.get("Version")}:
        return None
    name = received.header("x-acs-action") or parameters.get("Action", "")
    response = await clouds.answer(_arrival(clouds, name, received, parameters))
    if received.header("authorization") or parameters.get("Format", "").upper() == "JSON":
        return response
    return _in_xml(response, name)


def _arrival(clouds: Clouds, name: str, received: Received, parameters: dict[str, str]) -> Arrival:
    answer, now = _OPERATIONS.get(name), clouds.world.clock.real()

    def verify() -> Key | None:
        if received.method not in {"GET", "POST"}:
            raise ApiError(400, "UnsupportedHTTPMethod", "This HTTP method is not supported.")
        if name == "AssumeRoleWithOIDC":
            if parameters.get("Timestamp"):
                rpc.check_timestamp(parameters["Timestamp"], now)
            return None
        if received.header("authorization"):
            return acs3.verify(received, clouds.keys, clouds.nonces, now)
        return rpc.verify(received.method, parameters, clouds.keys, clouds.nonces, now)

    return Arrival(
        operation=name if answer else UNKNOWN,
        answer=partial(answer, clouds.keys) if answer else None,
        family=RPC,
        host=received.header("host"),
        verify=verify,
        query=parameters,
        version=VERSION,
    )


def _in_xml(response: Response, name: str) -> Response:
    """The answer as a caller gets it who asks for no format: XML."""
    try:
        body = json.loads(bytes(response.body)) if hasattr(response, "body") else None
    except ValueError:
        return response
    if not isinstance(body, dict):
        return response
    root = f"{name}Response" if response.status_code == 200 else "Error"
    text = f'<?xml version="1.0" encoding="UTF-8"?>{_element(root, body)}'
    return Response(text, response.status_code, media_type="text/xml;charset=utf-8")


def _element(name: str, value: object) -> str:
    inner = "".join(_element(*item) for item in value.items()) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inner}</{name}>"
