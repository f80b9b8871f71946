"""The runbooks, for those whom an alert has sent here: there may be no way to the internet at night."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from exporter.web.frame import framed
from exporter.web.sources import Sources

_WAYS = '<p><a href="./">All alerts</a> · <a href="../">Status of the exporter</a></p>\n'
_LONGEST_NAME = 80


async def to_index(_: Sources, __: Request) -> Response:
    """Links of the pages are relative: they need the slash."""
    return RedirectResponse("runbooks/")


async def runbook(sources: Sources, request: Request) -> Response:
    """The page that the path names, with or without ``.md``; the index where it names none."""
    name = request.path_params.get("name", "")
    page = sources.runbooks.get(name) or sources.runbooks.get(f"{name}.md")
    if page is None:
        shown = escape(name[:_LONGEST_NAME]) or "index"
        return framed("No such runbook", f"{_WAYS}<h1>No such runbook</h1>\n<p>There is no {shown} here.</p>", 404)
    return framed(page.title, _WAYS + (page.body if name else f'<div class="index">\n{page.body}</div>'))
