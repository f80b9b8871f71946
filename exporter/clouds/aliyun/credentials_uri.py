"""A credentials URI: a program beside the exporter that hands out temporary keys in the metadata service's form."""

import ipaddress
from urllib.parse import urlsplit

from exporter.clouds.aliyun.lent_keys import checked_code, lent_key
from exporter.clouds.credentials import Credentials
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel
from exporter.clouds.line import can_be_asked
from exporter.clouds.login import Lease

_OPERATION = "GetCredentials"
# Alibaba's and Huawei's instance metadata services; some set-ups have a program of their own answer there.
METADATA_ADDRESSES = frozenset({"100.100.100.200", "169.254.169.254"})


def is_safe(uri: str) -> bool:
    """Whether keys may come from there: https, or plain http on loopback and the metadata services' addresses."""
    try:
        parts = urlsplit(uri)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    is_bare = parts.username is None and parts.password is None and not parts.fragment
    if not host or not is_bare or not port_is_fine or not all("!" <= character <= "~" for character in uri):
        return False
    if not can_be_asked(uri):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_near(host))


def _is_near(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or host in METADATA_ADDRESSES


def split_uri(uri: str) -> tuple[str, str]:
    """The endpoint, and path and query, which may hold a secret of the program's own."""
    parts = urlsplit(uri)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{parts.scheme}://{parts.netloc}", target


class CredentialsUri:
    """The key that a GET of the URI gives; ``target`` is its path and query."""

    def __init__(self, channel: Channel, target: str) -> None:
        self._channel = channel
        self._target = target

    async def __call__(self) -> Lease[Credentials]:
        """Log in; raises CloudError."""
        answer = await self._channel.send(Request(_OPERATION, "GET", self._target))
        checked_code(answer.value, _OPERATION)
        return lent_key(answer.value, _OPERATION)
