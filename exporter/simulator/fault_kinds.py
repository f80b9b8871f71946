"""The kinds of faults that the simulated clouds can be told to play, and the error answers of those that are one."""

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.simulator.errors import ROA, RPC, ApiError

REFUSALS: Mapping[str, str] = {
    "throttled": "HTTP 400 Throttling.User with x-acs-retry-after (retry_after, ms); Huawei 429 APIGW.0308",
    "throttled_without_hint": "the same without x-acs-retry-after",
    "throttled_old_hint": "the same with the older x-ratelimit-user-api, whose TimeLeft is retry_after",
    "unavailable": "HTTP 503 ServiceUnavailable",
    "internal_error": "HTTP 500 InternalError",
    "forbidden": "HTTP 403 Forbidden.RAM; Huawei APIGW.0302",
    "invalid_key": "the access key is not known",
    "expired_token": "InvalidSecurityToken.Expired; Huawei APIGW.0307",
    "clock_skew": "InvalidTimeStamp.Expired; Huawei APIGW.0303",
    "not_found_api": "InvalidApi.NotFound: the vendor has retired the operation",
    "not_offered": "InvalidRegionId.NotFound: the product is not in this region",
}
"""Faults that are an error answer of the gateway."""

PAGES: Mapping[str, str] = {
    "html": "a proxy's 502 page in HTML",
    "html_success": "HTTP 200 with a page in HTML, as a portal that wants a login answers",
    "too_many_requests": "HTTP 429 with a page in HTML, as a firewall on the way answers",
}
"""Faults that are a web page in place of an answer."""

TRANSMISSIONS: Mapping[str, str] = {
    "slow": "the right answer after `delay` real seconds (default 5)",
    "endless_body": "a body that never ends",
    "reset": "the connection breaks in the middle of the answer",
    "truncated_json": "the first half of the right answer",
    "empty_object": "{}",
    "business_error": "HTTP 200 with a Code other than 0 and a text beside it",
}
"""Faults of an answer as a whole."""

VALUES: Mapping[str, str] = {
    "nulls": "every scalar below the envelope is null",
    "missing_fields": "every scalar below the envelope is left out",
    "wrong_types": "every scalar below the envelope is an object",
    "lists": "every scalar below the envelope is a list",
    "strings": "every scalar below the envelope is a text of no meaning",
    "odd_strings": "every scalar below the envelope is 5,000 characters: quotes, line ends, halves of surrogate pairs",
    "booleans": "every scalar below the envelope is true",
    "huge_numbers": "every number below the envelope has 400 digits",
    "not_a_number": "every number below the envelope is NaN, which JSON does not have",
}
"""Faults of the values in an answer (of all, where it has no envelope); ``field`` narrows to the fields of one name."""

LISTINGS: Mapping[str, str] = {
    "duplicates": "every row of the list is there twice",
    "repeated_pages": "the first page again and again, with a total that promises more",
    "endless_pages": "every page has a new object, and none is the last",
    "total_too_large": "a total that is a page larger than the list",
    "total_too_small": "a total that is one smaller than the list",
    "total_zero": "a total of 0 beside the rows",
    "total_missing": "no total",
    "gone": "the object that the call names was deleted a moment ago",
}
"""Faults of lists and of the objects that a call names."""

KINDS: Mapping[str, str] = {**REFUSALS, **PAGES, **TRANSMISSIONS, **VALUES, **LISTINGS}
"""All of them by name, with what each does."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    code: str
    message: str


_FLOW = _Answer(400, "Throttling.User", "Request was denied due to user flow control.")
_FLOW_HUAWEI = _Answer(
    429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second"
)
_NO_API = _Answer(404, "APIGW.0101", "The API does not exist or has not been published")
# By fault, as Alibaba Cloud's gateways answer it and as Huawei Cloud's does.
_ANSWERS: Mapping[str, tuple[_Answer, _Answer]] = {
    "throttled": (_FLOW, _FLOW_HUAWEI),
    "throttled_without_hint": (_FLOW, _FLOW_HUAWEI),
    "throttled_old_hint": (_FLOW, _FLOW_HUAWEI),
    "unavailable": (
        _Answer(503, "ServiceUnavailable", "The service is unavailable for now."),
        _Answer(503, "APIGW.0201", "Backend unavailable"),
    ),
    "internal_error": (
        _Answer(500, "InternalError", "The request failed for an unknown reason."),
        _Answer(500, "APIGW.0601", "Internal server error"),
    ),
    "forbidden": (
        _Answer(403, "Forbidden.RAM", "The user is not authorized to operate on the specified resource."),
        _Answer(403, "APIGW.0302", "The IAM user is not authorised"),
    ),
    "invalid_key": (
        _Answer(404, "InvalidAccessKeyId.NotFound", "The specified access key is not known."),
        _Answer(401, "APIGW.0301", "Incorrect IAM authentication information: unknown access key"),
    ),
    "expired_token": (
        _Answer(400, "InvalidSecurityToken.Expired", "The security token has expired."),
        _Answer(401, "APIGW.0307", "The token must be updated"),
    ),
    "clock_skew": (
        _Answer(400, "InvalidTimeStamp.Expired", "The date is more than 15 minutes from the server's time."),
        _Answer(401, "APIGW.0303", "X-Sdk-Date is more than 15 minutes from the server's time"),
    ),
    "not_found_api": (_Answer(404, "InvalidApi.NotFound", "The specified operation does not exist."), _NO_API),
    "not_offered": (_Answer(400, "InvalidRegionId.NotFound", "The specified RegionId does not exist."), _NO_API),
}


def refusal(kind: str, family: str, retry_after: int) -> ApiError | None:
    """The error answer of a fault at one gateway; None for a fault that is none. ``retry_after`` in milliseconds."""
    if kind not in _ANSWERS:
        return None
    is_aliyun = family in {RPC, ROA}
    answer = _ANSWERS[kind][not is_aliyun]
    headers: dict[str, str] = {}
    if is_aliyun and kind == "throttled":
        headers["x-acs-retry-after"] = str(retry_after)
    elif is_aliyun and kind == "throttled_old_hint":
        headers["x-ratelimit-user-api"] = f"Limit:1,Remain:0,TimeLeft:{retry_after},Reset:0"
    return ApiError(answer.status, answer.code, answer.message, headers)
