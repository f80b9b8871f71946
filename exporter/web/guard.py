"""Stands before every page: how large and how often requests may be, who asks, and the headers of every answer."""

import base64
import binascii
from collections.abc import Callable

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.access import Access, Passwords, RateLimit
from exporter.access.headers import with_security
from exporter.access.passwords import TooManyError

_LONGEST_QUERY = 4096  # bytes; every collector by name, and some
_LONGEST_HEAD = 16_384  # bytes; the server stops at as much while a head comes in, but not at one that is there whole
_LARGEST_BODY = 4096  # bytes; no request needs one at all
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="cloud-cluster-exporter", charset="UTF-8"'}


class Guard:
    """An ASGI application around another.

    The one within finds ``scope["authenticated"]``: whether a password or a client's certificate has shown who asks.
    It is False where neither is asked for, though everybody may read then. ``scope["state"]["verified_client"]`` is how
    the server tells of a certificate.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Callable[[], Access],
        passwords: Passwords,
        monotonic: Callable[[], float],
        refused: Callable[[int], None] = lambda _: None,
    ) -> None:
        """``refused`` hears of every request that is not let through, with the HTTP status of its answer."""
        self._app = app
        self._refused = refused
        self._access = access
        self._passwords = passwords
        self._monotonic = monotonic
        self._pace: _Pace | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it pass."""
        if scope["type"] != "http":
            return
        access = self._access()

        async def send_headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": with_security(message.get("headers", ()), access.headers)}
            await send(message)

        refusal = (
            _oversized(scope) or self._too_often(access) or await self._unknown(access, scope) or _from_elsewhere(scope)
        )
        if refusal is not None:
            self._refused(refusal.status_code)
        answer = refusal or self._app
        await answer(scope, receive, send_headed)

    def _too_often(self, access: Access) -> Response | None:
        if access.rate_limit is None:
            self._pace = None
            return None
        if self._pace is None or self._pace.limit != access.rate_limit:
            self._pace = _Pace(access.rate_limit, self._monotonic())
        if self._pace.allows(self._monotonic()):
            return None
        return PlainTextResponse("too many requests: see rate_limit in the web-config file\n", 429)

    async def _unknown(self, access: Access, scope: Scope) -> Response | None:
        """The answer to somebody who is not let in; None where the request may pass."""
        verified = bool(scope.get("state", {}).get("verified_client"))
        scope["authenticated"] = verified
        if not access.users:
            return None
        # As in exporter-toolkit, a certificate does not take the place of the password that is asked for.
        scope["authenticated"] = False
        given = _credentials(scope)
        if given is not None:
            client = scope.get("client")
            try:
                if await self._passwords.fits(access.users, *given, client[0] if client else ""):
                    scope["authenticated"] = True
                    return None
            except TooManyError:
                text = "too many passwords are being looked at: try again\n"
                return PlainTextResponse(text, 429, headers={"Retry-After": "1"})
        return PlainTextResponse("unauthorized: a user and password are needed\n", 401, headers=_CHALLENGE)


def _credentials(scope: Scope) -> tuple[bytes, bytes] | None:
    """User and password of a request; None where it has none that can be read."""
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, coded = given.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def _from_elsewhere(scope: Scope) -> Response | None:
    """A browser sends along the password that it was told once, also with the form of somebody else's page."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if scope["method"] in {"GET", "HEAD"} or origin is None:
        return None
    if origin.partition(b"://")[2] == headers.get(b"host"):
        return None
    return PlainTextResponse("this comes from a page of another site\n", 403)


def _oversized(scope: Scope) -> Response | None:
    close = {"Connection": "close"}
    if len(scope["query_string"]) > _LONGEST_QUERY:
        return PlainTextResponse(f"the query is longer than {_LONGEST_QUERY} bytes\n", 414, headers=close)
    if sum(len(name) + len(value) for name, value in scope["headers"]) + len(scope["path"]) > _LONGEST_HEAD:
        return PlainTextResponse(f"path and headers are longer than {_LONGEST_HEAD} bytes\n", 431, headers=close)
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    small = length.isdigit() and len(length) < 8 and int(length) <= _LARGEST_BODY
    if b"transfer-encoding" in headers or not small:
        return PlainTextResponse("no request here needs a body\n", 413, headers=close)
    return None


class _Pace:
    """A bucket of ``limit.burst`` requests, which gains one every ``limit.interval`` seconds."""

    def __init__(self, limit: RateLimit, now: float) -> None:
        self.limit = limit
        self._tokens = float(limit.burst)
        self._at = now

    def allows(self, now: float) -> bool:
        """Whether a request may pass, which takes its token."""
        gained = (now - self._at) / self.limit.interval
        self._tokens = min(float(self.limit.burst), self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
