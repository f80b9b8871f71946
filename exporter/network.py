"""The network as the clouds are reached by it: one client, whose proxy and CA can be exchanged while calls go on."""

import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from exporter.clouds.aliyun.credentials_uri import METADATA_ADDRESSES
from exporter.clouds.way_out import WayOut
from exporter.settings.mistake import Mistake, SettingsError
from exporter.settings.model import Http


def way_out(http: Http) -> httpx.AsyncBaseTransport:
    """The way that settings describe; raises OSError or ValueError where it cannot be made."""
    # Certificates are many, and are read only where there is a network.
    tls = ssl.create_default_context(cafile=str(http.ca_file) if http.ca_file else None)
    # No limit for all accounts together: each has one of its own, and one that hangs must not hold up the others.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    direct = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)
    if http.proxy is None:
        return direct
    proxy = http.proxy.get_secret_value()
    proxied = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits, proxy=proxy)
    return WayOut(direct, proxied, (*sorted(METADATA_ADDRESSES), *http.no_proxy))


@dataclass(slots=True)
class _Used:
    """A way, and how many calls are under way on it."""

    way: httpx.AsyncBaseTransport
    calls: int = 0
    left: bool = False

    async def ended(self) -> None:
        """Note the end of a call; the last one closes a way that was left."""
        self.calls -= 1
        if self.left and not self.calls:
            await self.way.aclose()


class ExchangeableWay(httpx.AsyncBaseTransport):
    """A way that can be exchanged for another: calls end on the one that they began on, which is closed after them."""

    def __init__(self, way: httpx.AsyncBaseTransport) -> None:
        self._used = _Used(way)

    async def exchange(self, way: httpx.AsyncBaseTransport) -> None:
        """Let all further calls go this way."""
        left, self._used = self._used, _Used(way)
        left.left = True
        if not left.calls:
            await left.way.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask on the way that is in use; the call ends when its answer is closed."""
        used = self._used
        used.calls += 1
        try:
            response = await used.way.handle_async_request(request)
        except BaseException:
            await used.ended()
            raise
        if not isinstance(response.stream, httpx.AsyncByteStream):  # an answer that is there already has no end
            await used.ended()
            return response
        response.stream = _Watched(response.stream, used.ended)
        return response

    async def aclose(self) -> None:
        """Close the way that is in use."""
        await self._used.way.aclose()


class _Watched(httpx.AsyncByteStream):
    """An answer's body that tells when it was closed."""

    def __init__(self, body: httpx.AsyncByteStream, ended: Callable[[], Awaitable[None]]) -> None:
        self._body = body
        self._ended: Callable[[], Awaitable[None]] | None = ended

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        ended, self._ended = self._ended, None
        try:
            await self._body.aclose()
        finally:
            if ended is not None:
                await ended()


@dataclass(frozen=True, slots=True)
class NewWay:
    """A way that was made for changed settings, not yet in use; None where the one in use serves them too."""

    http: Http
    facts: object
    way: httpx.AsyncBaseTransport | None


class Network:
    """The one client of the process. Proxy and CA come from the settings, never from variables of other programs."""

    def __init__(self, http: Http, given: httpx.AsyncBaseTransport | None, user_agent: str) -> None:
        """``given`` takes the place of every way."""
        self._given = given
        self._facts = _facts(http)
        self._way = ExchangeableWay(given or way_out(http))
        self.client = httpx.AsyncClient(
            transport=self._way,
            trust_env=False,
            # The client is shared by all accounts: what a gateway sets for one must not be sent for another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=_timeout(http),
            headers={"user-agent": user_agent},
        )

    def prepared(self, http: Http, mistakes: Iterable[Mistake] = ()) -> NewWay:
        """What `take` puts in force; reads the CA file; raises SettingsError, with those mistakes as well."""
        found = [*mistakes]
        try:
            facts = _facts(http)
            changed = facts != self._facts and self._given is None
            new = NewWay(http, facts, way_out(http) if changed else None)
        except (OSError, ValueError) as error:  # neither is repeated: a proxy's URL may hold a password
            key = "http.ca_file" if isinstance(error, OSError) else "http.proxy"
            reason = error.strerror if isinstance(error, OSError) else None
            found.append(Mistake(key, f"cannot be used: {reason or type(error).__name__}", None, None))
        if found:
            raise SettingsError(found)
        return new

    async def take(self, new: NewWay) -> None:
        """Let further calls go by what was prepared; those under way end as they began."""
        self.client.timeout = _timeout(new.http)
        self._facts = new.facts
        if new.way is not None:
            await self._way.exchange(new.way)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def _timeout(http: Http) -> httpx.Timeout:
    return httpx.Timeout(http.timeout, connect=http.connect_timeout)


def _facts(http: Http) -> object:
    """What a way is made of: the settings but for the timeouts, and the content of the CA file."""
    return replace(http, connect_timeout=0, timeout=0), _digest(http.ca_file)


def _digest(file: Path | None) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest() if file else b""
