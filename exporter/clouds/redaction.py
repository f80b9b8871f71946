"""Takes secrets out of texts that come from outside before anybody sees them."""

import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "********"
_LONGEST = 300  # characters: enough to understand an error
_SEARCHED = 2000  # characters that are searched for what looks like a secret; the rest is not shown

_SEPARATOR = r"(\\?[\"']?\s*(?:[:=]|%(?:25)?3D)\s*)"
# A quoted value, with quotes of its own inside; that of JSON within JSON comes first. It may be cut off.
_QUOTED = r"\\\"(?:[^\"\\]|\\[^\"\\]|\\\\\\?.)*+(?:\\?\")?|\"(?:[^\"\\]|\\.)*+\\?\"?|'(?:[^'\\]|\\.)*+\\?'?"
# What vendors are known to echo: signatures, keys, tokens, whole Authorization headers, signed URLs. A string to sign
# stands there percent-encoded, once or twice.
_ASSIGNMENT = re.compile(
    r"(?i)(signature|authorization|access[-_ ]?key\w*(?:[-_ ](?:id|secret))?|secret\w*|password|passwd|passphrase|pwd|"
    r"(?<![a-z])(?:pass|ak|sk)|\w*token|credential|access)"
    rf"{_SEPARATOR}"
    rf"(?:{_QUOTED}|(?:acs\s+|(?:ACS3|SDK)-HMAC-SHA256\s+|bearer\s+|basic\s+)?[^\s\"',;&]+)"
)
_COOKIE = re.compile(rf"(?i)(cookie2?){_SEPARATOR}(?:{_QUOTED}|[^\s\"',;]+(?:;\s*[^\s\"',;]+)*)")
# Access key ids of Alibaba Cloud, those of other people too: ours are known.
_KEY_ID = re.compile(r"(?:LTAI|STS\.)[0-9A-Za-z]{12,}")
_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*")
_USER_INFO = re.compile(r"(https?://)[^\s/@]+@")


def redact(message: str, secrets: Iterable[str] = ()) -> str:
    """A text with the given secrets, and whatever looks like one, masked; one line of at most 300 characters."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):  # a secret may hold another one
        message = message.replace(form, MASK)
    message = " ".join(message.split())[:_SEARCHED]
    message = _QUERY.sub(rf"\1?{MASK}", message)
    message = _USER_INFO.sub(rf"\1{MASK}@", message)
    message = _ASSIGNMENT.sub(rf"\1\2{MASK}", message)
    message = _COOKIE.sub(rf"\1\2{MASK}", message)
    message = _KEY_ID.sub(MASK, message)
    return message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"


def _forms(secret: str) -> tuple[str, str, str]:
    """A secret as it is, and percent-encoded once and twice."""
    once = quote(secret, safe="")
    return secret, once, quote(once, safe="")
