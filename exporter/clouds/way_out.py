"""The way out of this machine: through a proxy, or past it to the hosts that are reached directly."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

_NETWORK = ipaddress.IPv4Network | ipaddress.IPv6Network
_ADDRESS = ipaddress.IPv4Address | ipaddress.IPv6Address
_WITH_PORT = re.compile(r"(.*[^:]):([0-9]{1,5})|(\[.*\])(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Direct:
    """A host, the domain whose hosts are meant, or a network; ``port`` None for all of them."""

    host: str = ""
    domain: str = ""
    network: _NETWORK | None = None
    port: int | None = None

    @classmethod
    def of(cls, text: str) -> "Direct":
        """Read `host`, `.domain`, `10.0.0.0/8`, `fd00::1`, any but a network with `:port`, or `*`; raises ValueError.

        What it raises repeats nothing of the text.
        """
        try:
            return cls(network=ipaddress.ip_network(text.strip("[]"), strict=False))
        except ValueError:
            pass  # a name, or an address with a port
        match = _WITH_PORT.fullmatch(text)
        name, port = (match[1] or match[3], match[2] or match[4]) if match else (text, None)
        number = int(port) if port else None
        address = _address(name.strip("[]"))
        if address is not None:
            return cls(network=ipaddress.ip_network(address), port=number)
        if not name or re.search(r"[:/\[\]]", name):
            raise ValueError("neither a host nor a domain nor a network")
        name = name.lower().removeprefix("*" if name != "*" else "")
        return cls(domain=name, port=number) if name.startswith((".", "*")) else cls(host=name, port=number)

    def meets(self, host: str, port: int) -> bool:
        """Whether a host is reached directly."""
        if self.port not in {None, port}:
            return False
        if self.network is not None:
            address = _address(host)
            return address is not None and address in self.network
        return self.domain == "*" or host == self.host or bool(self.domain and host.endswith(self.domain))


def _address(host: str) -> _ADDRESS | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


# What is meant for this machine would be answered by another one: the proxy.
_LOOPBACK = tuple(Direct.of(each) for each in ("localhost", "127.0.0.0/8", "::1"))
_PORTS = {"http": 80, "https": 443}


class WayOut(httpx.AsyncBaseTransport):
    """Hands each request to the direct way or to that through the proxy. Loopback is always reached directly."""

    def __init__(
        self, direct: httpx.AsyncBaseTransport, proxied: httpx.AsyncBaseTransport, past: Sequence[str]
    ) -> None:
        """``past`` are hosts, domains and networks as `Direct.of` reads them."""
        self._direct = direct
        self._proxied = proxied
        self._past = (*_LOOPBACK, *(Direct.of(each) for each in past))

    def is_direct(self, url: httpx.URL) -> bool:
        """Whether a URL is asked past the proxy."""
        port = url.port or _PORTS.get(url.scheme, 0)
        return any(each.meets(url.host.lower(), port) for each in self._past)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, past the proxy or through it."""
        return await (self._direct if self.is_direct(request.url) else self._proxied).handle_async_request(request)

    async def aclose(self) -> None:
        """Close both ways."""
        await self._direct.aclose()
        await self._proxied.aclose()
