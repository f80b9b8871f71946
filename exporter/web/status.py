"""The landing page: how every collection is."""

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from exporter.collection import Collection
from exporter.self_metrics import FINE_RESULTS
from exporter.web.frame import framed
from exporter.web.sources import Sources


async def status(sources: Sources, _: Request) -> Response:
    """A row for each collection, and why it fails."""
    rows = "".join(_row(collection) for collection in sources.collections)
    return framed("cloud-cluster-exporter", _PAGE.format(version=escape(sources.version), rows=rows))


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


_PAGE = """<h1>cloud-cluster-exporter</h1>
<p>Version {version}. <a href="/metrics">Metrics</a> · <a href="/runbooks/">Runbooks</a> ·
<a href="/config">Settings</a> ·
<a href="/-/healthy">Healthy</a> · <a href="/-/ready">Ready</a></p>
<table class="collections">
<thead><tr><th>Collector</th><th>Account</th><th>Region</th><th>Last result</th><th>Objects</th><th>Series</th>
<th>Interval</th><th>Took</th></tr></thead>
<tbody>{rows}</tbody>
</table>"""
