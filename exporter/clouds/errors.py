"""What can go wrong when a cloud is asked.

One small tree; each class has the ``reason`` that a collection shows in ``cluster_exporter_collector_last_result``
and the ``outcome`` that ``cluster_exporter_api_requests_total`` counts::

    CloudError
    ├── AuthError            the key, the token or the clock is wrong
    │   ├── ClockError       this machine's clock is off
    │   ├── ProxyAuthError   the proxy on the way wants a password
    │   ├── TokenError       the token is not valid (any more): a new login may help
    │   └── LoginError       there is no key or token to call with; ``reason`` is that of what stood in the way
    ├── PermissionDeniedError the key is right and may not do this
    ├── ThrottledError       too many calls
    ├── UnavailableError     no answer
    │   ├── ServerError      the vendor failed
    │   ├── NonceUsedError   the signature must be made anew
    │   ├── UnknownHostError the host name does not resolve
    │   └── UntrustedHostError its certificate is not trusted
    ├── CallTimeoutError     no whole answer in time
    ├── BadResponseError     an answer that is not what the document says
    │   └── RejectedError    the vendor refused the parameters, or reports a business error
    │       └── PageSizeError the vendor refused the page size
    └── NotOfferedError      the product is not in this region
        └── RetiredError     the vendor has taken the API away
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a vendor said no: its error code, text and request id, and the HTTP status."""

    status: int
    code: str
    message: str
    request_id: str
    retry_after: float | None = None


class CloudError(Exception):
    """A call that gave no data; its text is safe to show (redacted, no URL, no body).

    ``retry_after`` is the vendor's hint when to ask again, in seconds, where there was one.
    """

    reason = "unavailable"
    outcome = "network"
    retry_after: float | None = None

    def __init__(self, message: str, *, operation: str = "", request_id: str = "", code: str = "") -> None:
        super().__init__(message)
        self.operation = operation
        self.request_id = request_id
        self.code = code


class AuthError(CloudError):
    """The key, the token or the clock is wrong."""

    reason = "auth"
    outcome = "auth"


class ClockError(AuthError):
    """The clocks of this machine and of the vendor are too far apart for a signature to hold."""


class ProxyAuthError(AuthError):
    """Not the cloud but the proxy on the way did not let the call pass (HTTP 407)."""


class TokenError(AuthError):
    """The token, or the temporary key, is not valid (any more): a new login may help."""


class LoginError(AuthError):
    """There is no key or token to call with; nothing was sent."""

    def __init__(
        self, message: str, *, reason: str, outcome: str, operation: str = "", request_id: str = "", code: str = ""
    ) -> None:
        super().__init__(message, operation=operation, request_id=request_id, code=code)
        self.reason = reason
        self.outcome = outcome


class PermissionDeniedError(CloudError):
    """The key is right and may not do this."""

    reason = "permission"
    outcome = "permission"


class ThrottledError(CloudError):
    """Too many calls; ``date`` is the Date header of the answer."""

    reason = "throttled"
    outcome = "throttled"
    date: str = ""


class UnavailableError(CloudError):
    """No answer, or a server error."""

    reason = "unavailable"
    outcome = "network"


class ServerError(UnavailableError):
    """The vendor answered that it failed itself (HTTP 5xx, InternalError, ServiceUnavailable)."""

    outcome = "server_error"


class UnknownHostError(UnavailableError):
    """The host name does not resolve: a DNS outage, or a product that is gone."""


class UntrustedHostError(UnavailableError):
    """The host's certificate is not trusted: a wrong CA, or somebody on the way."""


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


class CredentialsError(Exception):
    """No usable key or token; the message names the source, the reason and the way out, never a value.

    No call was made with it, so it is no CloudError until one asks for it (LoginError). ``reason`` and ``outcome`` are
    those of the login call that failed, where there was one.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = AuthError.reason,
        outcome: str = AuthError.outcome,
        operation: str = "",
        request_id: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.outcome = outcome
        self.operation = operation
        self.request_id = request_id
        self.code = code

    def told_as(self, text: str) -> "CredentialsError":
        """The same with another text."""
        kept = {"operation": self.operation, "request_id": self.request_id, "code": self.code}
        return type(self)(text, reason=self.reason, outcome=self.outcome, **kept)

    @property
    def is_passing(self) -> bool:
        """Whether the same login may well work later, with nothing changed."""
        return self.reason in {UnavailableError.reason, CallTimeoutError.reason, ThrottledError.reason}


class NotSetUpError(CredentialsError):
    """A source that is not set up here: another one may be."""


def no_login(operation: str, error: CredentialsError) -> LoginError:
    """The error of a call that could not be made for want of a login."""
    return LoginError(
        f"{operation}: {error}",
        reason=error.reason,
        outcome=error.outcome,
        operation=error.operation or operation,
        request_id=error.request_id,
        code=error.code,
    )


def login_refused(source: str, error: CloudError) -> CredentialsError:
    """What a failed login call comes to, told with the name of its source.

    A call that the vendor refuses as such, or does not know, is one that was set up wrong: were its ``not_offered``
    that of the product which needs the login, a lost login would go quiet.
    """
    is_wrong = isinstance(error, RejectedError | NotOfferedError)
    return CredentialsError(
        f"{source}: {error}",
        reason=AuthError.reason if is_wrong else error.reason,
        outcome=AuthError.outcome if is_wrong else error.outcome,
        operation=error.operation,
        request_id=error.request_id,
        code=error.code,
    )
