"""Alibaba's signature V3 (ACS3-HMAC-SHA256), by which RetailCloud, EMR, ECS, RDS and STS are called.

Source: https://help.aliyun.com/document_detail/2593177.html
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import Pairs, canonical_headers, canonical_path, canonical_query
from exporter.clouds.signing import Outgoing, SigningAuth

ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_request(method: str, path: str, query: str, headers: Pairs, payload_hash: str) -> str:
    """Write down a request as the server will see it.

    `path` and `query` are as in the URL, `headers` are those to sign, `payload_hash` is the body's SHA-256 in hex.
    """
    lines, names = canonical_headers(headers)
    return "\n".join((method, canonical_path(path), canonical_query(query), lines, names, payload_hash))


def string_to_sign(canonical: str) -> str:
    """Give the text over which the signature of a canonical request is made."""
    return f"{ALGORITHM}\n{_sha256(canonical.encode())}"


def signature(access_key_secret: str, canonical: str) -> str:
    """Give the signature of a canonical request, in hex."""
    return hmac.digest(access_key_secret.encode(), string_to_sign(canonical).encode(), "sha256").hex()


def sign(
    method: str,
    path: str,
    query: str,
    headers: Pairs,
    body: bytes,
    *,
    credentials: Credentials,
    now: float,
    nonce: str,
) -> dict[str, str]:
    """Give the headers, in lower case, that a request needs beside its own.

    `headers` are the request's own, of which host, content-type and x-acs-* are signed; `now` is in epoch seconds and
    must be within 15 minutes of the server's clock; `nonce` must never be used twice.
    """
    added = {
        "x-acs-date": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": _sha256(body),
    }
    if credentials.security_token:
        added["x-acs-security-token"] = credentials.security_token
    signed = [(name, value) for name, value in headers if _is_signed(name.lower()) and name.lower() not in added]
    signed += added.items()
    canonical = canonical_request(method, path, query, signed, added["x-acs-content-sha256"])
    _, names = canonical_headers(signed)
    proof = signature(credentials.access_key_secret, canonical)
    added["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id},SignedHeaders={names},Signature={proof}"
    )
    return added


class Acs3Auth(SigningAuth):
    """Signs requests that bring their x-acs-action and x-acs-version.

    `now` gives epoch seconds, `nonce` a new text each time.
    """

    token_header = "x-acs-security-token"  # noqa: S105 -- the name of a header

    def __init__(self, credentials: Credentials, now: Callable[[], float], nonce: Callable[[], str]) -> None:
        super().__init__(credentials)
        self._now = now
        self._nonce = nonce

    def signed(self, outgoing: Outgoing, credentials: Credentials) -> dict[str, str]:
        """The headers of ACS3-HMAC-SHA256."""
        return sign(
            outgoing.method,
            outgoing.path,
            outgoing.query,
            outgoing.headers,
            outgoing.body,
            credentials=credentials,
            now=self._now(),
            nonce=self._nonce(),
        )


def _is_signed(name: str) -> bool:
    return name in {"host", "content-type"} or name.startswith("x-acs-")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
