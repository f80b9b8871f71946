"""Fault switches: what the simulated clouds can be told to do wrong, for how long and to which calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exporter.simulator.errors import ROA, RPC, ApiError

KINDS: dict[str, str] = {
    "throttled": "HTTP 400 Throttling.User with x-acs-retry-after (retry_after, ms); Huawei 429 APIGW.0308",
    "unavailable": "HTTP 503 ServiceUnavailable",
    "internal_error": "HTTP 500 InternalError",
    "html": "a proxy's 502 page in HTML",
    "truncated_json": "the first half of the right answer",
    "business_error": "HTTP 200 with a Code other than 0 and a text beside it",
    "forbidden": "HTTP 403 Forbidden.RAM; Huawei APIGW.0302",
    "invalid_key": "the access key is not known",
    "expired_token": "InvalidSecurityToken.Expired; Huawei APIGW.0307",
    "clock_skew": "InvalidTimeStamp.Expired; Huawei APIGW.0303",
    "not_found_api": "InvalidApi.NotFound: the vendor has retired the operation",
    "not_offered": "InvalidRegionId.NotFound: the product is not in this region",
    "slow": "the right answer after `delay` real seconds (default 5)",
    "endless_body": "a body that never ends",
    "reset": "the connection breaks in the middle of the answer",
    "wrong_types": "every scalar below the envelope is an object",
    "empty_object": "{}",
    "nulls": "every scalar below the envelope is null",
}

_REFUSALS: dict[str, tuple[tuple[int, str, str], tuple[int, str, str]]] = {
    "throttled": (
        (400, "Throttling.User", "Request was denied due to user flow control."),
        (
            429,
            "APIGW.0308",
            "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second",
        ),
    ),
    "unavailable": (
        (503, "ServiceUnavailable", "The service is unavailable for now."),
        (503, "APIGW.0201", "Backend unavailable"),
    ),
    "internal_error": (
        (500, "InternalError", "The request failed for an unknown reason."),
        (500, "APIGW.0601", "Internal server error"),
    ),
    "forbidden": (
        (403, "Forbidden.RAM", "The user is not authorized to operate on the specified resource."),
        (403, "APIGW.0302", "The IAM user is not authorised"),
    ),
    "invalid_key": (
        (404, "InvalidAccessKeyId.NotFound", "The specified access key is not known."),
        (401, "APIGW.0301", "Incorrect IAM authentication information: unknown access key"),
    ),
    "expired_token": (
        (400, "InvalidSecurityToken.Expired", "The security token has expired."),
        (401, "APIGW.0307", "The token must be updated"),
    ),
    "clock_skew": (
        (400, "InvalidTimeStamp.Expired", "The date is more than 15 minutes from the server's time."),
        (401, "APIGW.0303", "X-Sdk-Date is more than 15 minutes from the server's time"),
    ),
    "not_found_api": (
        (404, "InvalidApi.NotFound", "The specified operation does not exist."),
        (404, "APIGW.0101", "The API does not exist or has not been published"),
    ),
    "not_offered": (
        (400, "InvalidRegionId.NotFound", "The specified RegionId does not exist."),
        (404, "APIGW.0101", "The API does not exist or has not been published"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault for an operation (``*``: all), for ``seconds`` of real time, ``times`` calls, or until cleared.

    ``match`` narrows it to calls whose parameters have these values. Raises ValueError for an unknown fault.
    """

    fault: str
    operation: str = "*"
    seconds: float | None = None
    times: int | None = None
    match: Mapping[str, str] = field(default_factory=dict)
    retry_after: int = 1000
    delay: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what nobody can play."""
        if self.fault not in KINDS:
            raise ValueError(f"no such fault: {self.fault}; there are {', '.join(KINDS)}")

    def refusal(self, family: str) -> ApiError | None:
        """The error answer of this fault at one gateway, or None for a fault that is no plain error answer."""
        if self.fault not in _REFUSALS:
            return None
        is_aliyun = family in {RPC, ROA}
        status, code, message = _REFUSALS[self.fault][not is_aliyun]
        throttled = self.fault == "throttled" and is_aliyun
        return ApiError(status, code, message, {"x-acs-retry-after": str(self.retry_after)} if throttled else None)


@dataclass(slots=True)
class _Standing:
    fault: Fault
    until: float | None
    left: int | None


class Faults:
    """The faults in force, oldest first; the first one that fits a call is played. ``real`` gives real seconds."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self._standing: list[_Standing] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        until = None if fault.seconds is None else self._real() + fault.seconds
        self._standing.append(_Standing(fault, until, fault.times))

    def clear(self) -> None:
        """Take all faults away."""
        self._standing.clear()

    def take(self, operation: str, parameters: Mapping[str, str]) -> Fault | None:
        """The fault to play for this call, which counts as one of its times."""
        self._forget_spent()
        for standing in self._standing:
            fault = standing.fault
            matches = all(parameters.get(name) == value for name, value in fault.match.items())
            if fault.operation in {"*", operation} and matches:
                if standing.left is not None:
                    standing.left -= 1
                return fault
        return None

    def in_force(self) -> list[Fault]:
        """The faults that would be played now."""
        self._forget_spent()
        return [standing.fault for standing in self._standing]

    def _forget_spent(self) -> None:
        now = self._real()
        self._standing = [s for s in self._standing if (s.until is None or now < s.until) and s.left != 0]
