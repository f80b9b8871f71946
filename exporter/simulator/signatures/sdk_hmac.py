"""Verification of Huawei Cloud's SDK-HMAC-SHA256 signature (support.huaweicloud.com, devg-apisign)."""

import hashlib
import hmac
import re
import urllib.parse
from datetime import UTC, datetime

from exporter.simulator.errors import ApiError
from exporter.simulator.keys import Key, KeyRing
from exporter.simulator.signatures.requests import SKEW_SECONDS, Received, percent_encoded, sorted_query

_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([0-9a-f]{64})")


def canonical_request(request: Received, signed_headers: list[str]) -> str:
    """The text whose hash is signed; the path ends with a slash here even where the sent one does not."""
    segments = [percent_encoded(urllib.parse.unquote(segment)) for segment in request.path.split("/")]
    path = "/".join(segments)
    headers = "".join(f"{name}:{request.header(name)}\n" for name in signed_headers)
    return "\n".join(
        (
            request.method,
            path if path.endswith("/") else path + "/",
            sorted_query(request.query_pairs()),
            headers,
            ";".join(signed_headers),
            request.header("x-sdk-content-sha256") or hashlib.sha256(request.body).hexdigest(),
        )
    )


def string_to_sign(date: str, canonical: str) -> str:
    """Algorithm, date and the hash of the canonical request."""
    return f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def signature(secret: str, text: str) -> str:
    """Lower-case hex of the HMAC; the key is the secret as it is."""
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def verify(request: Received, keys: KeyRing, now: float) -> Key:
    """The key that signed; raises ApiError unless it is known and signed within 15 minutes of ``now`` (real time).

    Huawei's scheme has no nonce.
    """
    match = _AUTHORIZATION.fullmatch(request.header("authorization"))
    if match is None:
        raise _refused("no or unreadable Authorization header")
    access_key_id, signed, given = match.groups()
    key = keys.find(access_key_id)
    if key is None:
        raise _refused("unknown access key")
    if key.inactive:
        raise _refused("the access key is disabled")
    signed_headers = signed.split(";")
    _check_headers(request, signed_headers)
    date = request.header("x-sdk-date")
    _check_date(date, now)
    canonical = canonical_request(request, signed_headers)
    if not hmac.compare_digest(signature(key.secret, string_to_sign(date, canonical)), given):
        # The real gateway echoes the request with its Authorization: clients have to prove that they redact.
        raise _refused(f"verify aksk signature fail, canonicalRequest:{canonical}|{request.header('authorization')}")
    if key.security_token is not None and request.header("x-security-token") != key.security_token:
        raise _refused("the security token is not of this access key")
    if keys.is_expired(key):
        raise ApiError(401, "APIGW.0307", "The token must be updated")
    return key


def _refused(reason: str) -> ApiError:
    return ApiError(401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}")


def _check_headers(request: Received, signed_headers: list[str]) -> None:
    if "x-sdk-date" not in signed_headers:
        raise _refused("X-Sdk-Date has to be signed")
    if signed_headers != sorted(signed_headers):
        raise _refused("SignedHeaders are not in order")
    if request.header("x-security-token") and "x-security-token" not in signed_headers:
        raise _refused("X-Security-Token has to be signed")


def _check_date(text: str, now: float) -> None:
    try:
        dated = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _refused("X-Sdk-Date is not of the form YYYYMMDDTHHMMSSZ") from None
    if abs(dated - now) > SKEW_SECONDS:
        raise ApiError(401, "APIGW.0303", "X-Sdk-Date is more than 15 minutes from the server's time")
