"""Takes secrets out of texts that come from outside before anybody sees them."""

import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "********"
_LONGEST = 300  # characters: enough to understand an error

# What vendors are known to echo: signatures, keys, tokens, whole Authorization headers, signed URLs.
_ASSIGNMENT = re.compile(
    r"(?i)(signature|authorization|accesskey\w*|access[-_ ]?key\w*|secret\w*|password|pwd|\w*token|credential|access)"
    r"(\"?\s*[:=]\s*\"?)(?:acs\s+|(?:ACS3|SDK)-HMAC-SHA256\s+|bearer\s+|basic\s+)?[^\s\"',;&]+"
)
_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*")
_USER_INFO = re.compile(r"(https?://)[^\s/@]+@")


def redact(message: str, secrets: Iterable[str] = ()) -> str:
    """A text with the given secrets, and whatever looks like one, masked; one line of at most 300 characters."""
    for secret in secrets:
        if secret:
            for form in {secret, quote(secret, safe="")}:
                message = message.replace(form, MASK)
    message = _QUERY.sub(rf"\1?{MASK}", message)
    message = _USER_INFO.sub(rf"\1{MASK}@", message)
    message = _ASSIGNMENT.sub(rf"\1\2{MASK}", message)
    message = " ".join(message.split())
    return message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"
