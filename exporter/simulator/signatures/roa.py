"""Verification of BatchCompute's ROA signature 1.0, HMAC-SHA1 (help.aliyun.com/zh/batchcompute, signature)."""

import base64
import hmac
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from exporter.simulator.errors import ApiError
from exporter.simulator.keys import Key, KeyRing
from exporter.simulator.signatures.callers import check_token, known_key
from exporter.simulator.signatures.requests import SKEW_SECONDS, Nonces, Received

_AUTHORIZATION = re.compile(r"acs ([^:\s]+):([A-Za-z0-9+/]+=*)")


def string_to_sign(request: Received) -> str:
    """The signed text: five lines, the sorted x-acs-* headers, and the resource as it was sent."""
    lines = [request.method, *(request.header(name) for name in ("accept", "content-md5", "content-type", "date"))]
    headers = sorted((name, value.strip()) for name, value in request.headers if name.startswith("x-acs-"))
    return "\n".join([*lines, *(f"{name}:{value}" for name, value in headers), _resource(request)])


def _resource(request: Received) -> str:
    """Path and sorted query, undecoded; a parameter without a value is its bare name."""
    pairs = sorted((pair.partition("=") for pair in request.query.split("&") if pair), key=lambda pair: pair[0])
    texts = [f"{name}={value}" if value else name for name, _, value in pairs]
    return request.path + ("?" + "&".join(texts) if texts else "")


def signature(secret: str, text: str) -> str:
    """Base64 of the HMAC; the key is the secret alone, as the vendor's SDK and Chinese page have it."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha1").digest()).decode()


def verify(request: Received, keys: KeyRing, nonces: Nonces, now: float) -> Key:
    """The key that signed; raises ApiError unless it is known and signed within 15 minutes of ``now`` (real time)."""
    match = _AUTHORIZATION.fullmatch(request.header("authorization"))
    if match is None:
        raise ApiError(400, "IncompleteSignature", "The Authorization header is not of the form: acs id:signature.")
    key = known_key(keys, match[1])
    for name, value in (("x-acs-signature-method", "HMAC-SHA1"), ("x-acs-signature-version", "1.0")):
        if request.header(name) != value:
            raise ApiError(400, "IncompleteSignature", f"{name} has to be {value}.")
    nonce = request.header("x-acs-signature-nonce")
    if not nonce:
        raise ApiError(400, "MissingSignatureNonce", "x-acs-signature-nonce is missing.")
    _check_date(request.header("date"), now)
    text = string_to_sign(request)
    if not hmac.compare_digest(signature(key.secret, text), match[2]):
        message = f"The signatures differ. server string to sign is:{text}"
        raise ApiError(400, "SignatureDoesNotMatch", message)
    check_token(keys, key, request.header("x-acs-security-token"))
    if not nonces.first_use(nonce, now):
        raise ApiError(400, "SignatureNonceUsed", "The signature nonce was used already.")
    return key


def _check_date(text: str, now: float) -> None:
    try:
        dated = parsedate_to_datetime(text)
    except ValueError:
        raise ApiError(400, "InvalidTimeStamp.Format", "Date is not of the form of RFC 822.") from None
    moment = dated if dated.tzinfo else dated.replace(tzinfo=UTC)
    if abs(datetime.timestamp(moment) - now) > SKEW_SECONDS:
        raise ApiError(400, "InvalidTimeStamp.Expired", "Date is more than 15 minutes from the server's time.")
