"""The simulated clouds as one ASGI application: every product on one port, told apart as the vendors' gateways do."""

import re
import urllib.parse

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporter.simulator.control import control_routes
from exporter.simulator.errors import HUAWEI, ROA, RPC, ApiError
from exporter.simulator.gateway import UNKNOWN, Arrival, Clouds
from exporter.simulator.keys import Key, KeyRing, published
from exporter.simulator.logins.key_control import key_routes
from exporter.simulator.logins.project_calls import verify_caller
from exporter.simulator.logins.routes import LOGIN_NAMES, login_routes
from exporter.simulator.logins.sts_gateway import sts_answer
from exporter.simulator.operations import Operations
from exporter.simulator.products import batchcompute, ecs, emr, emr_clusters, modelarts, rds, retailcloud
from exporter.simulator.quirks import Quirks
from exporter.simulator.signatures import Received, acs3, roa
from exporter.simulator.world import World

RPC_PRODUCTS: dict[str, Operations] = {
    "2018-03-13": retailcloud.OPERATIONS,
    "2016-04-08": emr.OPERATIONS,
    "2021-03-20": emr_clusters.OPERATIONS,
    "2014-05-26": ecs.OPERATIONS,
    "2014-08-15": rds.OPERATIONS,
}
"""Alibaba Cloud's RPC products, by the version that every call names."""

OPERATION_NAMES: tuple[str, ...] = (
    *(name for product in RPC_PRODUCTS.values() for name in product.answers),
    *batchcompute.OPERATIONS.answers,
    *modelarts.OPERATIONS.answers,
    *LOGIN_NAMES,
)
"""The names under which calls are counted and faults are set."""

_BATCHCOMPUTE = {
    ("GET", False): "BatchCompute.ListClusters",
    ("POST", False): "BatchCompute.CreateCluster",
    ("GET", True): "BatchCompute.GetCluster",
}
"""BatchCompute's operations by method, and by whether the path names a cluster."""
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def create_app(
    world: World,
    *,
    access_key_id: str = "simulated-id",
    access_key_secret: str = "simulated-secret",  # noqa: S107 - the simulated cloud's published key
    project_id: str = "0123456789abcdef0123456789abcdef",
    security_token: str | None = None,
    quirks: Quirks = Quirks(),  # noqa: B008 - frozen
) -> Starlette:
    """The simulated clouds around ``world``; ``app.state`` has ``world``, ``quirks`` (read), ``faults`` and ``calls``.

    The access key is known at both vendors, beside the published ``limited-id`` and ``stranger-id``; ``project_id`` is
    Huawei's. Where ``security_token`` is set, every call of the key has to carry it. The quirks change with
    ``app.state.clouds.quirks = …`` or ``POST /_sim/quirks``, the keys in ``app.state.clouds.keys`` or under /_sim/keys.
    """
    known = published(access_key_id, access_key_secret, security_token)
    clouds = Clouds(world, KeyRing(known, world.clock.now, world.seed), project_id, quirks)

    async def rpc(request: Request) -> Response:
        return await sts_answer(clouds, request) or await clouds.answer(await _rpc_arrival(clouds, request))

    async def batchcompute_call(request: Request) -> Response:
        return await clouds.answer(await _batchcompute_arrival(clouds, request))

    async def modelarts_clusters(request: Request) -> Response:
        return await clouds.answer(await _modelarts_arrival(clouds, request, "ModelArts.ListClusters"))

    async def modelarts_pools(request: Request) -> Response:
        return await clouds.answer(await _modelarts_arrival(clouds, request, "ModelArts.ListPools"))

    async def nowhere(request: Request) -> Response:
        family = HUAWEI if request.url.path.startswith("/v") else ROA
        return await clouds.answer(_lost_arrival(family, request.headers.get("host", "")))

    everything = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    app = Starlette(
        routes=[
            Route("/", rpc, methods=everything),
            Route("/clusters", batchcompute_call, methods=everything),
            Route("/clusters/{cluster_id}", batchcompute_call, methods=everything),
            Route("/v1/{project_id}/clusters", modelarts_clusters, methods=everything),
            Route("/v2/{project_id}/pools", modelarts_pools, methods=everything),
            *login_routes(clouds),
            *control_routes(clouds, OPERATION_NAMES),
            *key_routes(clouds, OPERATION_NAMES),
            Route("/{path:path}", nowhere, methods=everything),
        ]
    )
    app.state.clouds, app.state.world = clouds, world
    app.state.faults, app.state.calls = clouds.faults, clouds.calls
    return app


