"""Checks the addresses in the settings: where to listen, the vendors' endpoints, the proxy."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from exporter.settings.mistake import quoted

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>[0-9]{1,5})", re.ASCII)
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.?")
_PRINTABLE = re.compile(r"[!-~]+")
REGION = "{region}"  # stands for the id of the region that is asked
_SOME_REGION = "some-region-1"
# Alibaba's and Huawei's instance metadata services answer on these, and on plain http only.
METADATA_ADDRESSES = frozenset({"100.100.100.200", "169.254.169.254"})


def parse_listen(value: object) -> tuple[str, int]:
    """Read `0.0.0.0:10990` or `[::1]:10990` as host and port (0 is any free one); raises ValueError."""
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match["port"]) > 65_535 or not _is_host(match["six"] or match["host"].lower()):
        raise ValueError(f"{quoted(value)} is not host:port; write 0.0.0.0:10990 or [::]:10990")
    return match["six"] or match["host"], int(match["port"])


def parse_endpoint(value: object, *, metadata: bool = False, regional: bool = False) -> str:
    """Read an endpoint as `https://host[:port]`; plain http only on loopback and, for `metadata`, its own addresses.

    The host of a `regional` one may hold `{region}`. Raises ValueError, whose text never repeats the value: people put
    passwords into URLs.
    """
    url = _split(value.replace(REGION, _SOME_REGION) if regional and isinstance(value, str) else value)
    if url is None or url.username is not None or url.password is not None:
        raise ValueError(
            "must be an absolute URL without user, path and query, such as https://retailcloud.aliyuncs.com"
        )
    host = url.hostname or ""
    if url.scheme == "http" and not _is_loopback(host) and not (metadata and host in METADATA_ADDRESSES):
        allowed = "loopback and metadata addresses" if metadata else "loopback addresses (127.0.0.1, ::1, localhost)"
        raise ValueError(f"plain http is for {allowed} only: signed requests do not travel in clear; use https://")
    endpoint = f"{url.scheme}://{_netloc(url)}"
    return endpoint.replace(_SOME_REGION, REGION) if regional else endpoint


def parse_proxy(value: object) -> str:
    """Read a proxy's URL, with user and password if it has them; raises ValueError without the value."""
    url = _split(value)
    if url is None:
        raise ValueError("must be the URL of an http or https proxy without path, such as http://proxy.example:3128")
    user_info = url.netloc.rpartition("@")[0]
    return f"{url.scheme}://{user_info}@{_netloc(url)}" if user_info else f"{url.scheme}://{_netloc(url)}"


def masked_proxy(url: str, mask: str) -> str:
    """Hide the password in a proxy's URL; a lone user name may be a token, so that it goes as well."""
    parts = urlsplit(url)
    if parts.username is None and parts.password is None:
        return url
    user = f"{parts.username}:{mask}" if parts.password is not None else mask
    return f"{parts.scheme}://{user}@{_netloc(parts)}"


def _split(value: object) -> SplitResult | None:
    # urlsplit drops tabs and line breaks in silence.
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        return None
    try:
        url = urlsplit(value)
        port_is_fine = url.port is None or url.port > 0
    except ValueError:
        return None
    is_bare = url.path in {"", "/"} and "?" not in value and "#" not in value and not url.netloc.endswith(":")
    fine = url.scheme in {"http", "https"} and port_is_fine and is_bare and _is_host(url.hostname or "")
    return url if fine else None


def _is_host(host: str) -> bool:
    # A name whose last label is a number is an address to every resolver.
    if ":" in host or host.rpartition(".")[2].isdecimal():
        return _address(host) is not None
    return _HOST_NAME.fullmatch(host) is not None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _netloc(url: SplitResult) -> str:
    host = url.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if url.port is None else f"{bracketed}:{url.port}"
