"""Who signs at Alibaba Cloud: the key of an id, and the security token that a temporary one has to come with."""

import re

from exporter.simulator.errors import ApiError
from exporter.simulator.keys import Key, KeyRing

_TOKEN = re.compile(r"[A-Za-z0-9+/=._~-]+")
"""What can be a token at all; a blank or a quote in it is a slip of whoever copied it."""


def known_key(keys: KeyRing, access_key_id: str) -> Key:
    """The key that signs; raises ApiError where it is not known or was disabled."""
    key = keys.find(access_key_id)
    if key is None:
        raise ApiError(404, "InvalidAccessKeyId.NotFound", "The specified access key is not known.")
    if key.inactive:
        raise ApiError(400, "InvalidAccessKeyId.Inactive", "The specified access key is disabled.")
    return key


def check_token(keys: KeyRing, key: Key, given: str) -> None:
    """Raise ApiError unless a temporary key comes with its own token, and before its end."""
    if key.security_token is None:
        return
    if not given:
        raise ApiError(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if not _TOKEN.fullmatch(given):
        raise ApiError(400, "InvalidSecurityToken.Malformed", "The specified SecurityToken is malformed.")
    if given != key.security_token:
        raise ApiError(
            400, "InvalidSecurityToken.MismatchWithAccessKey", "The security token is not of this access key."
        )
    if keys.is_expired(key):
        raise ApiError(400, "InvalidSecurityToken.Expired", "The specified SecurityToken is expired.")
