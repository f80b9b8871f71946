"""The settings over HTTP: what is in force, and the request to read them again."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from exporter.web.sources import Sources

_REFUSED = """POST /-/reload is not allowed: it takes a login, or settings that allow it to everybody.
Two ways out: name a file with basic_auth_users in web.config_file and log in, or set web.enable_actions: true.
"""
_NO_SETTINGS = "This exporter was started without a way to read its settings again.\n"


async def settings(sources: Sources, _: Request) -> Response:
    """What is in force now, as YAML with secrets masked: what `check` prints."""
    if sources.settings is None:
        return PlainTextResponse(_NO_SETTINGS, 404)
    return PlainTextResponse(await sources.settings())


async def reload(sources: Sources, request: Request) -> Response:
    """Read the settings again: 200 when they are in force, 500 with a line for each mistake when they are not."""
    if not (sources.actions_enabled or request.scope.get("authenticated") is True):
        return PlainTextResponse(_REFUSED, 403)
    if sources.reload is None:
        return PlainTextResponse(_NO_SETTINGS, 404)
    outcome = await sources.reload()
    return PlainTextResponse("".join(f"{line}\n" for line in outcome.lines), 200 if outcome.succeeded else 500)