async def _rpc_arrival(clouds: Clouds, request: Request) -> Arrival:
    body = await request.body()
    received = Received.of(request, body)
    product = RPC_PRODUCTS.get(received.header("x-acs-version"))
    name = (product.prefix if product else "") + received.header("x-acs-action")
    answer = product.answers.get(name) if product else None
    is_form = received.header("content-type").startswith("application/x-www-form-urlencoded")

    def verify() -> Key:
        key = acs3.verify(received, clouds.keys, clouds.nonces, clouds.world.clock.real())
        if product is None:
            raise ApiError(400, "InvalidVersion", "The specified version is not valid.")
        if request.method not in {"GET", "POST"}:
            raise ApiError(400, "UnsupportedHTTPMethod", "This HTTP method is not supported.")
        return key

    return Arrival(
        operation=name if answer else UNKNOWN,
        answer=answer,
        family=RPC,
        host=received.header("host"),
        verify=verify,
        query=dict(received.query_pairs()),
        form=dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) if is_form else {},
        error_text=product.error_text.get(name, "ErrorMsg") if product else "ErrorMsg",
        version=received.header("x-acs-version"),
    )


async def _batchcompute_arrival(clouds: Clouds, request: Request) -> Arrival:
    received = Received.of(request, await request.body())
    cluster_id = request.path_params.get("cluster_id")
    name = _BATCHCOMPUTE.get((request.method, cluster_id is not None), UNKNOWN)

    def verify() -> Key:
        key = roa.verify(received, clouds.keys, clouds.nonces, clouds.world.clock.real())
        if received.header("x-acs-version") != batchcompute.VERSION:
            raise ApiError(403, "InvalidVersion.NotFound", "The specified version does not exist.")
        if name == UNKNOWN:
            raise ApiError(400, "MethodNotAllowed", "This HTTP method is not allowed here.")
        if _BROKEN_ESCAPE.search(received.query):
            raise ApiError(403, "InvalidQueryString", "The query string cannot be decoded.")
        return key

    return Arrival(
        operation=name,
        answer=batchcompute.OPERATIONS.answers.get(name),
        family=ROA,
        host=received.header("host"),
        verify=verify,
        query={**dict(received.query_pairs()), **({} if cluster_id is None else {"ClusterId": cluster_id})},
        headers=dict(received.headers),
        body=received.body,
    )


async def _modelarts_arrival(clouds: Clouds, request: Request, listing: str) -> Arrival:
    received = Received.of(request, await request.body())
    name = listing if request.method == "GET" else UNKNOWN
    asked_project = request.path_params["project_id"]

    def verify() -> Key | None:
        if name == UNKNOWN:
            raise ApiError(404, "APIGW.0101", "The API does not exist or has not been published")
        return verify_caller(clouds, received, asked_project)

    return Arrival(
        operation=name,
        answer=modelarts.OPERATIONS.answers.get(name),
        family=HUAWEI,
        host=received.header("host"),
        verify=verify,
        query={"project_id": asked_project, **dict(received.query_pairs())},
        inhabited=asked_project == clouds.project_id,
    )


def _lost_arrival(family: str, host: str) -> Arrival:
    def verify() -> None:
        if family == HUAWEI:
            raise ApiError(404, "APIGW.0101", "The API does not exist or has not been published")
        raise ApiError(400, "InvalidUrlPattern", "No operation has this path.")

    return Arrival(operation=UNKNOWN, answer=None, family=family, host=host, verify=verify, query={})
