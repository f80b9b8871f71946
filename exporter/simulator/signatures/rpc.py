"""Verification of Alibaba Cloud's RPC signature 1.0, HMAC-SHA1 in the parameters (help.aliyun.com, RPC mechanism)."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from exporter.simulator.errors import ApiError
from exporter.simulator.keys import Key, KeyRing
from exporter.simulator.signatures.callers import check_token, known_key
from exporter.simulator.signatures.requests import SKEW_SECONDS, Nonces, percent_encoded, sorted_query


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """The signed text: all parameters of query and form but the signature, encoded twice."""
    pairs = [(name, value) for name, value in parameters.items() if name != "Signature"]
    return f"{method}&{percent_encoded('/')}&{percent_encoded(sorted_query(pairs))}"


def signature(secret: str, text: str) -> str:
    """Base64 of the HMAC; the key is the secret with an ampersand."""
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), "sha1").digest()).decode()


def verify(method: str, parameters: Mapping[str, str], keys: KeyRing, nonces: Nonces, now: float) -> Key:
    """The key that signed; raises ApiError unless it is known and signed within 15 minutes of ``now`` (real time)."""
    if not parameters.get("AccessKeyId"):
        raise ApiError(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
    key = known_key(keys, parameters["AccessKeyId"])
    for name, value in (("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")):
        if parameters.get(name) != value:
            raise ApiError(400, f"Invalid{name}", f"{name} has to be {value}.")
    nonce = parameters.get("SignatureNonce", "")
    for name in ("SignatureNonce", "Timestamp", "Signature"):
        if not parameters.get(name):
            raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
    check_timestamp(parameters["Timestamp"], now)
    text = string_to_sign(method, parameters)
    if not hmac.compare_digest(signature(key.secret, text).encode(), parameters["Signature"].encode()):
        # The real gateway echoes this text, access key id and security token among it: clients have to redact.
        raise ApiError(400, "SignatureDoesNotMatch", f"The signatures differ. server string to sign is:{text}")
    check_token(keys, key, parameters.get("SecurityToken", ""))
    if not nonces.first_use(nonce, now):
        raise ApiError(400, "SignatureNonceUsed", "The signature nonce was used already.")
    return key


def check_timestamp(text: str, now: float) -> None:
    """Raise ApiError for a Timestamp that cannot be read or is more than 15 minutes off."""
    try:
        dated = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise ApiError(400, "InvalidTimeStamp.Format", "Timestamp is not of the form yyyy-MM-ddTHH:mm:ssZ.") from None
    if abs(dated - now) > SKEW_SECONDS:
        raise ApiError(400, "InvalidTimeStamp.Expired", "Timestamp is more than 15 minutes from the server's time.")
