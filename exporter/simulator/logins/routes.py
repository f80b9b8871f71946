"""Where the logins are found on the one port, and the names under which their calls are counted and spoiled."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporter.simulator.gateway import Arrival, Clouds
from exporter.simulator.logins.credentials_uri import URI_NAMES, credentials_uri
from exporter.simulator.logins.iam import IAM_NAMES, create_token, list_projects
from exporter.simulator.logins.metadata import METADATA_NAMES, aliyun_item, aliyun_token, huawei_key, huawei_token
from exporter.simulator.logins.sts_gateway import STS_NAMES

LOGIN_NAMES: tuple[str, ...] = (*STS_NAMES, *METADATA_NAMES, *URI_NAMES, *IAM_NAMES)

_ROUTES: tuple[tuple[str, str, Callable[[Clouds, Request], Awaitable[Arrival]]], ...] = (
    ("PUT", "/latest/api/token", aliyun_token),
    ("GET", "/latest/meta-data/{item:path}", aliyun_item),
    ("PUT", "/meta-data/latest/api/token", huawei_token),
    ("GET", "/openstack/latest/securitykey", huawei_key),
    ("GET", "/credentials", credentials_uri),
    ("POST", "/v3/auth/tokens", create_token),
    ("GET", "/v3/projects", list_projects),
)


def login_routes(clouds: Clouds) -> list[Route]:
    """The routes of every login but STS, which shares the RPC gateway's."""
    return [Route(path, _endpoint(clouds, arrival), methods=[method]) for method, path, arrival in _ROUTES]


def _endpoint(
    clouds: Clouds, arrival: Callable[[Clouds, Request], Awaitable[Arrival]]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await clouds.answer(await arrival(clouds, request))

    return endpoint
