"""Alibaba's older REST signature (ROA, HMAC-SHA1), which BatchCompute's own gateway asks for.

Source: https://help.aliyun.com/zh/batchcompute/developer-reference/signature. The English page appends a line feed to
the key; the Chinese page and the SDK do not, and nor does this module.
"""

import base64
import hmac
from collections.abc import Callable
from email.utils import formatdate

from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import Pairs, canonical_headers
from exporter.clouds.signing import Outgoing, SigningAuth

API_VERSION = "2015-11-11"


def string_to_sign(method: str, path: str, query: str, headers: Pairs) -> str:
    """Write down a request as the server will see it; `path` and `query` are signed as they stand in the URL."""
    own = {name.lower(): value.strip() for name, value in headers}
    standard = (own.get(name, "") for name in ("accept", "content-md5", "content-type", "date"))
    lines, _ = canonical_headers((name, value) for name, value in own.items() if name.startswith("x-acs-"))
    return "\n".join((method, *standard, lines)) + _resource(path, query)


def signature(access_key_secret: str, text: str) -> str:
    """Give the signature of a string to sign, in Base64."""
    return base64.b64encode(hmac.digest(access_key_secret.encode(), text.encode(), "sha1")).decode("ascii")


def sign(
    method: str,
    path: str,
    query: str,
    headers: Pairs,
    *,
    region_id: str,
    credentials: Credentials,
    now: float,
    nonce: str,
) -> dict[str, str]:
    """Give the headers, in lower case, that a request needs beside its own.

    They are those of the vendor's SDK, which sends and signs a content type with every method. `now` is in epoch
    seconds and must be within 15 minutes of the server's clock; `nonce` must never be used twice.
    """
    added = {
        "accept": "application/json",
        "content-type": "application/json",
        "date": formatdate(now, usegmt=True),
        "x-acs-access-key-id": credentials.access_key_id,
        "x-acs-region-id": region_id,
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": nonce,
        "x-acs-signature-version": "1.0",
        "x-acs-version": API_VERSION,
    }
    if credentials.security_token:
        added["x-acs-security-token"] = credentials.security_token
    own = [(name, value) for name, value in headers if name.lower() not in added]
    text = string_to_sign(method, path, query, [*own, *added.items()])
    added["authorization"] = f"acs {credentials.access_key_id}:{signature(credentials.access_key_secret, text)}"
    return added


class RoaAuth(SigningAuth):
    """Signs requests to BatchCompute in one region; this signature leaves the body out.

    `now` gives epoch seconds, `nonce` a new text each time.
    """

    token_header = "x-acs-security-token"  # noqa: S105 -- the name of a header

    def __init__(
        self, credentials: Credentials, now: Callable[[], float], nonce: Callable[[], str], region_id: str
    ) -> None:
        super().__init__(credentials)
        self._now = now
        self._nonce = nonce
        self._region_id = region_id

    def signed(self, outgoing: Outgoing, credentials: Credentials) -> dict[str, str]:
        """The headers of the ROA signature."""
        return sign(
            outgoing.method,
            outgoing.path,
            outgoing.query,
            outgoing.headers,
            region_id=self._region_id,
            credentials=credentials,
            now=self._now(),
            nonce=self._nonce(),
        )


def _resource(path: str, query: str) -> str:
    if not query:
        return path
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
    return path + "?" + "&".join(f"{name}={value}" if value else name for name, value in pairs)
