"""What a refusal stands for, told by its code where that is known, else by its HTTP status."""

import re
from collections.abc import Iterable

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
