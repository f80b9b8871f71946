"""The credentials URI: a page that hands out a temporary key, as an operator puts one beside a workload."""

from functools import partial

from starlette.requests import Request

from exporter.simulator.errors import RPC
from exporter.simulator.gateway import Arrival, Clouds
from exporter.simulator.logins.sts import shown
from exporter.simulator.operations import Call

URI_NAMES = ("Credentials.Uri",)
KEY_SECONDS = 3600


async def credentials_uri(clouds: Clouds, request: Request) -> Arrival:
    """GET /credentials."""
    return Arrival(
        operation=URI_NAMES[0],
        answer=partial(_key, clouds),
        family=RPC,
        host=request.headers.get("host", ""),
        verify=lambda: None,
        query=dict(request.query_params),
    )


def _key(clouds: Clouds, _: Call) -> object:
    return {"Code": "Success", **shown(clouds.keys.lend("credentials URI", KEY_SECONDS))}
