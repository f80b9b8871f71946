"""What can go wrong when a cloud is asked.

One small tree; each class has the ``reason`` that a collection shows in ``cluster_exporter_collector_last_result``
and the ``outcome`` that ``cluster_exporter_api_requests_total`` counts::

    CloudError
    ├── AuthError            the key, the token or the clock is wrong
    ├── PermissionDeniedError the key is right and may not do this
    ├── ThrottledError       too many calls; ``retry_after`` seconds where the vendor gave a hint
    ├── UnavailableError     no answer
    │   ├── ServerError      the vendor failed
    │   ├── NonceUsedError   the signature must be made anew
    │   └── UnknownHostError the host name does not resolve
    ├── CallTimeoutError     no whole answer in time
    ├── BadResponseError     an answer that is not what the document says
    │   └── RejectedError    the vendor refused the parameters, or reports a business error
    │       └── PageSizeError the vendor refused the page size
    └── NotOfferedError      the product is not in this region
        └── RetiredError     the vendor has taken the API away
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a vendor said no: its error code, text and request id, and the HTTP status."""

    status: int
    code: str
    message: str
    request_id: str
    retry_after: float | None = None


class CloudError(Exception):
    """A call that gave no data; its text is safe to show (redacted, no URL, no body)."""

    reason: ClassVar[str] = "unavailable"
    outcome: ClassVar[str] = "network"

    def __init__(self, message: str, *, operation: str = "", request_id: str = "", code: str = "") -> None:
        super().__init__(message)
        self.operation = operation
        self.request_id = request_id
        self.code = code


class AuthError(CloudError):
    """The key, the token or the clock is wrong."""

    reason = "auth"
    outcome = "auth"


class PermissionDeniedError(CloudError):
    """The key is right and may not do this."""

    reason = "permission"
    outcome = "permission"


class ThrottledError(CloudError):
    """Too many calls."""

    reason = "throttled"
    outcome = "throttled"
    retry_after: float | None = None


class UnavailableError(CloudError):
    """No answer, or a server error."""

    reason = "unavailable"
    outcome = "network"


class ServerError(UnavailableError):
    """The vendor answered that it failed itself (HTTP 5xx, InternalError, ServiceUnavailable)."""

    outcome = "server_error"


class UnknownHostError(UnavailableError):
    """The host name does not resolve: a DNS outage, or a product that is gone."""


class CallTimeoutError(CloudError):
    """No whole answer in time."""

    reason = "timeout"
    outcome = "timeout"


class BadResponseError(CloudError):
    """An answer that is not what the vendor's document says."""

    reason = "bad_response"
    outcome = "bad_response"


class RejectedError(BadResponseError):
    """The vendor refused the parameters, or reports a business error inside an HTTP 200."""

    outcome = "client_error"


class PageSizeError(RejectedError):
    """The vendor refused the page size; a smaller one may do."""


class NonceUsedError(UnavailableError):
    """The signature's nonce was seen before: sign anew and ask again."""

    outcome = "client_error"


class NotOfferedError(CloudError):
    """The vendor does not offer this: as such, the product is not in this region."""

    reason = "not_offered"
    outcome = "client_error"


class RetiredError(NotOfferedError):
    """The vendor knows no such API, or not in this version: it was taken away, or never was at this address."""
