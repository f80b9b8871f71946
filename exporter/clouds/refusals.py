"""What a refusal stands for, told by its code where that is known, else by its HTTP status."""

import re
from collections.abc import Iterable
from dataclasses import replace

from exporter.clouds.errors import (
    AuthError,
    CloudError,
    PermissionDeniedError,
    ProxyAuthError,
    Refusal,
    RejectedError,
    ServerError,
    ThrottledError,
)
from exporter.clouds.exchange import Dialect
from exporter.clouds.redaction import redact

Kind = tuple[type[CloudError], str]  # the error and, in our words, what it means

REJECTED: Kind = (RejectedError, "the call was refused")
_BY_STATUS: dict[int, Kind] = {
    401: (AuthError, "not authenticated"),
    403: (PermissionDeniedError, "refused"),
    407: (ProxyAuthError, "not authenticated at the proxy"),
    429: (ThrottledError, "too many calls"),
}


class Codes:
    """A vendor's error codes: patterns that the beginning of a code is held against, the first match wins."""

    def __init__(self, rows: Iterable[tuple[str, type[CloudError], str]]) -> None:
        self._kinds = [(re.compile(pattern), (error, hint)) for pattern, error, hint in rows]

    def kind(self, code: str) -> Kind | None:
        """What a code stands for; None where it is not known."""
        return next((kind for pattern, kind in self._kinds if pattern.match(code)), None)


def kind_of_status(refusal: Refusal) -> Kind:
    """What the HTTP status alone says."""
    if refusal.status >= 500:
        return ServerError, "the service failed"
    return _BY_STATUS.get(refusal.status, REJECTED)


def refused(dialect: Dialect, refusal: Refusal, operation: str, note: str, secrets: tuple[str, ...]) -> CloudError:
    """The error for a refusal, with all that came from outside redacted; our own words stay as they are.

    ``note`` says what there was in place of a body that can be read.
    """
    code, request_id = redact(refusal.code, secrets)[:100], redact(refusal.request_id, secrets)[:64]
    error = dialect.error(replace(refusal, code=code), operation)
    # An authentication error's text holds the signed request and is of no use to a reader: it is never shown.
    message = note if isinstance(error, AuthError) else redact(refusal.message, secrets) or note
    text = f"{error}: {message}" if message else str(error)
    return type(error)(text, operation=operation, request_id=request_id, code=code)
