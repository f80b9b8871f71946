"""What is served over HTTP: the metrics, the health checks and a plain landing page."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from exporter.collection import Collection
from exporter.self_metrics import FINE_RESULTS
from exporter.store import Store

_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What the pages are made of; ``problems`` says what keeps the schedule from turning."""

    store: Store
    registry: CollectorRegistry
    collections: Sequence[Collection]
    problems: Callable[[], list[str]]
    version: str


def create_web(sources: Sources) -> Starlette:
    """The application: ``/metrics``, ``/-/healthy``, ``/-/ready`` and ``/``."""

    def route(path: str, endpoint: Callable[[Sources, Request], Awaitable[Response]]) -> Route:
        async def serve(request: Request) -> Response:
            return await endpoint(sources, request)

        return Route(path, serve, methods=["GET"])

    pages = {"/metrics": _metrics, "/-/healthy": _healthy, "/-/ready": _ready, "/": _index}
    return Starlette(routes=[route(path, endpoint) for path, endpoint in pages.items()])


async def _metrics(sources: Sources, request: Request) -> Response:
    """The finished page followed by the process' own counters; no call to a cloud, no loop over series."""
    asked = request.query_params.getlist("collect[]")
    known = {collection.collector.name for collection in sources.collections}
    if strange := sorted(set(asked) - known):
        names = ", ".join(sorted(known))
        return PlainTextResponse(f"collect[]: unknown collector {strange[0][:80]!r}; there are {names}\n", 400)
    page = await (sources.store.page_of(set(asked)) if asked else sources.store.page())
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    own = encode(sources.registry)
    headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if not _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(page.plain + own, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(page.compressed.ended_with(own), headers=headers)


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


async def _index(sources: Sources, _: Request) -> Response:
    rows = "".join(_row(collection) for collection in sources.collections)
    return HTMLResponse(_PAGE.format(version=escape(sources.version), rows=rows), headers=_SECURITY_HEADERS)


def _row(collection: Collection) -> str:
    record = collection.record
    status, block = record.status, record.block
    result = status.result or "not yet run"
    kind = "ok" if result in FINE_RESULTS else "wait" if not status.result else "bad"
    cells = [
        *collection.key,
        f'<span class="{kind}">{escape(result)}</span>',
        f"{block.objects:,}",
        f"{block.series:,}",
        _span(status.interval),
        _span(status.duration) if status.result else "",
    ]
    plain = [cell if cell.startswith("<span") else escape(cell) for cell in cells]
    message = f'<tr class="why"><td colspan="8">{escape(status.message)}</td></tr>' if status.message else ""
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in plain) + "</tr>" + message


def _span(seconds: float) -> str:
    """Seconds for people: 0.42 s, 45 s, 30 min, 1 h 30 min."""
    if seconds < 60:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    counts = {"h": hours, "min": minutes, "s": rest}
    return " ".join(f"{count} {unit}" for unit, count in counts.items() if count)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cloud-cluster-exporter</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1d2733 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #dde3ea }}
td:nth-child(n+5), th:nth-child(n+5) {{ text-align: right }}
.ok {{ color: #1a7f37 }} .bad {{ color: #b42318; font-weight: 600 }} .wait {{ color: #7a6a00 }}
.why td {{ color: #b42318; padding-left: 1.5rem; text-align: left }}
</style>
</head>
<body>
<h1>cloud-cluster-exporter</h1>
<p>Version {version}. <a href="/metrics">Metrics</a> · <a href="/-/healthy">Healthy</a> ·
<a href="/-/ready">Ready</a></p>
<table>
<thead><tr><th>Collector</th><th>Account</th><th>Region</th><th>Last result</th><th>Objects</th><th>Series</th>
<th>Interval</th><th>Took</th></tr></thead>
<tbody>{rows}</tbody>
</table>
</body>
</html>
"""
