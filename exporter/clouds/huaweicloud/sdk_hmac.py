"""Huawei's access key signature (SDK-HMAC-SHA256), by which ModelArts and IAM are called.

Source: https://support.huaweicloud.com/devg-apisign/ and the vendor's SDK.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import Pairs, canonical_headers, canonical_path, canonical_query
from exporter.clouds.signing import Outgoing, SigningAuth

ALGORITHM = "SDK-HMAC-SHA256"


def canonical_request(method: str, path: str, query: str, headers: Pairs, payload_hash: str) -> str:
    """Write down a request as the server will see it, its path always with a slash at the end.

    `path` and `query` are as in the URL, `headers` are those to sign, `payload_hash` is the body's SHA-256 in hex.
    """
    lines, names = canonical_headers(headers)
    slashed = canonical_path(path).removesuffix("/") + "/"
    return "\n".join((method, slashed, canonical_query(query), lines, names, payload_hash))


def string_to_sign(date: str, canonical: str) -> str:
    """Give the text over which the signature of a canonical request is made; `date` is the X-Sdk-Date header."""
    return f"{ALGORITHM}\n{date}\n{_sha256(canonical.encode())}"


def signature(access_key_secret: str, date: str, canonical: str) -> str:
    """Give the signature of a canonical request, in hex; `date` is the X-Sdk-Date header."""
    return hmac.digest(access_key_secret.encode(), string_to_sign(date, canonical).encode(), "sha256").hex()


def sign(
    method: str,
    path: str,
    query: str,
    headers: Pairs,
    body: bytes,
    *,
    credentials: Credentials,
    now: float,
    project_id: str = "",
) -> dict[str, str]:
    """Give the headers, in lower case, that a request needs beside its own.

    `headers` are the request's own, of which host, content-type and x-* are signed; a ready X-Sdk-Content-Sha256 among
    them stands for the body's hash. `now` is in epoch seconds and must be within 15 minutes of the server's clock.
    """
    date = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"x-sdk-date": date}
    if project_id:
        added["x-project-id"] = project_id
    if credentials.security_token:
        added["x-security-token"] = credentials.security_token
    own = [(name.lower(), value) for name, value in headers if name.lower() not in added]
    payload_hash = dict(own).get("x-sdk-content-sha256") or _sha256(body)
    signed = [(name, value) for name, value in own if _is_signed(name)] + list(added.items())
    canonical = canonical_request(method, path, query, signed, payload_hash)
    _, names = canonical_headers(signed)
    proof = signature(credentials.access_key_secret, date, canonical)
    added["authorization"] = f"{ALGORITHM} Access={credentials.access_key_id}, SignedHeaders={names}, Signature={proof}"
    return added


class SdkHmacAuth(SigningAuth):
    """Signs requests for one project; without a project id the key's own project is meant.

    `now` gives epoch seconds.
    """

    token_header = "x-security-token"  # noqa: S105 -- the name of a header

    def __init__(self, credentials: Credentials, now: Callable[[], float], project_id: str = "") -> None:
        super().__init__(credentials)
        self._now = now
        self._project_id = project_id

    def signed(self, outgoing: Outgoing, credentials: Credentials) -> dict[str, str]:
        """The headers of SDK-HMAC-SHA256."""
        return sign(
            outgoing.method,
            outgoing.path,
            outgoing.query,
            outgoing.headers,
            outgoing.body,
            credentials=credentials,
            now=self._now(),
            project_id=self._project_id,
        )


def _is_signed(name: str) -> bool:
    # The gateway leaves names with an underscore out of what it verifies.
    return (name in {"host", "content-type"} or name.startswith("x-")) and "_" not in name


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
