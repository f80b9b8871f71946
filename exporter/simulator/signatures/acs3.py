"""Verification of ACS3-HMAC-SHA256, Alibaba Cloud's "V3" signature (help.aliyun.com document 2593177)."""

import hashlib
import hmac
import re
import urllib.parse
from datetime import UTC, datetime

from exporter.simulator.errors import ApiError
from exporter.simulator.keys import Key, KeyRing
from exporter.simulator.signatures.callers import check_token, known_key
from exporter.simulator.signatures.requests import SKEW_SECONDS, Nonces, Received, percent_encoded, sorted_query

_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,\s]+),SignedHeaders=([^,\s]+),Signature=([0-9a-f]{64})")
_DEMANDED = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")


def canonical_request(request: Received, signed_headers: list[str], payload_hash: str) -> str:
    """The text whose hash is signed; repeated headers are sorted and joined by a comma."""
    path = percent_encoded(urllib.parse.unquote(request.path), safe="/")
    headers = "".join(
        f"{name}:{','.join(sorted(value.strip() for value in request.all(name)))}\n" for name in signed_headers
    )
    parts = (request.method, path, sorted_query(request.query_pairs()), headers, ";".join(signed_headers), payload_hash)
    return "\n".join(parts)


def string_to_sign(canonical: str) -> str:
    """The algorithm's name and the hash of the canonical request."""
    return f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def signature(secret: str, text: str) -> str:
    """Lower-case hex of the HMAC; the key is the secret as it is."""
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def verify(request: Received, keys: KeyRing, nonces: Nonces, now: float) -> Key:
    """The key that signed; raises ApiError unless it is known and signed within 15 minutes of ``now`` (real time)."""
    authorization = request.header("authorization")
    if not authorization:
        raise ApiError(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise ApiError(400, "IncompleteSignature", "The Authorization header is not of the form ACS3-HMAC-SHA256.")
    access_key_id, signed, given = match.groups()
    key = known_key(keys, access_key_id)
    signed_headers = signed.split(";")
    _check_headers(request, signed_headers)
    _check_date(request.header("x-acs-date"), now)
    canonical = canonical_request(request, signed_headers, hashlib.sha256(request.body).hexdigest())
    text = string_to_sign(canonical)
    if not hmac.compare_digest(signature(key.secret, text), given):
        # The real gateway echoes both texts, a security token among them: clients have to prove that they redact.
        message = f"The signatures differ. server canonical request is:{canonical} server string to sign is:{text}"
        raise ApiError(400, "SignatureDoesNotMatch", message)
    check_token(keys, key, request.header("x-acs-security-token"))
    if not nonces.first_use(request.header("x-acs-signature-nonce"), now):
        raise ApiError(400, "SignatureNonceUsed", "The signature nonce was used already.")
    return key


def _check_headers(request: Received, signed_headers: list[str]) -> None:
    for name in _DEMANDED:
        if not request.header(name):
            raise ApiError(400, f"Missing{name.removeprefix('x-acs-').title().replace('-', '')}", f"{name} is missing.")
    if signed_headers != sorted(signed_headers):
        raise ApiError(400, "IncompleteSignature", "SignedHeaders are not in order.")
    present = {name for name, _ in request.headers}
    demanded = {name for name in present if name.startswith("x-acs-")} | ({"host", "content-type"} & present)
    unsigned = ", ".join(sorted(demanded - set(signed_headers)))
    if unsigned:
        raise ApiError(400, "IncompleteSignature", f"These headers have to be signed: {unsigned}.")


def _check_date(text: str, now: float) -> None:
    try:
        dated = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise ApiError(400, "InvalidTimeStamp.Format", "x-acs-date is not of the form yyyy-MM-ddTHH:mm:ssZ.") from None
    if abs(dated - now) > SKEW_SECONDS:
        raise ApiError(400, "InvalidTimeStamp.Expired", "x-acs-date is more than 15 minutes from the server's time.")
