"""The web application: which path gives what, and the pages for programs."""

import re
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.web.runbooks import runbook, to_index
from exporter.web.settings import reload, settings
from exporter.web.sources import Sources
from exporter.web.status import status


def create_web(sources: Sources) -> Starlette:
    """Answers ``/metrics``, ``/config``, ``/-/healthy``, ``/-/ready``, ``/-/reload``, ``/`` and ``/runbooks/``."""

    def route(path: str, endpoint: Callable[[Sources, Request], Awaitable[Response]], method: str = "GET") -> Route:
        async def serve(request: Request) -> Response:
            return await endpoint(sources, request)

        return Route(path, serve, methods=[method])

    pages = {
        "/metrics": _metrics,
        "/-/healthy": _healthy,
        "/-/ready": _ready,
        "/config": settings,
        "/": status,
        "/runbooks": to_index,
        "/runbooks/": runbook,
        "/runbooks/{name}": runbook,
    }
    routes = [route(path, endpoint) for path, endpoint in pages.items()]
    return Starlette(routes=[*routes, route("/-/reload", reload, "POST")])


async def _metrics(sources: Sources, request: Request) -> Response:
    """The finished page followed by the process' own counters; no call to a cloud, no loop over series."""
    asked = request.query_params.getlist("collect[]")
    known = {collection.collector.name for collection in sources.collections}
    if strange := sorted(set(asked) - known):
        names = ", ".join(sorted(known))
        return PlainTextResponse(f"collect[]: unknown collector {strange[0][:80]!r}; there are {names}\n", 400)
    page = await (sources.store.page_of(set(asked)) if asked else sources.store.page())
    encode, content_type = _encoder(request.headers.get("accept", ""))
    own = encode(sources.registry)
    headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if not _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(page.plain + own, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(page.compressed.ended_with(own), headers=headers)


def _encoder(accepted: str) -> tuple[Callable[[CollectorRegistry], bytes], str]:
    """What writes the process' own counters in the form that an Accept asks for; in plain text where it is odd."""
    try:
        return choose_encoder(accepted)
    except TypeError:  # prometheus-client compares the parts of a version, also of one that is no number
        return choose_encoder("")


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip, and not with a weight of 0."""
    for each in accepted.lower().split(","):
        coding, *parameters = (part.strip() for part in each.split(";"))
        if coding == "gzip":
            return not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
    return False


async def _healthy(sources: Sources, _: Request) -> Response:
    problems = sources.problems()
    return PlainTextResponse("\n".join(problems or ["ok"]) + "\n", 503 if problems else 200)


async def _ready(sources: Sources, _: Request) -> Response:
    """200 once every enabled collection was tried."""
    missing = [str(each.key) for each in sources.collections if not each.record.status.result]
    text = "\n".join(f"{name} has not run yet" for name in missing) or "ok"
    return PlainTextResponse(f"{text}\n", 503 if missing else 200)
